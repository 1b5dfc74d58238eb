import { asString, type JsonObject } from '../../model/json.ts'
import { type FieldNames, fieldIs, type Predicate } from '../../model/predicate.ts'
import { priorities, sensors } from '../../model/record.ts'
import type { LogSource } from './types.ts'

/** Events that rules can look at, and where these events have the fields that rules name. */
export interface EventSource {
  readonly name: string
  /** What a rule has to ask for: each key that it gives has to be equal, and a key that is missing here is not served. */
  readonly logsource: LogSource
  /** Log sources of other names that the same events are: a rule has to give every key. */
  readonly also?: readonly LogSource[]
  /** Categories that are some of the events: a rule that asks for one looks at those of which the condition is true. */
  readonly categories?: Readonly<Record<string, Predicate>>
  /** Field of a rule to its places; a field that is not listed is looked for under its own name. */
  readonly fields: Readonly<Record<string, FieldNames>>
  /** What a field can hold at all, by place: rules that ask for something else are reported. */
  readonly values: Readonly<Record<string, PossibleValues>>
}

export type PossibleValues =
  | { readonly kind: 'number' }
  | { readonly kind: 'one-of'; readonly texts: readonly string[]; readonly hint: string }

/** About half of upstream's rules also give the category, half do not. */
const logsource = { category: 'application', product: 'kubernetes', service: 'audit' }

const podSpecs = [
  'requestObject.spec',
  'requestObject.spec.template.spec',
  'requestObject.spec.jobTemplate.spec.template.spec',
]

/** HTTP methods are the verbs of requests for no resource. */
const verbs = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection']
const methods = ['post', 'put', 'head', 'options', 'connect', 'trace']

/** Events of audit.k8s.io/v1 as they are. Upstream's rules also use three bare names that no event has. */
export const kubernetesAudit: EventSource = {
  name: 'kubernetes-audit',
  logsource,
  fields: {
    hostPath: podSpecs.map((spec) => `${spec}.volumes.hostPath`),
    capabilities: podSpecs.flatMap((spec) =>
      ['containers', 'initContainers', 'ephemeralContainers'].map(
        (list) => `${spec}.${list}.securityContext.capabilities`,
      ),
    ),
    apiGroup: ['objectRef.apiGroup'],
  },
  values: {
    verb: { kind: 'one-of', texts: [...verbs, ...methods], hint: 'a PUT is "update"' },
    'responseStatus.code': { kind: 'number' },
    stage: {
      kind: 'one-of',
      texts: ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'],
      hint: 'an event has one of four stages',
    },
    level: { kind: 'one-of', texts: ['Metadata', 'Request', 'RequestResponse'], hint: 'level None makes no event' },
  },
}

/** The same requests as Falco's plugin k8saudit tells of them, in its JSON output (`output_fields`). */
export const falcoAudit: EventSource = {
  name: 'falco-audit',
  logsource,
  fields: Object.fromEntries(
    Object.entries({
      auditID: 'ka.auditid',
      stage: 'ka.stage',
      verb: 'ka.verb',
      requestURI: 'ka.uri',
      userAgent: 'ka.useragent',
      sourceIPs: 'ka.sourceips',
      'user.username': 'ka.user.name',
      'user.groups': 'ka.user.groups',
      'impersonatedUser.username': 'ka.impuser.name',
      'objectRef.resource': 'ka.target.resource',
      'objectRef.subresource': 'ka.target.subresource',
      'objectRef.namespace': 'ka.target.namespace',
      'objectRef.name': 'ka.target.name',
      'responseStatus.code': 'ka.response.code',
      'responseStatus.reason': 'ka.response.reason',
      'annotations.authorization.k8s.io/decision': 'ka.auth.decision',
      'annotations.authorization.k8s.io/reason': 'ka.auth.reason',
      hostPath: 'ka.req.pod.volumes.hostpath',
    }).map(([field, name]) => [field, [`output_fields.${name}`]]),
  ),
  values: {},
}

/** The same requests as OCSF 1.x writes them: class API Activity (6003). Subresources and groups have no field there. */
export const ocsfApiActivity: EventSource = {
  name: 'ocsf-api-activity',
  logsource,
  fields: {
    auditID: ['api.request.uid'],
    verb: ['api.operation'],
    requestURI: ['http_request.url.path', 'http_request.url.url_string'],
    userAgent: ['http_request.user_agent'],
    sourceIPs: ['src_endpoint.ip'],
    'user.username': ['actor.user.name'],
    'user.groups': ['actor.user.groups.name'],
    'objectRef.resource': ['resources.type'],
    'objectRef.namespace': ['resources.namespace'],
    'objectRef.name': ['resources.name'],
    'responseStatus.code': ['api.response.code'],
    'responseStatus.reason': ['api.response.error'],
  },
  values: {},
}

