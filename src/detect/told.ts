import type { Detection, DetectionTarget } from '../model/detection.ts'
import { formatEventId } from '../model/event-id.ts'
import { auditEventId, auditSummary, eventLineOf, rowOfLine } from '../model/event-row.ts'
import { asString, isObject, type JsonObject, type JsonValue } from '../model/json.ts'
import type { ObjectVersion } from '../model/object.ts'
import type { AuditRecord, RecordPosition, RuntimeRecord } from '../model/record.ts'
import { boundedGroups, grantsOf } from './cases/index.ts'
import { eventImage, eventPlace } from './event-view.ts'
import type { Subject } from './subject.ts'

/** What a record tells of itself, as a detection needs it. Made only where a rule fired: it costs more than a rule. */
export interface Told
  extends Pick<
    Detection,
    | 'time'
    | 'receivedAt'
    | 'cluster'
    | 'source'
    | 'principal'
    | 'groups'
    | 'impersonated'
    | 'impersonatedGroups'
    | 'sourceIp'
    | 'userAgent'
    | 'verb'
    | 'target'
    | 'grants'
    | 'code'
    | 'refused'
    | 'node'
    | 'pod'
    | 'container'
    | 'image'
    | 'workload'
    | 'serviceAccount'
    | 'position'
  > {
  /** Id of the event row. */
  readonly event: string
}

/** Of an audit event. */
export const toldOfAudit = (record: AuditRecord, position: RecordPosition): Told => {
  const { target } = record
  return {
    event: auditEventId(record),
    time: record.time,
    receivedAt: record.receivedAt,
    cluster: record.cluster,
    source: record.source,
    principal: record.user,
    groups: boundedGroups(record.groups),
    impersonated: record.impersonatedUser,
    impersonatedGroups: impersonatedGroupsOf(record),
    sourceIp: record.sourceIps[0] ?? '',
    userAgent: record.userAgent,
    verb: record.verb,
    grants: grantsOf(record),
    target: target === undefined ? noTarget : targetOf(target),
    code: record.code,
    refused: isRefused(record),
    node: '',
    pod: target?.resource === 'pods' && target.name !== '' ? target.name : '',
    container: '',
    image: '',
    workload: '',
    serviceAccount: '',
    position: { seq: position.seq, index: position.index },
  }
}

/** Who did what to what, from where, and what the answer was. Only for what is told: it costs as much as all else. */
export const sentenceOf = (record: AuditRecord | RuntimeRecord | ObjectVersion): string => {
  if (record.kind === 'runtime') return record.message || record.type
  if (record.kind === 'audit') return `${auditSummary(record)}${from(record)}${answered(record, isRefused(record))}`
  const line = eventLineOf(record)
  return line === undefined ? '' : rowOfLine(line).summary
}

const impersonatedGroupsOf = ({ event: { impersonatedUser } }: AuditRecord): readonly string[] =>
  isObject(impersonatedUser) ? boundedGroups(texts(impersonatedUser.groups)) : []

const isRefused = ({ code, decision }: AuditRecord): boolean => code === 401 || code === 403 || decision === 'forbid'

/** Of an event of a runtime sensor. */
export const toldOfRuntime = (record: RuntimeRecord, position: RecordPosition, subject: Subject | undefined): Told => {
  const line = eventLineOf(record)
  const { request } = record
  const pod = record.pod || (subject?.pod ?? '')
  const namespace = record.namespace || (subject?.namespace ?? '')
  const target = request?.target ?? { ...noTarget, resource: pod === '' ? '' : 'pods', namespace, name: pod }
  return {
    event: line === undefined ? '' : formatEventId(line.identity),
    time: record.time,
    receivedAt: record.receivedAt,
    cluster: record.cluster,
    source: record.source,
    principal: request?.user ?? '',
    groups: [],
    impersonated: '',
    impersonatedGroups: [],
    sourceIp: '',
    userAgent: record.sensor,
    verb: request?.verb ?? '',
    grants: [],
    target: targetOf(target),
    code: 0,
    refused: false,
    node: record.node || (subject?.node ?? ''),
    pod,
    container: record.container || (subject?.container ?? ''),
    image: record.image || (subject?.image ?? ''),
    workload: subject?.workload ?? '',
    serviceAccount: subject?.serviceAccount ?? '',
    position: { seq: position.seq, index: position.index },
  }
}

