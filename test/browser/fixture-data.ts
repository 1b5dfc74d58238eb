/**
 * A made-up shop cluster for the page: deterministic, in any volume, with the states that a page must be able to show.
 * It answers in the API's own types, so a change of the contract breaks it at compile time.
 */
import type {
  ObjectDetail,
  OverviewAnswer,
  SourceRow,
  SourcesAnswer,
  StatusAnswer,
} from '../../src/api/contract/answers.ts'
import type { EventRow, GapRow, KindRow, ObjectVersionRow } from '../../src/model/answer.ts'
import type { Finding, Severity } from '../../src/model/finding.ts'
import type { JsonValue } from '../../src/model/json.ts'
import type { ObjectRef } from '../../src/model/object.ts'
import type { NamespacePosture, SeverityCounts, WorkloadPosture } from '../../src/model/posture.ts'
import { formatMicros, microsFromMillis } from '../../src/model/time.ts'

/** What a fixture is like. */
export interface Scenario {
  /** Events in the record. */
  readonly events: number
  /** `shop`: a small shop with an attack; `empty`: a cluster without anything; `silent`: a source that went silent. */
  readonly kind: 'shop' | 'empty' | 'silent'
  readonly mode: 'live' | 'recording'
  /** Puts hostile texts where users' data goes. */
  readonly hostile: boolean
  readonly nowMillis: number
  /** How many times as much of everything that is no event: cases, steps, rules, suppressions, workloads, namespaces. */
  readonly times: number
}

export interface FixtureData {
  readonly status: StatusAnswer
  readonly sources: SourcesAnswer
  readonly overview: OverviewAnswer
  /** Newest first; made on demand by index, so that a million rows cost nothing. */
  readonly eventAt: (index: number) => EventRow
  readonly events: number
  readonly gaps: readonly GapRow[]
  readonly kinds: readonly KindRow[]
  readonly workloads: readonly WorkloadPosture[]
  readonly objects: readonly ObjectRef[]
  readonly objectDetail: (ref: ObjectRef) => ObjectDetail
  readonly versions: (ref: ObjectRef) => readonly ObjectVersionRow[]
  readonly bodyOf: (ref: ObjectRef, version: number) => JsonValue
  readonly windowMillis: number
}

/** Texts that would run, break out or mislead if a page took them for anything but text. */
export const hostileTexts = [
  '<img src=x onerror="window.__xss=1">',
  '"><script>window.__xss=1</script>',
  'javascript:window.__xss=1',
  '{{constructor.constructor("window.__xss=1")()}}',
  '<svg/onload=window.__xss=1>',
  '\u202egnp.exe',
  "'; DROP TABLE events; --",
  '=HYPERLINK("http://example.invalid")',
  `adm\u200bin-${'long-'.repeat(49)}x`,
  '\u2066\u05d0\u05d1\u05d2, from 10.0.0.1, deleted nothing\u2069',
] as const

const windowMillis = 30 * 60_000

const users = [
  'system:serviceaccount:kube-system:deployment-controller',
  'system:serviceaccount:kube-system:replicaset-controller',
  'system:kube-scheduler',
  'system:serviceaccount:shop:ci-deployer',
  'alice@shop.example',
  'bob@shop.example',
  'system:node:node-1',
  'system:anonymous',
  'system:serviceaccount:shop:web',
]
const workloadsOf: readonly (readonly [string, string, string, string, number])[] = [
  ['apps', 'Deployment', 'shop', 'web', 3],
  ['apps', 'Deployment', 'shop', 'checkout', 2],
  ['apps', 'Deployment', 'shop', 'catalog', 2],
  ['apps', 'StatefulSet', 'data', 'postgres', 1],
  ['apps', 'StatefulSet', 'data', 'queue', 3],
  ['batch', 'CronJob', 'data', 'backup', 0],
  ['apps', 'DaemonSet', 'monitoring', 'node-exporter', 3],
  ['apps', 'Deployment', 'monitoring', 'grafana', 1],
  ['apps', 'Deployment', 'ci', 'runner', 4],
  ['', 'Pod', 'shop', 'debug-7x9k2', 1],
  ['apps', 'DaemonSet', 'kube-system', 'kube-proxy', 3],
  ['apps', 'Deployment', 'kube-system', 'coredns', 2],
]

