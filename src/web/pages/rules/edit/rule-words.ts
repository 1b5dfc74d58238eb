/** The words of which rules are made: keys of Sigma, of baselines and of Falco, modifiers, fields of audit events. */

export interface Word {
  readonly word: string
  readonly about: string
}

const words = (list: Readonly<Record<string, string>>): readonly Word[] =>
  Object.entries(list).map(([word, about]) => ({ word, about }))

/** Keys at the top of a Sigma document. */
export const documentKeys = words({
  title: 'what happened, in words for a person',
  id: 'a UUID, made once and never changed',
  name: 'by which other documents refer to it',
  status: 'stable, test, experimental',
  description: 'what the rule tells of',
  author: 'who wrote it',
  license: 'under which licence',
  date: 'YYYY-MM-DD',
  modified: 'YYYY-MM-DD',
  references: 'a list of addresses',
  tags: 'attack.t1609, threat-matrix.ms-ta9006, …',
  logsource: 'product: kubernetes, service: audit',
  detection: 'selections and their condition',
  correlation: 'counts, sequences and sums of other rules',
  baseline: 'unusual against the past of each group',
  falsepositives: 'what is known to be harmless',
  level: 'informational, low, medium, high, critical',
  fields: 'what to look at',
  related: 'other rules, by id',
  filter: 'leaves events of other rules out',
  bulwark: 'why, normal, respond',
})

export const blockKeys: Readonly<Record<string, readonly Word[]>> = {
  logsource: words({
    product: 'kubernetes',
    service: 'audit, runtime or events',
    category: 'process_creation: of runtime only programs that start',
  }),
  correlation: words({
    type: 'what is counted',
    rules: 'names or ids',
    'group-by': 'fields, each group for itself',
    timespan: '30s, 5m, 1h, 1d',
    condition: 'gte: 10',
    aliases: 'one name for fields of several rules',
    generate: 'whether the rules fire by themselves too',
  }),
  baseline: words({
    type: 'volume or new',
    rules: 'names or ids',
    'group-by': 'fields, each group for itself',
    timespan: 'of volume: one bucket',
    learn: 'how much past a group needs',
    season: 'of volume: hour-of-week',
    condition: 'of volume: {mads: 6, least: 20}',
    values: 'of new: fields whose values are watched',
    forget: 'of new: after which time a value is new again',
  }),
  bulwark: words({
    why: 'why it is dangerous',
    normal: 'what it looks like when it is not',
    respond: 'what to do',
    fields: 'what to look at',
  }),
  filter: words({ rules: 'names or ids', condition: 'which selections leave out' }),
}

export const modifiers = words({
  contains: 'the value stands anywhere in it',
  startswith: 'begins with it',
  endswith: 'ends with it',
  all: 'all values of the list have to hold',
  cased: 'upper and lower case differ',
  re: 'a regular expression',
  cidr: 'an address of a network',
  exists: 'true: the field is there',
  gt: 'greater than',
  gte: 'at least',
  lt: 'less than',
  lte: 'at most',
  neq: 'not this value',
  fieldref: 'the same as another field',
  base64: 'the value as base64',
  base64offset: 'the value anywhere in base64',
})

/** Fields of an audit event, as the API server writes it. */
const auditFields = words({
  verb: 'get, list, create, …',
  'user.username': 'who asked',
  'user.groups': 'groups of who asked',
  'impersonatedUser.username': 'as whom',
  sourceIPs: 'addresses, the nearest last',
  userAgent: 'by which program',
  requestURI: 'what was asked, as it was written',
  'objectRef.resource': 'pods, secrets, …',
  'objectRef.subresource': 'exec, log, status, …',
  'objectRef.namespace': '',
  'objectRef.name': '',
  'objectRef.apiGroup': '',
  'responseStatus.code': '200, 403, …',
  'responseStatus.reason': 'Forbidden, NotFound, …',
  stage: 'ResponseComplete, …',
  level: 'Metadata, Request, RequestResponse',
  'annotations.authorization.k8s.io/decision': 'allow or forbid',
  'annotations.authorization.k8s.io/reason': 'by which binding',
  'lowered.guard': 'what guards the cluster less than before: pod-security.enforce, …',
  'lowered.from': 'how it was: restricted, …',
  'lowered.to': 'how it is: baseline, …',
  'requestObject.kind': 'needs the body in the audit policy',
  'requestObject.metadata.name': '',
  'requestObject.spec.containers[].image': '',
  'requestObject.spec.containers[].securityContext.privileged': '',
  'requestObject.spec.hostPID': '',
  'requestObject.spec.hostNetwork': '',
  'requestObject.spec.serviceAccountName': '',
  'requestObject.roleRef.name': '',
  'requestObject.subjects[].name': '',
})

