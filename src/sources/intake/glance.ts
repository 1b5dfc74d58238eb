import { type Micros, parseMicros } from '../../model/time.ts'

/** What can be told of a batch without parsing it. */
export interface Glance {
  /** False for what is most likely something else than this source expects. */
  readonly isExpected: boolean
  readonly events: number
  /** The moment of the last event in it. */
  readonly newest: Micros | undefined
}

/** How often a text stands in the bytes; a hundred times cheaper than parsing, and good enough for a status. */
export const occurrences = (bytes: Buffer, text: string): number => {
  let count = 0
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + text.length)) count++
  return count
}

/** The moment that stands behind the last `"key":`, as text. */
export const lastMoment = (bytes: Buffer, key: string): Micros | undefined => {
  const last = bytes.lastIndexOf(`"${key}"`)
  if (last < 0) return undefined
  const from = bytes.indexOf('"', last + key.length + 2)
  const to = from < 0 ? -1 : bytes.indexOf('"', from + 1)
  return to < 0 || to - from > 40 ? undefined : parseMicros(bytes.toString('latin1', from + 1, to))
}
