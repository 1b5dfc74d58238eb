import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import type { BacktestBody } from '../../api/contract/detection.ts'
import { serverNow } from '../api/clock.ts'
import { statusQuery } from '../api/queries.ts'
import { moment, span } from '../format/dates.ts'
import { count } from '../format/numbers.ts'
import { messages } from '../messages.ts'
import { Fault } from '../parts/Fault.tsx'
import { millisOf } from '../url/time.ts'
import { BacktestResult } from './BacktestResult.tsx'
import { type Period, periods, type Span, spanOf } from './period.ts'
import type { Backtest } from './use-backtest.ts'

/** What is tried on the record. */
export interface Candidate {
  /** The same for the same text. */
  readonly key: string
  readonly body: (span: Span) => BacktestBody
}

interface Props {
  readonly kind: 'rule' | 'suppression'
  readonly backtest: Backtest
  /** Undefined while what is written cannot be tried. */
  readonly candidate: Candidate | undefined
  /** Begins at once, when the candidate is there. */
  readonly atOnce?: boolean
  /** False where nothing that runs today is compared with. */
  readonly compares: boolean
}

/** How long a text must rest before it is replayed again, in milliseconds. */
const settles = 900

/** A candidate on the record of a period: begun on demand, and again when the text settles. */
export const BacktestPanel = ({ kind, backtest, candidate, atOnce = false, compares }: Props) => {
  const status = useQuery(statusQuery)
  const recording = status.data?.mode === 'recording'
  const [period, setPeriod] = useState<Period>()
  const chosen: Period = period ?? (recording ? 'whole' : 'week')
  const record = status.data?.record
  const { status: result } = backtest
  const stale = result !== undefined && candidate !== undefined && backtest.key !== candidate.key
  const start = (of: Period): void => {
    if (candidate) backtest.start(candidate.body(spanOf(of, serverNow(), record)), candidate.key)
  }

  const latest = useRef(start)
  latest.current = start
  const begun = backtest.key !== undefined
  const key = candidate?.key
  useEffect(() => {
    // Once a replay was asked for, the numbers go along with the text.
    if (!begun || key === undefined || key === backtest.key) return
    const timer = setTimeout(() => latest.current(chosen), settles)
    return () => clearTimeout(timer)
  }, [begun, key, backtest.key, chosen])
  const ready = atOnce && !begun && key !== undefined && status.data !== undefined
  useEffect(() => {
    if (ready) latest.current(chosen)
  }, [ready, chosen])

  return (
    <div className="flex flex-col">
      <div className="flex flex-wrap items-center gap-2">
        <h2 className="text-14 font-semibold">{messages.backtest.title}</h2>
        <select
          className="field ml-auto"
          aria-label={messages.backtest.period}
          value={chosen}
          onChange={(event) => {
            const next = periods.find((each) => each === event.target.value)
            if (next === undefined) return
            setPeriod(next)
            if (begun) start(next)
          }}
        >
          {periods.map((each) => (
            <option key={each} value={each}>
              {messages.backtest.periods[each === 'whole' && !recording ? 'all' : each]}
            </option>
          ))}
        </select>
        {backtest.running ? (
          <button type="button" className="btn" onClick={backtest.cancel}>
            {messages.backtest.cancel}
          </button>
        ) : (
          <button type="button" className="btn" disabled={candidate === undefined} onClick={() => start(chosen)}>
            {begun ? messages.backtest.again : messages.backtest.run}
          </button>
        )}
      </div>
      <Scanned backtest={backtest} />
      {backtest.error && <Fault error={backtest.error} retry={candidate && (() => start(chosen))} />}
      {result === undefined && !backtest.running && !backtest.error && (
        <p className="text-dim">
          {candidate === undefined ? messages.backtest.invalid[kind] : messages.backtest.idle[kind]}
        </p>
      )}
      {result && (
        <>
          {stale && <p className="pt-1 text-past">{messages.backtest.stale[kind]}</p>}
          <BacktestResult kind={kind} status={result} compares={compares} />
        </>
      )}
    </div>
  )
}

/** How far a replay has come. Its room is always kept. */
const Scanned = ({ backtest: { status, running } }: { readonly backtest: Backtest }) => {
  const part = status && status.toScan > 0 ? Math.min(1, status.scanned / status.toScan) : 0
  return (
    <div className="pt-2">
      <div className="h-0.5 bg-line">
        {status && <div className="h-full bg-accent" style={{ width: `${running ? part * 100 : 100}%` }} />}
      </div>
      <p role="status" className="flex min-h-6 flex-wrap gap-x-3 pt-1 text-12 text-dim">
        {status && (
          <>
            <span>{messages.backtest.states[running ? 'running' : status.state]}</span>
            <span>{messages.backtest.scanned(count(status.scanned), count(status.toScan))}</span>
            {status.read.map(({ kind, records }) => (
              <span key={kind}>{messages.backtest.read[kind](records)}</span>
            ))}
            <span>
              {messages.backtest.span(
                // A replay that began before the beginning of the record was known asks for all that there is.
                millisOf(status.from) === 0
                  ? messages.backtest.untilNow(moment(millisOf(status.to), serverNow()))
                  : span(status.from, status.to, serverNow()),
              )}
            </span>
            {running && <span className="text-past">{messages.backtest.partial}</span>}
          </>
        )}
        {!status && running && <span>{messages.backtest.states.running}</span>}
      </p>
    </div>
  )
}
