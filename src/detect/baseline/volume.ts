import { AsOf } from '../../model/as-of.ts'
import { ByTouch, type Touched } from '../../model/by-touch.ts'
import { isObject, type JsonObject } from '../../model/json.ts'
import { type JsonDraftObject, JsonList } from '../../model/json-draft.ts'
import type { Micros } from '../../model/time.ts'
import { integer, listOf, pairsOf, text } from './saved.ts'
import type { BaselineLimits, BaselineRule, BaselineStatus, Volume } from './types.ts'
import { limitOf, Usual } from './usual.ts'

/** A window that holds more than is usual. */
export interface Surge {
  readonly group: string
  readonly events: number
  readonly usual: number
  /** The events of the window, the newest first. */
  readonly refs: readonly string[]
}

interface Group extends Touched<Group> {
  /** Half windows since 1970, of the first event and of `current`. */
  readonly first: number
  half: number
  previous: number
  current: number
  readonly usual: Usual
  halvedAt: number
  /** Computed when first needed after a half window ended. */
  limit: number | undefined
  firing: boolean
  refs: string[]
  /** Hour since 1970 that `busiest` is of. */
  hour: number
  busiest: number
  /** By hour of the week: the busiest window of that hour in the last weeks, the newest last. */
  readonly season: Map<number, number[]>
  savedFor: number
}

const alone = { before: undefined, after: undefined }
const keptRefs = 50
const keptWeeks = 4
const hoursOfWeek = 168
/** The past counts half after so many times what has to be learned. */
const halfLife = 7

/**
 * Counts the events of each group in windows that overlap by half, so that a burst over a border is seen whole, and tells
 * when a window first holds more than is usual. It tells again after a window that does not.
 */
export class VolumeMachine {
  readonly #rule: BaselineRule
  readonly #watch: Volume
  readonly #limits: BaselineLimits
  /** Half a window. */
  readonly #step: Micros
  readonly #learn: Micros
  readonly #groups = new ByTouch<Group>()
  readonly #saved = new AsOf(saveGroup)
  #evicted = 0
  #late = 0

  constructor(rule: BaselineRule, watch: Volume, limits: BaselineLimits) {
    this.#rule = rule
    this.#watch = watch
    this.#limits = limits
    this.#step = watch.timespanSeconds * 500_000
    this.#learn = rule.learnSeconds * 1_000_000
  }

