import type { Micros } from '../../model/time.ts'
import { NoveltyMachine } from './novelty.ts'
import type { BaselineDetection, BaselineLimits, BaselineRule } from './types.ts'
import { VolumeMachine } from './volume.ts'

/** One baseline with what it remembers. */
export class Watcher {
  readonly rule: BaselineRule
  /** By what it is known in a checkpoint: changed in anything that counts, it is another one. */
  readonly key: string
  readonly machine: VolumeMachine | NoveltyMachine
  /** The fields that a new value is of; none of volume. */
  readonly values: readonly string[]
  /** Number of the event that it was given last: one that several of its rules match is one event. */
  turn = 0

  constructor(rule: BaselineRule, limits: BaselineLimits) {
    const { watch, learnFrom } = rule
    this.rule = rule
    const parts = [rule.id ?? rule.title, rule.rules, rule.groupBy, rule.learnSeconds, watch]
    this.key = JSON.stringify(learnFrom.length === 0 ? parts : [...parts, learnFrom])
    this.values = watch.type === 'new' ? watch.values : []
    this.machine =
      watch.type === 'volume' ? new VolumeMachine(rule, watch, limits) : new NoveltyMachine(rule, watch, limits)
  }

  /** What an event completes. Of volume its values are not asked for. */
  add(groups: readonly string[], values: readonly string[], time: Micros, ref: string): readonly BaselineDetection[] {
    const { machine } = this
    return machine instanceof VolumeMachine
      ? this.#count(machine, groups, time, ref)
      : this.#compare(machine, groups, values, time, ref)
  }

  #count(machine: VolumeMachine, groups: readonly string[], time: Micros, ref: string): readonly BaselineDetection[] {
    let found: BaselineDetection[] | undefined
    const { rule } = this
    for (const key of groups) {
      const surge = machine.add(key, time, ref)
      if (surge === undefined) continue
      const { events: measured, usual, refs } = surge
      found ??= []
      found.push({ rule, time, group: fieldsOf(rule.groupBy, key), values: {}, measured, usual, refs })
    }
    return found ?? none
  }

  #compare(
    machine: NoveltyMachine,
    groups: readonly string[],
    values: readonly string[],
    time: Micros,
    ref: string,
  ): readonly BaselineDetection[] {
    let found: BaselineDetection[] | undefined
    const { rule } = this
    for (const key of groups) {
      for (const value of values) {
        const news = machine.add(key, value, time)
        if (news === undefined) continue
        const group = fieldsOf(rule.groupBy, key)
        const ofValue = { values: fieldsOf(this.values, value), measured: news.known, usual: undefined }
        found ??= []
        found.push({ rule, time, group, ...ofValue, refs: [ref] })
      }
    }
    return found ?? none
  }
}

const none: readonly BaselineDetection[] = []

/** The fields of a tuple (a JSON list) with their values as texts. */
const fieldsOf = (fields: readonly string[], tuple: string): Readonly<Record<string, string>> => {
  const values: unknown = JSON.parse(tuple)
  return Object.fromEntries(
    fields.map((field, index) => [field, Array.isArray(values) ? String(values[index] ?? '') : '']),
  )
}
