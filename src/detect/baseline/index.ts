/**
 * What is usual, learned from the record: how many events a group has in a window, and which values it ever had. Without
 * a clock: time is that of the events, so the same events in the same order give the same detections.
 */
import { type LoadedRule, namesIn, type SigmaProblem, type SigmaRules, tupleReader } from '../../engines/sigma/index.ts'
import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import { type JsonDraftObject, wholeObject } from '../../model/json-draft.ts'
import type { Micros } from '../../model/time.ts'
import { NoveltyMachine } from './novelty.ts'
import { type BaselineLimits, type BaselineRule, type BaselineStatus, defaultLimits } from './types.ts'
import { VolumeMachine } from './volume.ts'

export { readBaselines } from './read.ts'
export type { BaselineLimits, BaselineRule, BaselineStatus } from './types.ts'

/** One event with the Sigma rules that it matched. */
export interface BaselineInput {
  /** When it happened. One that claims to be later than `receivedAt` is taken for then. */
  readonly time: Micros
  readonly receivedAt: Micros
  readonly event: JsonObject
  readonly matched: readonly LoadedRule[]
  /** What a detection names the event by, such as the id of its row. */
  readonly ref: string
}

export interface BaselineDetection {
  readonly rule: BaselineRule
  readonly time: Micros
  /** The group-by fields with their values. */
  readonly group: Readonly<Record<string, string>>
  /** Of new values: the fields with the values that are new; else empty. */
  readonly values: Readonly<Record<string, string>>
  /** Of volume: events in the window. Of new values: how many were known before. */
  readonly measured: number
  /** Of volume: above so many is unusual. */
  readonly usual: number | undefined
  /** The newest first, at most 50. */
  readonly refs: readonly string[]
}

export interface Baselines {
  /** What the event completes, in order of the rules. */
  step(input: BaselineInput): readonly BaselineDetection[]
  checkpoint(): JsonObject
  /** The checkpoint of now, of which long lists are made when they are asked for; events may go on meanwhile. */
  checkpointSlowly(): JsonDraftObject
  /** Takes a checkpoint back: of the rules that say the same as then. Others begin to learn. */
  restore(saved: JsonValue): void
  status(): readonly BaselineStatus[]
}

/**
 * Baselines over the events of loaded Sigma rules. `problems` names the baselines that cannot run, since a rule that they
 * ask for is not there.
 */
export const createBaselines = (
  rules: readonly BaselineRule[],
  sigma: Pick<SigmaRules, 'rules'>,
  limits: BaselineLimits = defaultLimits,
): { readonly baselines: Baselines; readonly problems: readonly SigmaProblem[] } => {
  const problems: SigmaProblem[] = []
  const watchers: Watcher[] = []
  for (const rule of rules) {
    if (rule.status === 'deprecated' || rule.status === 'unsupported') continue
    const unknown = [...rule.rules, ...rule.learnFrom].filter(
      (reference) => !sigma.rules.some((one) => refersTo(reference, one)),
    )
    if (unknown.length === 0) watchers.push(new Watcher(rule, limits))
    else problems.push({ at: rule.at, title: rule.title, what: `there is no rule "${unknown.join('", "')}"` })
  }
  const byRule = new Map<
    LoadedRule,
    readonly { readonly watcher: Watcher; readonly read: ReturnType<Watcher['reader']>; readonly tells: boolean }[]
  >()
  for (const loaded of sigma.rules) {
    const asking = watchers.flatMap((watcher) => {
      const tells = watcher.rule.rules.some((reference) => refersTo(reference, loaded))
      const learns = watcher.rule.learnFrom.some((reference) => refersTo(reference, loaded))
      return tells || learns ? [{ watcher, read: watcher.reader(loaded), tells }] : []
    })
    if (asking.length > 0) byRule.set(loaded, asking)
  }

  const learners = watchers.some(({ rule }) => rule.learnFrom.length > 0)
  const checkpointOf = (slowly: boolean): JsonDraftObject => ({
    version,
    rules: watchers.map(({ key, machine }) => ({ key, state: machine.checkpoint(slowly) })),
  })
  const baselines: Baselines = {
    step: ({ time, receivedAt, event, matched, ref }) => {
      let found: BaselineDetection[] | undefined
      // An event that several rules of one baseline match is one event.
      let seen: Set<Watcher> | undefined
      // What also matches a rule that is only learned from is told all the same.
      for (const telling of learners ? both : toldOnly) {
        for (const loaded of matched) {
          for (const { watcher, read, tells } of byRule.get(loaded) ?? []) {
            if (tells !== telling) continue
            seen ??= new Set()
            if (seen.has(watcher)) continue
            seen.add(watcher)
            const detections = watcher.add(read(event), Math.min(time, receivedAt), ref)
            if (tells && detections.length > 0) found = [...(found ?? []), ...detections]
          }
        }
      }
      return found ?? none
    },
    checkpoint: () => wholeObject(checkpointOf(false)),
    checkpointSlowly: () => checkpointOf(true),
    restore: (saved) => {
      if (!isObject(saved) || saved.version !== version || !Array.isArray(saved.rules)) return
      for (const one of saved.rules) {
        if (!isObject(one) || !isObject(one.state)) continue
        watchers.find(({ key }) => key === one.key)?.machine.restore(one.state)
      }
    },
    status: () => watchers.map(({ machine }) => machine.status()),
  }
  return { baselines, problems }
}

