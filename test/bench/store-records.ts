/** Made-up records with the sizes and the repetition of real ones. The same seed gives the same records. */
import type { JsonObject } from '../../src/model/json.ts'
import type { ObjectVersion } from '../../src/model/object.ts'
import type { AuditRecord, PlacedRecord } from '../../src/model/record.ts'
import { formatMicros, type Micros } from '../../src/model/time.ts'

/** Numbers from 0 to below 1, always the same ones for a seed (mulberry32). */
export const randomNumbers = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

const pick = <T>(random: () => number, values: readonly T[]): T => {
  const value = values[Math.floor(random() * random() * values.length)]
  if (value === undefined) throw new RangeError('nothing to pick from')
  return value
}

const hex = (random: () => number, digits: number): string =>
  Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join('')

export const uuid = (random: () => number): string =>
  `${hex(random, 8)}-${hex(random, 4)}-4${hex(random, 3)}-a${hex(random, 3)}-${hex(random, 12)}`

const users = [
  'system:apiserver',
  'system:kube-controller-manager',
  'system:kube-scheduler',
  ...Array.from({ length: 40 }, (_, index) => `system:node:node-${index}`),
  ...Array.from({ length: 60 }, (_, index) => `system:serviceaccount:team-${index % 20}:controller-${index}`),
  ...Array.from({ length: 30 }, (_, index) => `person-${index}@example.com`),
] as const
const resources: readonly (readonly [group: string, version: string, resource: string])[] = [
  ['coordination.k8s.io', 'v1', 'leases'],
  ['', 'v1', 'pods'],
  ['', 'v1', 'configmaps'],
  ['', 'v1', 'nodes'],
  ['apps', 'v1', 'deployments'],
  ['apps', 'v1', 'replicasets'],
  ['', 'v1', 'endpoints'],
  ['', 'v1', 'secrets'],
  ['rbac.authorization.k8s.io', 'v1', 'rolebindings'],
  ['networking.k8s.io', 'v1', 'networkpolicies'],
]
const verbs = ['get', 'list', 'watch', 'update', 'patch', 'create', 'delete'] as const
const agents = [
  'kube-controller-manager/v1.37.0 (linux/amd64) kubernetes/abcdef0/system:serviceaccount:kube-system:generic-garbage-collector',
  'kubelet/v1.37.0 (linux/amd64) kubernetes/abcdef0',
  'kube-scheduler/v1.37.0 (linux/amd64) kubernetes/abcdef0/leader-election',
  'kubectl/v1.37.0 (linux/amd64) kubernetes/abcdef0',
  'argocd-application-controller/v3.1.0',
  'Go-http-client/2.0',
] as const

export interface AuditLoad {
  readonly seed: number
  /** Sequence number of the first record; its audit IDs and times follow from it. */
  readonly first: number
  readonly count: number
  readonly start: Micros
  /** Microseconds between two records. */
  readonly step: number
}

/** Audit records of level Metadata, about 1.3 KB each as JSON. One in 100,000 names an object `needle-N`. */
export const auditRecords = ({ seed, first, count, start, step }: AuditLoad): readonly PlacedRecord[] =>
  Array.from({ length: count }, (_, offset) => {
    const index = first + offset
    const record = auditRecord(randomNumbers(seed + index), index, start + index * step)
    return { position: { seq: index, index: 0 }, record }
  })

/** The events of such records, as the API server sends them. */
export const auditEvents = (load: AuditLoad): readonly JsonObject[] =>
  auditRecords(load).flatMap(({ record }) => (record.kind === 'audit' ? [record.event] : []))

