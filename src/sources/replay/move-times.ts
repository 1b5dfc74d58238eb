/**
 * Moves what a recording tells to another time. Not only the moments of the records but also those inside the objects
 * and events are moved (creationTimestamp, the times of conditions, of managed fields, of a restart by annotation), so
 * that ages and orders are the same as they were. A text is a moment when it is RFC 3339 as a whole and stands under a
 * key that ends like the API's own time fields do; moments within a sentence stay.
 */
import type { JsonValue } from '../../model/json.ts'
import type { RecordingLine } from '../../model/recording.ts'
import { formatMicros, type Micros, parseMicros } from '../../model/time.ts'

/** The `d` of a line, `shift` microseconds later, as JSON text. Pure. */
export const moveTimes = (line: RecordingLine, shift: Micros): string =>
  // In JSON text a quote within a string is escaped, so a key's closing quote before a colon is never part of a value.
  JSON.stringify(withNumbers(line, shift)).replace(moment, (text) => laterText(text, shift))

const withNumbers = ({ s, d }: RecordingLine, shift: Micros) => {
  switch (s) {
    case 'audit':
    case 'falco':
    case 'tetragon':
      return d
    case 'objects':
      return { ...d, time: later(d.time, shift) }
    case 'gaps':
      return { ...d, time: later(d.to, shift), from: later(d.from, shift), to: later(d.to, shift) }
    default:
      return s satisfies never
  }
}

/** `creationTimestamp`, `lastTransitionTime`, `time`, `startedAt`, `notAfter`, … */
const moment =
  /(?<=(?:[tT]imestamp|[tT]ime|At|Date|notBefore|notAfter)":")\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)(?=")/g

/** As many digits of a second as before: Time has none, MicroTime six; sensors tell nine, of which the last three stay. */
const laterText = (text: string, shift: Micros): string => {
  const time = parseMicros(text)
  if (time === undefined) return text
  const [, fraction = ''] = /\.(\d+)/.exec(text) ?? []
  const moved = formatMicros(time + shift)
  if (fraction === '') return `${moved.slice(0, 19)}Z`
  return `${moved.slice(0, 20)}${moved.slice(20, 26).slice(0, fraction.length)}${fraction.slice(6)}Z`
}

const later = (value: JsonValue | undefined, shift: Micros): JsonValue =>
  typeof value === 'number' ? value + shift : (value ?? null)