const version = 1
const both = [true, false]
const toldOnly = [true]
const none: readonly BaselineDetection[] = []

const refersTo = (reference: string, { rule }: LoadedRule): boolean =>
  reference === rule.name || reference.toLowerCase() === rule.id

interface Read {
  readonly groups: readonly string[]
  readonly values: readonly string[]
}

/** One baseline with what it remembers. */
class Watcher {
  readonly rule: BaselineRule
  /** By what it is known in a checkpoint: changed in anything that counts, it is another one. */
  readonly key: string
  readonly machine: VolumeMachine | NoveltyMachine

  constructor(rule: BaselineRule, limits: BaselineLimits) {
    const { watch, learnFrom } = rule
    this.rule = rule
    const parts = [rule.id ?? rule.title, rule.rules, rule.groupBy, rule.learnSeconds, watch]
    this.key = JSON.stringify(learnFrom.length === 0 ? parts : [...parts, learnFrom])
    this.machine =
      watch.type === 'volume' ? new VolumeMachine(rule, watch, limits) : new NoveltyMachine(rule, watch, limits)
  }

  /** Reads the groups and values of events that a rule matched, where its source has them. */
  reader(loaded: LoadedRule): (event: JsonObject) => Read {
    const { watch } = this.rule
    const names = namesIn(loaded.source)
    const groups = tupleReader(this.rule.groupBy, names)
    if (watch.type === 'volume') return (event) => ({ groups: groups(event).texts, values: [] })
    const values = tupleReader(watch.values, names)
    return (event) => ({ groups: groups(event).texts, values: values(event).texts })
  }

  add({ groups, values }: Read, time: Micros, ref: string): readonly BaselineDetection[] {
    const { machine, rule } = this
    if (machine instanceof VolumeMachine) {
      return groups.flatMap((key) => {
        const surge = machine.add(key, time, ref)
        if (surge === undefined) return []
        const { events: measured, usual, refs } = surge
        return { rule, time, group: fieldsOf(rule.groupBy, key), values: {}, measured, usual, refs }
      })
    }
    const names = rule.watch.type === 'new' ? rule.watch.values : []
    return groups.flatMap((key) =>
      values.flatMap((value) => {
        const news = machine.add(key, value, time)
        if (news === undefined) return []
        const group = fieldsOf(rule.groupBy, key)
        return {
          rule,
          time,
          group,
          values: fieldsOf(names, value),
          measured: news.known,
          usual: undefined,
          refs: [ref],
        }
      }),
    )
  }
}

/** The fields of a tuple (a JSON list) with their values as texts. */
const fieldsOf = (fields: readonly string[], tuple: string): Readonly<Record<string, string>> => {
  const values: unknown = JSON.parse(tuple)
  return Object.fromEntries(
    fields.map((field, index) => [field, Array.isArray(values) ? String(values[index] ?? '') : '']),
  )
}
