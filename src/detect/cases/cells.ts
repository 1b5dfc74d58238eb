import type { Micros } from '../../model/time.ts'
import { separator } from './actor.ts'
import type { Cell } from './cell.ts'
import { type ClaimKind, claim, claimKinds } from './claims.ts'
import type { CaseLimits } from './types.ts'

/** The cases in memory, what each claims, and which are merged into which. */
export class Cells {
  readonly #cells = new Map<string, Cell>()
  readonly #claimants: Readonly<Record<ClaimKind, Map<string, Set<string>>>> = {
    actor: new Map(),
    linked: new Map(),
    address: new Map(),
    object: new Map(),
  }
  readonly #byRule = new Map<string, Set<string>>()
  /** When the latest cases were opened, the oldest first; at most as many as may be opened in a quiet period. */
  readonly #openings: Micros[] = []
  readonly #limits: CaseLimits

  constructor(limits: CaseLimits) {
    this.#limits = limits
  }

  get size(): number {
    return this.#cells.size
  }

  get(id: string): Cell | undefined {
    return this.#cells.get(id)
  }

  values(): IterableIterator<Cell> {
    return this.#cells.values()
  }

  /** Takes a cell in with its claims. Of a family the parents come first. */
  add(cell: Cell): void {
    this.#cells.set(cell.id, cell)
    for (const kind of claimKinds) for (const key of cell.claims[kind].keys()) this.#index(kind, key, cell)
    add(this.#byRule, ruleKey(cell), cell.id)
    if (!cell.crowd && cell.splitFrom === '') this.#noteOpening(cell.opened)
    this.#cells.get(cell.parent)?.children.add(cell.id)
  }

  remove(cell: Cell): void {
    this.#cells.delete(cell.id)
    for (const kind of claimKinds) for (const key of cell.claims[kind].keys()) this.#unindex(kind, key, cell)
    remove(this.#byRule, ruleKey(cell), cell.id)
    this.#cells.get(cell.parent)?.children.delete(cell.id)
  }

  /** True where the claim is new. */
  claim(cell: Cell, kind: ClaimKind, key: string, value: number): boolean {
    const { isNew, gone } = claim(cell.claims, kind, key, value)
    if (gone !== undefined) this.#unindex(kind, gone, cell)
    if (isNew) this.#index(kind, key, cell)
    return isNew
  }

  unclaim(cell: Cell, kind: ClaimKind, key: string): void {
    cell.claims[kind].delete(key)
    this.#unindex(kind, key, cell)
  }

  /** The cases that claim something, the one with the newest alarm first. */
  claimants(kind: ClaimKind, key: string): readonly Cell[] {
    const ids = this.#claimants[kind].get(key)
    if (ids === undefined) return []
    const cells = [...ids].flatMap((id) => this.#cells.get(id) ?? [])
    return cells.length < 2 ? cells : cells.sort(newestFirst)
  }

  ofRule(cluster: string, rule: string): readonly Cell[] {
    return [...(this.#byRule.get(ruleKey({ cluster, rule })) ?? [])].flatMap((id) => this.#cells.get(id) ?? [])
  }

  /** Whether so many cases were opened that another one would help nobody. */
  isStorm(cluster: string, rule: string, time: Micros): boolean {
    const { casesPerRule, casesPerQuiet, quiet } = this.#limits
    const [oldest = 0] = this.#openings
    if (this.#openings.length >= casesPerQuiet && time - oldest < quiet) return true
    const ids = this.#byRule.get(ruleKey({ cluster, rule }))
    if (ids === undefined || ids.size < casesPerRule) return false
    return this.ofRule(cluster, rule).filter((cell) => !cell.crowd && this.takes(cell, time)).length >= casesPerRule
  }

  /** The case that a case is shown in. */
  root(cell: Cell): Cell {
    const parent = cell.parent === '' ? undefined : this.#cells.get(cell.parent)
    return parent === undefined ? cell : this.root(parent)
  }

  /** A case and all that is merged into it, itself first. */
  family(cell: Cell): readonly Cell[] {
    if (cell.children.size === 0) return [cell]
    const children = [...cell.children].sort().flatMap((id) => this.#cells.get(id) ?? [])
    return [cell, ...children.flatMap((child) => this.family(child))]
  }

  lastAlarm(cell: Cell): Micros {
    return this.family(this.root(cell)).reduce((latest, { lastAlarm }) => Math.max(latest, lastAlarm), 0)
  }

  /** Whether a detection of that time may still join: the case is not closed, and was not quiet for too long. */
  takes(cell: Cell, time: Micros): boolean {
    const root = this.root(cell)
    if (root.triage.state === 'closed') return false
    return time <= this.lastAlarm(cell) + this.#limits.quiet && time >= cell.first - this.#limits.quiet
  }

  /**
   * Who has to go, so that there is room for a tenth more: whole families (a root with what is merged into it), those
   * that are over first, then the ones with the oldest alarm.
   */
  surplus(now: Micros): readonly Cell[] {
    const roots = [...this.#cells.values()].filter((cell) => this.root(cell) === cell)
    const ranked = roots
      .map((root) => ({ root, going: this.takes(root, now) ? 1 : 0, last: this.lastAlarm(root) }))
      .sort((a, b) => a.going - b.going || a.last - b.last || (a.root.id < b.root.id ? -1 : 1))
    const gone: Cell[] = []
    const excess = this.#cells.size - this.#limits.cases + Math.max(1, Math.floor(this.#limits.cases / 10))
    for (const { root } of ranked) {
      if (gone.length >= excess) break
      gone.push(...this.family(root))
    }
    return gone
  }

  #noteOpening(time: Micros): void {
    const openings = this.#openings
    // Nearly always the newest: rows that are loaded come in any order.
    let place = openings.length
    while (place > 0 && (openings[place - 1] ?? 0) > time) place -= 1
    openings.splice(place, 0, time)
    if (openings.length > this.#limits.casesPerQuiet) openings.shift()
  }

  #index(kind: ClaimKind, key: string, cell: Cell): void {
    add(this.#claimants[kind], key, cell.id)
  }

  #unindex(kind: ClaimKind, key: string, cell: Cell): void {
    remove(this.#claimants[kind], key, cell.id)
  }
}

const newestFirst = (a: Cell, b: Cell): number => b.lastAlarm - a.lastAlarm || (a.id < b.id ? -1 : 1)

const ruleKey = ({ cluster, rule }: Pick<Cell, 'cluster' | 'rule'>): string => `${cluster}${separator}${rule}`

const add = (index: Map<string, Set<string>>, key: string, id: string): void => {
  const known = index.get(key)
  if (known === undefined) index.set(key, new Set([id]))
  else known.add(id)
}

const remove = (index: Map<string, Set<string>>, key: string, id: string): void => {
  const known = index.get(key)
  known?.delete(id)
  if (known?.size === 0) index.delete(key)
}
