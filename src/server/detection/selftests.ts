/**
 * Self-tests that run: who acts rules out says so first, and gets a mark that nobody else knows. What carries the mark is
 * told as the self-test's, its cases are labelled, closed at its end, and told to nobody unless that was asked for.
 * A run that is not ended ends by itself.
 */
import { randomBytes } from 'node:crypto'
import type { SelftestBody, SelftestCase, SelftestFired, SelftestStatus } from '../../api/contract/detection.ts'
import type { SelftestServices } from '../../api/detection-services.ts'
import type { CaseBook, CaseNews } from '../../detect/cases/index.ts'
import type { Case, CaseStep } from '../../model/case.ts'
import type { Detection } from '../../model/detection.ts'
import { BulwarkError } from '../../model/error.ts'
import type { Severity } from '../../model/finding.ts'
import type { Append } from '../../model/source.ts'
import { formatMicros, type Micros } from '../../model/time.ts'
import type { Flow } from './flow.ts'
import { isMarked, labelled, type Mark, selftestSource } from './selftest-mark.ts'
import type { SelftestResults, TriedRun } from './selftest-results.ts'

export interface SelftestParts {
  readonly flow: () => Flow | undefined
  readonly book: CaseBook
  readonly results: SelftestResults
  readonly append: Append
  readonly cluster: () => string
  readonly now: () => Micros
  readonly onError: (message: string, error: unknown) => void
}

/** What the self-tests see and change of detection. */
export interface Selftests extends Disposable {
  readonly services: SelftestServices
  /** Each detection, with the name of the suppression that hides it. */
  see(detection: Detection, suppression: string | undefined): void
  /** What outputs are told: without the cases that are a self-test's alone. */
  told(
    cases: readonly Case[],
    news: readonly CaseNews[],
  ): { readonly cases: readonly Case[]; readonly news: readonly CaseNews[] }
  /** These cases changed. */
  changed(ids: readonly string[]): void
}

const longest: Micros = 900_000_000
const mostRuns = 4
const mostOver = 12
/** So many rules of signals that are not the self-test's may stand in its case. */
const mostSignals = 2
const by = 'bulwark selftest'

interface Run extends Mark {
  readonly id: string
  readonly by: string
  readonly tellOutputs: boolean
  readonly began: Micros
  readonly until: Micros
  readonly versions: TriedRun['versions']
  isOver: boolean
  /** By rule and act. */
  readonly fired: Map<string, { -readonly [K in keyof SelftestFired]: SelftestFired[K] }>
  /** Ids of event rows, by which the steps of cases are known to be its own. */
  readonly events: Set<string>
  readonly counts: Map<string, number>
  /** Cases that hold something of it; `labelled` where it alone made them so far. */
  readonly cases: Map<string, 'labelled' | 'shared'>
  /** Of these nobody was told. */
  readonly hidden: Set<string>
}

