/** The two sides of a back-test: what fires today, and what would fire. */
import { type Asks, createDetector, type Detector } from '../detect/detector.ts'
import {
  loadRuleSet,
  type RuleEntry,
  type RuleFile,
  type RuleInput,
  type RuleSet,
  type RuleSetProblem,
} from '../detect/rule-set.ts'
import type { SubjectOf } from '../detect/subject.ts'
import type { Detection } from '../model/detection.ts'
import { BulwarkError } from '../model/error.ts'
import { fieldIs, type Predicate } from '../model/predicate.ts'
import type { PlacedRecord } from '../model/record.ts'
import type { RuleHead } from '../model/rule.ts'
import type { Micros } from '../model/time.ts'
import type { Difference } from './difference.ts'
import { recordKinds } from './record-reader.ts'

/** What is tried. */
export type Candidate =
  | {
      readonly kind: 'rule'
      /** One or more documents. They may name rules that are there already. */
      readonly text: string
      /** The rule in whose place it would run; undefined: a further one. */
      readonly replaces: string | undefined
      /** The file in whose place it would stand, by its name: all of its rules are replaced, and its filters. */
      readonly replacesFile?: string | undefined
    }
  | {
      readonly kind: 'suppression'
      /** Empty: any rule. */
      readonly rules: readonly string[]
      /** Whether it would keep a detection out; `record` completed it. */
      readonly covers: (detection: Detection, record: PlacedRecord | undefined) => boolean
    }

/** The rules that run today. */
export interface CurrentRules {
  readonly files: readonly RuleFile[]
  /** {@link files}, loaded. */
  readonly set: RuleSet
  readonly enabled: (head: RuleHead) => boolean
  /** Loads other files, most of which are among {@link files}; without it each is read anew. */
  readonly load?: (files: readonly RuleFile[]) => RuleSet
}

export interface Trial {
  /** What either side looks at. */
  readonly asks: Asks
  /** What the candidate itself looks at. */
  readonly exercises: Asks
  /** What of the candidate no record can try: a sentence each. */
  readonly beyond: readonly string[]
  /** True where what guards the clusters has to go along. */
  readonly comparesGuards: boolean
  /** The first rule of the candidate that asks what was lowered, by its title. */
  readonly asksForLowered: string | undefined
  /** Records before the period, of which what they fire does not count. */
  warm(records: readonly PlacedRecord[]): void
  step(records: readonly PlacedRecord[], difference: Difference): void
  /** Requests and versions of what guards the clusters, of which only what was lowered is judged; see `PastGuards`. */
  compare(records: readonly PlacedRecord[], difference: Difference): void
  /** The same before the period: they are remembered. */
  recall(records: readonly PlacedRecord[]): void
  /** The period is over: ends the windows that time ends. */
  end(now: Micros, difference: Difference): void
}

const candidateFile = 'candidate.yml'

/** What happened before `from` does not count. Throws BulwarkError RULES_INVALID, REQUEST_INVALID (what is to be replaced is not there). */
export const trialOf = (candidate: Candidate, current: CurrentRules, subjectOf: SubjectOf, from: Micros): Trial =>
  candidate.kind === 'rule'
    ? ruleTrial(candidate, current, subjectOf, from)
    : suppressionTrial(candidate, current, subjectOf, from)

const ruleTrial = (
  { text, replaces, replacesFile }: Extract<Candidate, { kind: 'rule' }>,
  { files, set: known, load = loadRuleSet }: CurrentRules,
  subjectOf: SubjectOf,
  from: Micros,
): Trial => {
  const others = files.filter(({ name }) => name !== replacesFile)
  // First, so that of two rules with the same id the candidate is the one that counts.
  const set = load([{ name: candidateFile, text, origin: 'user' }, ...others])
  refuse(set.problems.filter((one) => one.file === candidateFile && one.severity === 'error'))
  const options = { subjectOf, comparesApart: true }
  const after = createDetector(set, { ...options, enabled: (head) => head.file === candidateFile })
  const isReplaced = replacedBy(known, replaces, replacesFile)
  const before = isReplaced && createDetector(known, { ...options, enabled: isReplaced })
  const beforeAsks = before && withAlerts(before.asks(), replaces === undefined ? [] : [replaces])
  const entries = set.entries.filter(({ head }) => head.file === candidateFile)
  const counted = (detections: readonly Detection[] = []) => detections.filter(({ time }) => time >= from)
  return {
    asks: beforeAsks === undefined ? after.asks() : either(after.asks(), beforeAsks),
    exercises: after.looksFor(),
    beyond: beyondOf(entries),
    comparesGuards: after.comparesGuards() || before?.comparesGuards() === true,
    asksForLowered: titleOfLowered(entries),
    warm: (records) => {
      before?.step(records)
      after.step(records)
    },
    step: (records, difference) => difference.add(before?.step(records) ?? [], after.step(records)),
    compare: (records, difference) =>
      difference.add(counted(before?.compare(records)), counted(after.compare(records))),
    recall: (records) => {
      before?.recall(records)
      after.recall(records)
    },
    end: (now, difference) => difference.add(finished(before, now), finished(after, now)),
  }
}

