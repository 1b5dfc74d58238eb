import { type Decision, formatTraffic, type PolicyProblem, type PolicyRef } from '../../engines/network-policy/index.ts'
import { tableLines } from '../table.ts'
import { visible } from '../terminal.ts'

/** The answer of `bulwark reach`, ready to be told. Traffic is text as `formatTraffic` writes it. */
export interface Reach {
  readonly from: string
  readonly to: string
  /** Undefined where all traffic is asked about. */
  readonly asked: string | undefined
  readonly allowed: string
  readonly unknown: string
  readonly exempt: 'self' | 'same node' | undefined
  readonly decisions: readonly Decision[]
  readonly problems: readonly PolicyProblem[]
  /** Files or documents that could not be read. */
  readonly unread: readonly string[]
}

export const reachJson = ({ decisions, ...reach }: Reach): string =>
  `${JSON.stringify({ ...reach, decisions: decisions.map((one) => ({ ...one, traffic: formatTraffic(one.traffic) })) }, undefined, 2)}\n`

export const reachTable = ({
  from,
  to,
  asked,
  allowed,
  unknown,
  exempt,
  decisions,
  problems,
  unread,
}: Reach): string => {
  const lines = [`${from} -> ${to}${asked === undefined ? '' : `, ${asked}`}`, `allowed: ${allowed}`]
  if (unknown !== 'none') lines.push(`not known: ${unknown}`)
  if (exempt === 'self') lines.push('A pod always reaches itself.')
  if (exempt === 'same node') lines.push('A node always reaches its own pods.')
  if (decisions.length > 0) lines.push('', ...tableLines(columns, decisions.map(decisionRow)))
  const told = [
    ...problems.map(({ ref, path, what }) => `${refText(ref)}: ${path} ${what}`),
    ...unread.map((text) => `not read: ${text}`),
  ]
  if (told.length > 0) lines.push('', ...told.map((text) => `! ${visible(text)}`))
  return `${lines.map((line, index) => (index === 0 ? visible(line) : line)).join('\n')}\n`
}

const columns = ['gate', 'effect', 'traffic', 'by'].map((title) => ({ title }))

const decisionRow = ({ gate, effect, traffic, certain, unknown, by }: Decision): readonly string[] => [
  gate,
  certain ? effect : `${effect}?`,
  formatTraffic(traffic),
  `${byText(by)}${unknown.length === 0 ? '' : ` (${unknown.join('; ')})`}`,
]

const byText = (by: Decision['by']): string => {
  switch (by.kind) {
    case 'default':
      return 'no policy selects it'
    case 'isolated':
      return `no rule of ${by.policies.map(refText).join(', ')} allows it`
    case 'rule':
      return `${refText(by.policy)} ${by.path}${by.name === undefined ? '' : ` "${by.name}"`}`
  }
}

const refText = ({ kind, namespace, name }: PolicyRef): string =>
  `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`
