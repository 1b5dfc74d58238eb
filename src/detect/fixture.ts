/** Audit events for tests of detection. */
import type { JsonObject } from '../model/json.ts'
import type { AuditRecord, BulwarkRecord, PlacedRecord, RuntimeRecord } from '../model/record.ts'
import { formatMicros, type Micros } from '../model/time.ts'
import type { Subject } from './subject.ts'

export const start: Micros = Date.UTC(2026, 10, 26, 12) * 1000

/** An audit event as its source would make it. `second` counts from {@link start}. */
export const audit = (
  second: number,
  more: Partial<Omit<AuditRecord, 'kind' | 'event'>> & { readonly event?: JsonObject } = {},
): AuditRecord => {
  const time = start + second * 1_000_000
  const auditId = more.auditId ?? `00000000-0000-4000-8000-${String(Math.round(second * 1000)).padStart(12, '0')}`
  const { verb = 'get', user = 'alice', code = 200, stage = 'ResponseComplete', sourceIps = ['192.0.2.7'] } = more
  const target = 'target' in more ? more.target : secret
  const requestUri = more.requestUri ?? `/api/v1/namespaces/${target?.namespace}/${target?.resource}/${target?.name}`
  const objectRef = target && {
    apiGroup: target.group,
    apiVersion: target.version,
    resource: target.resource,
    ...(target.subresource !== '' && { subresource: target.subresource }),
    namespace: target.namespace,
    name: target.name,
  }
  return {
    kind: 'audit',
    time,
    receivedAt: time + 500_000,
    cluster: 'shop',
    source: 'audit-webhook',
    level: 'Metadata',
    groups: ['system:authenticated'],
    impersonatedUser: '',
    userAgent: 'kubectl/v1.34.0',
    decision: code === 403 ? 'forbid' : 'allow',
    reason: '',
    ...more,
    auditId,
    verb,
    user,
    code,
    stage,
    sourceIps,
    target,
    requestUri,
    event: {
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: 'Metadata',
      auditID: auditId,
      stage,
      requestURI: requestUri,
      verb,
      user: { username: user, groups: ['system:authenticated'] },
      sourceIPs: sourceIps,
      userAgent: 'kubectl/v1.34.0',
      ...(objectRef && { objectRef }),
      responseStatus: { code },
      requestReceivedTimestamp: formatMicros(time),
      stageTimestamp: formatMicros(time),
      annotations: { 'authorization.k8s.io/decision': code === 403 ? 'forbid' : 'allow' },
      ...more.event,
    },
  }
}

/** An alert of Falco. */
export const alert = (second: number, more: Partial<RuntimeRecord> = {}): RuntimeRecord => ({
  kind: 'runtime',
  time: start + second * 1_000_000,
  receivedAt: start + second * 1_000_000 + 100,
  cluster: 'shop',
  source: 'falco',
  sensor: 'falco',
  eventId: String(second).padStart(32, '0'),
  type: 'Terminal shell in container',
  priority: 'Notice',
  tags: ['T1059'],
  message: 'A shell was spawned in web-1',
  node: 'node-1',
  namespace: 'shop',
  pod: 'web-1',
  podUid: '',
  container: 'web',
  containerId: '',
  image: 'shop/web',
  process: undefined,
  request: undefined,
  event: {},
  ...more,
})

/** Where {@link alert} happened, as the state of the cluster says it. */
export const webSubject: Subject = {
  namespace: 'shop',
  pod: 'web-1',
  workload: 'Deployment/web',
  serviceAccount: 'system:serviceaccount:shop:web',
  node: 'node-1',
  container: 'web',
  image: 'shop/web:1',
}

const secret = { group: '', version: 'v1', resource: 'secrets', subresource: '', namespace: 'shop', name: 'db' }

/** Records as one entry of the spool. */
export const placed = (seq: number, records: readonly BulwarkRecord[]): readonly PlacedRecord[] =>
  records.map((record, index) => ({ position: { seq, index }, record }))

export const secretRead = `title: Secret read
id: 11111111-1111-4111-8111-111111111111
name: secret-read
status: stable
level: high
author: Bulwark
tags: [attack.t1552.007]
logsource: {product: kubernetes, service: audit}
detection:
  selection:
    verb: [get, list]
    objectRef.resource: secrets
  condition: selection
bulwark:
  why: Secrets hold credentials.
  normal: Controllers read their own.
  respond: Ask the one who read it.
`

export const failedRead = `title: Failed read
id: 22222222-2222-4222-8222-222222222222
name: failed-read
status: stable
level: low
logsource: {product: kubernetes, service: audit}
detection:
  selection:
    responseStatus.code: 403
  condition: selection
`

export const manyFailed = `title: Many failed reads
id: 33333333-3333-4333-8333-333333333333
status: stable
level: high
correlation:
  type: event_count
  rules: [failed-read]
  group-by: [user.username]
  timespan: 1m
  condition: {gte: 3}
`

export const falcoExec = `- macro: kevt
  condition: (jevt.value[/stage] in (ResponseComplete, ResponseStarted))

- rule: Attach or exec to a pod
  desc: Somebody runs a command in a pod.
  condition: kevt and ka.target.resource=pods and ka.target.subresource in (exec, attach)
  output: exec by %ka.user.name in %ka.target.namespace/%ka.target.name
  priority: NOTICE
  source: k8s_audit
  tags: [k8s]
`
