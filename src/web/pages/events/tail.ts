/** The rows of the live tail: those shown, and those held back while a person reads. Pure. */
import type { EventRow } from '../../../model/answer.ts'

export interface TailState {
  /** Newest first. */
  readonly rows: readonly EventRow[]
  readonly held: readonly EventRow[]
  /** Rows that the stream lost, if it did; `rows` undefined when nobody can say how many. */
  readonly lost: { readonly rows: number | undefined } | undefined
  /** True when so much came that the oldest were let go: the list has to be asked for again. */
  readonly overflown: boolean
}

export const emptyTail: TailState = { rows: [], held: [], lost: undefined, overflown: false }

/** More rows than this are not kept. */
export const maxTail = 2000

/** New rows, newest first, go on top. */
export const take = (state: TailState, rows: readonly EventRow[]): TailState =>
  bounded(state, [...rows, ...state.rows], state.held)

/** New rows, newest first, wait. */
export const hold = (state: TailState, rows: readonly EventRow[]): TailState =>
  bounded(state, state.rows, [...rows, ...state.held])

/** What waited is shown. */
export const release = (state: TailState): TailState => bounded(state, [...state.held, ...state.rows], [])

/** Rows that the tail brought and the list has too are the list's. Both newest first, as is the result. */
export const joined = (tail: readonly EventRow[], list: readonly EventRow[]): readonly EventRow[] => {
  if (tail.length === 0) return list
  const known = new Set(list.slice(0, maxTail).map(({ id }) => id))
  const fresh = tail.filter(({ id }) => !known.has(id))
  return fresh.length === 0 ? list : [...fresh, ...list]
}

const bounded = (state: TailState, rows: readonly EventRow[], held: readonly EventRow[]): TailState => ({
  ...state,
  rows: rows.slice(0, maxTail),
  held: held.slice(0, maxTail),
  overflown: state.overflown || rows.length > maxTail || held.length > maxTail,
})
