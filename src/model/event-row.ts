/**
 * One record in one line: how audit events, runtime events, Kubernetes Event objects and gaps become rows of the page Events. The live
 * tail and the store make their rows here, so a row looks the same in both, and has the same id.
 */
import type { EventFields, EventRow } from './answer.ts'
import { type EventIdentity, formatEventId, hash32, uidDigits } from './event-id.ts'
import { requestSummary, summaryOf } from './event-summary.ts'
import { asString, isObject, type JsonValue } from './json.ts'
import type { ObjectVersion } from './object.ts'
import { type AuditRecord, type BulwarkRecord, commandLineOf, type Gap, type RuntimeRecord } from './record.ts'
import { formatMicros, type Micros, parseMicros } from './time.ts'

/** A record as a row before it is made text: what the store keeps of it. */
export interface EventLine {
  readonly identity: EventIdentity
  readonly receivedAt: Micros
  readonly fields: EventFields
  /** The text of an Event object, of a runtime event or of a gap, else empty. */
  readonly message: string
}

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

const hexForm = /^[0-9a-f]{32}$/

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
