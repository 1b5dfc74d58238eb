/** Records for the tests of the store. */
import type { ObjectVersion } from '../model/object.ts'
import type { AuditRecord, BulwarkRecord, Gap, PlacedRecord, RuntimeRecord } from '../model/record.ts'
import type { Micros } from '../model/time.ts'

export const second = 1_000_000

/** A noon that no retention has passed: that of yesterday. */
export const noon: Micros = (Math.floor(Date.now() / 86_400_000) * 86_400 - 43_200) * second

/** Bounds of a store of a test: on a busy machine an engine takes its time to start and to answer, and no test measures it. */
export const patient = { openTimeoutMillis: 240_000, queryTimeoutMillis: 240_000 } as const

export const placed = (records: readonly BulwarkRecord[]): readonly PlacedRecord[] =>
  records.map((record, index) => ({ position: { seq: 1, index }, record }))

/** A request of alice for the pod shop/web-1. */
export const auditSample = (
  change: Partial<Omit<AuditRecord, 'kind' | 'event' | 'target'>> & { readonly name?: string },
): AuditRecord => {
  const { name = 'web-1', ...given } = change
  const record = {
    kind: 'audit' as const,
    time: noon,
    receivedAt: (given.time ?? noon) + second,
    cluster: 'shop-cluster',
    source: 'audit',
    auditId: `00000000-0000-4000-8000-${String((given.time ?? noon) % 1_000_000_000_000).padStart(12, '0')}`,
    stage: 'ResponseComplete',
    level: 'Metadata',
    verb: 'get',
    user: 'alice',
    groups: ['system:authenticated'],
    impersonatedUser: '',
    sourceIps: ['10.0.0.1'],
    userAgent: 'kubectl/v1.37.0',
    requestUri: `/api/v1/namespaces/shop/pods/${name}`,
    target: { group: '', version: 'v1', resource: 'pods', subresource: '', namespace: 'shop', name },
    code: 200,
    decision: 'allow' as const,
    reason: '',
    ...given,
  }
  return {
    ...record,
    event: { kind: 'Event', auditID: record.auditId, verb: record.verb, nested: { list: [1, null, 'ü'] } },
  }
}

/** An alert of Falco about a shell in the pod shop/web-1. */
export const runtimeSample = (change: Partial<Omit<RuntimeRecord, 'kind'>> = {}): RuntimeRecord => ({
  kind: 'runtime',
  time: noon,
  receivedAt: (change.time ?? noon) + second,
  cluster: 'shop-cluster',
  source: 'falco',
  sensor: 'falco',
  eventId: String((change.time ?? noon) % 1_000_000_000_000).padStart(32, '0'),
  type: 'Terminal shell in container',
  priority: 'Notice',
  tags: ['T1059', 'shell'],
  message: 'A shell was spawned in a container',
  node: 'worker-1',
  namespace: 'shop',
  pod: 'web-1',
  podUid: '',
  container: 'web',
  containerId: 'bae66fa9f180',
  image: 'docker.io/library/nginx:1.29',
  process: { binary: '/bin/bash', arguments: '-c id', pid: 7, user: 'root', parentBinary: '/bin/sh' },
  request: undefined,
  event: { rule: 'Terminal shell in container', output_fields: { 'k8s.pod.name': 'web-1' } },
  ...change,
})

export const gapSample = (from: Micros, to: Micros): Gap => ({
  kind: 'gap',
  time: to,
  receivedAt: to,
  cluster: 'shop-cluster',
  source: 'cluster',
  from,
  to,
  reason: 'stream-broken',
  what: 'watch of pods was cut',
  estimate: 3,
})

/** A version of the pod shop/web-1. */
export const objectSample = (change: {
  readonly time: Micros
  readonly change?: ObjectVersion['change']
  readonly resourceVersion?: string
  readonly uid?: string
  readonly name?: string
  readonly kind?: string
  readonly resource?: string
  readonly receivedAt?: Micros
}): ObjectVersion => {
  const { time, name = 'web-1', kind = 'Pod', resource = 'pods', uid = 'uid-1', resourceVersion = '1' } = change
  return {
    kind: 'object',
    time,
    receivedAt: change.receivedAt ?? time,
    cluster: 'shop-cluster',
    source: 'cluster',
    ref: { group: '', version: 'v1', kind, resource, namespace: 'shop', name },
    uid,
    resourceVersion,
    change: change.change ?? 'added',
    synthesised: false,
    body: {
      apiVersion: 'v1',
      kind,
      metadata: { name, namespace: 'shop', uid, resourceVersion },
      spec: { x: [true, null] },
    },
  }
}
