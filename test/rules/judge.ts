import { createBaselines, readBaselines } from '../../src/detect/baseline/index.ts'
import { loadRuleSet } from '../../src/detect/rule-set.ts'
import { createCorrelator, createMatcher, judgedMoment, type LoadedRule } from '../../src/engines/sigma/index.ts'
import type { JsonObject } from '../../src/model/json.ts'
import type { RuleOrigin } from '../../src/model/rule.ts'
import { type Micros, parseMicros } from '../../src/model/time.ts'
import type { File } from './files.ts'

/** That a rule fired: the events that made it, the newest first, by their places in the list that was handed in. */
export interface Fired {
  readonly rule: string
  readonly level: string
  readonly time: Micros
  readonly events: readonly number[]
}

/** Sigma rules and baselines of files, ready to judge lists of events, each list for itself. */
export type Judge = ReturnType<typeof judgeOf>

/** `heard`: `all` tells also of rules that only correlations and baselines want to know of. */
export const judgeOf = (files: readonly File[], origin: RuleOrigin, heard: 'alerts' | 'all' = 'alerts') => {
  const set = loadRuleSet(files.map((file) => ({ ...file, origin })))
  const read = files.map(({ text, name }) => readBaselines(text, name))
  const baselines = read.flatMap(({ rules }) => rules)
  const linked = createBaselines(baselines, set.sigma).problems
  const asked = new Set(baselines.flatMap(({ rules }) => rules))
  // An informational rule that a baseline learns from does not alert on its own.
  const isHeard = ({ alerts, rule }: LoadedRule): boolean =>
    heard === 'all' || (alerts && !(rule.level === 'informational' && asked.has(rule.name ?? '')))
  const enabled = set.sigma.rules.filter((rule) => rule.enabled)
  const matcher = createMatcher(enabled.map(({ predicate }) => predicate))

  const judge = (events: readonly JsonObject[]): readonly Fired[] => {
    const fired: Fired[] = []
    const correlator = createCorrelator(set.sigma)
    const usual = createBaselines(baselines, set.sigma).baselines
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
      const matched = matcher.matches(event).flatMap((place) => enabled[place] ?? [])
      for (const one of matched) if (isHeard(one)) fired.push({ ...named(one.rule), time, events: [index] })
      const input = { time, receivedAt: time, event, matched, ref: String(index) }
      take({ kind: 'event', ...input })
      for (const { rule, refs } of usual.step(input)) fired.push({ ...named(rule), time, events: refs.map(Number) })
    }
    // A day later every window that is open has ended.
    take({ kind: 'time', now: last + 86_400_000_000 })
    return fired
  }

  return {
    rules: set.sigma,
    baselines,
    problems: [...set.sigma.problems, ...set.sigma.warnings, ...read.flatMap(({ problems }) => problems), ...linked],
    isHeard,
    judge,
  }
}

type Named = { readonly name: string | undefined; readonly id: string | undefined; readonly level: string | undefined }

const named = ({ name, id, level }: Named) => ({ rule: name ?? id ?? '', level: level ?? '' })

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
  parseMicros(String(event.stageTimestamp ?? event.requestReceivedTimestamp)) ?? 0
