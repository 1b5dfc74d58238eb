import { pino } from 'pino'

/** Our own log: what Bulwark did and what went wrong, never what the record holds. */
export interface Log {
  info(what: string, fields?: Fields): void
  warn(what: string, fields?: Fields): void
  /** `cause` is logged with its stack: for faults that are ours. */
  error(what: string, cause: unknown, fields?: Fields): void
}

/** Small values that help to find the place. No bodies, no secrets. */
export type Fields = Readonly<Record<string, string | number | boolean | undefined>>

/** JSON lines on standard error, for a machine that collects them. JSON escapes control characters. */
export const jsonLog = (level: string = 'info'): Log => {
  const logger = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: true }),
  )
  return {
    info: (what, fields = {}) => logger.info(fields, what),
    warn: (what, fields = {}) => logger.warn(fields, what),
    error: (what, cause, fields = {}) => logger.error({ ...fields, err: cause }, what),
  }
}

/** Short lines for a person at a terminal: warnings and errors only. */
export const terminalLog = (write: (line: string) => void): Log => {
  const line = (sign: string, what: string, fields: Fields = {}): void => {
    const rest = Object.entries(fields).flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}`]))
    write(`${sign} ${[what, ...rest].join(' ')}`.replaceAll(/\p{Cc}/gu, '\uFFFD'))
  }
  return {
    info: () => {},
    warn: (what, fields) => line('!', what, fields),
    error: (what, cause, fields) =>
      line('✗', `${what}: ${cause instanceof Error ? cause.message : String(cause)}`, fields),
  }
}
