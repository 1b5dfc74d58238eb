import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import type { AuditRecord, AuditTarget } from '../../model/record.ts'
import type { SourceEntry } from '../../model/source.ts'
import { type Micros, parseMicros } from '../../model/time.ts'

/**
 * The record of one `audit.k8s.io/v1` Event, or a text that says why it is none. The API server's own events always
 * have `auditID`, `stage` and a time stamp; any other field may be missing, but not be of another type.
 */
export const toAuditRecord = (event: JsonObject, entry: Origin): AuditRecord | string => {
  try {
    return read(event, entry)
  } catch (error) {
    if (error instanceof WrongType) return error.message
    throw error
  }
}

/** Where an event came from, and when. */
export type Origin = Pick<SourceEntry, 'cluster' | 'source' | 'receivedAt'>

const read = (event: JsonObject, entry: Origin): AuditRecord => {
  const kind = text(event, 'kind')
  if (kind !== '' && kind !== 'Event') throw new WrongType('kind is not Event')
  const auditId = text(event, 'auditID')
  if (auditId === '') throw new WrongType('auditID is missing')
  const stage = text(event, 'stage')
  if (stage === '') throw new WrongType('stage is missing')
  const user = part(event, 'user')
  const annotations = part(event, 'annotations')
  const impersonated = part(event, 'impersonatedUser')
  return {
    kind: 'audit',
    time: moment(event, 'stageTimestamp') ?? moment(event, 'requestReceivedTimestamp') ?? noTime(),
    receivedAt: entry.receivedAt,
    cluster: entry.cluster,
    source: entry.source,
    auditId,
    stage,
    level: text(event, 'level'),
    verb: text(event, 'verb'),
    user: user ? text(user, 'username') : '',
    groups: user ? texts(user, 'groups') : [],
    impersonatedUser: impersonated ? text(impersonated, 'username') : '',
    sourceIps: texts(event, 'sourceIPs'),
    userAgent: text(event, 'userAgent'),
    requestUri: text(event, 'requestURI'),
    target: target(part(event, 'objectRef')),
    code: code(part(event, 'responseStatus')),
    decision: decision(annotations?.['authorization.k8s.io/decision']),
    reason: annotations ? text(annotations, 'authorization.k8s.io/reason') : '',
    event,
  }
}

class WrongType extends Error {}

const noTime = (): never => {
  throw new WrongType('stageTimestamp and requestReceivedTimestamp are missing')
}

const text = (object: JsonObject, key: string): string => {
  const value = object[key]
  if (typeof value === 'string') return value
  if (value === undefined || value === null) return ''
  throw new WrongType(`${key} is no text`)
}

const noTexts: readonly string[] = []

const texts = (object: JsonObject, key: string): readonly string[] => {
  const value = object[key]
  if (value === undefined || value === null) return noTexts
  if (isTexts(value)) return value
  throw new WrongType(`${key} is no list of texts`)
}

const isTexts = (value: JsonValue): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')

const part = (object: JsonObject, key: string): JsonObject | undefined => {
  const value = object[key]
  if (value === undefined || value === null) return undefined
  if (isObject(value)) return value
  throw new WrongType(`${key} is no object`)
}

const moment = (event: JsonObject, key: string): Micros | undefined => {
  const value = text(event, key)
  if (value === '') return undefined
  const time = parseMicros(value)
  if (time === undefined) throw new WrongType(`${key} is no RFC 3339 time`)
  return time
}

const target = (ref: JsonObject | undefined): AuditTarget | undefined =>
  ref && {
    group: text(ref, 'apiGroup'),
    version: text(ref, 'apiVersion'),
    resource: text(ref, 'resource'),
    subresource: text(ref, 'subresource'),
    namespace: text(ref, 'namespace'),
    name: text(ref, 'name'),
  }

const code = (status: JsonObject | undefined): number => {
  const value = status?.code
  if (value === undefined || value === null) return 0
  if (typeof value !== 'number' || !Number.isInteger(value))
    throw new WrongType('responseStatus.code is no whole number')
  return value
}

const decision = (value: JsonValue | undefined): AuditRecord['decision'] =>
  value === 'allow' || value === 'forbid' ? value : 'none'
