import type { BacktestStatus } from '../../api/contract/detection.ts'
import { countOf } from '../format/paint.ts'
import { tableLines } from '../table.ts'
import { visible } from '../terminal.ts'

const shownPrincipals = 20
const shownSamples = 10
const shownGaps = 10

/** A back-test that is over, for a person: the sum, by day, by principal, samples, and what it can say nothing of. */
export const reportText = (title: string, status: BacktestStatus): string => {
  const { state, error, from, to, before, after, scanned, toScan, byDay, byPrincipal, samples, gaps, unexercised } =
    status
  const whole = state === 'done' ? '' : ` (${state}${error === undefined ? '' : `: ${error}`})`
  const lines = [
    `${visible(title)}, ${minute(from)} to ${minute(to)}${visible(whole)}`,
    `fired ${countOf(before, 'time')} before, ${countOf(after, 'time')} after (${changeOf(after - before)}), over ${scanned === toScan ? '' : `${scanned.toLocaleString('en-US')} of `}${countOf(toScan, 'record')}${readOf(status)}`,
    ...section('day', byDay, ({ day }) => day),
    ...section('principal', byPrincipal.slice(0, shownPrincipals), ({ principal }) => principal || '(nobody named)'),
    ...rest(byPrincipal.length - shownPrincipals, 'principal'),
  ]
  if (samples.length > 0) {
    const rows = samples.slice(0, shownSamples).map((one) => [one.change, second(one.time), one.message])
    lines.push('', ...tableLines([{ title: 'change' }, { title: 'time' }, { title: 'sample' }], rows))
    lines.push(...rest(samples.length - shownSamples, 'sample'))
  }
  if (gaps.length > 0) {
    lines.push('', 'Gaps in this period, of which it can say nothing:')
    for (const gap of gaps.slice(0, shownGaps))
      lines.push(visible(`  ${second(gap.from)} to ${second(gap.to)} ${gap.source}: ${gap.what}`))
    lines.push(...rest(gaps.length - shownGaps, 'gap'))
  }
  if (unexercised.length > 0) {
    lines.push('', 'What it asks for and this period never had:')
    for (const one of unexercised) lines.push(visible(`  ${one}`))
  }
  return `${lines.join('\n')}\n`
}

/** What was read, kind by kind. */
const readOf = ({ read }: BacktestStatus): string =>
  read.length === 0 ? '' : `: ${read.map(({ kind, records }) => countOf(records, kindNames[kind])).join(', ')}`

const kindNames = { audit: 'audit event', runtime: 'runtime record', events: 'Kubernetes Event' } as const

interface Pair {
  readonly before: number
  readonly after: number
}

const section = <Row extends Pair>(
  name: string,
  rows: readonly Row[],
  labelOf: (row: Row) => string,
): readonly string[] =>
  rows.length === 0
    ? []
    : [
        '',
        ...tableLines(
          [{ title: 'before', right: true }, { title: 'after', right: true }, { title: name }],
          rows.map((row) => [String(row.before), String(row.after), labelOf(row)]),
        ),
      ]

const rest = (more: number, what: string): readonly string[] =>
  more > 0 ? [`… and ${countOf(more, `more ${what}`)} (all of them: --json)`] : []

const changeOf = (change: number): string =>
  change === 0
    ? 'no change'
    : change > 0
      ? `${change.toLocaleString('en-US')} more`
      : `${(-change).toLocaleString('en-US')} fewer`

const minute = (time: string): string => time.slice(0, 16).replace('T', ' ')
const second = (time: string): string => time.slice(0, 19).replace('T', ' ')
