/**
 * A back-test: a new or changed rule, or a suppression, over the record of a period, old against new. It runs the very
 * detector that runs live.
 */
import { createDetector, type Detector } from '../detect/detector.ts'
import { loadRuleSet, type RuleEntry, type RuleFile, type RuleSet, type RuleSetProblem } from '../detect/rule-set.ts'
import type { Detection } from '../model/detection.ts'
import { BulwarkError } from '../model/error.ts'
import type { Predicate } from '../model/predicate.ts'
import type { PlacedRecord } from '../model/record.ts'
import type { RuleHead } from '../model/rule.ts'
import type { Micros } from '../model/time.ts'
import { Difference, type DifferenceSoFar } from './difference.ts'
import type { RecordReader } from './record-reader.ts'
import { unexercised } from './unexercised.ts'

export type { DifferenceSoFar, Sample } from './difference.ts'
export type { KnownField, RecordReader } from './record-reader.ts'

/** What is tried. */
export type Candidate =
  | {
      readonly kind: 'rule'
      /** One or more documents. They may name rules that are there already. */
      readonly text: string
      /** The rule in whose place it would run; undefined: a further one. */
      readonly replaces: string | undefined
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
  readonly enabled: (head: RuleHead) => boolean
}

export interface BacktestOptions {
  readonly from: Micros
  readonly to: Micros
  /** Asked between batches: true ends it. */
  readonly isCancelled?: () => boolean
  /** The record is asked for so many events at a time, at least: fewer show better how far it is, and cost more questions. */
  readonly eventsAtOnce?: number
}

/** How far it is, and what it found so far. */
export interface BacktestProgress extends DifferenceSoFar {
  /** Audit events of the record that are behind it, whether or not a rule looks at them; of `toScan`. */
  readonly scanned: number
  readonly toScan: number
  readonly unexercised: readonly string[]
  /** False while there is more to come. */
  readonly isWhole: boolean
}

/** The period is counted in so many parts. */
const parts = 50
const candidateFile = 'candidate.yml'

/**
 * Runs a back-test and yields after each batch how far it is, to be asked at once or not at all: to gather it costs more
 * than a batch. The last one `isWhole` unless it was cancelled.
 *
 * @throws BulwarkError RULES_INVALID where the candidate cannot be loaded, REQUEST_INVALID where the period is empty or
 * `replaces` is no rule; what the record throws.
 */
export async function* backtest(
  candidate: Candidate,
  current: CurrentRules,
  record: RecordReader,
  { from, to, isCancelled = () => false, eventsAtOnce = 5000 }: BacktestOptions,
): AsyncGenerator<() => BacktestProgress> {
  if (to <= from) {
    throw new BulwarkError('REQUEST_INVALID', {
      what: 'the period of the back-test is empty',
      mend: 'Let it end after it begins',
    })
  }
  const trial = trialOf(candidate, current)
  const difference = new Difference()
  const counts = await record.counts(from, to, parts)
  const toScan = counts.reduce((sum, count) => sum + count, 0)
  const missing = [...trial.beyond, ...(await unexercised(trial.exercises, record, from, to))]
  let scanned = 0
  const progress = (isWhole: boolean) => (): BacktestProgress => ({
    ...difference.soFar(),
    scanned,
    toScan,
    unexercised: missing,
    isWhole,
  })
  yield progress(false)
  for (const { first, last, events } of stretches(counts, eventsAtOnce)) {
    const [begin, end] = [first, last + 1].map((n) => from + Math.floor(((to - from) * n) / parts)) as [Micros, Micros]
    for await (const batch of record.events(trial.asks, begin, end)) {
      trial.step(batch, difference)
      if (isCancelled()) return
      yield progress(false)
    }
    scanned += events
    if (isCancelled()) return
    yield progress(false)
  }
  trial.end(to, difference)
  yield progress(true)
}

