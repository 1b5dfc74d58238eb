import { AsOf } from '../../model/as-of.ts'
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

interface Group {
  readonly key: string
  readonly first: Micros
  /** Value to the last time it was there, the latest at the end. */
  readonly values: Map<string, Micros>
  saturated: boolean
  savedFor: number
}

/** Remembers the values of each group and tells of those that are new to a group that has learned. */
export class NoveltyMachine {
  readonly #rule: BaselineRule
  readonly #watch: Novelty
  readonly #limits: BaselineLimits
  /** Those touched last at the end. */
  readonly #groups = new Map<string, Group>()
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
  }

  add(key: string, value: string, time: Micros): News | undefined {
    this.#since ??= time
    this.#now = Math.max(this.#now, time)
    const isNewGroup = !this.#groups.has(key)
    const group = this.#touch(key, time)
    const last = group.values.get(value)
    const known = group.values.size
    const isNew = last === undefined || time - last > this.#watch.forgetSeconds * 1_000_000
    if (last !== undefined) group.values.delete(value)
    else if (known >= this.#limits.valuesOfGroup) {
      group.saturated = true
      return undefined
    } else this.#values += 1
    group.values.set(value, Math.max(time, last ?? time))
    this.#makeRoom()
    if (!isNew || group.saturated) return undefined
    const tells = isNewGroup
      ? this.#watch.newGroups === 'fire' && this.#hasLearned(this.#since, time)
      : this.#hasLearned(group.first, time)
    return tells ? { group: key, value, known } : undefined
  }

  status(): BaselineStatus {
    let learning = 0
    let saturated = 0
    for (const group of this.#groups.values()) {
      if (group.saturated) saturated += 1
      else if (!this.#hasLearned(group.first, this.#now)) learning += 1
    }
    return { rule: this.#rule, groups: this.#groups.size, learning, saturated, evicted: this.#evicted, late: 0 }
  }

  /** As of now. `slowly`: groups are made when they are asked for, and may go on meanwhile. */
  checkpoint(slowly: boolean): JsonDraftObject {
    const groups = [...this.#groups.values()]
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
      const key = text(one.key)
      const saturated = one.saturated === true
      this.#groups.set(key, { key, first: integer(one.first), values, saturated, savedFor: this.#saved.moment })
    }
  }

  #touch(key: string, time: Micros): Group {
    const known = this.#groups.get(key)
    if (known !== undefined) {
      this.#saved.keep(known)
      this.#groups.delete(key)
      this.#groups.set(key, known)
      return known
    }
    if (this.#groups.size >= this.#limits.groups) this.#evictOldest()
    const values = new Map<string, Micros>()
    const group = { key, first: time, values, saturated: false, savedFor: this.#saved.moment }
    this.#groups.set(key, group)
    return group
  }

  /** The current group stands last, so it is never the one to go. */
  #makeRoom(): void {
    while (this.#values > this.#limits.values && this.#groups.size > 1) this.#evictOldest()
  }

  #evictOldest(): void {
    const [oldest] = this.#groups
    if (oldest === undefined) return
    this.#groups.delete(oldest[0])
    this.#values -= oldest[1].values.size
    this.#evicted += 1
  }

  #hasLearned(since: Micros, time: Micros): boolean {
    return time - since >= this.#rule.learnSeconds * 1_000_000
  }
}

const saveGroup = ({ key, first, saturated, values }: Group): JsonObject => ({
  key,
  first,
  saturated,
  values: [...values],
})
