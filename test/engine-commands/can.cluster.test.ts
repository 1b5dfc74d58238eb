import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { canCommand } from '../../src/cli/can/command.ts'
import { builtInKinds } from '../../src/cli/objects/built-in-kinds.ts'
import { aggregatedRules, readRbac } from '../../src/engines/rbac/index.ts'
import { isObject, type JsonObject } from '../../src/model/json.ts'
import { findStack } from '../cluster/build.ts'
import { at, listAt, textAt } from '../cluster/client.ts'
import { type Cluster, startCluster } from '../cluster/cluster.ts'
import { discover } from '../cluster/resources.ts'
import { until } from '../cluster/until.ts'
import { bulwark, eventually, makeHome, runBulwark, served } from '../server/process.ts'

const stack = await findStack()
const requests = 200
const rbac = '/apis/rbac.authorization.k8s.io/v1'
const apiGroup = 'rbac.authorization.k8s.io'

/** What a SubjectAccessReview asks, and the same question to `bulwark can why`. */
interface Question {
  readonly user: string
  readonly groups: readonly string[]
  readonly verb: string
  /** A path, or a resource with its group and subresource. */
  readonly what:
    | { readonly path: string }
    | { readonly group: string; readonly resource: string; readonly subresource: string }
  readonly namespace: string
  readonly name: string
}

describe('bulwark can, against a real API server', { skip: stack.kind === 'unavailable' && stack.reason }, () => {
  let cluster: Cluster
  let dump: string

  before(async () => {
    cluster = await startCluster(stack, { controllers: true })
    await makeOurs(cluster)
    let items: readonly JsonObject[] = []
    await until('the controller manager to have written the rules of aggregated roles', async () => {
      items = await rbacObjects(cluster)
      const { objects } = readRbac(items)
      return objects.roles
        .filter(({ aggregates }) => aggregates.length > 0)
        .every((role) => isDeepStrictEqual(role.rules, aggregatedRules(role, objects)))
    })
    dump = join(cluster.folder, 'rbac.json')
    writeFileSync(dump, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }, null, 1))
  })
  after(async () => {
    await cluster?.[Symbol.asyncDispose]()
  })

  test(`can why agrees with SubjectAccessReview on ${requests} random requests`, async () => {
    const seed = Number(process.env.SEED ?? Date.now() % 1_000_000)
    console.log(`   seed ${seed}`)
    const random = randomOf(seed)
    const counts = { allowed: 0, denied: 0 }
    for (let index = 0; index < requests; index += 1) {
      const question = randomQuestion(random)
      const review = await reviewOf(cluster, question)
      const ours = await whyOf(dump, question)
      assert.deepEqual({ question, allowed: ours.allowed }, { question, allowed: review.allowed })
      // The informer of the API server has an order of its own: another binding that allows the same may be named.
      if (review.allowed && !question.groups.includes('system:masters'))
        assert.match(review.reason, /^RBAC: allowed by /)
      counts[review.allowed ? 'allowed' : 'denied'] += 1
    }
    console.log(`   ${counts.allowed} allowed, ${counts.denied} not allowed`)
    assert.ok(counts.allowed >= 20 && counts.denied >= 20, 'both answers are proven')
  })

  test('the kinds that are known without a server are those of a real one', async () => {
    const names = (kinds: readonly { group: string; resource: string; kind: string; namespaced: boolean }[]) =>
      kinds.map(({ group, resource, kind, namespaced }) => `${group}/${resource} ${kind} ${namespaced}`).sort()
    assert.deepEqual(names(builtInKinds), names(await discover(cluster.admin)))
  })

  test('answers the same by the record of a server that watches, as it is and as it was', async () => {
    using home = makeHome()
    await using running = bulwark(home, [
      'serve',
      ...['--kubeconfig', cluster.adminKubeconfig, '--audit-listen', 'off', '--port', '0'],
    ])
    await served(home, running)
    const ask = (...args: readonly string[]) =>
      runBulwark(home, ['can', 'why', 'carol', 'get', 'secrets', '-n', 'ours', ...args])
    await eventually(
      () => ask(),
      ({ code, stderr }) => code === 1 && stderr === '',
    )
    const before = new Date().toISOString()
    await cluster.admin.post(`${rbac}/namespaces/ours/rolebindings`, {
      metadata: { name: 'carol' },
      roleRef: { apiGroup, kind: 'ClusterRole', name: 'admin' },
      subjects: [{ apiGroup, kind: 'User', name: 'carol' }],
    })
    const now = await eventually(
      () => ask(),
      ({ code }) => code === 0,
    )
    assert.deepEqual(now.stdout.split('\n').slice(0, 3), [
      'allowed: carol may get secrets in namespace ours',
      '  RBAC: allowed by RoleBinding "carol/ours" of ClusterRole "admin" to User "carol"',
      '  binding  RoleBinding ours/carol',
    ])
    await eventually(
      () => ask('--at', before),
      ({ code, stdout }) => code === 1 && stdout.startsWith('NOT ALLOWED'),
    )
  })
})

