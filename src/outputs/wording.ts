/** The words of a case as every output says them. */
import type { Case } from '../model/case.ts'
import type { Severity } from '../model/finding.ts'
import type { Notice } from './output.ts'

/** A sign beside the word, so that colour is never the only sign. */
export const severitySigns: Readonly<Record<Severity, string>> = {
  critical: '◆',
  high: '▲',
  medium: '■',
  low: '●',
  info: '○',
}

/** One line: `▲ High: ci/deployer read every Secret`. Control characters and line ends are spaces. */
export const headline = ({ severity, title }: Case): string =>
  `${severitySigns[severity]} ${severity[0]?.toUpperCase()}${severity.slice(1)}: ${oneLine(title)}`

/** What a person asks next, as pairs of a name and a text. Empty ones are left out. */
export const facts = (one: Case): readonly (readonly [string, string])[] =>
  [
    ['Cluster', one.cluster],
    ['State', stateText(one)],
    ['From', one.firstTime],
    ['To', one.lastTime],
    ['Detections', String(one.detections)],
    ['Rules', listed(one.rules.map((rule) => rule.title))],
    ['Namespaces', listed(one.namespaces)],
    ['Techniques', listed(one.techniques)],
  ].flatMap(([name = '', text = '']) => (text === '' ? [] : [[name, oneLine(text)] as const]))

const stateText = ({ state, owner, closingReason }: Case): string =>
  [state, closingReason?.replaceAll('-', ' '), owner === '' ? '' : `owner ${owner}`].filter((part) => part).join(', ')

const shown = 5

const listed = (texts: readonly string[]): string =>
  texts.length <= shown ? texts.join(', ') : `${texts.slice(0, shown).join(', ')} and ${texts.length - shown} more`

/** Names come from the record, so an attacker may have written them: no line breaks, no control or direction marks. */
export const oneLine = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim()

/** At most `length` UTF-16 units, cut between characters. */
export const clipped = (text: string, length: number): string =>
  text.length <= length
    ? text
    : `${text
        .slice(0, length - 1)
        .toWellFormed()
        .replace(/\uFFFD$/, '')}…`

/** Plain text, for e-mail and logs. */
export const plainText = (notice: Notice): string => {
  if (notice.kind === 'digest') {
    const lines = notice.cases.map((one) => `${headline(one.case)}\n${one.link}`)
    const more = notice.more > 0 ? [`… and ${notice.more} more`] : []
    return [`${digestLine(notice)}`, '', ...lines, ...more].join('\n')
  }
  const test = notice.isTest ? ['This is a test: nothing happened.', ''] : []
  const rows = facts(notice.case).map(([name, text]) => `${name}: ${text}`)
  return [...test, headline(notice.case), '', ...rows, '', notice.link].join('\n')
}

/** One line over a digest. */
export const digestLine = ({ cases, more, from, to }: Extract<Notice, { kind: 'digest' }>): string =>
  `${cases.length + more} cases between ${from} and ${to} were held back by the budget of this output`