/** Tetragon's name, and the system calls that Falco tells of (`evt.type`). */
const execTypes = ['process_exec', 'execve', 'execveat']

const processCreation = fieldIs('type', execTypes)

/**
 * What runtime sensors tell, under the names that Sigma has for processes, files and connections, and those of
 * Kubernetes: the events that `runtimeView` makes. Sigma's rules for processes of Linux are about the same events.
 */
export const kubernetesRuntime: EventSource = {
  name: 'kubernetes-runtime',
  logsource: { product: 'kubernetes', service: 'runtime' },
  also: [{ product: 'linux', category: 'process_creation' }],
  categories: { process_creation: processCreation },
  fields: {},
  values: {
    ProcessId: { kind: 'number' },
    ParentProcessId: { kind: 'number' },
    DestinationPort: { kind: 'number' },
    sensor: { kind: 'one-of', texts: sensors, hint: 'there are two' },
    priority: { kind: 'one-of', texts: priorities, hint: 'Falco has eight' },
  },
}

/** A field of an Event under its names in `v1` and in `events.k8s.io/v1`. */
const ofBoth = (...names: readonly string[]): readonly (readonly [string, FieldNames])[] =>
  names.map((name) => [name, names])

const about = ['apiVersion', 'kind', 'namespace', 'name', 'uid', 'resourceVersion', 'fieldPath']

/** Objects of kind Event as they are, of either API, with what `eventView` adds. */
export const kubernetesEvents: EventSource = {
  name: 'kubernetes-events',
  logsource: { product: 'kubernetes', service: 'events' },
  fields: Object.fromEntries([
    ...ofBoth('message', 'note'),
    ...ofBoth('reportingController', 'reportingComponent', 'source.component', 'deprecatedSource.component'),
    ...ofBoth('source.host', 'deprecatedSource.host'),
    ...ofBoth('firstTimestamp', 'deprecatedFirstTimestamp'),
    ...ofBoth('lastTimestamp', 'series.lastObservedTime', 'deprecatedLastTimestamp'),
    ...ofBoth('count', 'series.count', 'deprecatedCount'),
    ...about.flatMap((key) => ofBoth(`involvedObject.${key}`, `regarding.${key}`)),
  ]),
  values: {
    type: { kind: 'one-of', texts: ['Normal', 'Warning'], hint: 'an Event has one of two types' },
    occurrences: { kind: 'number' },
  },
}

/** True where all that a rule asks for is what the source serves. Asking for nothing is asking for no source. */
export const serves = (source: EventSource, asked: LogSource): boolean => {
  const { category, product, service } = asked
  if (category === undefined && product === undefined && service === undefined) return false
  if (source.also?.some((one) => keys.every((key) => one[key] === asked[key])) === true) return true
  const ofCategory = category === undefined || category === source.logsource.category || isPart(source, category)
  const has = (want: string | undefined, have: string | undefined): boolean => want === undefined || want === have
  return ofCategory && has(product, source.logsource.product) && has(service, source.logsource.service)
}

const keys = ['category', 'product', 'service'] as const

const isPart = ({ categories = {} }: EventSource, category: string): boolean => Object.hasOwn(categories, category)

/** Which events of a source a rule is about, by its category; undefined: all. */
export const partOf = (source: EventSource, { category }: LogSource): Predicate | undefined =>
  category !== undefined && isPart(source, category) ? source.categories?.[category] : undefined

/** Where a source has a field of a rule. */
export const namesIn =
  (source: EventSource | undefined) =>
  (field: string): FieldNames =>
    source !== undefined && Object.hasOwn(source.fields, field) ? (source.fields[field] ?? [field]) : [field]

/**
 * Whether an audit event is the one of its request that rules judge, since a request makes several and would count
 * twice. `once`: judge it unless another event of its auditID was judged, for the end of what began with a
 * ResponseStarted that the audit policy may have left out, and for a panic.
 */
export const judgedMoment = (event: JsonObject): 'judge' | 'once' | 'skip' => {
  switch (event.stage) {
    case 'ResponseStarted':
      return 'judge'
    case 'ResponseComplete':
      return isLongRunning(event) ? 'once' : 'judge'
    case 'Panic':
      return 'once'
    default:
      return 'skip'
  }
}

/** What the API server takes for long-running: BasicLongRunningRequestCheck of k8s.io/apiserver, as kube-apiserver sets it. */
const isLongRunning = (event: JsonObject): boolean => {
  const reference = event.objectRef
  const subresource =
    typeof reference === 'object' && reference !== null && 'subresource' in reference
      ? reference.subresource
      : undefined
  if (event.verb === 'watch' || event.verb === 'proxy') return true
  if (['attach', 'exec', 'proxy', 'log', 'portforward'].includes(asString(subresource) ?? '')) return true
  return asString(event.requestURI)?.startsWith('/debug/pprof/') ?? false
}
