/** Back-tests as the server runs them: beside all else, at most two at once, the last hundred kept in memory. */
import { randomUUID } from 'node:crypto'
import type { BacktestBody, BacktestStatus } from '../../api/contract/detection.ts'
import type { BacktestServices } from '../../api/detection-services.ts'
import { createSuppressions, requireSuppression } from '../../detect/suppressions/index.ts'
import type { GapRow } from '../../model/answer.ts'
import { BulwarkError } from '../../model/error.ts'
import { eventRowOf } from '../../model/event-row.ts'
import type { SuppressionSpec } from '../../model/suppression.ts'
import { type Micros, parseMicros } from '../../model/time.ts'
import { backtest, type Candidate, type CurrentRules } from '../../rehearse/backtest.ts'
import type { RecordReader } from '../../rehearse/record-reader.ts'

export interface BacktestParts {
  readonly current: () => CurrentRules
  readonly record: RecordReader
  readonly gapsIn: (from: Micros, to: Micros, limit: number) => Promise<readonly GapRow[]>
  readonly now: () => Micros
}

/** The last that was finished for a rule. */
export type LastBacktest = { readonly time: Micros } & Pick<BacktestStatus, 'from' | 'to'> & { readonly fired: number }

export interface Backtests {
  readonly services: BacktestServices
  /** True where a back-test of this very suppression is done. */
  isFor(id: string, spec: SuppressionSpec): boolean
  lastOf(rule: string): LastBacktest | undefined
}

interface Run {
  status: BacktestStatus
  readonly body: BacktestBody
  readonly listeners: Set<(status: BacktestStatus) => void>
  isCancelled: boolean
}

const mostRunning = 2
const mostKept = 100
const mostGaps = 100

export const createBacktests = (parts: BacktestParts): Backtests => {
  const runs = new Map<string, Run>()
  const last = new Map<string, LastBacktest>()
  const find = (id: string): Run => {
    const run = runs.get(id)
    if (run !== undefined) return run
    throw new BulwarkError('NOT_FOUND', { what: `there is no back-test "${id}"`, mend: 'Start it again' })
  }
  const start = async (body: BacktestBody): Promise<BacktestStatus> => {
    if ([...runs.values()].filter(({ status }) => status.state === 'running').length >= mostRunning) {
      throw new BulwarkError('OVERLOADED', {
        what: `${mostRunning} back-tests are running`,
        mend: 'Wait for one of them, or cancel it',
      })
    }
    const [from, to] = [momentOf(body.from, 'from'), momentOf(body.to, 'to')]
    const candidate = candidateOf(body, parts)
    const id = randomUUID()
    const run: Run = {
      status: { ...nothing, id, from: body.from, to: body.to },
      body,
      listeners: new Set(),
      isCancelled: false,
    }
    runs.set(id, run)
    for (const [old, { status }] of runs) {
      if (runs.size <= mostKept) break
      if (status.state !== 'running') runs.delete(old)
    }
    // What is wrong with the candidate itself is told at once.
    const steps = backtest(candidate, parts.current(), parts.record, { from, to, isCancelled: () => run.isCancelled })
    const first = await steps.next().catch((error: unknown) => {
      runs.delete(id)
      throw error
    })
    if (first.done !== true) change(run, first.value)
    void follow(run, steps, from, to)
    return run.status
  }
  const follow = async (run: Run, steps: ReturnType<typeof backtest>, from: Micros, to: Micros): Promise<void> => {
    try {
      for await (const progress of steps) {
        change(run, progress)
        await new Promise((resolve) => setImmediate(resolve))
      }
      const gaps = await parts.gapsIn(from, to, mostGaps)
      change(run, { gaps, state: run.isCancelled ? 'cancelled' : 'done' })
      if (!run.isCancelled && run.body.kind === 'rule' && run.body.replaces !== undefined) {
        const { from: began, to: ended, after } = run.status
        last.set(run.body.replaces, { time: parts.now(), from: began, to: ended, fired: after })
      }
    } catch (error) {
      change(run, { state: 'failed', error: error instanceof Error ? error.message : String(error) })
    }
  }
  return {
    services: {
      start,
      status: async (id) => find(id).status,
      cancel: async (id) => {
        const run = find(id)
        run.isCancelled = true
        return run.status
      },
      subscribe: (id, listener) => {
        const { listeners, status } = find(id)
        listeners.add(listener)
        listener(status)
        return () => listeners.delete(listener)
      },
    },
    isFor: (id, spec) => {
      const run = runs.get(id)
      return run?.status.state === 'done' && run.body.kind === 'suppression' && sameSpec(run.body.suppression, spec)
    },
    lastOf: (rule) => last.get(rule),
  }
}

const nothing: Omit<BacktestStatus, 'id' | 'from' | 'to'> = {
  state: 'running',
  error: undefined,
  scanned: 0,
  toScan: 0,
  before: 0,
  after: 0,
  byDay: [],
  byPrincipal: [],
  samples: [],
  gaps: [],
  unexercised: [],
}

const change = (run: Run, more: Partial<BacktestStatus> & { readonly isWhole?: boolean }): void => {
  const { isWhole: _, ...told } = more
  run.status = { ...run.status, ...told }
  for (const listener of [...run.listeners]) listener(run.status)
}

/** What it hides is decided by these alone; who owns it and why may still be written. */
const sameSpec = (some: SuppressionSpec, other: SuppressionSpec): boolean =>
  some.query === other.query && JSON.stringify([...some.rules].sort()) === JSON.stringify([...other.rules].sort())

const momentOf = (text: string, name: string): Micros => {
  const moment = parseMicros(text)
  if (moment !== undefined) return moment
  throw new BulwarkError('REQUEST_INVALID', {
    what: `"${text}" is no moment`,
    where: name,
    mend: 'Write it as RFC 3339',
  })
}

const candidateOf = (body: BacktestBody, { now }: BacktestParts): Candidate => {
  if (body.kind === 'rule') return { kind: 'rule', text: body.text, replaces: body.replaces }
  const { suppression } = body
  requireSuppression(suppression, now())
  const declared = { ...suppression, id: 'candidate', origin: 'page', where: '', created: now(), problems: [] } as const
  const compiled = createSuppressions([declared], { rules: [], now: now() })
  return {
    kind: 'suppression',
    rules: suppression.rules,
    covers: (detection, record) => compiled.match(detection, record && eventRowOf(record.record)) !== undefined,
  }
}
