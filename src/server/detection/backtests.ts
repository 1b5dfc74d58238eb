/** Back-tests as the server runs them: behind all else, at most two at once. What they found is kept in the desk. */
import { createHash, randomUUID } from 'node:crypto'
import { setImmediate, setTimeout } from 'node:timers/promises'
import type { BacktestBody, BacktestStatus, RuleRow } from '../../api/contract/detection.ts'
import type { BacktestServices } from '../../api/detection-services.ts'
import { loadRuleSet, type RuleEntry } from '../../detect/rule-set.ts'
import { createSuppressions, requireSuppression } from '../../detect/suppressions/index.ts'
import type { GapRow } from '../../model/answer.ts'
import { BulwarkError } from '../../model/error.ts'
import { eventRowOf } from '../../model/event-row.ts'
import type { SuppressionSpec } from '../../model/suppression.ts'
import { formatMicros, type Micros, parseMicros } from '../../model/time.ts'
import { type BacktestProgress, backtest, type Candidate, type CurrentRules } from '../../rehearse/backtest.ts'
import type { RecordReader } from '../../rehearse/record-reader.ts'
import type { Desk } from '../../store/desk/index.ts'
import { savedFileName } from './rule-keeper.ts'
import { rowOf } from './suppression-keeper.ts'

export interface BacktestParts {
  readonly desk: Desk
  readonly current: () => CurrentRules
  /** A rule as it is now. */
  readonly entryOf: (id: string) => Pick<RuleEntry, 'head' | 'text'> | undefined
  readonly record: RecordReader
  /** First and last moment of the record (RFC 3339); undefined while there is none. */
  readonly window: () => Promise<{ readonly from: string; readonly to: string } | undefined>
  readonly gapsIn: (from: Micros, to: Micros, limit: number) => Promise<readonly GapRow[]>
  readonly now: () => Micros
  readonly onError: (message: string, error: unknown) => void
}

export interface Backtests extends AsyncDisposable {
  readonly services: BacktestServices
  /** True where a back-test of this very suppression is done. */
  isFor(id: string, spec: SuppressionSpec): boolean
  /** The newest one that says how often a rule fires as it is written now. */
  lastOf(rule: Pick<RuleEntry, 'head' | 'text'>): RuleRow['lastBacktest']
}

/** What a back-test tells of a rule: how often it fires as this text has it. */
interface Tried {
  readonly rule: string
  /** SHA-256 of the text. */
  readonly text: string
  readonly fired: number
}

/** What the desk keeps. */
interface Kept {
  readonly status: BacktestStatus
  /** Undefined for a rule. */
  readonly suppression: SuppressionSpec | undefined
  readonly tried: readonly Tried[]
}

interface Run {
  status: BacktestStatus
  readonly body: BacktestBody
  readonly listeners: Set<(status: BacktestStatus) => void>
  isCancelled: boolean
}

const mostRunning = 2
const mostGaps = 100
/** Whoever looks at one is told ten times a second. */
const tellMillis = 100
const stopMillis = 2000
const usualMicros: Micros = 7 * 86_400_000_000