const auditRecord = (random: () => number, index: number, time: Micros): AuditRecord => {
  const user = pick(random, users)
  const [group, version, resource] = pick(random, resources)
  const verb = pick(random, verbs)
  const namespace = `team-${Math.floor(random() * random() * 40)}`
  const named = verb !== 'list' && verb !== 'watch'
  const pod = `app-${Math.floor(random() * 200)}-${hex(random, 9)}-${hex(random, 5)}`
  const name =
    index % 100_000 === 77 ? `needle-${index}` : resource === 'pods' ? pod : `object-${Math.floor(random() * 500)}`
  const forbidden = random() < 0.01
  const code = forbidden ? 403 : random() < 0.03 ? 404 : verb === 'create' ? 201 : 200
  const prefix = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  const requestUri = `${prefix}/namespaces/${namespace}/${resource}${named ? `/${name}` : '?limit=500&resourceVersion=0'}`
  const auditId = uuid(random)
  const decision = forbidden ? ('forbid' as const) : ('allow' as const)
  const reason = forbidden
    ? ''
    : `RBAC: allowed by ClusterRoleBinding "${user.split(':').at(-1)}" of ClusterRole "${user.split(':').at(-1)}" to User "${user}"`
  const sourceIp = `10.0.${Math.floor(random() * 4)}.${Math.floor(random() * 60)}`
  const userAgent = pick(random, agents)
  const groups = ['system:authenticated']
  const event: JsonObject = {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    auditID: auditId,
    stage: 'ResponseComplete',
    requestURI: requestUri,
    verb,
    user: { username: user, uid: 'b6f2d3a0-0000-4000-a000-000000000001', groups },
    sourceIPs: [sourceIp],
    userAgent,
    objectRef: { resource, namespace, ...(named && { name }), apiGroup: group, apiVersion: version },
    responseStatus: { metadata: {}, code },
    requestReceivedTimestamp: formatMicros(time - 4321),
    stageTimestamp: formatMicros(time),
    annotations: { 'authorization.k8s.io/decision': decision, 'authorization.k8s.io/reason': reason },
  }
  return {
    kind: 'audit',
    time,
    receivedAt: time + 1_000_000 - (time % 1_000_000),
    cluster: 'bench',
    source: 'audit-webhook',
    auditId,
    stage: 'ResponseComplete',
    level: 'Metadata',
    verb,
    user,
    groups,
    impersonatedUser: '',
    sourceIps: [sourceIp],
    userAgent,
    requestUri,
    target: { group, version, resource, subresource: '', namespace, name: named ? name : '' },
    code,
    decision,
    reason,
    event,
  }
}

/** A pod as a kubelet reports it, about 3 KB. Each `round` is a further version of the same pod. */
export const podVersion = (seed: number, pod: number, round: number, time: Micros): ObjectVersion => {
  const random = randomNumbers(seed + pod)
  const uid = uuid(random)
  const app = `app-${pod % 200}`
  const namespace = `team-${pod % 40}`
  const name = `${app}-${hex(random, 9)}-${hex(random, 5)}`
  const condition = (type: string) => ({
    type,
    status: 'True',
    lastTransitionTime: formatMicros(time),
    lastProbeTime: null,
  })
  return {
    kind: 'object',
    time,
    receivedAt: time,
    cluster: 'bench',
    source: 'cluster',
    ref: { group: '', version: 'v1', kind: 'Pod', resource: 'pods', namespace, name },
    uid,
    resourceVersion: String(1000 + round * 100_000 + pod),
    change: round === 0 ? 'added' : 'modified',
    synthesised: false,
    body: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name,
        namespace,
        uid,
        resourceVersion: String(1000 + round * 100_000 + pod),
        labels: { app, 'pod-template-hash': name.split('-')[2] ?? '', round: String(round) },
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${app}-x`, uid, controller: true }],
      },
      spec: {
        nodeName: `node-${pod % 100}`,
        serviceAccountName: app,
        containers: ['main', 'proxy'].map((container) => ({
          name: container,
          image: `registry.example.com/${app}/${container}@sha256:${hex(random, 64)}`,
          args: ['--port=8080', '--metrics=9090', `--instance=${name}`],
          env: [{ name: 'REGION', value: 'eu-1' }],
          resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
          securityContext: { runAsNonRoot: true, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
          livenessProbe: { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 10 },
          volumeMounts: [{ name: 'token', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', readOnly: true }],
        })),
        tolerations: [
          { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
        ],
      },
      status: {
        phase: 'Running',
        conditions: ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map(condition),
        podIP: `10.244.${pod % 100}.${pod % 250}`,
        startTime: formatMicros(time),
      },
    },
  }
}