/** As `kubectl get clusterroles,… -A -o json` writes them: with their kinds. */
const rbacObjects = async ({ admin }: Cluster): Promise<readonly JsonObject[]> => {
  const lists = await Promise.all(
    ['roles', 'clusterroles', 'rolebindings', 'clusterrolebindings'].map((one) => admin.get(`${rbac}/${one}`)),
  )
  return lists.flatMap(({ body }) =>
    listAt(body, 'items').map((item) => ({
      apiVersion: textAt(body, 'apiVersion'),
      kind: textAt(body, 'kind').replace(/List$/, ''),
      ...(isObject(item) ? item : {}),
    })),
  )
}

/** Roles and bindings with what is easily got wrong: names, subresource wildcards, loose subjects, missing roles. */
const makeOurs = async ({ admin }: Cluster): Promise<void> => {
  await admin.post('/api/v1/namespaces', { metadata: { name: 'ours' } })
  const role = (name: string, rules: readonly object[], more: object = {}) =>
    admin.post(`${rbac}/clusterroles`, { metadata: { name }, rules, ...more })
  const answers = [
    await role('ours-names', [
      { apiGroups: [''], resources: ['secrets', 'pods'], resourceNames: ['web', 'db'], verbs: ['*'] },
    ]),
    await role('ours-subresources', [
      { apiGroups: ['*'], resources: ['*/scale', 'pods/*', 'pods/exec'], verbs: ['get', 'create', 'update'] },
    ]),
    await role('ours-paths', [{ nonResourceURLs: ['/metrics', '/debug/*'], verbs: ['get'] }]),
    await role('ours-everything', [{ apiGroups: ['apps', 'batch'], resources: ['*'], verbs: ['*'] }]),
    await admin.post(`${rbac}/clusterroles`, {
      metadata: { name: 'ours-part', labels: { 'ours/aggregate': 'true' } },
      rules: [{ apiGroups: [''], resources: ['nodes', 'namespaces'], verbs: ['get', 'list'] }],
    }),
    await role('ours-aggregated', [], {
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { 'ours/aggregate': 'true' } }] },
    }),
    await admin.post(`${rbac}/namespaces/ours/roles`, {
      metadata: { name: 'writer' },
      rules: [
        { apiGroups: ['', 'apps'], resources: ['configmaps', 'deployments'], verbs: ['create', 'delete', 'patch'] },
      ],
    }),
  ]
  const subject = (kind: 'User' | 'Group', name: string) => ({ apiGroup, kind, name })
  const account = { kind: 'ServiceAccount', namespace: 'ours', name: 'web' }
  const bind = async (
    name: string,
    roleName: string,
    subjects: readonly object[],
    namespace = '',
    kind = 'ClusterRole',
  ) => {
    const path = namespace === '' ? `${rbac}/clusterrolebindings` : `${rbac}/namespaces/${namespace}/rolebindings`
    answers.push(await admin.post(path, { metadata: { name }, roleRef: { apiGroup, kind, name: roleName }, subjects }))
  }
  await bind('ours-names', 'ours-names', [subject('User', 'alice'), account])
  await bind('ours-subresources', 'ours-subresources', [subject('Group', 'devs')], 'ours')
  await bind('ours-paths', 'ours-paths', [subject('Group', 'devs')])
  await bind('ours-paths-in-vain', 'ours-paths', [subject('User', 'alice')], 'ours')
  await bind('ours-everything', 'ours-everything', [subject('User', 'bob')], 'kube-system')
  await bind('ours-aggregated', 'ours-aggregated', [account, subject('User', 'bob')])
  await bind('ours-aggregated-inside', 'ours-aggregated', [subject('User', 'alice')], 'ours')
  await bind('ours-writer', 'writer', [subject('Group', 'devs')], 'ours', 'Role')
  await bind('ours-missing', 'nobody-made-it', [subject('User', 'alice')])
  await bind('ours-view', 'view', [subject('Group', 'system:serviceaccounts:ours')], 'ours')
  await bind('ours-edit', 'edit', [subject('User', 'bob')])
  for (const { status, body } of answers) assert.equal(status, 201, JSON.stringify(body))
}

