import type { Detection } from '../../model/detection.ts'
import { countIn, joined, type Step, type StepLevel, stepLevels, stepOf } from './step.ts'
import type { CaseLimits } from './types.ts'

/** Counts over many lists. */
export interface StepCounts {
  /** How many steps were made one with others. */
  generalised: number
}

/** How many principals a rule is told of one by one in a case. */
const principalsPerStep = 16

/**
 * The steps of one case (or the signals of one actor), never more than a bound: steps that differ in one thing only are
 * made one when there are many of them, first over names, then namespaces, resources, principals. Counts stay exact. What
 * is in the list depends on what was put in, and not on the order in which a restored list was filled.
 */
export class StepList {
  readonly #byKey = new Map<string, Step>()
  readonly #limits: Pick<CaseLimits, 'namesPerStep' | 'evidencePerStep'>
  readonly #most: number
  /** Ids of steps that differ since they were last asked for, also of those that are gone. */
  #touched = new Set<string>()
  readonly #counts: StepCounts

  constructor(limits: Pick<CaseLimits, 'namesPerStep' | 'evidencePerStep'>, most: number, counts: StepCounts) {
    this.#limits = limits
    this.#most = most
    this.#counts = counts
  }

  get size(): number {
    return this.#byKey.size
  }

  values(): IterableIterator<Step> {
    return this.#byKey.values()
  }

  /** The step that counts what has these keys. */
  find(keys: readonly string[]): Step | undefined {
    for (const key of keys) {
      const step = key === '' ? undefined : this.#byKey.get(key)
      if (step !== undefined) return step
    }
    return undefined
  }

  add(detection: Detection, keys: readonly string[]): void {
    const { evidencePerStep } = this.#limits
    const known = this.find(keys)
    if (known !== undefined) {
      countIn(known, detection, evidencePerStep)
      this.#touched.add(known.id)
    } else this.#insert(stepOf(detection, keys, evidencePerStep))
  }

  /** Puts a whole step in; one that says the same becomes one with it. */
  put(step: Step): void {
    const known = this.find(step.keys)
    if (known === undefined) this.#insert(step)
    else this.#replace([known, step], known.level)
  }

  /** Takes steps out by their ids. */
  take(ids: ReadonlySet<string>): readonly Step[] {
    const taken = [...this.values()].filter(({ id }) => ids.has(id))
    for (const step of taken) this.#remove(step)
    return taken
  }

  /** What differs since the last call: steps to store, and ids of steps that are gone. */
  drain(): { readonly stored: readonly Step[]; readonly gone: readonly string[] } {
    if (this.#touched.size === 0) return { stored: [], gone: [] }
    const touched = this.#touched
    this.#touched = new Set()
    const stored = [...this.values()].filter(({ id }) => touched.has(id))
    for (const { id } of stored) touched.delete(id)
    return { stored, gone: [...touched] }
  }

  /** All steps count as changed: they are shown elsewhere now. */
  touchAll(): void {
    for (const { id } of this.values()) this.#touched.add(id)
  }

  #insert(step: Step): void {
    // A wide step takes the narrow ones in that it stands for.
    const inside = [...this.values()].filter(
      (other) => other.level < step.level && other.keys[step.level] === step.keys[step.level],
    )
    if (inside.length > 0) this.#replace([step, ...inside], step.level)
    else this.#set(step)
    this.#settle(step.keys)
    this.#keepSize()
  }

  #settle(keys: readonly string[]): void {
    const { namesPerStep } = this.#limits
    for (const level of stepLevels.slice(0, 4)) {
      const wide = keys[level + 1] ?? ''
      if (wide === '' || this.#byKey.has(wide)) continue
      const members = [...this.values()].filter((step) => step.level <= level && step.keys[level + 1] === wide)
      const kinds = new Set(members.map((step) => step.keys[level])).size
      if (kinds > (level === 3 ? principalsPerStep : namesPerStep)) this.#widen(members, level)
    }
  }

  #keepSize(): void {
    while (this.size > this.#most) {
      const widest = stepLevels.slice(0, 4).flatMap((level) => this.#largestGroup(level) ?? [])[0]
      // Left are one or two steps for each rule: as many as there are rules.
      if (widest === undefined) return
      this.#widen(widest.members, widest.level)
    }
  }

  #largestGroup(level: StepLevel): { readonly members: readonly Step[]; readonly level: StepLevel } | undefined {
    const narrow = [...this.values()].filter((step) => step.level <= level)
    const groups = [...Map.groupBy(narrow, (step) => step.keys[level + 1] ?? '')]
    const [largest] = groups
      .filter(([, members]) => members.length > 1)
      .sort(([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1))
    return largest === undefined ? undefined : { members: largest[1], level }
  }

  #widen(members: readonly Step[], level: StepLevel): void {
    const wider = stepLevels[level + 1]
    const [first, ...rest] = members
    if (wider === undefined || first === undefined) return
    this.#counts.generalised += members.length
    this.#replace([first, ...rest], wider)
  }

  #replace(steps: readonly [Step, ...Step[]], level: StepLevel): void {
    for (const step of steps) this.#remove(step)
    this.#set(joined(steps, level, this.#limits.evidencePerStep))
  }

  #set(step: Step): void {
    this.#byKey.set(step.keys[step.level] ?? '', step)
    this.#touched.add(step.id)
  }

  #remove(step: Step): void {
    const key = step.keys[step.level] ?? ''
    if (this.#byKey.get(key) === step) this.#byKey.delete(key)
    this.#touched.add(step.id)
  }
}
