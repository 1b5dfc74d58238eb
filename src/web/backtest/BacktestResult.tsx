import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { BacktestStatus } from '../../api/contract/detection.ts'
import { serverNow } from '../api/clock.ts'
import { span } from '../format/dates.ts'
import { messages } from '../messages.ts'
import { Moment } from '../parts/Moment.tsx'
import { ScrollRegion } from '../parts/ScrollRegion.tsx'
import { UserName } from '../parts/UserName.tsx'
import { around, timeSearch } from '../url/time.ts'
import { ByDay } from './ByDay.tsx'
import { Numbers } from './Numbers.tsx'
import type { ResultProps } from './result-props.ts'

/** What a candidate would have said, beside what fires today; and what the period could not speak for. */
export const BacktestResult = ({ kind, status, compares }: ResultProps) => (
  <>
    {status.state === 'failed' && (
      <p role="alert" className="pt-1 text-high">
        {messages.backtest.failed}: {status.error}
      </p>
    )}
    {status.state === 'cancelled' && <p className="pt-1 text-past">{messages.backtest.cancelled}</p>}
    <p className="pt-1 text-14 font-medium">{totalOf(kind, status, compares)}</p>
    {status.byDay.length > 0 && (
      <Part title={messages.backtest.byDay}>
        <ByDay kind={kind} status={status} compares={compares} />
      </Part>
    )}
    {status.byPrincipal.length > 0 && (
      <Part title={messages.backtest.byPrincipal}>
        <ByPrincipal kind={kind} status={status} compares={compares} />
      </Part>
    )}
    <Part title={messages.backtest.samples}>
      {status.samples.length === 0 ? (
        <p className="text-dim">{messages.backtest.noSamples}</p>
      ) : (
        <Samples kind={kind} status={status} />
      )}
    </Part>
    <Blind status={status} />
  </>
)

const totalOf = (kind: ResultProps['kind'], { before, after }: BacktestStatus, compares: boolean): string =>
  kind === 'suppression'
    ? messages.backtest.totals.suppression(before, after)
    : compares
      ? messages.backtest.totals.rule(before, after)
      : messages.backtest.totals.ruleNew(after)

const Part = ({ title, children }: { readonly title: string; readonly children: ReactNode }) => (
  <section className="pt-4">
    <h3 className="heading pb-1">{title}</h3>
    {children}
  </section>
)

const ByPrincipal = ({ kind, status, compares }: ResultProps) => (
  <ScrollRegion label={messages.backtest.byPrincipal} className="max-h-56 overflow-y-auto">
    <Numbers
      head={messages.backtest.principal}
      rows={status.byPrincipal.map(({ principal, before, after }) => ({
        key: principal,
        name:
          principal === '' ? (
            <span className="text-dim">{messages.backtest.nobody}</span>
          ) : (
            <span className="font-mono text-12" title={principal}>
              <UserName user={principal} />
            </span>
          ),
        before,
        after,
      }))}
      kind={kind}
      compares={compares}
    />
  </ScrollRegion>
)

const changeTones = {
  new: 'border-accent text-accent',
  gone: 'border-control text-text',
  kept: 'text-dim',
} as const

const Samples = ({ kind, status }: Omit<ResultProps, 'compares'>) => (
  <ScrollRegion label={messages.backtest.samples} className="max-h-72 overflow-y-auto">
    <ul>
      {status.samples.map((sample) => (
        <li
          key={`${sample.change} ${sample.event} ${sample.time}`}
          className="flex min-h-7 items-baseline gap-2 border-b border-line py-1"
        >
          <span className={`chip w-16 shrink-0 justify-center text-12 ${changeTones[sample.change]}`}>
            {messages.backtest.changes[kind][sample.change]}
          </span>
          <span className="shrink-0 font-mono text-12 text-dim">
            <Moment time={sample.time} />
          </span>
          {/* In a tab of its own: what is being written here must not be lost. */}
          <Link
            to="/events"
            search={{ row: sample.event, ...timeSearch(around(sample.time, 5)) }}
            target="_blank"
            rel="noopener"
            className="min-w-0 wrap-anywhere hover:underline"
            title={messages.backtest.open(sample.message)}
          >
            {sample.message}
          </Link>
        </li>
      ))}
    </ul>
  </ScrollRegion>
)

/** What the numbers do not speak for. */
const Blind = ({ status }: { readonly status: BacktestStatus }) => (
  <div className="flex flex-col gap-1 pt-4">
    {status.gaps.length === 0 ? (
      <p className="text-dim">{messages.backtest.noGaps}</p>
    ) : (
      <details>
        <summary className="w-fit text-past">
          <span className="hatched mr-1.5 inline-block size-3 border border-past" aria-hidden="true" />
          {messages.backtest.gaps(status.gaps.length)}
        </summary>
        <ul>
          {status.gaps.map((gap) => (
            <li key={gap.id} className="text-dim">
              {gap.source}: {span(gap.from, gap.to, serverNow())}, {messages.gapReason(gap.reason)}
            </li>
          ))}
        </ul>
      </details>
    )}
    {status.unexercised.length > 0 ? (
      <>
        <p className="text-past">{messages.backtest.unexercised}</p>
        <ul className="list-disc pl-5">
          {status.unexercised.map((each) => (
            <li key={each} className="wrap-anywhere">
              {each}
            </li>
          ))}
        </ul>
      </>
    ) : (
      status.state === 'done' && <p className="text-dim">{messages.backtest.allExercised}</p>
    )}
  </div>
)
