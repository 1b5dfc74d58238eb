/** Tests that stand beside rules, as records that a detector can be handed. */
import { parseDocument } from 'yaml'
import { stemOf } from '../../detect/cases/generated-name.ts'
import { callingPod } from '../../detect/request-view.ts'
import type { SubjectOf } from '../../detect/subject.ts'
import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import type { ObjectVersion } from '../../model/object.ts'
import type { AuditRecord, BulwarkRecord, PlacedRecord, RuntimeRecord } from '../../model/record.ts'
import { formatMicros, type Micros, parseMicros } from '../../model/time.ts'
import { toAuditRecord } from '../../sources/audit/event.ts'
import { parseFalco } from '../../sources/falco/index.ts'
import { parseTetragon } from '../../sources/tetragon/index.ts'

/** One test of a file of rules: the records in order, and the names of that file's rules that fire, each once or more. */
export interface RuleCase {
  readonly name: string
  readonly fires: readonly string[]
  readonly records: readonly PlacedRecord[]
}

/**
 * Reads a file of tests (rules/README.md, "Tests"). Events are written short: what every audit event has is filled in.
 * Throws where the file is not what it should be: these files are ours.
 */
export const readCases = (text: string, file: string): readonly RuleCase[] => {
  const document = parseDocument(text)
  const [error] = document.errors
  if (error !== undefined) throw new Error(`${file}: ${error.message}`)
  const value: unknown = document.toJS()
  if (!Array.isArray(value)) throw new Error(`${file} holds no list of tests`)
  return value.map((one: unknown) => {
    if (!isObject(one)) throw new Error(`${file}: a test is no map`)
    const { name, fires, events, records, ...rest } = one
    const told = events ?? records
    const isOne = events === undefined || records === undefined
    if (typeof name !== 'string' || !isTexts(fires) || !Array.isArray(told) || told.length === 0 || !isOne)
      throw new Error(`${file}: a test has a name, fires (a list of names) and events or records, at least one`)
    if (Object.keys(rest).length > 0)
      throw new Error(`${file}, "${name}": unknown keys ${Object.keys(rest).join(', ')}`)
    const where = `${file}, "${name}"`
    return { name, fires, records: events === undefined ? toldBy(told, where) : recordsOf(eventsOf(told, where)) }
  })
}

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string')

/** A Monday. */
const began = parseMicros('2026-01-05T08:00:00Z') ?? 0
const second: Micros = 1_000_000

/** An element is an event, or `{event, times, every, after}`: so many of it, so far apart, after a pause. */
const eventsOf = (elements: readonly unknown[], where: string): readonly JsonObject[] => {
  const events: JsonObject[] = []
  let time = began
  for (const element of elements) {
    if (!isJsonObject(element)) throw new Error(`${where}: an event is no map`)
    const repeated = isObject(element.event)
    const { event, times = 1, every = '1s', after = '0s', ...rest } = repeated ? element : { event: element }
    if (!isJsonObject(event) || typeof times !== 'number' || (repeated && Object.keys(rest).length > 0))
      throw new Error(`${where}: an event stands alone, or as event with times, every and after`)
    time += micros(after, where)
    for (let n = 0; n < times; n++) {
      events.push(whole(numbered(event, n), events.length, time))
      time += micros(every, where)
    }
  }
  return events
}

const isJsonObject = (value: unknown): value is JsonObject => isObject(value)

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

const micros = (text: unknown, where: string): Micros => {
  const [, number = '', unit = ''] = /^(\d+)([smhd])$/.exec(String(text)) ?? []
  const seconds = units[unit]
  if (seconds === undefined) throw new Error(`${where}: "${text}" is no time such as 30s, 5m, 2h or 1d`)
  return Number(number) * seconds * second
}

/** `{n}` in a text is the number of the repetition, from 0. */
const numbered = (value: JsonValue, n: number): JsonValue => {
  if (typeof value === 'string') return value.replaceAll('{n}', String(n))
  if (Array.isArray(value)) return value.map((one: JsonValue) => numbered(one, n))
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, numbered(one as JsonValue, n)]))
}

const whole = (event: JsonValue, index: number, time: Micros): JsonObject => ({
  kind: 'Event',
  apiVersion: 'audit.k8s.io/v1',
  level: 'RequestResponse',
  auditID: `test-${index}`,
  stage: 'ResponseComplete',
  requestReceivedTimestamp: formatMicros(time),
  stageTimestamp: formatMicros(time),
  ...(isObject(event) ? event : {}),
})

