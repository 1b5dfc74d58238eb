import { AsOf } from '../../model/as-of.ts'
import { ByTouch, type Touched } from '../../model/by-touch.ts'
import { isObject, type JsonObject } from '../../model/json.ts'
import { type JsonDraftObject, JsonList } from '../../model/json-draft.ts'
import type { Micros } from '../../model/time.ts'
import { integer, listOf, text } from './saved.ts'
import type { BaselineLimits, BaselineRule, BaselineStatus, Novelty } from './types.ts'

/** A value that a group did not have before, or not for a long time. */
export interface News {
  readonly group: string
  readonly value: string
  /** How many values were known of the group. */
  readonly known: number
}

interface Group extends Touched<Group> {
  readonly first: Micros
  /** Value to the last time it was there, the latest at the end. */
  readonly values: Map<string, Micros>
  /** The value at the end, where it is known. */
  latest: string | undefined
  saturated: boolean
  savedFor: number
}

/** Remembers the values of each group and tells of those that are new to a group that has learned. */
export class NoveltyMachine {
  readonly #rule: BaselineRule
  readonly #watch: Novelty
  readonly #limits: BaselineLimits
  readonly #forget: Micros
  readonly #learn: Micros
  readonly #groups = new ByTouch<Group>()
  readonly #saved = new AsOf(saveGroup)
  #values = 0
  #evicted = 0
  /** Of the first event of any group. */
  #since: Micros | undefined
  #now: Micros = 0

  constructor(rule: BaselineRule, watch: Novelty, limits: BaselineLimits) {
    this.#rule = rule
    this.#watch = watch
    this.#limits = limits
    this.#forget = watch.forgetSeconds * 1_000_000
    this.#learn = rule.learnSeconds * 1_000_000
  }

  add(key: string, value: string, time: Micros): News | undefined {
    this.#since ??= time
    this.#now = Math.max(this.#now, time)
    const old = this.#groups.get(key)
    const group = old ?? this.#begin(key, time)
    if (old !== undefined) {
      this.#saved.keep(old)
      this.#groups.moveToEnd(old)
    }
    const last = group.values.get(value)
    const known = group.values.size
    const isNew = last === undefined || time - last > this.#forget
    if (last !== undefined) {
      // It is set again at the end.
      if (value !== group.latest) group.values.delete(value)
    } else if (known >= this.#limits.valuesOfGroup) {
      group.saturated = true
      return undefined
    } else this.#values += 1
    group.values.set(value, Math.max(time, last ?? time))
    group.latest = value
    this.#makeRoom()
    if (!isNew || group.saturated) return undefined
    const tells =
      old === undefined
        ? this.#watch.newGroups === 'fire' && this.#hasLearned(this.#since, time)
        : this.#hasLearned(group.first, time)
    return tells ? { group: key, value, known } : undefined
  }

  status(): BaselineStatus {
    let learning = 0
    let saturated = 0
    for (const group of this.#groups.all()) {
      if (group.saturated) saturated += 1
      else if (!this.#hasLearned(group.first, this.#now)) learning += 1
    }
    return { rule: this.#rule, groups: this.#groups.size, learning, saturated, evicted: this.#evicted, late: 0 }
  }

  /** As of now. `slowly`: groups are made when they are asked for, and may go on meanwhile. */
  checkpoint(slowly: boolean): JsonDraftObject {
    const groups = this.#groups.all()
    return {
      evicted: this.#evicted,
      since: this.#since ?? null,
      now: this.#now,
      groups: new JsonList(slowly ? this.#saved.begin(groups) : groups.map(saveGroup)),
    }
  }

  restore(saved: JsonObject): void {
    this.#evicted = integer(saved.evicted)
    this.#since = typeof saved.since === 'number' ? saved.since : undefined
    this.#now = integer(saved.now)
    for (const one of listOf(saved.groups)) {
      if (!isObject(one)) continue
      const values = new Map(
        listOf(one.values).map((pair) => {
          const [value, last] = listOf(pair)
          return [text(value), integer(last)] as const
        }),
      )
      this.#values += values.size
      const saturated = one.saturated === true
      this.#groups.add({ ...this.#made(text(one.key), integer(one.first)), values, saturated })
    }
  }

  #begin(key: string, time: Micros): Group {
    if (this.#groups.size >= this.#limits.groups) this.#evictOldest()
    const group = this.#made(key, time)
    this.#groups.add(group)
    return group
  }

  #made(key: string, first: Micros): Group {
    const empty = { values: new Map<string, Micros>(), latest: undefined, saturated: false }
    return { key, first, ...empty, before: undefined, after: undefined, savedFor: this.#saved.moment }
  }

  /** The current group stands last, so it is never the one to go. */
  #makeRoom(): void {
    while (this.#values > this.#limits.values && this.#groups.size > 1) this.#evictOldest()
  }

  #evictOldest(): void {
    const oldest = this.#groups.first
    if (oldest === undefined) return
    this.#groups.forget(oldest)
    this.#values -= oldest.values.size
    this.#evicted += 1
  }

  #hasLearned(since: Micros, time: Micros): boolean {
    return time - since >= this.#learn
  }
}

const saveGroup = ({ key, first, saturated, values }: Group): JsonObject => ({
  key,
  first,
  saturated,
  values: [...values],
})