export const fixtureData = (scenario: Scenario): FixtureData => {
  const empty = scenario.kind === 'empty'
  const time = (agoMillis: number): string => formatMicros(microsFromMillis(scenario.nowMillis - agoMillis))
  const workloads = empty
    ? []
    : Array.from({ length: scenario.times }, (_, copy) =>
        workloadsOf.map(([group, kind, namespace, name, pods], index) =>
          workloadOf([group, kind, nth(namespace, copy), nth(name, copy), pods], index, scenario),
        ),
      ).flat()
  const namespaces = namespacesOf(workloads, time)
  const gaps: readonly GapRow[] = empty
    ? []
    : [
        {
          id: 'gap-1',
          source: 'cluster',
          from: time(11 * 60_000),
          to: time(10 * 60_000 + 8000),
          reason: 'stream-broken',
          what: 'watch of apps/deployments was cut',
          estimate: undefined,
        },
        ...(scenario.kind === 'silent'
          ? [
              {
                id: 'gap-2',
                source: 'audit-webhook',
                from: time(6 * 60_000),
                to: time(0),
                reason: 'source-silent',
                what: 'no batch came for 6 min',
                estimate: 420,
              },
            ]
          : []),
      ]
  const sources = empty ? [] : sourcesOf(scenario, time, gaps)
  const counts = {
    namespaces: namespaces.length,
    workloads: workloads.length,
    pods: workloads.reduce((sum, { pods }) => sum + pods, 0),
    findings: countsOf(workloads.flatMap(({ findings }) => findings)),
    levels: {
      privileged: workloads.filter(({ level }) => level === 'privileged').length,
      baseline: workloads.filter(({ level }) => level === 'baseline').length,
      restricted: workloads.filter(({ level }) => level === 'restricted').length,
    },
  }
  const objects = workloads.map(({ workload }) => ({ ...workload, version: 'v1', resource: plural(workload.kind) }))
  const eventAt = (index: number): EventRow => eventOf(index, scenario, time)
  const versions = (ref: ObjectRef): readonly ObjectVersionRow[] =>
    Array.from({ length: 6 }, (_, back): ObjectVersionRow => {
      const number = 5 - back
      return {
        id: `${ref.kind}.${ref.namespace}.${ref.name}.${number}`,
        ref,
        uid: '5f0c8a52-9c1e-4f7e-a6b1-6d8f2a0c9b11',
        resourceVersion: String(48_000 + number * 131),
        time: time(back * 4 * 60_000 + 20_000),
        change: number === 0 ? 'listed' : number === 1 ? 'added' : 'modified',
        synthesised: number === 3,
        madeBy:
          number === 0
            ? undefined
            : { ...eventAt(back * 9 + 4), verb: number === 1 ? 'create' : 'patch', name: ref.name },
      }
    })
  return {
    status: {
      version: '0.1.0',
      mode: scenario.mode,
      cluster: 'shop',
      recording:
        scenario.mode === 'recording'
          ? {
              description: 'A small shop on a real API server, half an hour, with an attack in it.',
              recordedFrom: '2026-11-20T09:00:00.000000Z',
              recordedTo: '2026-11-20T09:30:00.000000Z',
            }
          : undefined,
      now: time(0),
      startedAt: time(60_000),
      record: empty
        ? undefined
        : {
            from: time(windowMillis),
            to: time(0),
            events: scenario.events,
            objectVersions: 412,
            bytesOnDisk: 3_401_220,
          },
      store: { kind: 'embedded', state: 'ready', message: '', restarts: 0, version: '25.8' },
      counts,
      sources: { total: sources.length, working: sources.filter(({ state }) => state === 'connected').length },
    },
    sources: { items: sources, setups },
    overview: {
      at: time(0),
      counts,
      namespaces,
      moreNamespaces: false,
      sources,
      changes: objects.flatMap((ref) => versions(ref).slice(0, 1)).slice(0, 12),
      changesMissing: '',
    },
    eventAt,
    events: empty ? 0 : scenario.events,
    gaps,
    kinds: [...new Set(workloadsOf.map(([group, kind]) => `${group} ${kind}`))].map((text) => {
      const [group = '', kind = ''] = text.split(' ')
      return { group, version: 'v1', kind, resource: plural(kind), namespaced: true, seen: true, count: 3, why: '' }
    }),
    workloads,
    objects,
    versions,
    bodyOf,
    windowMillis,
    objectDetail: (ref) => {
      const workload = workloads.find(
        (each) =>
          each.workload.kind === ref.kind &&
          each.workload.name === ref.name &&
          each.workload.namespace === ref.namespace,
      )
      return {
        at: time(0),
        object: {
          ref,
          uid: '5f0c8a52-9c1e-4f7e-a6b1-6d8f2a0c9b11',
          resourceVersion: '48655',
          created: time(86_400_000 * 12),
          changed: time(20_000),
        },
        deleted: false,
        body: bodyOf(ref, 5),
        owners: [],
        owned: workload?.tree ?? [],
        workload: workload?.workload,
        findings: workload?.findings ?? [],
      }
    },
  }
}

