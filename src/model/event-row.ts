/**
 * One record in one line: how audit events, runtime events, Kubernetes Event objects and gaps become rows of the page Events. The live
 * tail and the store make their rows here, so a row looks the same in both, and has the same id.
 */
import type { EventKind, EventRow } from './answer.ts'
import { asString, isObject, type JsonValue } from './json.ts'
import type { ObjectVersion } from './object.ts'
import { type AuditRecord, type BulwarkRecord, commandLineOf, type Gap, type RuntimeRecord } from './record.ts'
import { formatMicros, type Micros, parseMicros } from './time.ts'

/**
 * What makes two records the same one: all four equal. `uid` is 32 hex digits (audit ID, Event uid), `mark` an unsigned
 * 32-bit number over what the uid leaves open. The audit ID alone does not name a request: a client may choose it
 * (header Audit-ID), so whoever repeats another's ID must not hide behind it.
 */
export interface EventIdentity {
  readonly kind: EventKind
  /** Never before 1970, nor after 2255. */
  readonly time: Micros
  readonly uid: string
  readonly mark: number
}

/** A record as a row before it is made text: what the store keeps of it. */
export interface EventLine {
  readonly identity: EventIdentity
  readonly receivedAt: Micros
  readonly fields: EventFields
  /** The text of an Event object, of a runtime event or of a gap, else empty. */
  readonly message: string
}

/** The part of a row that stands in the record itself. */
export type EventFields = Omit<EventRow, 'id' | 'kind' | 'time' | 'receivedAt' | 'summary'>

/**
 * The row of a record. Undefined for what is not an event: versions of objects, and the removal of an Event object
 * (the API server drops each after an hour; who removes one by hand stands in the audit log).
 */
export const eventRowOf = (record: BulwarkRecord): EventRow | undefined => {
  const line = eventLineOf(record)
  return line && rowOfLine(line)
}

/** The row that a line is shown as. */
export const rowOfLine = ({ identity, receivedAt, fields, message }: EventLine): EventRow => ({
  id: formatEventId(identity),
  kind: identity.kind,
  time: formatMicros(identity.time),
  receivedAt: formatMicros(receivedAt),
  ...fields,
  summary: summaryOf(identity.kind, fields, message),
})

/** What the store keeps of a record, undefined as for {@link eventRowOf}. */
export const eventLineOf = (record: BulwarkRecord): EventLine | undefined => {
  switch (record.kind) {
    case 'audit':
      return auditLine(record)
    case 'runtime':
      return runtimeLine(record)
    case 'gap':
      return gapLine(record)
    case 'object':
      return isEventObject(record) && record.change !== 'deleted' ? objectLine(record) : undefined
  }
}

/** True for versions of Kubernetes Event objects, which are kept as events and not as state. */
export const isEventObject = (version: ObjectVersion): boolean =>
  version.ref.kind === 'Event' && (version.ref.group === '' || version.ref.group === 'events.k8s.io')

const kindLetters = { audit: 'a', event: 'e', gap: 'g', runtime: 'r' } as const
const kindOfLetter: Readonly<Record<string, EventKind>> = { a: 'audit', e: 'event', g: 'gap', r: 'runtime' }
const idForm = /^([aegr])([0-9a-z]{1,11})-([0-9a-f]{32})-([0-9a-z]{1,7})$/

/** The id of a row: letters, digits and `-` only. */
export const formatEventId = ({ kind, time, uid, mark }: EventIdentity): string =>
  `${kindLetters[kind]}${time.toString(36)}-${uid}-${mark.toString(36)}`

/** What an id names, undefined when the text is no id. */
export const parseEventId = (id: string): EventIdentity | undefined => {
  const match = idForm.exec(id)
  const [, letter = '', time = '', uid = '', mark = ''] = match ?? []
  const kind = kindOfLetter[letter]
  return kind === undefined ? undefined : { kind, time: parseInt(time, 36), uid, mark: parseInt(mark, 36) }
}

const hexForm = /^[0-9a-f]{32}$/
const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** 32 hex digits for an audit ID or uid: its own digits where it is a UUID, else a hash of the text. */
export const uidDigits = (text: string): string =>
  text.length === uuidLength && uuidForm.test(text) ? text.replaceAll('-', '').toLowerCase() : hash128(text)

const uuidLength = 36

/** {@link hash32} of four seeds, by going through the text once. */
const hash128 = (text: string): string => {
  let [a, b, c, d] = [seeded(1), seeded(2), seeded(3), seeded(4)]
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    a = Math.imul(a ^ unit, prime)
    b = Math.imul(b ^ unit, prime)
    c = Math.imul(c ^ unit, prime)
    d = Math.imul(d ^ unit, prime)
  }
  return hexOf(a) + hexOf(b) + hexOf(c) + hexOf(d)
}

const hexOf = (hash: number): string => mixed(hash).toString(16).padStart(8, '0')