/** Fields of what Falco and Tetragon tell (`service: runtime`). */
const runtimeFields = words({
  Image: 'the program, by its path',
  CommandLine: 'the program and its arguments',
  ProcessId: '',
  User: 'as whom it runs',
  CurrentDirectory: '',
  ParentImage: 'the program that started it',
  ParentCommandLine: '',
  ParentProcessId: '',
  TargetFilename: 'the file that was touched',
  DestinationIp: 'whereto it connects',
  DestinationPort: '',
  sensor: 'falco or tetragon',
  message: 'what the sensor says',
  tags: 'of the rule or policy of the sensor',
  type: 'execve, process_exec, process_kprobe, …',
  rule: 'of the sensor',
  priority: 'Critical, Warning, …, of Falco',
  function: 'of the kernel, of Tetragon',
  namespace: '',
  pod: '',
  container: '',
  containerId: '',
  image: 'of the container',
  imageRepository: 'image without tag: docker.io/library/nginx',
  imageRegistry: 'docker.io',
  node: '',
  workload: 'Deployment/web',
  serviceAccount: 'system:serviceaccount:shop:web',
})

/** Fields of objects of kind Event (`service: events`). */
const eventFields = words({
  reason: 'BackOff, Failed, Killing, …',
  message: 'what happened, in words',
  type: 'Normal or Warning',
  occurrences: 'how often since the version before',
  reportingController: 'who tells it',
  'involvedObject.kind': 'what it is about',
  'involvedObject.name': '',
  'involvedObject.namespace': '',
  'involvedObject.fieldPath': '',
  namespace: '',
  pod: '',
  container: '',
  node: '',
  image: 'that the kubelet names',
  imageRepository: '',
  imageRegistry: '',
  workload: 'Deployment/web',
  serviceAccount: 'system:serviceaccount:shop:web',
})

/** Fields by the `service` of the log source. */
export const serviceFields: Readonly<Record<string, readonly Word[]>> = {
  audit: auditFields,
  runtime: runtimeFields,
  events: eventFields,
}

/** Values of keys that take one of a few. */
export const keyValues: Readonly<Record<string, readonly string[]>> = {
  level: ['informational', 'low', 'medium', 'high', 'critical'],
  status: ['stable', 'test', 'experimental', 'deprecated', 'unsupported'],
  product: ['kubernetes'],
  service: ['audit', 'runtime', 'events'],
  category: ['process_creation'],
  'correlation.type': [
    'event_count',
    'value_count',
    'temporal',
    'temporal_ordered',
    'value_sum',
    'value_avg',
    'value_percentile',
    'value_median',
  ],
  'baseline.type': ['volume', 'new'],
  verb: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'],
  priority: ['EMERGENCY', 'ALERT', 'CRITICAL', 'ERROR', 'WARNING', 'NOTICE', 'INFORMATIONAL', 'DEBUG'],
  source: ['k8s_audit'],
}

/** Keys of an item of a Falco file. */
export const falcoKeys = words({
  rule: 'the name of a rule',
  macro: 'the name of a macro',
  list: 'the name of a list',
  desc: 'what it tells of',
  condition: 'when it fires',
  output: 'the sentence it says',
  priority: 'how grave it is',
  source: 'k8s_audit',
  tags: 'a list',
  items: 'of a list: its values',
  exceptions: 'combinations that are left out',
  enabled: 'false switches it off',
})

export const falcoFields: readonly string[] = [
  'ka.auditid',
  'ka.stage',
  'ka.auth.decision',
  'ka.auth.reason',
  'ka.user.name',
  'ka.user.groups',
  'ka.impuser.name',
  'ka.verb',
  'ka.uri',
  'ka.useragent',
  'ka.sourceips',
  'ka.target.name',
  'ka.target.namespace',
  'ka.target.resource',
  'ka.target.subresource',
  'ka.target.pod.name',
  'ka.resp.name',
  'ka.response.code',
  'ka.response.reason',
  'ka.req.binding.role',
  'ka.req.binding.subjects',
  'ka.req.role.rules.verbs',
  'ka.req.role.rules.resources',
  'ka.req.configmap.name',
  'ka.req.pod.host_network',
  'ka.req.pod.host_pid',
  'ka.req.container.image',
  'ka.req.container.privileged',
]