/** Of an Event object, that is one of its occurrences. */
export const toldOfEvent = (version: ObjectVersion, position: RecordPosition, subject: Subject | undefined): Told => {
  const line = eventLineOf(version)
  const { node, pod, container } = eventPlace(version, subject)
  return {
    event: line === undefined ? '' : formatEventId(line.identity),
    time: line?.identity.time ?? version.time,
    receivedAt: version.receivedAt,
    cluster: version.cluster,
    source: version.source,
    principal: '',
    groups: [],
    impersonated: '',
    impersonatedGroups: [],
    sourceIp: '',
    userAgent: line?.fields.userAgent ?? '',
    verb: '',
    grants: [],
    target: line === undefined ? noTarget : targetOf(line.fields),
    code: 0,
    refused: false,
    node,
    pod,
    container,
    image: eventImage(version),
    workload: subject?.workload ?? '',
    serviceAccount: subject?.serviceAccount ?? '',
    position: { seq: position.seq, index: position.index },
  }
}

const targetOf = ({ group, resource, subresource, namespace, name }: DetectionTarget): DetectionTarget => ({
  group,
  resource,
  subresource,
  namespace,
  name,
})

const from = ({ sourceIps }: AuditRecord): string => (sourceIps[0] === undefined ? '' : ` from ${sourceIps[0]}`)

/** The summary of the row already tells of refusals and errors. */
const answered = ({ code }: AuditRecord, refused: boolean): string =>
  code === 0 || refused || code >= 400 ? '' : `, answered ${code}`

export const noTarget: DetectionTarget = { group: '', resource: '', subresource: '', namespace: '', name: '' }

/** What is left of a window whose events are no longer at hand: what it was grouped by. */
export const toldOfGroup = (
  group: Readonly<Record<string, string>>,
  near: Pick<Detection, 'time' | 'receivedAt' | 'cluster' | 'source' | 'position'>,
): Told => ({
  ...near,
  event: '',
  principal: group['user.username'] ?? '',
  groups: [],
  impersonated: group['impersonatedUser.username'] ?? '',
  impersonatedGroups: [],
  sourceIp: group.sourceIPs ?? '',
  userAgent: group.userAgent ?? '',
  verb: group.verb ?? '',
  grants: [],
  target: {
    group: group['objectRef.apiGroup'] ?? '',
    resource: group['objectRef.resource'] ?? '',
    subresource: group['objectRef.subresource'] ?? '',
    namespace: group['objectRef.namespace'] ?? group.namespace ?? '',
    name: group['objectRef.name'] ?? '',
  },
  code: 0,
  refused: false,
  node: group.node ?? '',
  pod: group.pod ?? '',
  container: group.container ?? '',
  image: group.image ?? '',
  workload: group.workload ?? '',
  serviceAccount: group.serviceAccount ?? '',
})

/** As JSON, which shares nothing with what was told. */
export const savedTold = (told: Told): JsonObject => ({
  ...told,
  target: { ...told.target },
  position: { ...told.position },
})

/** Reads back what {@link savedTold} made; undefined where it made no such thing. */
export const readTold = (value: JsonValue | undefined): Told | undefined => {
  if (!isObject(value) || !isObject(value.target) || !isObject(value.position)) return undefined
  const saved = value
  const { target, position } = value
  const text = (key: keyof Told): string => asString(saved[key]) ?? ''
  const number = (of: JsonValue | undefined): number => (typeof of === 'number' ? of : 0)
  return {
    event: text('event'),
    time: number(saved.time),
    receivedAt: number(saved.receivedAt),
    cluster: text('cluster'),
    source: text('source'),
    principal: text('principal'),
    groups: texts(saved.groups),
    impersonated: text('impersonated'),
    impersonatedGroups: texts(saved.impersonatedGroups),
    sourceIp: text('sourceIp'),
    userAgent: text('userAgent'),
    verb: text('verb'),
    grants: texts(saved.grants),
    target: {
      group: asString(target.group) ?? '',
      resource: asString(target.resource) ?? '',
      subresource: asString(target.subresource) ?? '',
      namespace: asString(target.namespace) ?? '',
      name: asString(target.name) ?? '',
    },
    code: number(saved.code),
    refused: saved.refused === true,
    node: text('node'),
    pod: text('pod'),
    container: text('container'),
    image: text('image'),
    workload: text('workload'),
    serviceAccount: text('serviceAccount'),
    position: { seq: number(position.seq), index: number(position.index) },
  }
}

const texts = (value: JsonValue | undefined): readonly string[] =>
  (Array.isArray(value) ? value : []).filter((one) => typeof one === 'string')
