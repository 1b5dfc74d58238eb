/**
 * A back-test: a new or changed rule, or a suppression, over the record of a period, old against new. It runs the very
 * detector that runs live, over the kinds of records that its rules look at.
 */
import type { Asks } from '../detect/detector.ts'
import { guardedWrites } from '../detect/guards/index.ts'
import type { RuleInput } from '../detect/rule-set.ts'
import { BulwarkError } from '../model/error.ts'
import type { PlacedRecord } from '../model/record.ts'
import type { Micros } from '../model/time.ts'
import { Difference, type DifferenceSoFar } from './difference.ts'
import { guardsUnknown } from './guards-unknown.ts'
import { longestDelay, PastGuards } from './past-guards.ts'
import { PastState } from './past-state.ts'
import { type RecordReader, recordKinds } from './record-reader.ts'
import { type Candidate, type CurrentRules, type Trial, trialOf } from './trial.ts'
import { unexercised } from './unexercised.ts'

export type { DifferenceSoFar, Sample } from './difference.ts'
export type { KnownField, RecordReader } from './record-reader.ts'
export type { Candidate, CurrentRules } from './trial.ts'

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
  /** Records of the kinds that are read which are behind it, whether or not a rule looks at them; of `toScan`. */
  readonly scanned: number
  readonly toScan: number
  /** Kinds of records that either side looks at, and how many of them the period has. */
  readonly read: readonly { readonly kind: RuleInput; readonly records: number }[]
  readonly unexercised: readonly string[]
  /** False while there is more to come. */
  readonly isWhole: boolean
}

/** The period is counted in so many parts. */
const parts = 50
/** The API server keeps Events for an hour (`--event-ttl`): what one of that time told before says what is new in it. */
const eventMicros: Micros = 3_600_000_000
/**
 * A request lasts a minute at most (`--request-timeout`), and may be compared with what was a few seconds before it began.
 * Changes of so much time before the period, and before the latest one that came in with it, are remembered one by one; of
 * earlier ones what they came to.
 */
const guardMicros: Micros = longestDelay + 120_000_000

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
  const state = new PastState(record.objects(from - eventMicros, to))
  const trial = trialOf(candidate, current, state.subjectOf, from)
  const guards = trial.comparesGuards ? new PastGuards(record.guards(from - guardMicros, to + longestDelay)) : undefined
  try {
    yield* run({ trial, state, guards, record }, { from, to, isCancelled, eventsAtOnce })
  } finally {
    await state.close()
    await guards?.close()
  }
}

interface Run {
  readonly trial: Trial
  readonly state: PastState
  /** Undefined where no rule compares with what was before. */
  readonly guards: PastGuards | undefined
  readonly record: RecordReader
}

async function* run(
  { trial, state, guards, record }: Run,
  { from, to, isCancelled, eventsAtOnce }: Required<BacktestOptions>,
): AsyncGenerator<() => BacktestProgress> {
  const { asks } = trial
  const difference = new Difference()
  const counted = await countsOf(asks, record, from, to)
  const read = counted.map(({ kind, counts }) => ({ kind, records: sumOf(counts) }))
  const toScan = sumOf(read.map(({ records }) => records))
  const missing = [
    ...trial.beyond,
    ...(await guardsUnknown(trial.asksForLowered, record, from, to)),
    ...(await unexercised(trial.exercises, read, record, from, to)),
  ]
  let scanned = 0
  const progress = (isWhole: boolean) => (): BacktestProgress => ({
    ...difference.soFar(),
    scanned,
    toScan,
    read,
    unexercised: missing,
    isWhole,
  })
  yield progress(false)
  if (asks.events !== undefined) {
    const before: Asks = { audit: undefined, runtime: undefined, events: asks.events }
    for await (const batch of record.records(before, from - eventMicros, from)) {
      for await (const part of state.parts(batch)) trial.warm(part)
      if (isCancelled()) return
      yield progress(false)
    }
  }
  if (guards !== undefined) {
    const before: Asks = { audit: guardedWrites, runtime: undefined, events: undefined }
    for await (const batch of record.records(before, from - guardMicros, from)) {
      for await (const { kind, records } of guards.turns(batch)) if (kind === 'compared') trial.recall(records)
      if (isCancelled()) return
    }
    for await (const part of guards.rest(from - 1)) trial.recall(part)
    yield progress(false)
  }
  // Where a request happened it says itself: only for others the state goes along.
  const asksForState = asks.runtime !== undefined || asks.events !== undefined
  const judge = async (records: readonly PlacedRecord[]): Promise<void> => {
    for await (const part of asksForState ? state.parts(records) : [records]) trial.step(part, difference)
  }
  const judgeAll = async (batch: readonly PlacedRecord[]): Promise<void> => {
    if (guards === undefined) return judge(batch)
    for await (const turn of guards.turns(batch)) {
      if (isCancelled()) return
      if (turn.kind === 'records') await judge(turn.records)
      else trial.compare(turn.records, difference)
    }
  }
  for (const { first, last, events } of stretches(together(counted), eventsAtOnce)) {
    const [begin, end] = [first, last + 1].map((n) => from + Math.floor(((to - from) * n) / parts)) as [Micros, Micros]
    for await (const batch of record.records(asks, begin, end)) {
      await judgeAll(batch)
      if (isCancelled()) return
      yield progress(false)
    }
    scanned += events
    if (isCancelled()) return
    yield progress(false)
  }
  if (guards !== undefined) for await (const part of guards.rest(to + longestDelay)) trial.compare(part, difference)
  trial.end(to, difference)
  yield progress(true)
}

interface Counted {
  readonly kind: RuleInput
  readonly counts: readonly number[]
}

const countsOf = async (asks: Asks, record: RecordReader, from: Micros, to: Micros): Promise<readonly Counted[]> => {
  const counted: Counted[] = []
  for (const kind of recordKinds) {
    if (asks[kind] !== undefined) counted.push({ kind, counts: await record.counts(kind, from, to, parts) })
  }
  return counted
}

const together = (counted: readonly Counted[]): readonly number[] =>
  Array.from({ length: parts }, (_, part) => sumOf(counted.map(({ counts }) => counts[part] ?? 0)))

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0)

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