const users: readonly (readonly [string, readonly string[]])[] = [
  ['alice', ['system:authenticated']],
  ['alice', ['devs', 'system:authenticated']],
  ['bob', ['system:authenticated']],
  ['eve', ['devs', 'system:authenticated']],
  ['root', ['system:masters', 'system:authenticated']],
  ['system:anonymous', ['system:unauthenticated']],
  ['system:kube-scheduler', ['system:authenticated']],
  ['system:kube-controller-manager', ['system:authenticated']],
  ['system:serviceaccount:ours:web', ['system:serviceaccounts', 'system:serviceaccounts:ours', 'system:authenticated']],
  [
    'system:serviceaccount:kube-system:namespace-controller',
    ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'],
  ],
]
const verbs = [
  'get',
  'get',
  'list',
  'watch',
  'create',
  'update',
  'patch',
  'delete',
  'deletecollection',
  'impersonate',
  'bind',
  '*',
]
const resources: readonly (readonly [string, string, string])[] = [
  ['', 'pods', ''],
  ['', 'pods', 'log'],
  ['', 'pods', 'exec'],
  ['', 'pods', 'binding'],
  ['', 'secrets', ''],
  ['', 'configmaps', ''],
  ['', 'nodes', ''],
  ['', 'nodes', 'proxy'],
  ['', 'namespaces', ''],
  ['', 'serviceaccounts', 'token'],
  ['', 'users', ''],
  ['apps', 'deployments', ''],
  ['apps', 'deployments', 'scale'],
  ['apps', 'replicasets', 'scale'],
  ['batch', 'jobs', ''],
  ['rbac.authorization.k8s.io', 'clusterroles', ''],
  ['authorization.k8s.io', 'selfsubjectaccessreviews', ''],
  ['coordination.k8s.io', 'leases', ''],
  ['example.com', 'widgets', ''],
  ['example.com', 'widgets', 'scale'],
]
const paths = ['/healthz', '/metrics', '/debug/pprof', '/version', '/apis/apps', '/openapi/v3', '/logs']

const randomQuestion = (random: () => number): Question => {
  const pick = <T>(list: readonly T[]): T => {
    const found = list[Math.floor(random() * list.length)]
    if (found === undefined) throw new Error('the list is empty')
    return found
  }
  const [user, groups] = pick(users)
  if (random() < 0.15) {
    return { user, groups, verb: pick(['get', 'get', 'post']), what: { path: pick(paths) }, namespace: '', name: '' }
  }
  const [group, resource, subresource] = pick(resources)
  const scoped =
    builtInKinds.find((one) => one.group === group && one.resource === resource)?.namespaced ?? resource === 'widgets'
  const name = pick(['', '', 'web', 'ours', 'admin'])
  // The API server takes a request for a Namespace as one inside of it, and so does the command.
  const namespace = resource === 'namespaces' ? name : scoped ? pick(['', 'ours', 'kube-system', 'default']) : ''
  return { user, groups, verb: pick(verbs), what: { group, resource, subresource }, namespace, name }
}

const reviewOf = async ({ admin }: Cluster, { user, groups, verb, what, namespace, name }: Question) => {
  const attributes =
    'path' in what
      ? { nonResourceAttributes: { verb, path: what.path } }
      : { resourceAttributes: { verb, ...what, namespace, name } }
  const { status, body } = await admin.post('/apis/authorization.k8s.io/v1/subjectaccessreviews', {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: { user, groups, ...attributes },
  })
  assert.equal(status, 201, JSON.stringify(body))
  const reason = at(body, 'status', 'reason')
  return { allowed: at(body, 'status', 'allowed') === true, reason: typeof reason === 'string' ? reason : '' }
}

/** The command in this process: two hundred processes would take minutes. */
const whyOf = async (file: string, { user, groups, verb, what, namespace, name }: Question) => {
  let stdout = ''
  let code: number | undefined
  const around = {
    stdin: (async function* () {})(),
    stdout: { write: (text: string) => (stdout += text) },
    stderr: { write: () => true },
    env: {},
  }
  const command = canCommand(around, (given) => {
    code = given
  })
  const own = new Set(['system:authenticated', 'system:unauthenticated'])
  const subject = 'path' in what ? what.path : whatText(what)
  const inNamespace = namespace === '' || subject === 'namespaces' ? [] : ['-n', namespace]
  await command.parseAsync(
    [
      ...['why', user, verb, subject, ...(name === '' ? [] : [name])],
      ...inNamespace,
      ...groups.filter((group) => !own.has(group)).flatMap((group) => ['-g', group]),
      ...['-f', file, '-o', 'json'],
    ],
    { from: 'user' },
  )
  const { allowed, user: asked } = JSON.parse(stdout)
  assert.equal(code, allowed ? 0 : 1)
  assert.deepEqual([...asked.groups].sort(), [...groups].sort())
  return { allowed }
}

const whatText = ({ group, resource, subresource }: { group: string; resource: string; subresource: string }): string =>
  `${resource}${group === '' ? '' : `.${group}`}${subresource === '' ? '' : `/${subresource}`}`

/** mulberry32: the same requests for the same seed. */
const randomOf = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
