/**
 * GKE writes its audit log to Cloud Logging as AuditLog
 * (https://cloud.google.com/logging/docs/reference/audit/auditlog/rest/Shared.Types/AuditLog) in a LogEntry, and not as
 * `audit.k8s.io/v1`. What an Event would have said and the entry does not tell (groups, HTTP status of a success) is left
 * out, or is what the API server answers by rule.
 */
import { asString, isObject, type JsonObject, type JsonValue } from '../../model/json.ts'

/** True for a LogEntry of an audit log, of whatever service. */
export const isLogEntry = (value: JsonObject): boolean => isObject(value.protoPayload)

/**
 * The `audit.k8s.io/v1` Event that a LogEntry tells of; undefined for entries of other services, a text that says why
 * for one that cannot be read.
 */
export const gkeAuditEvent = (entry: JsonObject): JsonObject | string | undefined => {
  const payload = part(entry.protoPayload)
  const method = asString(payload.methodName) ?? ''
  if (payload.serviceName !== 'k8s.io' && !method.startsWith('io.k8s.')) return undefined
  if (method === '') return 'methodName is missing'
  const target = targetOf(asString(payload.resourceName) ?? '', method)
  const verb = verbOf(method)
  const time = asString(entry.timestamp) ?? asString(entry.receiveTimestamp)
  const metadata = part(payload.requestMetadata)
  const address = asString(metadata.callerIp) ?? asString(metadata.callerIP)
  const { principalEmail, authoritySelector } = part(payload.authenticationInfo)
  // Of a request without credentials only the second may be there.
  const principal = asString(principalEmail) ?? asString(authoritySelector)
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: payload.response !== undefined ? 'RequestResponse' : payload.request !== undefined ? 'Request' : 'Metadata',
    ...told('auditID', auditIdOf(entry)),
    stage: isFirst(entry) ? 'ResponseStarted' : 'ResponseComplete',
    requestURI: target.uri,
    verb,
    ...(principal !== undefined && { user: { username: principal } }),
    ...(address !== undefined && { sourceIPs: [address] }),
    ...told('userAgent', asString(metadata.callerSuppliedUserAgent)),
    ...(target.ref !== undefined && { objectRef: target.ref }),
    responseStatus: statusOf(payload, verb, asString(target.ref?.subresource)),
    ...(isObject(payload.request) && { requestObject: payload.request }),
    ...(isObject(payload.response) && { responseObject: payload.response }),
    ...told('requestReceivedTimestamp', time),
    ...told('stageTimestamp', time),
    annotations: annotationsOf(entry, payload),
  }
}

const part = (value: JsonValue | undefined): JsonObject => (isObject(value) ? value : {})

const told = (key: string, value: string | undefined): JsonObject => (value === undefined ? {} : { [key]: value })

/** The API server's own audit ID is the operation's; the id of the entry stands in where there is none. */
const auditIdOf = (entry: JsonObject): string | undefined =>
  asString(part(entry.operation).id) ?? asString(entry.insertId)

/** A request that goes on (watch, exec) has an entry at its start and one at its end. */
const isFirst = (entry: JsonObject): boolean => {
  const operation = part(entry.operation)
  return operation.first === true && operation.last !== true
}

const verbs = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection', 'post', 'put', 'head']

/** The last step of `io.k8s.core.v1.pods.exec.create`. Paths that are no resource (`io.k8s.readyz`) have no verb: they are read. */
const verbOf = (method: string): string => {
  const last = method.slice(method.lastIndexOf('.') + 1)
  return verbs.includes(last) ? last : 'get'
}

interface Target {
  readonly uri: string
  readonly ref: JsonObject | undefined
}

const version = /^v\d+(?:(?:alpha|beta)\d+)?$/
const noResource = new Set(['healthz', 'livez', 'readyz', 'version', 'metrics', 'api', 'apis', 'openapi'])

/** `core/v1/namespaces/shop/pods/web-1/exec`, else what the method says: `io.k8s.core.v1.pods.exec.create`. */
const targetOf = (name: string, method: string): Target => {
  const steps = (name.startsWith('/') ? name.slice(1) : name).split('/')
  const [group = '', api = '', ...rest] = steps
  if (!version.test(api)) return name === '' ? targetOfMethod(method) : { uri: `/${steps.join('/')}`, ref: undefined }
  if (noResource.has(rest[0] ?? '')) return { uri: `/${rest.join('/')}`, ref: undefined }
  const apiGroup = group === 'core' ? '' : group
  return { uri: uriOf(apiGroup, api, rest), ref: refOf(apiGroup, api, rest) }
}

