/** Values of an answer as the model wants them. A value of another type would be a fault of our SQL: it is made empty. */
import type { JsonValue } from '../model/json.ts'
import { formatMicros } from '../model/time.ts'

export const text = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')

export const count = (value: JsonValue | undefined): number =>
  typeof value === 'number' ? value : typeof value === 'string' && value !== '' ? Number(value) : 0

/** RFC 3339 of a column that the query gave as `toUnixTimestamp64Micro(…)`. */
export const moment = (value: JsonValue | undefined): string => formatMicros(count(value))

/** One of the allowed values, or the fallback. */
export const oneOf = <T extends string>(value: JsonValue | undefined, allowed: readonly T[], fallback: T): T =>
  allowed.find((one) => one === value) ?? fallback
