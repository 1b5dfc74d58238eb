import { countOf } from '../format/paint.ts'
import { tableLines } from '../table.ts'
import { visible } from '../terminal.ts'
import { type Outcome, outcomeKinds, type Report } from './outcome.ts'
import { howOf } from './results.ts'

export const reportJson = (report: Report): string =>
  `${JSON.stringify({ counts: countsOf(report.outcomes), ...report }, null, 2)}\n`

/** A row for each rule, the worst first, and how many there are of each kind. */
export const reportText = ({ outcomes, cases, kept, notes, seconds }: Report): string => {
  const counts = countsOf(outcomes)
  const ordered = outcomeKinds.flatMap((kind) => outcomes.filter((one) => one.kind === kind))
  const rows = ordered.map((one) => [wordOf(one), one.title, whyOf(one)])
  const madeUp = outcomes.filter((one) => one.kind === 'fired' && one.by === 'made-up').length
  const shared = cases.filter(({ isShared }) => isShared)
  return [
    ...tableLines([{ title: 'what came' }, { title: 'rule' }, { title: 'how, or why not' }], rows),
    '',
    `${countOf(counts.fired, 'rule')} fired end to end (${madeUp} of them on something made up), ${counts.replayed} fired on their replayed tests, ${counts.cannot} could not fire, ${counts.failed} FAILED; ${seconds} s.`,
    ...(cases.length === 0 ? [] : [`${countOf(cases.length - shared.length, 'case')} of the self-test closed.`]),
    ...(kept === 0 ? [] : [`The page Coverage shows what came of ${countOf(kept, 'rule')}.`]),
    ...shared.map(({ id, title }) =>
      visible(`The case ${id} also holds what is not the self-test's, and stays open: ${title}`),
    ),
    ...notes.map(visible),
    '',
  ].join('\n')
}

const countsOf = (outcomes: readonly Outcome[]) => {
  const count = (kind: Outcome['kind']): number => outcomes.filter((one) => one.kind === kind).length
  return { fired: count('fired'), replayed: count('replayed'), cannot: count('cannot'), failed: count('failed') }
}

const wordOf = (one: Outcome): string => {
  switch (one.kind) {
    case 'fired':
      return `✔ fired after ${one.seconds} s`
    case 'replayed':
      return '↻ replayed'
    case 'cannot':
      return '– cannot fire'
    case 'failed':
      return '✖ FAILED'
  }
}

const whyOf = (one: Outcome): string => {
  if (one.kind !== 'fired') return one.why
  const where = one.case === '' ? 'a signal' : `case ${one.case}`
  return [howOf(one), where].filter((part) => part !== '').join('; ')
}
