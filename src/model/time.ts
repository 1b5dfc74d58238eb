/**
 * A moment as whole microseconds since 1970-01-01T00:00:00Z, the precision of Kubernetes' MicroTime.
 * A number holds it exactly until the year 2255.
 */
export type Micros = number

/** Microseconds of a moment given in milliseconds (`Date.now()`). */
export const microsFromMillis = (millis: number): Micros => Math.round(millis * 1000)

/** RFC 3339 in UTC with six digits of fraction, as the API server writes MicroTime: `2026-11-23T17:44:58.000001Z`. */
export const formatMicros = (time: Micros): string => {
  const millis = Math.floor(time / 1000)
  const rest = String(time - millis * 1000).padStart(3, '0')
  return `${new Date(millis).toISOString().slice(0, -1)}${rest}Z`
}

const rfc3339 = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2})$/

/**
 * Microseconds of an RFC 3339 text; digits beyond the sixth of the fraction are cut off.
 * Undefined when the text is not RFC 3339 or names no real moment.
 */
export const parseMicros = (text: string): Micros | undefined => {
  const match = rfc3339.exec(text)
  if (!match) return undefined
  const [, date, clock, fraction = '', zone = 'Z'] = match
  const millis = Date.parse(`${date}T${clock}${zone.toUpperCase()}`)
  if (Number.isNaN(millis)) return undefined
  return millis * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6))
}
