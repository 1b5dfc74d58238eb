import type { EventRow } from '../model/answer.ts'
import type { Tail, TailRow } from './services.ts'

/** The live rows of one run: `publish` is where `main.ts` gives new rows in. */
export interface LiveTail extends Tail {
  publish(rows: readonly EventRow[]): void
  /** False while nobody has listened for a while: rows need not be made then, and `skip` says that they were not. */
  isWanted(): boolean
  /** Calls `listener` when somebody begins to listen. */
  onWanted(listener: () => void): void
  /** Rows went by that were not published: whoever was here before them cannot go on without a hole. */
  skip(): void
}

/** So long after the last one left, a client may still come back for what it missed. */
const absenceMillis = 5 * 60_000

/**
 * Hands new rows to all who listen, and keeps the last `capacity` so that a client that was away for a moment goes on
 * where it stopped. `run` tells runs apart: positions of an earlier one mean nothing here.
 */
export const createTail = (run: string, capacity = 10_000, now: () => number = Date.now): LiveTail => {
  const listeners = new Set<(rows: readonly TailRow[]) => void>()
  let recent: TailRow[] = []
  let next = 1
  let leftAt = Number.NEGATIVE_INFINITY
  let onWanted = () => {}

  return {
    publish(rows) {
      const placed = rows.map((row) => ({ position: `${run}-${next++}`, row }))
      recent.push(...placed.slice(-capacity))
      // Cut rarely: removing from the front moves the whole array.
      if (recent.length > 2 * capacity) recent = recent.slice(-capacity)
      for (const listener of listeners) listener(placed)
    },
    isWanted: () => listeners.size > 0 || now() - leftAt < absenceMillis,
    onWanted(listener) {
      onWanted = listener
    },
    skip() {
      recent = []
      // A number that nobody was given: every position given so far is too old from now on.
      next += 1
    },
    subscribe(listener) {
      listeners.add(listener)
      onWanted()
      return () => {
        listeners.delete(listener)
        leftAt = now()
      }
    },
    since(position) {
      const dash = position.lastIndexOf('-')
      const number = Number(position.slice(dash + 1))
      if (position.slice(0, dash) !== run || !Number.isSafeInteger(number) || number < 0 || number >= next)
        return undefined
      const oldest = next - recent.length
      return number + 1 < oldest ? undefined : recent.slice(number + 1 - oldest)
    },
  }
}