export const openBacktests = (parts: BacktestParts): Backtests => {
  const { desk, current, entryOf, record, gapsIn, now, onError } = parts
  const running = new Map<string, Run>()
  const following = new Set<Promise<void>>()
  const last = new Map<string, NonNullable<RuleRow['lastBacktest']>>()
  let isClosed = false

  const remember = ({ status, tried }: Kept, at: Micros): void => {
    if (status.state !== 'done') return
    const { from, to } = status
    for (const { rule, text, fired } of tried) last.set(`${rule} ${text}`, { time: formatMicros(at), from, to, fired })
  }
  for (const { at, body } of desk.backtests.all().toReversed()) remember(body as Kept, at)

  const kept = (id: string): Kept | undefined => {
    const found = desk.backtests.find(id) as Kept | undefined
    // Those of earlier versions do not say what was read.
    return found && { ...found, status: { ...found.status, read: found.status.read ?? [] } }
  }
  const statusOf = (id: string): BacktestStatus => {
    const status = running.get(id)?.status ?? kept(id)?.status
    if (status !== undefined) return status
    throw new BulwarkError('NOT_FOUND', {
      what: `there is no back-test "${id}"`,
      mend: 'Start it again: only the last 200 are kept',
    })
  }

  const start = async (body: BacktestBody): Promise<BacktestStatus> => {
    if (running.size >= mostRunning) {
      throw new BulwarkError('OVERLOADED', {
        what: `${mostRunning} back-tests are running`,
        mend: 'Wait for one of them, or cancel it',
      })
    }
    const candidate = candidateOf(body, now())
    const id = randomUUID()
    const run: Run = { status: { ...nothing, id }, body, listeners: new Set(), isCancelled: false }
    running.set(id, run)
    try {
      const { from, to } = await periodOf(body, parts)
      run.status = { ...run.status, from: formatMicros(from), to: formatMicros(to) }
      const steps = backtest(candidate, current(), record, { from, to, isCancelled: () => run.isCancelled })
      // What is wrong with the candidate itself is told at once.
      const first = await steps.next()
      if (first.done !== true) run.status = { ...run.status, ...toldOf(first.value()) }
      const done = follow(run, steps, from, to).finally(() => following.delete(done))
      following.add(done)
    } catch (error) {
      running.delete(id)
      throw error
    }
    return run.status
  }

  const follow = async (run: Run, steps: ReturnType<typeof backtest>, from: Micros, to: Micros): Promise<void> => {
    let told = 0
    let ask: (() => BacktestProgress) | undefined
    try {
      for await (ask of steps) {
        if (!run.isCancelled && performance.now() - told >= tellMillis) {
          change(run, toldOf(ask()))
          told = performance.now()
        }
        // Others have waited for as long as a batch took.
        await setImmediate()
      }
      const found = ask === undefined ? {} : toldOf(ask())
      const gaps = run.isCancelled ? [] : await gapsIn(from, to, mostGaps)
      end(run, { ...found, gaps, state: run.isCancelled ? 'cancelled' : 'done' })
    } catch (error) {
      if (!(error instanceof BulwarkError)) onError('a back-test failed', error)
      end(run, { state: 'failed', error: error instanceof Error ? error.message : String(error) })
    }
  }

  const change = (run: Run, more: Partial<BacktestStatus>): void => {
    run.status = { ...run.status, ...more }
    for (const listener of [...run.listeners]) {
      try {
        listener(run.status)
      } catch {
        run.listeners.delete(listener)
      }
    }
  }

  const end = (run: Run, more: Partial<BacktestStatus>): void => {
    const { id } = run.status
    running.delete(id)
    const at = now()
    const status = { ...run.status, ...more }
    const body = keptOf(run.body, status, entryOf)
    try {
      if (!isClosed) desk.durably(() => desk.backtests.save({ id, at, body }))
      remember(body, at)
    } catch (error) {
      onError('a back-test that is done cannot be kept', error)
    }
    change(run, more)
  }

  return {
    services: {
      start,
      status: async (id) => statusOf(id),
      cancel: async (id) => {
        const run = running.get(id)
        if (run === undefined) return statusOf(id)
        run.isCancelled = true
        change(run, { state: 'cancelled' })
        return run.status
      },
      subscribe: (id, listener) => {
        listener(statusOf(id))
        const listeners = running.get(id)?.listeners
        listeners?.add(listener)
        return () => listeners?.delete(listener)
      },
    },
    isFor: (id, spec) => {
      const one = kept(id)
      return one?.status.state === 'done' && one.suppression !== undefined && hideTheSame(one.suppression, spec)
    },
    lastOf: ({ head, text }) => last.get(`${head.id} ${digestOf(text)}`),
    [Symbol.asyncDispose]: async () => {
      isClosed = true
      for (const run of running.values()) run.isCancelled = true
      await Promise.race([Promise.allSettled(following), setTimeout(stopMillis, undefined, { ref: false })])
    },
  }
}