export const createSelftests = (parts: SelftestParts): Selftests => {
  const { flow, book, results, append, cluster, now, onError } = parts
  const runs = new Map<string, Run>()
  const timers = new Map<string, NodeJS.Timeout>()

  const runOf = (id: string): Run => {
    const run = runs.get(id)
    if (run !== undefined) return run
    throw new BulwarkError('NOT_FOUND', {
      what: `there is no self-test "${id}"`,
      mend: 'It was long ago, or the server was started anew since: begin another one',
    })
  }

  /** Of any run: one after another they go into one case, where the user is the same. */
  const isOwnStep = ({ rule, count, evidence }: CaseStep): boolean => {
    const all = [...runs.values()]
    const seen = all.reduce((sum, { counts }) => sum + (counts.get(rule) ?? 0), 0)
    const isOurs = (event: string): boolean => all.some(({ events }) => events.has(event))
    return count <= seen && evidence.length > 0 && evidence.every(isOurs)
  }

  /** What every case of a self-test is, told without looking at its steps, of which others may have a thousand. */
  const mayBeOwn = ({ rules }: Case): boolean =>
    rules.every(({ rule, severity }) => isSignal(severity) || [...runs.values()].some(({ counts }) => counts.has(rule)))

  /** What else the user did and opens no case alone does not make it another's, as long as it is not much. */
  const isOwnCase = (id: string): boolean => {
    const steps = book.detail(id)?.steps ?? []
    const others = steps.filter((step) => !isOwnStep(step))
    return (
      others.length < steps.length &&
      others.every(({ severity }) => isSignal(severity)) &&
      new Set(others.map(({ rule }) => rule)).size <= mostSignals
    )
  }

  const triage = (id: string, change: Parameters<CaseBook['triage']>[1]): void => {
    try {
      flow()?.change(() => book.triage(id, { ...change, by }, now()))
    } catch (error) {
      // Somebody was faster, or the desk cannot be written: the case stays as it is.
      onError(`the case ${id} of a self-test cannot be labelled`, error)
    }
  }

  const label = (run: Run, id: string): void => {
    const detail = book.detail(id)
    if (detail === undefined || !detail.steps.some(({ evidence }) => evidence.some((event) => run.events.has(event))))
      return
    for (const { rule, evidence } of detail.steps) {
      if (!evidence.some((event) => run.events.has(event))) continue
      for (const one of run.fired.values()) if (one.rule === rule && one.case === '') one.case = id
    }
    const known = run.cases.get(id)
    if (isOwnCase(id)) {
      if (known !== undefined || detail.case.owner !== '') return
      run.cases.set(id, 'labelled')
      triage(id, { owner: by, note: `Made by a self-test of ${run.by || 'somebody'}, not by an attack.` })
      return
    }
    run.cases.set(id, 'shared')
    if (known === 'labelled')
      triage(id, {
        owner: '',
        note: `Some of it was made by a self-test of ${run.by || 'somebody'}, and some was not.`,
      })
  }

  const end = (run: Run): void => {
    if (run.isOver) return
    run.isOver = true
    for (const [id, how] of run.cases) {
      if (how !== 'labelled') continue
      if (!isOwnCase(id)) label(run, id)
      else if (book.detail(id)?.case.state !== 'closed')
        triage(id, { state: 'closed', closingReason: 'testing-or-maintenance' })
    }
  }

  const forget = (id: string): void => {
    clearTimeout(timers.get(id))
    timers.delete(id)
    runs.delete(id)
  }

  const statusOf = (run: Run): SelftestStatus => ({
    id: run.id,
    marker: run.marker,
    state: run.isOver ? 'over' : 'running',
    began: formatMicros(run.began),
    until: formatMicros(run.until),
    fired: [...run.fired.values()].map((one) => ({ ...one })),
    cases: [...run.cases].flatMap(([id, how]): readonly SelftestCase[] => {
      const one = book.detail(id)?.case
      return one === undefined ? [] : [{ id, title: one.title, isShared: how === 'shared', state: one.state }]
    }),
  })

  const begin = ({ namespace, by: who, tellOutputs = false }: SelftestBody): Run => {
    const over = [...runs.values()].filter(({ isOver }) => isOver)
    if (runs.size - over.length >= mostRuns)
      throw new BulwarkError('OVERLOADED', {
        what: `${mostRuns} self-tests run already`,
        mend: 'Wait until one of them is over, a quarter of an hour at most',
      })
    // What the last ones did is still known as theirs: it may come late, or go into the case of the next one.
    for (const { id } of over.slice(0, Math.max(0, over.length - mostOver))) forget(id)
    const marker = randomBytes(12).toString('hex')
    const run: Run = {
      id: randomBytes(6).toString('hex'),
      marker,
      namespace,
      by: who,
      tellOutputs,
      began: now(),
      until: now() + longest,
      versions: results.versions(),
      isOver: false,
      fired: new Map(),
      events: new Set(),
      counts: new Map(),
      cases: new Map(),
      hidden: new Set(),
    }
    runs.set(run.id, run)
    const timer = setTimeout(() => {
      timers.delete(run.id)
      end(run)
      // What comes later has nothing to do with it: nobody asks the server about it any more.
      runs.delete(run.id)
    }, longest / 1000)
    timer.unref()
    timers.set(run.id, timer)
    return run
  }

  return {
    services: {
      begin: async (body) => statusOf(begin(body)),
      status: async (id) => statusOf(runOf(id)),
      hand: async (id, { sensor, alerts }) => {
        const run = runOf(id)
        await append({
          stream: sensor,
          source: selftestSource,
          cluster: cluster(),
          receivedAt: now(),
          payload: Buffer.from(alerts.map((alert) => labelled(sensor, alert)).join('\n')),
        })
        return statusOf(run)
      },
      keep: async (id, found) => {
        const run = runOf(id)
        return results.keep({ ...run, fired: [...run.fired.values()] }, found)
      },
      end: async (id) => {
        const run = runOf(id)
        end(run)
        return statusOf(run)
      },
    },
    see: (detection, suppression = '') => {
      if (runs.size === 0) return
      for (const run of runs.values()) {
        if (detection.receivedAt < run.began || detection.receivedAt > run.until || !isMarked(detection, run)) continue
        const act = /\(([a-z0-9-]{1,64})\)/.exec(detection.userAgent)?.[1] ?? ''
        const key = `${detection.rule} ${act}`
        const known = run.fired.get(key) ?? { rule: detection.rule, act, detections: 0, suppression: '', case: '' }
        known.detections += 1
        if (suppression !== '') known.suppression = suppression
        run.fired.set(key, known)
        for (const event of detection.evidence) run.events.add(event)
        run.counts.set(detection.rule, (run.counts.get(detection.rule) ?? 0) + 1)
      }
    },
    told: (cases, news) => {
      if (runs.size === 0) return { cases, news }
      const hidden = new Set<string>()
      const late: CaseNews[] = []
      for (const one of cases) {
        const { id } = one
        const isOwn = mayBeOwn(one) && isOwnCase(id)
        for (const run of runs.values()) {
          if (run.tellOutputs) continue
          if (isOwn) {
            run.hidden.add(id)
            hidden.add(id)
            // Something that is not the self-test's came to it: now it has to be told of.
          } else if (run.hidden.delete(id)) late.push({ caseId: id, kind: 'opened' })
        }
      }
      if (hidden.size === 0 && late.length === 0) return { cases, news }
      return {
        cases: cases.filter(({ id }) => !hidden.has(id)),
        news: [...late, ...news.filter(({ caseId }) => !hidden.has(caseId))],
      }
    },
    changed: (ids) => {
      const running = [...runs.values()].filter(({ isOver, events }) => !isOver && events.size > 0)
      if (running.length === 0) return
      // Not now: the desk is in the midst of telling what it wrote.
      setImmediate(() => {
        for (const run of running) for (const id of ids) if (!run.isOver) label(run, id)
      })
    },
    [Symbol.dispose]: () => {
      for (const timer of timers.values()) clearTimeout(timer)
      for (const run of runs.values()) end(run)
    },
  }
}

/** By which alone no case is opened. */
const isSignal = (severity: Severity): boolean => severity === 'info' || severity === 'low'
