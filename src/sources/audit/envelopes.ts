/**
 * Audit events as clouds wrap them, freed of their wrapping:
 * - EKS by CloudWatch Logs: `logEvents[].message` of a subscription
 *   (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html), `@message` of a query;
 * - AKS by a diagnostic setting: `records[]` of category kube-audit or kube-audit-admin, the event as text in
 *   `properties.log` (https://learn.microsoft.com/azure/aks/monitor-aks-reference#resource-logs);
 * - GKE by Cloud Logging: a LogEntry of service `k8s.io`, alone, as an array, or in a push of Pub/Sub (see gke.ts).
 */
import { isObject, type JsonObject, type JsonValue, jsonOf } from '../../model/json.ts'
import { gkeAuditEvent, isLogEntry } from './gke.ts'

/** What was in an envelope. Logs of other services that share it are in neither list. */
export interface Opened {
  readonly events: readonly JsonObject[]
  readonly bad: readonly { readonly why: string; readonly value: JsonValue }[]
}

/**
 * The `audit.k8s.io/v1` Events in an EventList or in an envelope; an object that is neither is taken for an Event. Each
 * envelope is opened once: what is in it is no envelope again.
 */
export const auditEventsOf = (value: JsonValue): readonly JsonObject[] => openEnvelope(value).events

/** As {@link auditEventsOf}, with what could not be read. */
export const openEnvelope = (value: JsonValue): Opened => (Array.isArray(value) ? together(value, open) : open(value))

const nothing: Opened = { events: [], bad: [] }

const refused = (why: string, value: JsonValue | undefined): Opened => ({
  events: [],
  bad: [{ why, value: value ?? null }],
})

const event = (value: JsonValue | undefined): Opened =>
  isObject(value) ? { events: [value], bad: [] } : refused('it is no JSON object', value)

const eventText = (text: JsonValue | undefined): Opened =>
  event((typeof text === 'string' ? jsonOf(text) : undefined) ?? text)

const together = (list: readonly JsonValue[], read: (item: JsonValue) => Opened): Opened => {
  const events: JsonObject[] = []
  const bad: Opened['bad'][number][] = []
  for (const item of list) {
    const opened = read(item)
    for (const one of opened.events) events.push(one)
    for (const one of opened.bad) bad.push(one)
  }
  return { events, bad }
}

const open = (value: JsonValue): Opened => {
  if (!isObject(value)) return refused('it is no JSON object', value)
  if (value.kind === 'EventList') return each('items of the EventList', value.items ?? [], event)
  if (value.auditID !== undefined) return event(value)
  if (value.logEvents !== undefined || value.messageType === 'CONTROL_MESSAGE') return openCloudWatch(value)
  if (value['@message'] !== undefined) return eventText(value['@message'])
  if (value.records !== undefined) return each('records', value.records, openAks)
  if (isAks(value)) return openAks(value)
  if (isLogEntry(value)) return openLogEntry(value)
  if (isPubSub(value)) return openPubSub(value)
  return event(value)
}

const each = (what: string, list: JsonValue | undefined, read: (item: JsonValue) => Opened): Opened =>
  Array.isArray(list) ? together(list, read) : refused(`${what} is no list`, list)

/** EKS writes the audit log beside other logs of the control plane: the name of the stream says which it is. */
const auditStream = 'kube-apiserver-audit-'

const openCloudWatch = (value: JsonObject): Opened => {
  // CloudWatch asks so whether anybody is there.
  if (value.messageType === 'CONTROL_MESSAGE') return nothing
  const stream = value.logStream
  if (typeof stream === 'string' && !stream.startsWith(auditStream)) return nothing
  return each('logEvents', value.logEvents, (item) => eventText(isObject(item) ? item.message : item))
}

const isAks = (value: JsonObject): boolean => typeof value.category === 'string' && value.properties !== undefined

const openAks = (record: JsonValue): Opened => {
  if (!isObject(record)) return refused('a record is no JSON object', record)
  if (record.category !== 'kube-audit' && record.category !== 'kube-audit-admin') return nothing
  // Some exports write the properties as text too.
  const properties = typeof record.properties === 'string' ? jsonOf(record.properties) : record.properties
  return eventText(isObject(properties) ? properties.log : undefined)
}

const openLogEntry = (entry: JsonObject): Opened => {
  const read = gkeAuditEvent(entry)
  if (typeof read === 'string') return refused(read, entry)
  return read === undefined ? nothing : event(read)
}

/** https://cloud.google.com/pubsub/docs/push#receive_push */
const isPubSub = (value: JsonObject): boolean => isObject(value.message) && typeof value.message.data === 'string'

const openPubSub = (value: JsonObject): Opened => {
  const data = isObject(value.message) ? value.message.data : undefined
  const entry = typeof data === 'string' ? jsonOf(Buffer.from(data, 'base64').toString('utf8')) : undefined
  return isObject(entry) && isLogEntry(entry)
    ? openLogEntry(entry)
    : refused('the message of Pub/Sub holds no LogEntry', value)
}
