import { createDetector } from '../../src/detect/detector.ts'
import { loadRuleSet } from '../../src/detect/rule-set.ts'
import type { LoadedRule } from '../../src/engines/sigma/index.ts'
import type { Detection } from '../../src/model/detection.ts'
import { eventRowOf } from '../../src/model/event-row.ts'
import type { JsonObject } from '../../src/model/json.ts'
import type { BulwarkRecord, PlacedRecord } from '../../src/model/record.ts'
import type { RuleOrigin } from '../../src/model/rule.ts'
import type { Micros } from '../../src/model/time.ts'
import { recordsOf, subjectByName } from '../../src/server/detection/rule-cases.ts'
import type { File } from './files.ts'

/** That a rule fired: by its name, with the events that made it, the newest first. */
export interface Fired {
  readonly rule: string
  readonly severity: Detection['severity']
  readonly events: readonly JsonObject[]
}

/** What ours of one origin hold, and a detector for lists of events, each list for itself. */
export type Judge = ReturnType<typeof judgeOf>

/** `heard`: `all` tells also of rules that only correlations and baselines want to know of. */
export const judgeOf = (files: readonly File[], origin: RuleOrigin, heard: 'alerts' | 'all' = 'alerts') => {
  const set = loadRuleSet(files.map((file) => ({ ...file, origin })))
  const isHeard = ({ alerts }: LoadedRule): boolean => alerts || heard === 'all'
  const rules = set.sigma.rules.map((rule) => ({ ...rule, alerts: isHeard(rule) }))
  const run = { ...set, sigma: { ...set.sigma, rules } }
  const documents = [
    ...set.sigma.rules.map(({ rule }) => rule),
    ...set.sigma.correlations.map(({ correlation }) => correlation),
    ...set.baselines,
  ]
  const names = new Map(documents.map(({ id = '', name = id }) => [id, name]))

  const judge = (events: readonly JsonObject[]): readonly Fired[] => judgeRecords(recordsOf(events))

  const judgeRecords = (records: readonly PlacedRecord[]): readonly Fired[] => {
    const byRow = new Map<string, JsonObject>()
    for (const { record } of records) byRow.set(eventRowOf(record)?.id ?? '', bodyOf(record))
    return detect(run, records).map(({ rule, severity, evidence }) => ({
      rule: names.get(rule) ?? rule,
      severity,
      events: evidence.map((id) => byRow.get(id)).filter((event) => event !== undefined),
    }))
  }

  return {
    documents,
    rules: set.sigma.rules,
    correlations: set.sigma.correlations,
    filters: set.sigma.filters,
    baselines: set.baselines,
    problems: set.problems,
    isHeard,
    judge,
    judgeRecords,
  }
}

const bodyOf = (record: BulwarkRecord): JsonObject => {
  if (record.kind === 'gap') return {}
  return record.kind === 'object' ? record.body : record.event
}

const day: Micros = 86_400_000_000

/** What a set of rules finds, as the server runs it; a day later every window that is open has ended. */
export const detect = (set: ReturnType<typeof loadRuleSet>, records: readonly PlacedRecord[]): readonly Detection[] => {
  const detector = createDetector(set, { enabled: ({ language }) => language !== 'sensor', subjectOf: subjectByName })
  const found = records.flatMap((one) => detector.step([one]))
  return [...found, ...detector.pass((records.at(-1)?.record.time ?? 0) + day)]
}
