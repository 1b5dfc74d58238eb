/**
 * Moves what a recording tells to another time. Not only the moments of the records but also those inside the objects
 * and events are moved (creationTimestamp, the times of conditions, of managed fields, of a restart by annotation), so
 * that ages and orders are the same as they were. A text is a moment when it is RFC 3339 as a whole and stands under a
 * key that ends like the API's own time fields do; moments within a sentence stay.
 */
import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import type { RecordingLine } from '../../model/recording.ts'
import { formatMicros, type Micros, parseMicros } from '../../model/time.ts'

/** The `d` of a line, `shift` microseconds later. Pure. */
export const moveTimes = ({ s, d }: RecordingLine, shift: Micros): JsonObject => {
  const moved = moveObject(d, shift, 0)
  switch (s) {
    case 'audit':
      return moved
    case 'objects':
      return { ...moved, time: laterNumber(d.time, shift) }
    case 'gaps':
      return { ...moved, from: laterNumber(d.from, shift), to: laterNumber(d.to, shift) }
    default:
      return s satisfies never
  }
}

const timeKey = /(?:[tT]imestamp|[tT]ime|At|Date|^notBefore|^notAfter)$/

/** Deeper values are not moved; the parsers refuse such records anyway. */
const maxDepth = 100

const move = (value: JsonValue, key: string, shift: Micros, depth: number): JsonValue => {
  if (typeof value === 'string') return timeKey.test(key) ? laterText(value, shift) : value
  if (typeof value !== 'object' || value === null || depth > maxDepth) return value
  if (isObject(value)) return moveObject(value, shift, depth)
  return value.map((item) => move(item, key, shift, depth + 1))
}

const moveObject = (object: JsonObject, shift: Micros, depth: number): JsonObject => {
  const moved: { [key: string]: JsonValue } = Object.create(null)
  for (const [key, value] of Object.entries(object)) {
    if (value !== undefined) moved[key] = move(value, key, shift, depth + 1)
  }
  return moved
}

/** As many digits of a second as before: Time has none, MicroTime six. */
const laterText = (text: string, shift: Micros): string => {
  const time = parseMicros(text)
  if (time === undefined) return text
  const [, fraction = ''] = /\.(\d+)/.exec(text) ?? []
  const later = formatMicros(time + shift)
  return fraction === ''
    ? `${later.slice(0, 19)}Z`
    : `${later.slice(0, 20)}${later.slice(20, 26).padEnd(fraction.length, '0').slice(0, fraction.length)}Z`
}

const laterNumber = (value: JsonValue | undefined, shift: Micros): JsonValue =>
  typeof value === 'number' ? value + shift : (value ?? null)
