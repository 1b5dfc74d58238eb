import type { EventFilter, GapRow, Searched } from '../model/answer.ts'
import { BulwarkError } from '../model/error.ts'
import { parseQuery } from '../model/query/index.ts'
import { type Micros, parseMicros } from '../model/time.ts'
import type { Answer, Client } from './client.ts'
import { gapsIn } from './queries/gaps-in.ts'
import { type Bindings, whereOf } from './where.ts'

/** A filter as read: its range, and the condition on `events` with its values in `bindings`. */
export interface Asked {
  readonly where: string
  readonly from: Micros | undefined
  readonly to: Micros | undefined
}

/** Reads a filter. Throws QUERY_SYNTAX with the position. */
export const readFilter = (filter: EventFilter, bindings: Bindings): Asked => {
  const parsed = parseQuery(filter.query)
  if (!parsed.ok) {
    const { message, from, to, mend } = parsed.error
    throw new BulwarkError('QUERY_SYNTAX', {
      what: `the query cannot be understood: ${message}`,
      where: to > from + 1 ? `characters ${from + 1} to ${to}` : `character ${from + 1}`,
      ...(mend !== '' && { mend: mend.replace(/\.$/, '') }),
    })
  }
  const from = readTime(filter.from, 'from')
  const to = readTime(filter.to, 'to')
  const terms = [whereOf(parsed.query, bindings)]
  if (from !== undefined) terms.push(`time >= ${bindings.time(from)}`)
  if (to !== undefined) terms.push(`time < ${bindings.time(to)}`)
  return { where: terms.join(' AND '), from, to }
}

const readTime = (text: string | undefined, name: string): Micros | undefined => {
  if (text === undefined) return undefined
  const time = parseMicros(text)
  if (time !== undefined) return Math.max(time, 0)
  const mend = 'Write RFC 3339, as in 2026-11-23T17:44:58Z'
  throw new BulwarkError('QUERY_SYNTAX', { what: `“${text.slice(0, 40)}” is no time`, where: name, mend })
}

/** A whole number between the bounds; what is no number becomes the lower one. */
export const clampLimit = (limit: number, most: number): number =>
  Math.min(Math.max(Math.trunc(Number.isFinite(limit) ? limit : 1), 1), most)

const maxGapsShown = 100

/** The honesty line of an answer: what was looked at, and which gaps lie in the range. */
export const searchedOf = async (
  client: Client,
  answers: readonly Answer[],
  { from, to }: Pick<Asked, 'from' | 'to'>,
  partial: boolean,
): Promise<Searched> => ({
  rows: answers.reduce((sum, answer) => sum + answer.rowsRead, 0),
  elapsedMillis: Math.round(answers.reduce((sum, answer) => sum + answer.elapsedMillis, 0) * 10) / 10,
  partial,
  gaps: await gapsOf(client, from, to),
})

const gapsOf = (client: Client, from: Micros | undefined, to: Micros | undefined): Promise<readonly GapRow[]> =>
  gapsIn(client, from ?? 0, to ?? Number.MAX_SAFE_INTEGER, maxGapsShown)

const cursorForm = /^[A-Za-z0-9_-]{1,400}$/

/** A cursor is the key of the last row of a page, as text that means nothing to its reader. */
export const writeCursor = (key: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify(key)).toString('base64url')

/** The key in a cursor; throws QUERY_SYNTAX where it is none of ours. */
export const readCursor = <T extends readonly (string | number)[]>(
  cursor: string | undefined,
  isKey: (key: readonly unknown[]) => key is T,
): T | undefined => {
  if (cursor === undefined) return undefined
  if (cursorForm.test(cursor)) {
    try {
      const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
      if (Array.isArray(key) && isKey(key)) return key
    } catch {
      // Not JSON: refused below.
    }
  }
  throw new BulwarkError('QUERY_SYNTAX', {
    what: 'the cursor was not given by this store',
    mend: 'Ask for the first page, without a cursor',
  })
}