/**
 * Records of all kinds: an element has one of `tetragon` (an event as it is exported), `falco` (an alert) or `event` (an
 * Event object; one about the same object for the same reason is its repetition), with times, every and after.
 */
const toldBy = (elements: readonly unknown[], where: string): readonly PlacedRecord[] => {
  const records: BulwarkRecord[] = []
  const counts = new Map<string, number>()
  let time = began
  for (const element of elements) {
    if (!isObject(element)) throw new Error(`${where}: a record is no map`)
    const { times = 1, every = '1s', after = '0s', ...rest } = element
    const [[kind, body] = [], ...more] = Object.entries(rest)
    if (typeof times !== 'number' || more.length > 0 || !isJsonObject(body))
      throw new Error(`${where}: a record is one of tetragon, falco and event, with times, every and after`)
    time += micros(after, where)
    for (let n = 0; n < times; n++) {
      const told = numbered(body, n)
      if (!isJsonObject(told)) throw new Error(`${where}: a record is no map`)
      records.push(recordOf(kind ?? '', told, time, counts, where))
      time += micros(every, where)
    }
  }
  return records.map((record, seq) => ({ position: { seq, index: 0 }, record }))
}

const recordOf = (
  kind: string,
  body: JsonObject,
  time: Micros,
  counts: Map<string, number>,
  where: string,
): BulwarkRecord => {
  if (kind === 'event') return eventObject(body, time, counts)
  const whole = { time: formatMicros(time), ...(kind === 'falco' ? { priority: 'Notice', rule: 'any' } : {}), ...body }
  const parse = kind === 'falco' ? parseFalco : kind === 'tetragon' ? parseTetragon : undefined
  const payload = Buffer.from(JSON.stringify(whole))
  const stream = kind === 'falco' ? 'falco' : 'tetragon'
  const read = parse?.({ stream, source: kind, cluster: 'shop', receivedAt: time, payload })
  const [record] = read?.records ?? []
  if (record === undefined)
    throw new Error(`${where}: "${kind}" is none of tetragon, falco and event, or cannot be read`)
  return record
}

const eventObject = (body: JsonObject, time: Micros, counts: Map<string, number>): ObjectVersion => {
  const uid = JSON.stringify([body.involvedObject, body.reason])
  const count = (counts.get(uid) ?? 0) + 1
  counts.set(uid, count)
  return {
    kind: 'object',
    time,
    receivedAt: time,
    cluster: 'shop',
    source: 'cluster',
    ref: {
      group: '',
      version: 'v1',
      kind: 'Event',
      resource: 'events',
      namespace: 'shop',
      name: `event-${counts.size}`,
    },
    uid,
    resourceVersion: String(count),
    change: count === 1 ? 'added' : 'modified',
    synthesised: false,
    body: { apiVersion: 'v1', kind: 'Event', type: 'Warning', count, lastTimestamp: formatMicros(time), ...body },
  }
}

/** There is no state: the workload of a pod is its name without what Kubernetes adds to it. */
export const subjectByName: SubjectOf = (record) => {
  const about = record.kind === 'object' ? (record.body.involvedObject ?? record.body.regarding) : calling(record)
  const { kind, name, namespace } = isObject(about)
    ? about
    : { kind: 'Pod', name: 'pod' in record ? record.pod : '', namespace: 'pod' in record ? record.namespace : '' }
  if (typeof name !== 'string' || name === '' || typeof namespace !== 'string') return undefined
  return {
    namespace,
    pod: kind === 'Pod' ? name : '',
    workload: `Deployment/${stemOf(name)}`,
    serviceAccount: `system:serviceaccount:${namespace}:${stemOf(name)}`,
    node: '',
    container: '',
    image: '',
  }
}

/** The pod that made a request. */
const calling = (record: RuntimeRecord | AuditRecord): JsonObject | undefined => {
  const pod = record.kind === 'audit' ? callingPod(record) : undefined
  return pod && { kind: 'Pod', ...pod }
}

/** Audit events as records of one cluster, each received when it was sent. */
export const recordsOf = (
  events: readonly JsonObject[],
): readonly (PlacedRecord & { readonly record: AuditRecord })[] =>
  events.map((event, index) => {
    const receivedAt: Micros = parseMicros(String(event.stageTimestamp)) ?? 0
    const entry = { stream: 'audit', source: 'shop', cluster: 'shop', receivedAt, payload: new Uint8Array() } as const
    const record = toAuditRecord(event, entry)
    if (typeof record === 'string') throw new Error(record)
    return { position: { seq: index, index: 0 }, record }
  })