/** A name in the n-th copy of the cluster: the first keeps its own, some of the others are as long as a name may be. */
const nth = (name: string, copy: number): string =>
  copy === 0 ? name : copy % 10 === 1 ? `${name}-${copy}-`.padEnd(253, 'long-') : `${name}-${copy}`

const plural = (kind: string): string => `${kind.toLowerCase()}s`

const zero: SeverityCounts = { info: 0, low: 0, medium: 0, high: 0, critical: 0 }

/** How many findings of each severity. */
export const countsOf = (findings: readonly Finding[]): SeverityCounts => {
  const counts: Record<Severity, number> = { ...zero }
  for (const { severity } of findings) counts[severity] += 1
  return counts
}

const workloadOf = (
  [group, kind, namespace, name, pods]: (typeof workloadsOf)[number],
  index: number,
  scenario: Scenario,
): WorkloadPosture => {
  const workload = { group, kind, namespace, name }
  const finding = (check: string, severity: Severity, message: string, path: string): Finding => ({
    id: `${check}-${namespace}-${name}`,
    check,
    title: message,
    severity,
    object: workload,
    message,
    paths: [path],
    remediation: `Set ${path} to the value the standard allows.`,
    reference: `https://kubernetes.io/docs/concepts/security/pod-security-standards/#${severity === 'low' ? 'restricted' : 'baseline'}`,
  })
  const restricted = [
    finding(
      'runAsNonRoot',
      'low',
      'runAsNonRoot != true (container "app" must set securityContext.runAsNonRoot=true)',
      'spec.template.spec.containers[0].securityContext.runAsNonRoot',
    ),
    finding(
      'seccompProfile_restricted',
      'low',
      'seccompProfile (container "app" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
      'spec.template.spec.containers[0].securityContext.seccompProfile.type',
    ),
  ]
  const baseline = [
    finding(
      'hostNamespaces',
      'high',
      'host namespaces (hostNetwork=true, hostPID=true)',
      'spec.template.spec.hostNetwork',
    ),
    finding(
      'hostPathVolumes',
      'high',
      scenario.hostile ? `hostPath volumes (volume ${hostileTexts[0]})` : 'hostPath volumes (volume "root")',
      'spec.template.spec.volumes[0].hostPath',
    ),
  ]
  const privileged = finding(
    'privileged',
    'critical',
    'privileged (container "debug" must not set securityContext.privileged=true)',
    'spec.containers[0].securityContext.privileged',
  )
  const level = index % 5 === 0 || kind === 'Pod' ? 'privileged' : index % 3 === 0 ? 'restricted' : 'baseline'
  const findings =
    level === 'restricted'
      ? []
      : level === 'baseline'
        ? restricted
        : [...(kind === 'Pod' ? [privileged] : []), ...baseline, ...restricted]
  return {
    workload,
    level,
    pods,
    findings,
    tree:
      kind === 'Deployment'
        ? [
            {
              group: 'apps',
              version: 'v1',
              kind: 'ReplicaSet',
              name: `${name}-6c9f7d`,
              phase: '',
              children: Array.from({ length: pods }, (_, at) => pod(`${name}-6c9f7d-${'abcdefgh'[at]}x4kq`)),
            },
          ]
        : Array.from({ length: pods }, (_, at) => pod(`${name}-${at}`)),
    patch:
      level === 'baseline'
        ? {
            spec: {
              containers: [
                { name: 'app', securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } } },
              ],
            },
          }
        : undefined,
  }
}