/** FNV-1a over UTF-16 units with murmur3's last mixing: quick, spread well, no defence against a forger. */
const hash32 = (text: string, seed: number): number => {
  let hash = seeded(seed)
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), prime)
  return mixed(hash)
}

const prime = 0x01000193

const seeded = (seed: number): number => 0x811c9dc5 ^ Math.imul(seed, 0x9e3779b1)

const mixed = (given: number): number => {
  let hash = Math.imul(given ^ (given >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

const lastTime: Micros = 9_000_000_000_000_000
const clampTime = (time: Micros): Micros => Math.min(Math.max(Math.trunc(time), 0), lastTime)

/** The id of the row of an audit event, without making the row. */
export const auditEventId = (record: AuditRecord): string => formatEventId(auditIdentity(record))

/** The summary of the row of an audit event, without making the row. */
export const auditSummary = (record: AuditRecord): string => {
  const { target } = record
  return requestSummary({
    user: record.user,
    impersonatedUser: record.impersonatedUser,
    verb: record.verb,
    resource: target?.resource ?? '',
    subresource: target?.subresource ?? '',
    namespace: target?.namespace ?? '',
    name: target?.name ?? '',
    requestUri: record.requestUri,
    decision: record.decision,
    code: clampCode(record.code),
  })
}

const auditIdentity = (record: AuditRecord): EventIdentity => ({
  kind: 'audit',
  time: clampTime(record.time),
  uid: uidDigits(record.auditId),
  // With the audit ID: the bodies of requests of one microsecond are told apart by the mark alone.
  mark: hash32(
    [record.auditId, record.cluster, record.stage, record.user, record.verb, record.requestUri].join('\n'),
    0,
  ),
})

const auditLine = (record: AuditRecord): EventLine => {
  const { target } = record
  const identity = auditIdentity(record)
  const fields = {
    cluster: record.cluster,
    source: record.source,
    user: record.user,
    impersonatedUser: record.impersonatedUser,
    verb: record.verb,
    group: target?.group ?? '',
    resource: target?.resource ?? '',
    subresource: target?.subresource ?? '',
    namespace: target?.namespace ?? '',
    name: target?.name ?? '',
    code: clampCode(record.code),
    decision: record.decision,
    reason: record.reason,
    level: record.level,
    stage: record.stage,
    sourceIp: record.sourceIps[0] ?? '',
    userAgent: record.userAgent,
    requestUri: record.requestUri,
    ...noPlace,
  }
  return { identity, receivedAt: clampTime(record.receivedAt), fields, message: '' }
}

const clampCode = (code: number): number => (code >= 0 && code <= 65_535 ? Math.trunc(code) : 0)

/** Where a request happened, in the words of a process: nowhere. */
const noPlace = { node: '', container: '', image: '', process: '' }

/** As many digits of a container's id as `crictl ps` shows, where its name is not known. */
const shortId = 12

const runtimeLine = (record: RuntimeRecord): EventLine => {
  const { request, pod, eventId } = record
  const identity: EventIdentity = {
    kind: 'runtime',
    time: clampTime(record.time),
    uid: hexForm.test(eventId) ? eventId : uidDigits(eventId),
    // Bodies are kept by time and mark alone, so the mark depends on everything that the uid does.
    mark: hash32([record.cluster, record.sensor, eventId].join('\n'), 0),
  }
  const { target } = request ?? {}
  const fields = {
    ...noFields,
    cluster: record.cluster,
    source: record.source,
    user: request?.user ?? '',
    verb: request?.verb ?? '',
    group: target?.group ?? '',
    resource: target?.resource ?? (pod === '' ? '' : 'pods'),
    subresource: target?.subresource ?? '',
    namespace: target?.namespace ?? record.namespace,
    name: target?.name ?? pod,
    reason: record.type,
    level: record.priority ?? '',
    userAgent: record.sensor,
    node: record.node,
    container: record.container || record.containerId.slice(0, shortId),
    image: record.image,
    process: commandLineOf(record),
  }
  return { identity, receivedAt: clampTime(record.receivedAt), fields, message: record.message }
}

const gapLine = (gap: Gap): EventLine => {
  const identity: EventIdentity = {
    kind: 'gap',
    time: clampTime(gap.to),
    uid: uidDigits([gap.cluster, gap.source, gap.reason, gap.what].join('\n')),
    mark: hash32(String(gap.from), 0),
  }
  const fields = { ...noFields, cluster: gap.cluster, source: gap.source, reason: gap.reason }
  const seconds = Math.max(0, Math.round((gap.to - gap.from) / 1_000_000))
  return { identity, receivedAt: clampTime(gap.receivedAt), fields, message: `${gap.what} for ${seconds} s` }
}

/** Fields of `events.k8s.io/v1` and `v1` Event: k8s.io/api/events/v1/types.go, k8s.io/api/core/v1/types.go. */
const objectLine = (version: ObjectVersion): EventLine => {
  const { body } = version
  const about = isObject(body.regarding) ? body.regarding : isObject(body.involvedObject) ? body.involvedObject : {}
  const source = isObject(body.deprecatedSource) ? body.deprecatedSource : isObject(body.source) ? body.source : {}
  const apiVersion = text(about.apiVersion)
  const identity: EventIdentity = {
    kind: 'event',
    time: clampTime(timeOfEventObject(version)),
    uid: uidDigits(version.uid),
    mark: hash32(`${version.cluster}\n${version.resourceVersion}`, 0),
  }
  const fields = {
    ...noFields,
    cluster: version.cluster,
    source: version.source,
    group: apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '',
    resource: guessResource(text(about.kind)),
    namespace: text(about.namespace),
    name: text(about.name),
    reason: text(body.reason),
    level: text(body.type),
    userAgent: text(body.reportingController) || text(body.reportingComponent) || text(source.component),
  }
  const message = text(body.note) || text(body.message)
  return { identity, receivedAt: clampTime(version.receivedAt), fields, message }
}

const text = (value: JsonValue | undefined): string => asString(value) ?? ''

/** The newest moment that the Event tells, so that a repeated Event is a new row at its repetition. */
const timeOfEventObject = ({ body, time }: ObjectVersion): Micros => {
  const series = isObject(body.series) ? body.series : {}
  const told = [
    series.lastObservedTime,
    body.lastTimestamp,
    body.deprecatedLastTimestamp,
    body.eventTime,
    body.metadata?.creationTimestamp,
  ]
  for (const value of told) {
    const moment = typeof value === 'string' ? parseMicros(value) : undefined
    if (moment !== undefined && moment > 0) return moment
  }
  return time
}

/** Plural of a kind as meta.UnsafeGuessKindToResource guesses it (k8s.io/apimachinery/pkg/api/meta/restmapper.go). */
const guessResource = (kind: string): string => {
  const singular = kind.toLowerCase()
  if (singular === '' || singular.endsWith('endpoints')) return singular
  if (singular.endsWith('s')) return `${singular}es`
  if (singular.endsWith('y')) return `${singular.slice(0, -1)}ies`
  return `${singular}s`
}

const noFields = {
  user: '',
  impersonatedUser: '',
  verb: '',
  group: '',
  resource: '',
  subresource: '',
  namespace: '',
  name: '',
  code: 0,
  decision: 'none' as const,
  reason: '',
  level: '',
  stage: '',
  sourceIp: '',
  userAgent: '',
  requestUri: '',
  ...noPlace,
}

const pastOf: ReadonlyMap<string, string> = new Map(
  Object.entries({
    get: 'read',
    list: 'listed',
    watch: 'watched',
    create: 'created',
    update: 'updated',
    patch: 'patched',
    delete: 'deleted',
    deletecollection: 'deleted all',
    post: 'posted to',
    put: 'put to',
    head: 'read the head of',
  }),
)

/** One sentence for a person. */
const summaryOf = (kind: EventKind, fields: EventFields, message: string): string => {
  switch (kind) {
    case 'gap':
      return message
    case 'runtime':
      return message === '' ? fields.reason : `${fields.reason}: ${message}`
    case 'event': {
      const place = [fields.namespace, fields.name].filter((part) => part !== '').join('/')
      return `${fields.reason} of ${singularOf(fields.resource)} ${place}: ${message}`
    }
    case 'audit':
      return requestSummary(fields)
  }
}

type RequestFields = Pick<
  EventFields,
  | 'user'
  | 'impersonatedUser'
  | 'verb'
  | 'resource'
  | 'subresource'
  | 'namespace'
  | 'name'
  | 'requestUri'
  | 'decision'
  | 'code'
>

const requestSummary = (fields: RequestFields): string => {
  const who = fields.user === '' ? 'somebody' : fields.user
  const actor = fields.impersonatedUser === '' ? who : `${who} as ${fields.impersonatedUser}`
  const verb = fields.verb === '' ? 'ask for' : fields.verb
  const what = fields.resource === '' ? fields.requestUri : objectPhrase(fields)
  if (fields.decision === 'forbid' || fields.code === 403) return `${actor} was refused to ${verb} ${what}`
  if (fields.code >= 400) return `${actor} tried to ${verb} ${what}: ${fields.code}`
  return `${actor} ${pastOf.get(verb) ?? verb} ${what}`
}

const objectPhrase = ({ resource, subresource, namespace, name }: RequestFields): string => {
  const part = subresource === '' ? '' : `${subresource} of `
  if (name === '') return `${part}${resource}${namespace === '' ? '' : ` in ${namespace}`}`
  return `${part}${singularOf(resource)} ${namespace === '' ? name : `${namespace}/${name}`}`
}

const singularOf = (resource: string): string => {
  if (resource.endsWith('ies')) return `${resource.slice(0, -3)}y`
  if (resource.endsWith('sses')) return resource.slice(0, -2)
  return resource.endsWith('s') && resource !== 'endpoints' ? resource.slice(0, -1) : resource
}