const uriOf = (group: string, api: string, rest: readonly string[]): string =>
  ['', ...(group === '' ? ['api'] : ['apis', group]), api, ...rest].join('/')

/** As the API server reads a path: k8s.io/apiserver pkg/endpoints/request/requestinfo.go. */
const refOf = (apiGroup: string, apiVersion: string, steps: readonly string[]): JsonObject => {
  const common = { ...told('apiGroup', apiGroup === '' ? undefined : apiGroup), apiVersion }
  const [first = '', second, third, ...more] = steps
  const isInNamespace =
    first === 'namespaces' && third !== undefined && !['status', 'finalize'].includes(third) && second !== undefined
  if (!isInNamespace) {
    const namespace = first === 'namespaces' ? second : undefined
    return {
      ...common,
      resource: first,
      ...told('namespace', namespace),
      ...told('name', second),
      ...told('subresource', third),
    }
  }
  const [name, subresource] = more
  return { ...common, namespace: second, resource: third, ...told('name', name), ...told('subresource', subresource) }
}

/** Groups without a domain; all others of `io.k8s.` are written backwards. */
const shortGroups = new Set(['apps', 'batch', 'autoscaling', 'policy', 'extensions'])

const targetOfMethod = (method: string): Target => {
  const steps = method.split('.')
  const at = steps.findIndex((step) => version.test(step))
  const api = steps[at] ?? ''
  const [resource, subresource] = steps.slice(at + 1, -1)
  if (at < 0 || resource === undefined) return { uri: `/${method.slice(method.lastIndexOf('.') + 1)}`, ref: undefined }
  const domain = steps.slice(0, at)
  const short = domain.length === 3 && domain[0] === 'io' && domain[1] === 'k8s' ? domain[2] : undefined
  const apiGroup =
    short === 'core' ? '' : short !== undefined && shortGroups.has(short) ? short : domain.toReversed().join('.')
  return {
    uri: uriOf(apiGroup, api, [resource]),
    ref: { ...told('apiGroup', apiGroup || undefined), apiVersion: api, resource, ...told('subresource', subresource) },
  }
}

/** HTTP status of each google.rpc.Code: github.com/googleapis/googleapis google/rpc/code.proto. */
const httpStatus = [200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401]

const streams = new Set(['exec', 'attach', 'portforward'])

const statusOf = (payload: JsonObject, verb: string, subresource: string | undefined): JsonObject => {
  const answer = part(payload.response)
  const isStatus = typeof answer.code === 'number' && asString(answer['@type'])?.endsWith('.Status') === true
  if (isStatus) {
    return {
      code: answer.code,
      ...told('reason', asString(answer.reason)),
      ...told('message', asString(answer.message)),
    }
  }
  const status = part(payload.status)
  const code = typeof status.code === 'number' ? status.code : 0
  if (code !== 0) return { code: httpStatus[code] ?? 500, ...told('message', asString(status.message)) }
  if (isRefused(payload)) return { code: 403 }
  if (subresource !== undefined && streams.has(subresource)) return { code: 101 }
  return { code: verb === 'create' ? 201 : 200 }
}

const isRefused = ({ authorizationInfo }: JsonObject): boolean =>
  Array.isArray(authorizationInfo) && authorizationInfo.some((one) => isObject(one) && one.granted === false)

const decisionKey = 'authorization.k8s.io/decision'

/** The annotations of the event are labels of the entry; those of its resource name the cluster. */
const annotationsOf = (entry: JsonObject, payload: JsonObject): JsonObject => {
  const labels = { ...part(part(entry.resource).labels), ...part(entry.labels) }
  const texts = Object.fromEntries(Object.entries(labels).filter(([, value]) => typeof value === 'string'))
  const { authorizationInfo } = payload
  if (texts[decisionKey] !== undefined || !Array.isArray(authorizationInfo) || authorizationInfo.length === 0)
    return texts
  return { ...texts, [decisionKey]: isRefused(payload) ? 'forbid' : 'allow' }
}
