/**
 * What is usual, learned from the record: how many events a group has in a window, and which values it ever had. Without
 * a clock: time is that of the events, so the same events in the same order give the same detections.
 */
import type { LoadedRule, SigmaProblem, SigmaRules } from '../../engines/sigma/index.ts'
import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import { type JsonDraftObject, wholeObject } from '../../model/json-draft.ts'
import type { Micros } from '../../model/time.ts'
import { type ReadTexts, SharedReaders } from './shared-readers.ts'
import {
  type BaselineDetection,
  type BaselineLimits,
  type BaselineRule,
  type BaselineStatus,
  defaultLimits,
} from './types.ts'
import { Watcher } from './watcher.ts'

export { readBaselines } from './read.ts'
export type { BaselineDetection, BaselineLimits, BaselineRule, BaselineStatus } from './types.ts'

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
  const readers = new SharedReaders()
  const byRule = new Map<LoadedRule, Asking>()
  for (const loaded of sigma.rules) {
    const asking: Asking = { telling: [], learning: [] }
    for (const watcher of watchers) {
      const { rule, values } = watcher
      const tells = rule.rules.some((reference) => refersTo(reference, loaded))
      if (!tells && !rule.learnFrom.some((reference) => refersTo(reference, loaded))) continue
      const read = { watcher, groups: readers.of(rule.groupBy, loaded), values: readers.of(values, loaded) }
      if (tells) asking.telling.push(read)
      else asking.learning.push(read)
    }
    if (asking.telling.length + asking.learning.length > 0) byRule.set(loaded, asking)
  }

  const learners = watchers.some(({ rule }) => rule.learnFrom.length > 0)
  const checkpointOf = (slowly: boolean): JsonDraftObject => ({
    version,
    rules: watchers.map(({ key, machine }) => ({ key, state: machine.checkpoint(slowly) })),
  })
  const baselines: Baselines = {
    step: ({ time, receivedAt, event, matched, ref }) => {
      let found: BaselineDetection[] | undefined
      const moment = Math.min(time, receivedAt)
      readers.next()
      for (const loaded of matched) {
        const asking = byRule.get(loaded)
        if (asking === undefined) continue
        for (const { watcher, groups, values } of asking.telling) {
          if (watcher.turn === readers.turn) continue
          watcher.turn = readers.turn
          const detections = watcher.add(groups(event), values(event), moment, ref)
          if (detections.length > 0) found = [...(found ?? none), ...detections]
        }
      }
      if (!learners) return found ?? none
      // What also matches a rule that is told of is told all the same, so these come last.
      for (const loaded of matched) {
        for (const { watcher, groups, values } of byRule.get(loaded)?.learning ?? noReads) {
          if (watcher.turn === readers.turn) continue
          watcher.turn = readers.turn
          watcher.add(groups(event), values(event), moment, ref)
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

/** A baseline with what reads its groups and values, where events of the source of a rule have them. */
interface Reading {
  readonly watcher: Watcher
  readonly groups: ReadTexts
  readonly values: ReadTexts
}

/** The baselines that ask for a rule. */
interface Asking {
  readonly telling: Reading[]
  readonly learning: Reading[]
}

const version = 1
const none: readonly BaselineDetection[] = []
const noReads: readonly Reading[] = []

const refersTo = (reference: string, { rule }: LoadedRule): boolean =>
  reference === rule.name || reference.toLowerCase() === rule.id