const nothing: Omit<BacktestStatus, 'id'> = {
  state: 'running',
  error: undefined,
  from: '',
  to: '',
  scanned: 0,
  toScan: 0,
  read: [],
  before: 0,
  after: 0,
  byDay: [],
  byPrincipal: [],
  samples: [],
  gaps: [],
  unexercised: [],
}

const toldOf = ({ isWhole: _, ...told }: BacktestProgress): Partial<BacktestStatus> => told

/** What a suppression hides is decided by these alone: who owns it and why may still be written. */
const hideTheSame = (some: SuppressionSpec, other: SuppressionSpec): boolean =>
  some.query === other.query && JSON.stringify([...some.rules].sort()) === JSON.stringify([...other.rules].sort())

/** The period that is asked for, in whole or in part; without one the last days that there is a record of. */
const periodOf = async (
  { from, to }: BacktestBody,
  { window, now }: BacktestParts,
): Promise<{ readonly from: Micros; readonly to: Micros }> => {
  const end = to === undefined ? now() : momentOf(to, 'to')
  if (from !== undefined) return { from: momentOf(from, 'from'), to: end }
  const first = parseMicros((await window())?.from ?? '')
  const usual = end - usualMicros
  return { from: first === undefined || first >= end ? usual : Math.max(usual, first), to: end }
}

const momentOf = (text: string, name: string): Micros => {
  const moment = parseMicros(text)
  if (moment !== undefined) return moment
  throw new BulwarkError('REQUEST_INVALID', {
    what: `"${text}" is no moment`,
    where: name,
    mend: 'Write it as RFC 3339, as in 2026-11-23T17:44:58Z',
  })
}

const candidateOf = (body: BacktestBody, now: Micros): Candidate =>
  body.kind === 'rule'
    ? {
        kind: 'rule',
        text: body.text,
        replaces: body.replaces,
        replacesFile: body.replacesSaved && savedFileName(body.replacesSaved),
      }
    : suppressionCandidate(body.suppression, now)

/** Throws BulwarkError SUPPRESSION_INVALID. */
export const suppressionCandidate = (suppression: SuppressionSpec, now: Micros): Candidate => {
  requireSuppression(suppression, now)
  const declared = { ...suppression, id: 'candidate', origin: 'page', where: '', created: now, problems: [] } as const
  const compiled = createSuppressions([declared], { rules: [], now })
  return {
    kind: 'suppression',
    rules: suppression.rules,
    covers: (detection, placed) =>
      compiled.match(detection, rowOf(detection, placed && eventRowOf(placed.record))) !== undefined,
  }
}

/** What is kept of one that is over. Not the text of a rule: it may be long, and it is known by its digest. */
const keptOf = (body: BacktestBody, status: BacktestStatus, entryOf: BacktestParts['entryOf']): Kept => {
  if (body.kind === 'suppression') return { status, suppression: body.suppression, tried: [] }
  const { text, replaces } = body
  const alone = loadRuleSet([{ name: 'candidate.yml', text, origin: 'user' }]).entries.filter(({ alerts }) => alerts)
  const [candidate] = alone
  const tried: Tried[] = []
  // Of several rules together nobody can say which one fired how often.
  if (candidate !== undefined && alone.length === 1) {
    const told = { text: digestOf(candidate.text), fired: status.after }
    for (const rule of new Set([candidate.head.id, replaces ?? candidate.head.id])) tried.push({ rule, ...told })
  }
  const before = replaces === undefined ? undefined : entryOf(replaces)
  if (before !== undefined) tried.unshift({ rule: before.head.id, text: digestOf(before.text), fired: status.before })
  return { status, suppression: undefined, tried }
}

const digestOf = (text: string): string => createHash('sha256').update(text.trim()).digest('hex')