const pod = (name: string) => ({ group: '', version: 'v1', kind: 'Pod', name, phase: 'Running', children: [] })

const namespacesOf = (
  workloads: readonly WorkloadPosture[],
  time: (ago: number) => string,
): readonly NamespacePosture[] =>
  [...new Set(workloads.map(({ workload }) => workload.namespace))].map((name, index): NamespacePosture => {
    const own = workloads.filter(({ workload }) => workload.namespace === name)
    const system = name === 'kube-system'
    const possible = own.some(({ level }) => level === 'privileged')
      ? 'privileged'
      : own.some(({ level }) => level === 'baseline')
        ? 'baseline'
        : 'restricted'
    return {
      name,
      enforce: name === 'data' ? 'baseline' : 'privileged',
      enforceVersion: 'latest',
      audit: 'privileged',
      warn: 'baseline',
      unlabelled: name !== 'data' && name !== 'ci',
      labelError: name === 'ci' ? 'unknown level "basline"' : '',
      possible,
      blockers: own.filter(({ level }) => level === 'privileged').map(({ workload }) => workload),
      exempt: system ? 'exempt by the configuration of the API server' : '',
      workloads: own.length,
      pods: own.reduce((sum, { pods }) => sum + pods, 0),
      findings: countsOf(own.flatMap(({ findings }) => findings)),
      lastChange: time(index * 190_000 + 21_000),
    }
  })

const sourcesOf = (
  scenario: Scenario,
  time: (ago: number) => string,
  gaps: readonly GapRow[],
): readonly SourceRow[] => {
  const silent = scenario.kind === 'silent'
  return [
    {
      id: 'cluster',
      type: 'cluster',
      cluster: 'shop',
      state: 'partial',
      message: 'Watching 61 of 63 kinds.',
      since: time(29 * 60_000),
      lastRecordAt: time(900),
      recordsTotal: 412,
      bytesTotal: 1_890_233,
      recordsPerSecond: 0.4,
      lagMillis: 12,
      gapsTotal: 1,
      quarantinedTotal: 0,
      missing: [
        {
          what: 'secrets',
          why: 'Bulwark is not permitted to list secrets, and by default does not want to be.',
          mend: 'kubectl apply -f deploy/rbac-secrets-metadata.yaml',
        },
      ],
      lastGap: gaps[0],
    },
    {
      id: 'audit-webhook',
      type: 'audit-webhook',
      cluster: 'shop',
      state: silent ? 'silent' : 'connected',
      message: silent
        ? 'No batch came since 6 min, before that every 4 s.'
        : 'Listening on https://127.0.0.1:9443/audit.',
      since: time(silent ? 6 * 60_000 : 29 * 60_000),
      lastRecordAt: time(silent ? 6 * 60_000 : 400),
      recordsTotal: scenario.events,
      bytesTotal: scenario.events * 1800,
      recordsPerSecond: silent ? 0 : 34.2,
      lagMillis: silent ? undefined : 240,
      gapsTotal: silent ? 1 : 0,
      quarantinedTotal: 2,
      missing: [],
      lastGap: gaps.find(({ source }) => source === 'audit-webhook'),
    },
  ]
}

const setups: SourcesAnswer['setups'] = [
  {
    type: 'audit-webhook',
    title: 'Requests to the API server, by the audit webhook',
    steps: [
      {
        text: 'Save this kubeconfig on the control-plane node as /etc/kubernetes/bulwark-audit.yaml.',
        copy: 'apiVersion: v1\nkind: Config\nclusters:\n- name: bulwark\n  cluster:\n    server: https://10.0.0.5:9443/audit\ncontexts:\n- name: bulwark\n  context:\n    cluster: bulwark\n    user: bulwark\ncurrent-context: bulwark\n',
      },
      {
        text: 'Add these flags to the API server.',
        copy: '--audit-webhook-config-file=/etc/kubernetes/bulwark-audit.yaml --audit-webhook-mode=batch',
      },
      { text: 'Wait for the first batch; this page shows it by itself.', copy: undefined },
    ],
  },
]

