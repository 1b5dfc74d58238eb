/** What a self-test asks the server that runs. */
import type { SelftestFired, SelftestKept, SelftestResult, SelftestStatus } from '../../api/contract/detection.ts'
import { BulwarkError } from '../../model/error.ts'
import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import type { Client } from '../client.ts'
import { agent } from './names.ts'
import type { SensorName } from './samples.ts'

/** A rule of a server, as far as a self-test asks. */
export interface ServedRule {
  readonly id: string
  readonly enabled: boolean
  /** Why it cannot fire, and the mend, or what it learns; empty where nothing is known against it. */
  readonly cannot: string
  readonly learning: string
  /** RFC 3339; empty where it never did. */
  readonly lastFired: string
}

/** The rules of the server, by id. */
export const servedRules = async (client: Client): Promise<ReadonlyMap<string, ServedRule>> =>
  new Map(
    itemsOf(await client.get('/api/v1/rules'))
      .flatMap((item) => ruleIn(item) ?? [])
      .map((rule) => [rule.id, rule]),
  )

/** Sensors that tell the server of something. */
export const connectedSensors = async (client: Client): Promise<ReadonlySet<SensorName>> => {
  const sensors = new Set<SensorName>()
  for (const item of itemsOf(await client.get('/api/v1/sources'))) {
    const type = isObject(item) ? textOf(item.type) : ''
    for (const sensor of ['falco', 'tetragon'] as const) if (type.startsWith(sensor)) sensors.add(sensor)
  }
  return sensors
}

/** A self-test as the server keeps it. */
export interface ServedRun {
  readonly marker: string
  fired(): Promise<readonly SelftestFired[]>
  hand(sensor: SensorName, alerts: readonly string[]): Promise<void>
  keep(results: readonly SelftestResult[]): Promise<SelftestKept>
  end(): Promise<SelftestStatus>
}

export const beginRun = async (client: Client, namespace: string, tellOutputs: boolean): Promise<ServedRun> => {
  const by = process.env.USER ?? 'the command line'
  const { id, marker } = statusIn(await client.post('/api/v1/selftests', { namespace, tellOutputs, by }))
  const path = `/api/v1/selftests/${encodeURIComponent(id)}`
  return {
    marker,
    fired: async () => statusIn(await client.get(path)).fired,
    hand: async (sensor, alerts) => void (await client.post(`${path}/alerts`, { sensor, alerts: [...alerts] })),
    keep: async (results) =>
      keptIn(await client.post(`${path}/results`, { results: results.map((one) => ({ ...one })) })),
    end: async () => statusIn(await client.post(`${path}/end`)),
  }
}

/** What came of the rule's own tests; `why` says why there is nothing to be replayed. */
export type Replayed =
  | { readonly kind: 'fired'; readonly tests: number }
  | { readonly kind: 'silent'; readonly tests: readonly string[] }
  | { readonly kind: 'none'; readonly why: string }

export const replay = async (client: Client, id: string): Promise<Replayed> => {
  let answer: JsonValue
  try {
    answer = await client.post(`/api/v1/rules/${encodeURIComponent(id)}/replay`)
  } catch (error) {
    if (error instanceof BulwarkError && error.code === 'NOT_FOUND') return { kind: 'none', why: error.what }
    throw error
  }
  const silent = isObject(answer) && Array.isArray(answer.silent) ? answer.silent.map(textOf) : []
  const tests = isObject(answer) && Array.isArray(answer.tests) ? answer.tests.length : 0
  return silent.length > 0 ? { kind: 'silent', tests: silent } : { kind: 'fired', tests }
}

/** What the record has of an act: how many of its requests, and whether any came with its body. */
export interface Arrived {
  readonly requests: number
  readonly hasBody: boolean
}

const mostPages = 5

/** By id of act. */
export const arrivedActs = async (client: Client, marker: string): Promise<ReadonlyMap<string, Arrived>> => {
  const arrived = new Map<string, Arrived>()
  let cursor: string | undefined
  for (let page = 0; page < mostPages; page++) {
    const answer = await client.get('/api/v1/events', { q: `agent:*${marker}*`, limit: '1000', cursor })
    for (const item of itemsOf(answer)) {
      const row: JsonObject = isObject(item) ? item : {}
      const act = new RegExp(`${agent}/${marker} \\(([a-z0-9-]+)\\)`).exec(textOf(row.userAgent))?.[1]
      if (act === undefined) continue
      const known = arrived.get(act) ?? { requests: 0, hasBody: false }
      const level = textOf(row.level)
      const hasBody = known.hasBody || level === 'Request' || level === 'RequestResponse'
      arrived.set(act, { requests: known.requests + 1, hasBody })
    }
    const next = isObject(answer) ? answer.nextCursor : undefined
    if (typeof next !== 'string') break
    cursor = next
  }
  return arrived
}

const ruleIn = (item: JsonValue): ServedRule | undefined => {
  if (!isObject(item) || !isObject(item.rule)) return undefined
  const { rule, coverage } = item
  const said: JsonObject = isObject(coverage) ? coverage : {}
  return {
    id: textOf(rule.id),
    enabled: item.enabled === true,
    cannot:
      said.kind === 'cannot' ? [textOf(said.why), textOf(said.mend)].filter((part) => part !== '').join('. ') : '',
    lastFired: textOf(item.lastFired),
    learning: said.kind === 'learning' ? textOf(said.why) : '',
  }
}

const itemsOf = (answer: JsonValue): readonly JsonValue[] =>
  isObject(answer) && Array.isArray(answer.items) ? answer.items : []

const textOf = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')

/** The server is ours; one of another version may answer otherwise. */
const statusIn = (answer: JsonValue): SelftestStatus => {
  if (isStatus(answer)) return answer
  throw notUnderstood()
}

const keptIn = (answer: JsonValue): SelftestKept => {
  if (!isObject(answer) || typeof answer.kept !== 'number' || !Array.isArray(answer.refused)) throw notUnderstood()
  const refused = answer.refused.filter(isObject).map(({ rule, why }) => ({ rule: textOf(rule), why: textOf(why) }))
  return { kept: answer.kept, refused }
}

const notUnderstood = (): BulwarkError =>
  new BulwarkError('STORE_QUERY_FAILED', {
    what: 'the server told of the self-test in words that are not understood',
    mend: 'Use the same version of Bulwark for both',
  })

const isStatus = (value: JsonValue): value is JsonObject & SelftestStatus =>
  isObject(value) &&
  ['id', 'marker', 'state'].every((key) => typeof value[key] === 'string') &&
  ['fired', 'cases'].every((key) => Array.isArray(value[key]))
