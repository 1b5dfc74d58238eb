// RBAC over 10,000 bindings: one decision, and who can. No ratio to kubectl-who-can: it lists every role and binding from
// an API server for each question, so that its time is that of the server.
import {
  createAuthorizer,
  type PolicyRule,
  type Request,
  readRbac,
  type User,
} from '../../../src/engines/rbac/index.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import { type Bench, runBench } from '../report.ts'

const bindings = Number(process.env.BULWARK_BENCH_BINDINGS ?? 10_000)
const namespaces = 500
const roles = 300
const decisions = 200_000
const questions = 500

const resources = [
  'pods',
  'pods/log',
  'pods/exec',
  'configmaps',
  'secrets',
  'services',
  'events',
  'deployments',
  'jobs',
]
const verbs = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete']
const groupOf = (resource: string): string => ({ deployments: 'apps', jobs: 'batch' })[resource] ?? ''
const pick = <T>(list: readonly [T, ...T[]] | readonly T[], index: number): T => {
  const found = list[index % list.length]
  if (found === undefined) throw new Error('the list is empty')
  return found
}

/** Roles of two to six rules, as people write them: a few verbs on a few resources, every tenth with names. */
const rulesOf = (index: number): readonly Partial<PolicyRule>[] =>
  Array.from({ length: 2 + (index % 5) }, (_, at) => {
    const resource = pick(resources, index + at * 3)
    return {
      apiGroups: [groupOf(resource)],
      resources: [resource],
      verbs: verbs.slice(at % 3, (at % 3) + 2 + (index % 4)),
      ...((index + at) % 10 === 0 && { resourceNames: [`object-${index}`] }),
    }
  })

const rbac = 'rbac.authorization.k8s.io'
const objects = (): readonly JsonObject[] => [
  ...Array.from({ length: roles }, (_, index) => ({
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRole',
    metadata: { name: `role-${index}` },
    rules: JSON.parse(JSON.stringify(rulesOf(index))),
  })),
  // One of twenty holds in the whole cluster.
  ...Array.from({ length: bindings }, (_, index) => ({
    apiVersion: `${rbac}/v1`,
    kind: index % 20 === 0 ? 'ClusterRoleBinding' : 'RoleBinding',
    metadata: { name: `binding-${index}`, ...(index % 20 !== 0 && { namespace: `team-${index % namespaces}` }) },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: `role-${(index * 7) % roles}` },
    subjects: [
      { kind: 'User', apiGroup: rbac, name: `user-${index % 2000}` },
      { kind: 'Group', apiGroup: rbac, name: `group-${index % 300}` },
      { kind: 'ServiceAccount', namespace: `team-${index % namespaces}`, name: `account-${index % 20}` },
    ],
  })),
]

const requestAt = (index: number): Request => {
  const [resource = '', subresource = ''] = pick(resources, index).split('/')
  const verb = pick(verbs, index * 5)
  return {
    kind: 'resource',
    verb,
    apiGroup: groupOf(resource),
    resource,
    subresource,
    namespace: `team-${(index * 31) % namespaces}`,
    name: verb === 'list' || verb === 'create' ? '' : `object-${index % roles}`,
  }
}

const userAt = (index: number): User => ({
  name: `user-${(index * 17) % 2500}`,
  groups: [`group-${index % 400}`, `group-${(index * 3) % 400}`, 'system:authenticated'],
})

const bench: Bench = async (report) => {
  const manifest = objects()
  const begun = performance.now()
  const authorizer = createAuthorizer(readRbac(manifest).objects)
  report({ name: `rbac: read and index ${bindings} bindings`, value: performance.now() - begun, unit: 'ms' })

  // Made beforehand, so that only the decision is measured.
  const asked = Array.from({ length: 2000 }, (_, index) => ({ user: userAt(index), request: requestAt(index) }))
  const rounds = (count: number): number => {
    let allowed = 0
    for (let index = 0; index < count; index += 1) {
      const one = asked[index % asked.length]
      if (one !== undefined && authorizer.authorize(one.user, one.request).decision === 'Allow') allowed += 1
    }
    return allowed
  }
  rounds(20_000)
  const start = performance.now()
  const allowed = rounds(decisions)
  const micros = ((performance.now() - start) * 1000) / decisions
  const share = Math.round((100 * allowed) / decisions)
  report({
    name: `rbac: authorize among ${bindings} bindings`,
    value: micros,
    unit: 'µs',
    gate: { atMost: 20 },
    note: `mean of ${decisions.toLocaleString('en')}, ${share} % allowed`,
  })

  const times = Array.from({ length: questions }, (_, index) => {
    const request = requestAt(index)
    const from = performance.now()
    authorizer.whoCan(request)
    return performance.now() - from
  }).sort((a, b) => a - b)
  const who = `rbac: who-can among ${bindings} bindings`
  report({ name: `${who}, median`, value: times[Math.floor(questions / 2)] ?? 0, unit: 'ms' })
  report({ name: `${who}, p99`, value: times[Math.floor(questions * 0.99)] ?? 0, unit: 'ms', gate: { atMost: 5 } })
}

export default bench
await runBench(import.meta, bench)
