import type { Act } from './act.ts'
import { acts } from './acts/index.ts'
import type { KnownRule } from './catalog.ts'

/** How the wanted rules are tested. */
export interface Choice {
  /** With those that they need, in their order. */
  readonly acts: readonly Act[]
  /** Rules of sensors of which a sample is handed over, where there is one. */
  readonly sampled: readonly KnownRule[]
  /** How many are only replayed. */
  readonly replayed: number
}

export const choose = (rules: readonly KnownRule[]): Choice => {
  const names = new Set(rules.map(({ name }) => name))
  const wanted = new Set(acts.filter((act) => act.rules.some((name) => names.has(name))).map(({ id }) => id))
  for (const { id, after = [] } of acts) if (wanted.has(id)) for (const before of after) wanted.add(before)
  const chosen = acts.filter(({ id }) => wanted.has(id))
  const acted = new Set(chosen.flatMap(({ rules: of }) => of))
  const sampled = rules.filter(({ looksAt, isBaseline, alerts }) => looksAt === 'sensors' && !isBaseline && alerts)
  const left = rules.filter((rule) => !acted.has(rule.name) && !sampled.includes(rule))
  return { acts: chosen, sampled, replayed: left.length }
}