/** The event at a place counted from the newest. Quiet and busy minutes, an attack in the last third. */
const eventOf = (index: number, scenario: Scenario, time: (ago: number) => string): EventRow => {
  const ago = (index / Math.max(1, scenario.events)) * windowMillis
  const at = time(ago + Math.abs(Math.sin(index)) * 20)
  const attack = ago > 5 * 60_000 && ago < 9 * 60_000 && index % 3 === 0
  const pick = (index * 7919) % 97
  const user = attack
    ? pick % 2 === 0
      ? 'system:anonymous'
      : 'system:serviceaccount:shop:web'
    : (users[pick % 7] ?? '')
  const verb = attack ? 'get' : (['get', 'list', 'watch', 'update', 'patch', 'create', 'delete'][pick % 7] ?? 'get')
  const resource = attack
    ? 'secrets'
    : (['pods', 'deployments', 'configmaps', 'leases', 'endpointslices', 'nodes'][pick % 6] ?? 'pods')
  const namespace =
    resource === 'nodes' ? '' : attack ? 'shop' : (['shop', 'data', 'monitoring', 'kube-system', 'ci'][pick % 5] ?? '')
  const name =
    resource === 'nodes'
      ? 'node-1'
      : attack
        ? 'db-credentials'
        : `${['web', 'checkout', 'postgres', 'grafana'][pick % 4]}-${pick}`
  const code = attack ? 403 : pick % 29 === 0 ? 404 : verb === 'create' ? 201 : 200
  const hostile = scenario.hostile ? hostileTexts[index % hostileTexts.length] : undefined
  const shownName = hostile ?? name
  return {
    id: `e${index}`,
    kind: 'audit',
    time: at,
    receivedAt: time(Math.max(0, ago - 240)),
    cluster: 'shop',
    source: 'audit-webhook',
    user: hostile && index % 2 === 0 ? hostile : user,
    impersonatedUser: '',
    verb,
    group: resource === 'deployments' ? 'apps' : '',
    resource,
    subresource: '',
    namespace,
    name: shownName,
    code,
    decision: code === 403 ? 'forbid' : 'allow',
    reason: code === 403 ? 'no RBAC rule allows it' : 'RBAC: allowed by ClusterRoleBinding "system:controllers"',
    level: 'Metadata',
    stage: 'ResponseComplete',
    sourceIp: attack ? '203.0.113.77' : `10.0.0.${pick}`,
    userAgent: hostile ?? (attack ? 'curl/8.14.1' : 'kube-controller-manager/v1.37.0'),
    requestUri: `/api/v1/namespaces/${namespace}/${resource}/${encodeURIComponent(shownName)}`,
    node: '',
    container: '',
    image: '',
    process: '',
    summary: `${user} ${code === 403 ? 'was refused to' : 'did'} ${verb} ${resource} ${namespace}/${shownName}`,
  }
}

const bodyOf = (ref: ObjectRef, version: number): JsonValue => ({
  apiVersion: ref.group ? `${ref.group}/v1` : 'v1',
  kind: ref.kind,
  metadata: {
    name: ref.name,
    namespace: ref.namespace,
    uid: '5f0c8a52-9c1e-4f7e-a6b1-6d8f2a0c9b11',
    resourceVersion: String(48_000 + version * 131),
    generation: version,
    labels: { app: ref.name, 'app.kubernetes.io/part-of': 'shop' },
    managedFields: [{ manager: 'kubectl', operation: 'Apply', time: '2026-11-20T09:00:00Z' }],
  },
  spec: {
    replicas: version > 3 ? 5 : 3,
    selector: { matchLabels: { app: ref.name } },
    template: {
      metadata: { labels: { app: ref.name } },
      spec: {
        serviceAccountName: ref.name,
        containers: [
          {
            name: 'app',
            image: `registry.shop.example/${ref.name}:1.${version}.0`,
            ports: [{ containerPort: 8080, name: 'http' }],
            env: [{ name: 'LOG_LEVEL', value: version > 4 ? 'debug' : 'info' }],
            resources: { requests: { cpu: '100m', memory: '128Mi' } },
            ...(version > 4 ? { securityContext: { privileged: true } } : {}),
          },
        ],
        ...(version > 4 ? { hostPID: true } : {}),
      },
    },
  },
  status: { observedGeneration: version, replicas: 3, readyReplicas: 3 },
})