/** Parts that are asked for together: with so many events as make a question worth its cost. All of the period is in them. */
const stretches = (
  counts: readonly number[],
  enough: number,
): readonly { readonly first: number; readonly last: number; readonly events: number }[] => {
  const found: { first: number; last: number; events: number }[] = []
  let [first, events] = [0, 0]
  for (const [part, count] of counts.entries()) {
    events += count
    if (events < enough && part < counts.length - 1) continue
    found.push({ first, last: part, events })
    ;[first, events] = [part + 1, 0]
  }
  return found
}

/** Both sides of a back-test. */
interface Trial {
  readonly asks: Predicate
  /** What the candidate itself asks for. */
  readonly exercises: Predicate
  /** What the candidate looks at and the record is not asked for. */
  readonly beyond: readonly string[]
  step(records: readonly PlacedRecord[], difference: Difference): void
  /** The period is over: ends the windows that time ends. */
  end(now: Micros, difference: Difference): void
}

const trialOf = (candidate: Candidate, current: CurrentRules): Trial =>
  candidate.kind === 'rule' ? ruleTrial(candidate, current) : suppressionTrial(candidate, current)

const nothing: Predicate = { kind: 'any', terms: [] }

const ruleTrial = ({ text, replaces }: Extract<Candidate, { kind: 'rule' }>, { files }: CurrentRules): Trial => {
  const file: RuleFile = { name: candidateFile, text, origin: 'user' }
  // First, so that of two rules with the same id the candidate is the one that counts.
  const set = loadRuleSet([file, ...files])
  refuse(set.problems.filter((one) => one.file === candidateFile && one.severity === 'error'))
  const after = createDetector(set, { enabled: (head) => head.file === candidateFile })
  const before = replaces === undefined ? undefined : detectorOf(loadRuleSet(files), replaces)
  return {
    asks: { kind: 'any', terms: [after.asks().audit ?? nothing, before?.asks().audit ?? nothing] },
    exercises: after.asks().audit ?? nothing,
    beyond: beyondAudit(set.entries.filter(({ head }) => head.file === candidateFile)),
    step: (records, difference) => difference.add(before?.step(records) ?? [], after.step(records)),
    end: (now, difference) => difference.add(before?.pass(now) ?? [], after.pass(now)),
  }
}

/** Back-tests go over audit events alone. */
const beyondAudit = (entries: readonly RuleEntry[]): readonly string[] => {
  const titles = entries.flatMap(({ head, alerts, idle, inputs }) =>
    alerts && idle === '' && inputs.some((input) => input !== 'audit') ? [`"${head.title}"`] : [],
  )
  if (titles.length === 0) return []
  const more = titles.length > 3 ? ` and ${titles.length - 3} other rules` : ''
  return [
    `what sensors and Kubernetes Events tell is not read by a back-test: ${titles.slice(0, 3).join(', ')}${more} did not see it`,
  ]
}

const detectorOf = (set: RuleSet, id: string): Detector => {
  if (set.heads.some((head) => head.id === id)) return createDetector(set, { enabled: (head) => head.id === id })
  throw new BulwarkError('REQUEST_INVALID', {
    what: `there is no rule "${id}" that could be replaced`,
    mend: 'GET /api/v1/rules lists them',
  })
}

const suppressionTrial = (
  { rules, covers }: Extract<Candidate, { kind: 'suppression' }>,
  { files, enabled }: CurrentRules,
): Trial => {
  const wanted = (head: RuleHead): boolean => enabled(head) && (rules.length === 0 || rules.includes(head.id))
  const set = loadRuleSet(files)
  const detector = createDetector(set, { enabled: wanted })
  const asks = detector.asks().audit ?? nothing
  return {
    asks,
    exercises: asks,
    beyond: beyondAudit(set.entries.filter(({ head }) => wanted(head))),
    step: (records, difference) => {
      const byPlace = new Map(records.map((one) => [placeOf(one), one]))
      const before = detector.step(records)
      difference.add(
        before,
        before.filter((one) => !covers(one, byPlace.get(placeOf(one)))),
      )
    },
    end: (now, difference) => {
      const before = detector.pass(now)
      difference.add(
        before,
        before.filter((one) => !covers(one, undefined)),
      )
    },
  }
}

const placeOf = ({ position: { seq, index } }: Pick<PlacedRecord, 'position'>): string => `${seq}/${index}`

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