/** Undefined where nothing is replaced. */
const replacedBy = (
  { heads }: RuleSet,
  rule: string | undefined,
  file: string | undefined,
): ((head: RuleHead) => boolean) | undefined => {
  if (file !== undefined && heads.some((head) => head.file === file)) return (head) => head.file === file
  if (rule === undefined) return undefined
  if (heads.some(({ id }) => id === rule)) return ({ id }) => id === rule
  throw new BulwarkError('REQUEST_INVALID', {
    what: `there is no rule "${rule}" that could be replaced`,
    mend: 'GET /api/v1/rules lists them',
  })
}

const suppressionTrial = (
  { rules, covers }: Extract<Candidate, { kind: 'suppression' }>,
  { set, enabled }: CurrentRules,
  subjectOf: SubjectOf,
  from: Micros,
): Trial => {
  const wanted = (head: RuleHead): boolean => enabled(head) && (rules.length === 0 || rules.includes(head.id))
  const detector = createDetector(set, { enabled: wanted, subjectOf, comparesApart: true })
  const meant = rules.length === 0 ? 'any' : rules
  const asks = withAlerts(detector.asks(), meant)
  const told = (before: readonly Detection[], records: readonly PlacedRecord[], difference: Difference): void => {
    const byPlace = new Map(records.map((one) => [placeOf(one), one]))
    difference.add(
      before,
      before.filter((one) => !covers(one, byPlace.get(placeOf(one)))),
    )
  }
  const entries = rules.length === 0 ? [] : set.entries.filter(({ head }) => wanted(head))
  return {
    asks,
    exercises: withAlerts(detector.looksFor(), meant),
    beyond: beyondOf(entries),
    comparesGuards: detector.comparesGuards(),
    asksForLowered: titleOfLowered(entries),
    warm: (records) => void detector.step(records),
    step: (records, difference) => told(detector.step(records), records, difference),
    compare: (records, difference) => {
      const before = detector.compare(records).filter(({ time }) => time >= from)
      told(before, records, difference)
    },
    recall: (records) => detector.recall(records),
    end: (now, difference) => told(finished(detector, now), [], difference),
  }
}

const finished = (detector: Detector | undefined, now: Micros): readonly Detection[] => detector?.pass(now) ?? []

const placeOf = ({ position: { seq, index } }: Pick<PlacedRecord, 'position'>): string => `${seq}/${index}`

const sensorRule = 'falco:'

/** With the alerts of sensors that are meant: they are detections by themselves, and rules over them are not needed. */
const withAlerts = (asks: Asks, rules: readonly string[] | 'any'): Asks => {
  const names = rules === 'any' ? [] : rules.filter((id) => id.startsWith(sensorRule))
  if (rules !== 'any' && names.length === 0) return asks
  const alerts: Predicate =
    rules === 'any'
      ? { kind: 'field', field: ['priority'], tests: [{ kind: 'value' }] }
      : fieldIs(
          'rule',
          names.map((id) => id.slice(sensorRule.length)),
        )
  return { ...asks, runtime: asks.runtime === undefined ? alerts : { kind: 'any', terms: [asks.runtime, alerts] } }
}

const either = (some: Asks, others: Asks): Asks => {
  const of = (kind: RuleInput): Predicate | undefined => {
    const terms = [some[kind], others[kind]].filter((one) => one !== undefined)
    return terms.length === 0 ? undefined : { kind: 'any', terms }
  }
  const [audit, runtime, events] = recordKinds.map(of)
  return { audit, runtime, events }
}

const beyondOf = (entries: readonly RuleEntry[]): readonly string[] => {
  // The state of the cluster goes along with other records than requests.
  const caller = titleOf(entries, 'caller.')
  const untried =
    caller === undefined ? [] : [`"${caller}" was not tried: which workload made a request is not known of the past`]
  return [...idleOf(entries), ...untried]
}

const titleOfLowered = (entries: readonly RuleEntry[]): string | undefined => titleOf(entries, 'lowered.')

/** The first of them that runs and asks for such a field. */
const titleOf = (entries: readonly RuleEntry[], asked: string): string | undefined =>
  entries.find(({ idle, fields }) => idle === '' && fields.some((field) => field.startsWith(asked)))?.head.title

const idleOf = (entries: readonly RuleEntry[]): readonly string[] =>
  entries
    .filter(({ idle }) => idle !== '')
    .slice(0, 10)
    .map(({ head, idle }) => `"${head.title}" was not tried: ${idle}`)

const refuse = (errors: readonly RuleSetProblem[]): void => {
  const [first] = errors
  if (first === undefined) return
  const more = errors.length > 1 ? `, and ${errors.length - 1} more` : ''
  throw new BulwarkError('RULES_INVALID', {
    what: `${first.what}${more}`,
    where: `line ${first.line}, column ${first.column}${first.rule === '' ? '' : `, rule "${first.rule}"`}`,
    mend: first.mend === '' ? 'Mend the rule and try again' : first.mend,
  })
}
