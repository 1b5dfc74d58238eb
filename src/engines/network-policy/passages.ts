import type { Passage } from './evaluate.ts'
import { allTraffic, commonTraffic, noTraffic, trafficKey } from './traffic.ts'

/** The number of a passage in a table; never 0. */
export type PassageId = number

/** Different passages are few, pairs are many: each passage is kept once and named by a number. */
export interface PassageTable {
  readonly everything: PassageId
  readonly idOf: (passage: Passage) => PassageId
  readonly passage: (id: PassageId) => Passage
  /** What passes both. */
  readonly common: (a: PassageId, b: PassageId) => PassageId
}

export const passageTable = (): PassageTable => {
  const all: Passage[] = []
  const ids = new Map<string, PassageId>()
  const memo = new Map<number, PassageId>()
  const idOf = (passage: Passage): PassageId => {
    const key = `${trafficKey(passage.allowed)}|${trafficKey(passage.possible)}`
    const known = ids.get(key)
    if (known !== undefined) return known
    const id = all.push(passage)
    ids.set(key, id)
    return id
  }
  const passage = (id: PassageId): Passage => all[id - 1] ?? { allowed: noTraffic, possible: allTraffic }
  const everything = idOf({ allowed: allTraffic, possible: allTraffic })
  const nothing = idOf({ allowed: noTraffic, possible: noTraffic })
  return {
    everything,
    idOf,
    passage,
    common: (a, b) => {
      if (a === b || b === everything || a === nothing) return a
      if (a === everything || b === nothing) return b
      const pair = Math.min(a, b) * 2 ** 26 + Math.max(a, b)
      const known = memo.get(pair)
      if (known !== undefined) return known
      const [one, other] = [passage(a), passage(b)]
      const id = idOf({
        allowed: commonTraffic(one.allowed, other.allowed),
        possible: commonTraffic(one.possible, other.possible),
      })
      memo.set(pair, id)
      return id
    },
  }
}