  add(key: string, time: Micros, ref: string): Surge | undefined {
    const half = Math.floor(time / this.#step)
    const group = this.#touch(key, half)
    if (half < group.half - 1) {
      this.#late += 1
      return undefined
    }
    this.#advance(group, half)
    if (half < group.half) group.previous += 1
    else group.current += 1
    group.refs.push(ref)
    if (group.refs.length > 2 * keptRefs) group.refs = group.refs.slice(-keptRefs)
    const events = group.previous + group.current
    if (group.firing || events < this.#watch.least || this.#isLearning(group)) return undefined
    group.limit ??= this.#limitOf(group)
    if (events <= group.limit) return undefined
    group.firing = true
    const refs = group.refs.slice(-Math.min(events, keptRefs)).reverse()
    return { group: key, events, usual: group.limit, refs }
  }

  status(): BaselineStatus {
    let learning = 0
    for (const group of this.#groups.all()) if (this.#isLearning(group)) learning += 1
    const common = { rule: this.#rule, groups: this.#groups.size, learning, saturated: 0 }
    return { ...common, evicted: this.#evicted, late: this.#late }
  }

  /** As of now. `slowly`: groups are made when they are asked for, and may go on meanwhile. */
  checkpoint(slowly: boolean): JsonDraftObject {
    const groups = this.#groups.all()
    return {
      evicted: this.#evicted,
      late: this.#late,
      groups: new JsonList(slowly ? this.#saved.begin(groups) : groups.map(saveGroup)),
    }
  }

  restore(saved: JsonObject): void {
    this.#evicted = integer(saved.evicted)
    this.#late = integer(saved.late)
    for (const one of listOf(saved.groups)) {
      if (!isObject(one)) continue
      const [first = 0, half = 0, previous = 0, current = 0, halvedAt = 0, hour = 0, busiest = 0] = listOf(one.at).map(
        integer,
      )
      const season = new Map(
        listOf(one.season).map((row) => {
          const [slot = 0, ...values] = listOf(row).map(integer)
          return [slot, values] as const
        }),
      )
      const rest = { firing: one.firing === true, refs: listOf(one.refs).map(text), limit: undefined, season }
      const usual = new Usual(pairsOf(one.usual))
      const key = text(one.key)
      const savedFor = this.#saved.moment
      const at = { first, half, previous, current, halvedAt, hour, busiest }
      this.#groups.add({ key, ...at, ...rest, usual, ...alone, savedFor })
    }
  }

  #isLearning(group: Group): boolean {
    return (group.half - group.first) * this.#step < this.#learn
  }

  #touch(key: string, half: number): Group {
    const known = this.#groups.get(key)
    if (known !== undefined) {
      this.#saved.keep(known)
      this.#groups.moveToEnd(known)
      return known
    }
    if (this.#groups.size >= this.#limits.groups) {
      if (this.#groups.first !== undefined) this.#groups.forget(this.#groups.first)
      this.#evicted += 1
    }
    const counts = { first: half, half, previous: 0, current: 0, halvedAt: half }
    const none = { usual: new Usual(), limit: undefined, firing: false, refs: [], season: new Map() }
    const hours = { hour: this.#hourOf(half), busiest: 0 }
    const group: Group = { key, ...counts, ...none, ...hours, ...alone, savedFor: this.#saved.moment }
    this.#groups.add(group)
    return group
  }

  /** Ends the half windows before `half`. */
  #advance(group: Group, half: number): void {
    const ended = half - group.half
    if (ended <= 0) return
    // After two half windows without an event the rest is silence, whatever its length.
    const halves = Math.min(ended, 2)
    for (let n = 0; n < halves; n++) this.#end(group)
    if (ended > 2) {
      group.usual.add(0, ended - 2)
      group.half += ended - 2
      this.#turnHour(group)
    }
    if (ended >= 2) group.refs = []
    const life = (halfLife * this.#learn) / this.#step
    while (group.half - group.halvedAt >= life) {
      group.usual.halve()
      group.halvedAt += Math.ceil(life)
    }
    group.limit = undefined
  }

  #end(group: Group): void {
    const events = group.previous + group.current
    if (group.firing) {
      group.limit ??= this.#limitOf(group)
      if (events <= group.limit || events < this.#watch.least) group.firing = false
    }
    group.usual.add(events)
    group.busiest = Math.max(group.busiest, events)
    group.previous = group.current
    group.current = 0
    group.half += 1
    group.limit = undefined
    this.#turnHour(group)
  }

  #hourOf(half: number): number {
    return Math.floor((half * this.#step) / 3_600_000_000)
  }

  #turnHour(group: Group): void {
    const hour = this.#hourOf(group.half)
    if (hour === group.hour) return
    if (this.#watch.season && group.busiest > 0) {
      const slot = group.hour % hoursOfWeek
      group.season.set(slot, [...(group.season.get(slot) ?? []), group.busiest].slice(-keptWeeks))
    }
    group.hour = hour
    group.busiest = 0
  }

  /** Unusual both of the last days and, once two such hours are known, of this hour of the week. */
  #limitOf(group: Group): number {
    const { mads } = this.#watch
    const recent = group.usual.limit(mads)
    const same = group.season.get(group.hour % hoursOfWeek) ?? []
    return same.length < 2 ? recent : Math.max(recent, limitOf(same, mads))
  }
}

const saveGroup = (group: Group): JsonObject => ({
  key: group.key,
  at: [group.first, group.half, group.previous, group.current, group.halvedAt, group.hour, group.busiest],
  firing: group.firing,
  refs: [...group.refs],
  usual: group.usual.entries(),
  season: [...group.season].map(([hour, values]) => [hour, ...values]),
})
