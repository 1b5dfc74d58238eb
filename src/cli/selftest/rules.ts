import { isObject, type JsonValue } from '../../model/json.ts'
import type { Client } from '../client.ts'

/** A rule of a server, as far as a self-test asks. */
export interface ServedRule {
  readonly id: string
  readonly title: string
  readonly origin: string
  readonly enabled: boolean
  readonly fired: number
  readonly suppressed: number
  /** Why it cannot fire, and the mend; empty where nothing is known against it. */
  readonly trouble: string
}

/** The rules of the server, by id. */
export const servedRules = async (client: Client): Promise<ReadonlyMap<string, ServedRule>> => {
  const answer = await client.get('/api/v1/rules')
  const items: readonly JsonValue[] = isObject(answer) && Array.isArray(answer.items) ? answer.items : []
  return new Map(items.flatMap((item) => ruleIn(item) ?? []).map((rule) => [rule.id, rule]))
}

const ruleIn = (item: JsonValue): ServedRule | undefined => {
  if (!isObject(item) || !isObject(item.rule)) return undefined
  const { rule, coverage } = item
  const text = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')
  const said = isObject(coverage) && coverage.kind !== 'fires' && coverage.kind !== 'could-fire' ? coverage : undefined
  return {
    id: text(rule.id),
    title: text(rule.title),
    origin: text(rule.origin),
    enabled: item.enabled === true,
    fired: Number(item.fired),
    suppressed: Number(item.suppressed),
    trouble: said === undefined ? '' : [text(said.why), text(said.mend)].filter((part) => part !== '').join('. '),
  }
}
