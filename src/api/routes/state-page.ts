import { formatMicros, type Micros } from '../../model/time.ts'
import type { StatePage } from '../contract/answers.ts'
import { invalidParameter } from '../errors.ts'
import type { PageRequest } from '../services.ts'

/**
 * Cuts a page out of a whole list of the state, in order of key. The cursor is the key of the last item given, so that a
 * page stays right when items before it come or go.
 */
export const statePage = <Item>(
  at: Micros,
  items: readonly Item[],
  keyOf: (item: Item) => string,
  { limit, cursor }: PageRequest,
): StatePage<Item> => {
  const keyed = items.map((item) => ({ key: keyOf(item), item })).sort((a, b) => compareTexts(a.key, b.key))
  const after = cursor === undefined ? undefined : readCursor(cursor)
  const start = after === undefined ? 0 : firstAfter(keyed, after)
  const given = keyed.slice(start, start + limit)
  const last = given.at(-1)
  return {
    at: formatMicros(at),
    items: given.map(({ item }) => item),
    total: items.length,
    nextCursor: last && start + limit < keyed.length ? writeCursor(last.key) : undefined,
  }
}

/** One text that is in the order of its parts: `web` before `web-1`, whatever comes behind. */
export const orderKey = (...parts: readonly string[]): string => parts.join('\u0000')

export const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const firstAfter = (keyed: readonly { readonly key: string }[], after: string): number => {
  const index = keyed.findIndex(({ key }) => key > after)
  return index < 0 ? keyed.length : index
}

const mark = 'k:'
const writeCursor = (key: string): string => Buffer.from(mark + key).toString('base64url')

const readCursor = (cursor: string): string => {
  const text = Buffer.from(cursor, 'base64url').toString()
  if (text.startsWith(mark)) return text.slice(mark.length)
  throw invalidParameter('cursor', 'the cursor is not one that this list gave', 'Leave it out to begin again')
}
