import { BulwarkError } from '../model/error.ts'
import { formatMicros, microsFromMillis, parseMicros } from '../model/time.ts'

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

/**
 * RFC 3339 in UTC of a moment that a person typed: RFC 3339 itself, `now`, or how long ago (`90s`, `10m`, `2h`, `7d`).
 * Throws BulwarkError CONFIG_INVALID naming the flag.
 */
export const momentOf = (flag: string, text: string, nowMillis: number): string => {
  if (text === 'now') return formatMicros(microsFromMillis(nowMillis))
  const ago = /^(\d{1,7})([smhd])$/.exec(text)
  if (ago?.[1] !== undefined && ago[2] !== undefined) {
    return formatMicros(microsFromMillis(nowMillis - Number(ago[1]) * (units[ago[2]] ?? 0) * 1000))
  }
  const micros = parseMicros(text)
  if (micros !== undefined) return formatMicros(micros)
  throw new BulwarkError('CONFIG_INVALID', {
    what: `"${text}" is not a moment`,
    where: `--${flag}`,
    mend: 'Write how long ago (90s, 10m, 2h, 7d) or a time such as 2026-11-23T14:03:00Z',
  })
}
