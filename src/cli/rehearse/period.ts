import { BulwarkError } from '../../model/error.ts'
import { type Micros, parseMicros } from '../../model/time.ts'
import { momentOf } from '../moment.ts'

/** The period as a person types it. */
export interface AskedPeriod {
  readonly since?: string
  readonly from?: string
  readonly to?: string
}

/** Throws BulwarkError CONFIG_INVALID where a period begins twice, or a moment is none. */
export const checkPeriod = (asked: AskedPeriod): void => {
  if (asked.since !== undefined && asked.from !== undefined) {
    throw new BulwarkError('CONFIG_INVALID', {
      what: 'a period begins once',
      where: '--since, --from',
      mend: 'Give one of them',
    })
  }
  periodOfServer(asked)
}

/** RFC 3339, counted from now. What is not given is the server's to choose. */
export const periodOfServer = ({ since, from = since, to }: AskedPeriod): { from?: string; to?: string } => {
  const now = Date.now()
  return {
    ...(from !== undefined && { from: momentOf(since === undefined ? 'from' : 'since', from, now) }),
    ...(to !== undefined && { to: momentOf('to', to, now) }),
  }
}

/** Counted from the end of the recording; all of it where nothing is given. */
export const periodOfRecording = (
  { since, from = since, to }: AskedPeriod,
  recording: { readonly from: Micros; readonly to: Micros },
): { readonly from: Micros; readonly to: Micros } => {
  const end = Math.ceil(recording.to / 1000)
  const moment = (flag: string, text: string | undefined): Micros | undefined =>
    text === undefined ? undefined : parseMicros(momentOf(flag, text, end))
  return {
    from: moment(since === undefined ? 'from' : 'since', from) ?? recording.from,
    to: Math.min(moment('to', to) ?? recording.to, recording.to),
  }
}
