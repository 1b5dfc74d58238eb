import {
  createCorrelator,
  createMatcher,
  judgedMoment,
  kubernetesAudit,
  type LoadedRule,
  loadSigma,
  type SigmaRules,
} from '../../src/engines/sigma/index.ts'
import type { JsonObject } from '../../src/model/json.ts'
import { type Micros, parseMicros } from '../../src/model/time.ts'
import type { File } from './files.ts'

/** That a rule fired: the events that made it, the newest first, by their places in the list that was handed in. */
export interface Fired {
  readonly rule: string
  readonly level: string
  readonly time: Micros
  readonly events: readonly number[]
}

/** The rules of files, ready to judge lists of events, each list for itself. */
export interface Judge {
  readonly rules: SigmaRules
  readonly judge: (events: readonly JsonObject[]) => readonly Fired[]
}

/** Loads rules as the server does, for audit events as they are. */
export const judgeOf = (files: readonly File[]): Judge => {
  const rules = loadSigma(files, { sources: [kubernetesAudit] })
  const enabled = rules.rules.filter((rule) => rule.enabled)
  const matcher = createMatcher(enabled.map(({ predicate }) => predicate))
  return { rules, judge: (events) => judge(rules, enabled, (event) => matcher.matches(event), events) }
}

const judge = (
  rules: SigmaRules,
  enabled: readonly LoadedRule[],
  matches: (event: JsonObject) => readonly number[],
  events: readonly JsonObject[],
): readonly Fired[] => {
  const fired: Fired[] = []
  const correlator = createCorrelator(rules)
  let state = correlator.start()
  const take = (input: Parameters<typeof correlator.step>[1]): void => {
    const { state: next, detections } = correlator.step(state, input)
    state = next
    for (const { correlation, alerts, time, refs } of detections)
      if (alerts) fired.push({ ...named(correlation), time, events: refs.map(Number) })
  }
  let last: Micros = 0
  for (const { event, index } of judged(events)) {
    const time = timeOf(event)
    last = Math.max(last, time)
    const matched = matches(event).flatMap((place) => enabled[place] ?? [])
    for (const one of matched) if (one.alerts) fired.push({ ...named(one.rule), time, events: [index] })
    take({ kind: 'event', time, receivedAt: time, event, matched, ref: String(index) })
  }
  // A day later every window that is open has ended.
  take({ kind: 'time', now: last + 86_400_000_000 })
  return fired
}

const named = ({
  name,
  id,
  level,
}: {
  name: string | undefined
  id: string | undefined
  level: string | undefined
}) => ({
  rule: name ?? id ?? '',
  level: level ?? '',
})

/** Of the events of a request the one that is judged, as the live detector does it. */
const judged = (events: readonly JsonObject[]): readonly { readonly event: JsonObject; readonly index: number }[] => {
  const seen = new Set<unknown>()
  return events.flatMap((event, index) => {
    const moment = judgedMoment(event)
    if (moment === 'skip' || (moment === 'once' && seen.has(event.auditID))) return []
    seen.add(event.auditID)
    return [{ event, index }]
  })
}

const timeOf = (event: JsonObject): Micros =>
  parseMicros(String(event.requestReceivedTimestamp ?? event.stageTimestamp)) ?? 0
