import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import type { BulwarkRecord, RuntimeProcess, RuntimeRecord } from '../../model/record.ts'
import { type Micros, parseMicros } from '../../model/time.ts'
import type { Origin } from '../intake/documents.ts'
import { eventId } from '../intake/event-id.ts'
import { gapOf, type LeftOut } from '../intake/left-out.ts'

/**
 * The record of one event as Tetragon exports it (a GetEventsResponse as JSON:
 * https://github.com/cilium/tetragon/blob/main/api/v1/tetragon/events.proto), with a gap where it tells that events were
 * left out. Also of earlier versions, with types that are no longer sent. What is of no known shape is a record of type
 * `unknown`.
 */
export const readEvent = (event: JsonObject, entry: Origin): readonly BulwarkRecord[] | string => {
  const found = bodyOf(event)
  const body = found?.body ?? {}
  const type = found?.type ?? 'unknown'
  const process = part(body.process)
  const pod = part(process.pod)
  const container = part(pod.container)
  const time = timeOf(event, body, type)
  if (time === 'wrong') return 'time is no RFC 3339 time'
  const node = text(event.node_name)
  const record: RuntimeRecord = {
    kind: 'runtime',
    time: time ?? entry.receivedAt,
    receivedAt: entry.receivedAt,
    cluster: entry.cluster,
    source: entry.source,
    sensor: 'tetragon',
    eventId: eventId(['tetragon', type, node, event.time, found === undefined ? event : body]),
    type,
    priority: undefined,
    tags: Array.isArray(body.tags)
      ? body.tags.filter((tag): tag is string => typeof tag === 'string').slice(0, 100)
      : [],
    message: messageOf(type, body),
    node,
    namespace: text(pod.namespace),
    pod: text(pod.name),
    podUid: text(pod.uid),
    container: text(container.name),
    containerId: text(container.id).replace(/^[a-z-]+:\/\//, '') || text(process.docker),
    image: text(part(container.image).name),
    process: processOf(body),
    request: undefined,
    event,
  }
  const left = type === 'rate_limit_info' ? dropped(body) : type === 'process_throttle' ? throttled(body) : undefined
  return left === undefined ? [record] : [record, gapOf(record, 'Tetragon', left)]
}

/** True for an event of a type that is known. */
export const isTetragonEvent = (value: JsonObject): boolean => bodyOf(value) !== undefined

/** Longer texts are cut in the row; the whole event has them. */
const longestText = 4096

const text = (value: JsonValue | undefined): string => (typeof value === 'string' ? value.slice(0, longestText) : '')

const part = (value: JsonValue | undefined): JsonObject => (isObject(value) ? value : {})

interface Body {
  readonly type: string
  readonly body: JsonObject
}

/** The one member of the event that says what it is: `process_exec`, `process_kprobe`, …, `rate_limit_info`, `test`. */
const bodyOf = (event: JsonObject): Body | undefined => {
  for (const type of Object.keys(event)) {
    const body = event[type]
    const isType = /^process_[a-z_]{1,40}$/.test(type) || type === 'rate_limit_info' || type === 'test'
    if (isType && isObject(body)) return { type, body }
  }
  return undefined
}

/** Of the event; where it has none, an exit has its own, and a program that starts the time of its process. */
const timeOf = (event: JsonObject, body: JsonObject, type: string): Micros | undefined | 'wrong' => {
  const started = type === 'process_exec' ? part(body.process).start_time : undefined
  const told = event.time ?? body.time ?? started
  if (told === undefined || told === null) return undefined
  return (typeof told === 'string' ? parseMicros(told) : undefined) ?? 'wrong'
}

const processOf = (body: JsonObject): RuntimeProcess | undefined => {
  if (!isObject(body.process)) return undefined
  const { process } = body
  return {
    binary: text(process.binary),
    arguments: text(process.arguments),
    pid: typeof process.pid === 'number' ? process.pid : undefined,
    user: text(part(process.user).name) || (typeof process.uid === 'number' ? String(process.uid) : ''),
    parentBinary: text(part(body.parent).binary),
  }
}

/** `/usr/bin/curl example.com in shop/web-1 (web)`, with what was called and by which policy. */
const messageOf = (type: string, body: JsonObject): string => {
  const process = part(body.process)
  const pod = part(process.pod)
  const line = [text(process.binary), text(process.arguments)].filter((one) => one !== '').join(' ')
  const called = calledOf(body)
  const place = text(pod.name) === '' ? '' : ` in ${text(pod.namespace)}/${text(pod.name)}`
  const container = text(part(pod.container).name)
  const policy = text(body.policy_name)
  const told = text(body.message)
  return [
    told === '' ? '' : `${told}: `,
    line === '' ? type : line,
    called === '' ? '' : ` called ${called}`,
    type === 'process_exit' ? ` ended${text(body.signal) === '' ? '' : ` by ${text(body.signal)}`}` : '',
    place,
    container === '' ? '' : ` (${container})`,
    policy === '' ? '' : `, by policy ${policy}`,
  ]
    .join('')
    .slice(0, longestText)
}

/** Function of a kprobe or LSM hook, tracepoint, or symbol of a uprobe. */
const calledOf = (body: JsonObject): string => {
  const tracepoint = [text(body.subsys), text(body.event)].filter((one) => one !== '').join('/')
  return text(body.function_name) || tracepoint || text(body.symbol)
}

/** The exporter counts what it leaves out once a minute: cmd/tetragon of `--export-rate-limit`. */
const countedMicros: Micros = 60_000_000

/**
 * `--cgroup-rate`: Tetragon stops telling of a cgroup that makes too many events, and says when. How many it leaves out it
 * does not say. Losses of its ring buffer stand in its metrics alone.
 */
const throttled = (body: JsonObject): LeftOut | undefined => {
  if (body.type !== 'THROTTLE_START' && body.type !== 'THROTTLE_STOP') return undefined
  const until = body.type === 'THROTTLE_START' ? 'from now on' : 'until now'
  const group = text(body.cgroup).slice(0, longestName)
  const what = `leaves out events of ${group === '' ? 'a cgroup' : `the cgroup ${group}`} ${until}, since it makes too many`
  return { what, events: undefined, micros: 0 }
}

const longestName = 200

const dropped = (body: JsonObject): LeftOut | undefined => {
  // 64-bit numbers are texts in JSON of protocol buffers.
  const events = Number(body.number_of_dropped_process_events ?? 0)
  return events > 0
    ? { what: 'left out events beyond its export rate limit', events, micros: countedMicros }
    : undefined
}
