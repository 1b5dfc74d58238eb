import { type Decision, formatTraffic, type PolicyProblem, type PolicyRef } from '../../engines/network-policy/index.ts'
import { tableLines } from '../table.ts'
import { visible } from '../terminal.ts'

/** The answer of `bulwark reach`, ready to be told. Traffic is text as `formatTraffic` writes it. */
export interface Reach {
  readonly from: string
  readonly to: string
  /** Undefined where all traffic is asked about. */
  readonly asked: string | undefined
  /** The request of HTTP that is asked about. */
  readonly request: string | undefined
  readonly allowed: string
  readonly unknown: string
  readonly exempt: 'self' | 'same node' | undefined
  readonly decisions: readonly Decision[]
  readonly problems: readonly PolicyProblem[]
  /** What could not be read or is not seen: the answer may be another. */
  readonly unread: readonly string[]
  /** What was asked: files, or a server's record. */
  readonly origin: string
}

/** Where a field of an object stands in a file; empty where it came out of none. */
export type PlaceOf = (kind: string, namespace: string, name: string, path: string) => string

export const reachJson = ({ decisions, ...reach }: Reach, notes: readonly string[], placeOf: PlaceOf): string => {
  const told = {
    ...reach,
    complete: reach.unread.length === 0,
    notes,
    decisions: decisions.map((one) => ({
      ...one,
      traffic: formatTraffic(one.traffic),
      ...(one.by.kind === 'rule' && placed(placeIn(one.by, placeOf))),
    })),
  }
  return `${JSON.stringify(told, undefined, 2)}\n`
}

const placed = (place: string) => (place === '' ? {} : { place })

export const reachTable = (reach: Reach, placeOf: PlaceOf): string => {
  const { from, to, asked, request, allowed, unknown, exempt, decisions, problems, unread } = reach
  const question = [`${from} -> ${to}`, asked, request].filter((part) => part !== undefined).join(', ')
  const lines = [question, `allowed: ${allowed}`]
  if (unknown !== 'none') lines.push(`not known: ${unknown}`)
  if (exempt === 'self') lines.push('A pod always reaches itself.')
  if (exempt === 'same node') lines.push('A node always reaches its own pods.')
  if (decisions.length > 0)
    lines.push(
      '',
      ...tableLines(
        columns,
        decisions.map((one) => decisionRow(one, placeOf)),
      ),
    )
  const told = [
    ...problems.map(({ ref, path, what }) => `${refText(ref)}: ${path} ${what}`),
    ...unread.map((text) => `not read: ${text}`),
  ]
  if (told.length > 0) lines.push('', ...told.map((text) => `! ${visible(text)}`))
  return `${lines.map((line, index) => (index === 0 ? visible(line) : line)).join('\n')}\n`
}

const columns = ['gate', 'effect', 'traffic', 'by'].map((title) => ({ title }))

const decisionRow = (
  { gate, effect, traffic, certain, unknown, by }: Decision,
  placeOf: PlaceOf,
): readonly string[] => [
  gate,
  certain ? effect : `${effect}?`,
  formatTraffic(traffic),
  `${byText(by, placeOf)}${unknown.length === 0 ? '' : ` (${unknown.join('; ')})`}`,
]

/** Paths of rules are those of their object, but for rules that a mesh has by itself. */
const placeIn = (by: Extract<Decision['by'], { kind: 'rule' }>, placeOf: PlaceOf): string =>
  placeOf(by.policy.kind, by.policy.namespace, by.policy.name, by.path)

const byText = (by: Decision['by'], placeOf: PlaceOf): string => {
  switch (by.kind) {
    case 'default':
      return 'no policy selects it'
    case 'isolated':
      return `no rule of ${by.policies.map(refText).join(', ')} allows it`
    case 'rule': {
      const place = placeIn(by, placeOf)
      const rule = `${refText(by.policy)} ${by.path}${by.name === undefined ? '' : ` "${by.name}"`}`
      return place === '' ? rule : `${rule}  ${place}`
    }
  }
}

const refText = ({ kind, namespace, name }: PolicyRef): string =>
  `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`
