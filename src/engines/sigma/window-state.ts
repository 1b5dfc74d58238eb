import { AsOf } from '../../model/as-of.ts'
import { ByTouch, type Touched } from '../../model/by-touch.ts'
import type { JsonObject } from '../../model/json.ts'
import type { Micros } from '../../model/time.ts'
import type { Entries, Entry } from './entries.ts'

/**
 * What is remembered of one group of one correlation. The key of an entry is the value (value_count) or the rule
 * (temporal); of other types each event is counted once however many rules it matches.
 */
export interface Group extends Touched<Group> {
  /** When it began: of windows that are decided at their end. */
  readonly opened: Micros
  touched: Micros
  /** True while the condition stays true after a detection. */
  firing: boolean
  readonly entries: Entries
  /** Of temporal_ordered, for each rule: the events of the latest chain that ends with it. Lists are never changed. */
  readonly chains: (readonly Entry[])[]
  savedFor: number
}

/** The groups of a correlation, those touched last at the end (opened last, where windows are decided at their end). */
export class Windows {
  /** Entries of all groups. */
  entries = 0
  readonly #groups = new ByTouch<Group>()
  readonly #saved = new AsOf(saveGroup)

  get size(): number {
    return this.#groups.size
  }

  get first(): Group | undefined {
    return this.#groups.first
  }

  get(key: string): Group | undefined {
    return this.#groups.get(key)
  }

  /** Adds a group at the end. */
  open(key: string, made: Pick<Group, 'opened' | 'touched' | 'firing' | 'entries' | 'chains'>): Group {
    const { opened, touched, firing, entries, chains } = made
    const savedFor = this.#saved.moment
    const group: Group = {
      key,
      opened,
      touched,
      firing,
      entries,
      chains,
      before: undefined,
      after: undefined,
      savedFor,
    }
    this.#groups.add(group)
    this.entries += sizeOf(group)
    return group
  }

  /** Has to be called before a group is changed. */
  keep(group: Group): void {
    this.#saved.keep(group)
  }

  moveToEnd(group: Group): void {
    this.#groups.moveToEnd(group)
  }

  forget(group: Group): void {
    this.entries -= sizeOf(group)
    this.#groups.forget(group)
  }

  /** In order. */
  all(): readonly Group[] {
    return this.#groups.all()
  }

  save(): readonly JsonObject[] {
    return this.all().map(saveGroup)
  }

  /** What {@link save} gives now, made while they go on changing: see {@link AsOf}. */
  saveSlowly(): Iterable<JsonObject> {
    return this.#saved.begin(this.all())
  }
}

export const sizeOf = ({ entries, chains }: Pick<Group, 'entries' | 'chains'>): number =>
  entries.size + chains.reduce((sum, chain) => sum + chain.length, 0)

/** Entries stand one behind the other, without the names of their members: there are up to 100,000 of a correlation. */
const saveGroup = ({ key, opened, touched, firing, entries, chains }: Group): JsonObject => ({
  key,
  opened,
  touched,
  firing,
  entries: entries.keyed().flatMap(([name, { time, number, ref }]) => [name, time, number, ref]),
  chains: chains.map((chain) => chain.flatMap(({ time, number, ref }) => [time, number, ref])),
})

/** Bounds of what a correlator remembers. */
export interface CorrelatorLimits {
  /** Of a correlation. The group that was quiet the longest is forgotten first. */
  readonly groups: number
  /** Of a group. The oldest event is forgotten first. */
  readonly entriesOfGroup: number
  /** Of a correlation. */
  readonly entries: number
  /** Events that wait for earlier ones. Beyond it, they wait no longer. */
  readonly waiting: number
}

/** With the longest values some 120 MiB for a correlation at worst; 10 MiB at most with usual ones. */
export const defaultLimits: CorrelatorLimits = {
  groups: 10_000,
  entriesOfGroup: 10_000,
  entries: 100_000,
  waiting: 20_000,
}

/** What was left out: each of these is something that could have hidden a detection. */
export interface CorrelatorCounts {
  /** Events older than what was waited for. */
  late: number
  /** Events that claimed to be of the future, and were taken for when they were received. */
  ahead: number
  /** Groups forgotten before their time. */
  evictedGroups: number
  /** Events forgotten before their time. */
  droppedEntries: number
  /** Events with more groups or values than are followed. */
  cutCombinations: number
}

export const noCounts = (): CorrelatorCounts => ({
  late: 0,
  ahead: 0,
  evictedGroups: 0,
  droppedEntries: 0,
  cutCombinations: 0,
})
