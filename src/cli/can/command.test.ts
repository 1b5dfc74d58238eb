import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import test from 'node:test'
import { runCommand } from '../fixture.ts'
import { canCommand } from './command.ts'

/** Runs `bulwark can …` with `text` as the manifest rbac.yaml (none: no files); its folder is left out of what is given back. */
const run = async (text: string | undefined, args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
  const argsIn = (folder: string) => (text === undefined ? args : [...args, '-f', `${folder}/rbac.yaml`])
  const files = text === undefined ? {} : { 'rbac.yaml': text }
  const { folder, code, stdout, stderr } = await runCommand(canCommand, argsIn, { files, env })
  const lines = (all: string) => all.replaceAll(`${folder}/`, '').split('\n').slice(0, -1)
  return { code, stdout: lines(stdout), stderr: lines(stderr) }
}

const rbac = `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: reader}
rules:
- {apiGroups: [""], resources: [pods, pods/log], verbs: [get, list]}
- {apiGroups: [""], resources: [namespaces], verbs: [get]}
- {nonResourceURLs: ["/metrics"], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: readers, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}
subjects:
- {apiGroup: rbac.authorization.k8s.io, kind: Group, name: devs}
- {kind: ServiceAccount, name: web}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: probe}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}
subjects:
- {apiGroup: rbac.authorization.k8s.io, kind: User, name: prometheus}
`

test('tells the binding and rule that allow a request, with their places', async () => {
  assert.deepEqual(await run(rbac, ['why', 'alice', 'get', 'pods/log', 'web', '-n', 'shop', '-g', 'devs']), {
    code: 0,
    stdout: [
      'allowed: alice may get pods/log "web" in namespace shop',
      '  RBAC: allowed by RoleBinding "readers/shop" of ClusterRole "reader" to Group "devs"',
      '  binding  RoleBinding shop/readers  rbac.yaml:13:1',
      '  role     ClusterRole reader rules[0]  rbac.yaml:5:3',
      '  rule     get, list of pods, pods/log (core)',
    ],
    stderr: [],
  })
})

test('tells what the API server would refuse, and answers from it as it stands', async () => {
  const refused = rbac.replace('verbs: [get, list]}', 'verbs: []}').replace('kind: User', 'kind: user')
  const { code, stderr } = await run(refused, ['why', 'prometheus', 'get', '/metrics'])
  assert.equal(code, 1)
  assert.deepEqual(stderr, [
    'note: rbac.yaml:5:50: ClusterRole/reader: rules[0].verbs must contain at least one value; the API server refuses it, and it is taken as it stands',
    'note: rbac.yaml:22:41: ClusterRoleBinding/probe: subjects[0].kind must be ServiceAccount, User or Group; the API server refuses it, and it is taken as it stands',
  ])
})

test('tells what comes closest when a request is not allowed, and where it would be', async () => {
  const denied = await run(rbac, ['why', 'group/devs', 'delete', 'po', '-n', 'shop'])
  assert.deepEqual(denied, {
    code: 1,
    stdout: [
      'NOT ALLOWED: a member of devs, system:authenticated may not delete pods in namespace shop',
      '  no rule allows it, by one file',
      '  close: ClusterRole reader rules[0] (get, list of pods, pods/log (core)) by RoleBinding shop/readers lacks the verb  rbac.yaml:5:3',
    ],
    stderr: [],
  })
  const elsewhere = await run(rbac, ['why', 'sa/shop/web', 'list', 'Pod'])
  assert.deepEqual([elsewhere.code, elsewhere.stdout.at(-1)], [1, '  it is allowed in the namespaces shop'])
})

test('asks about a Namespace as the API server does: inside of itself', async () => {
  assert.equal((await run(rbac, ['why', 'group/devs', 'get', 'namespaces', 'shop'])).code, 0)
  assert.equal((await run(rbac, ['why', 'group/devs', 'get', 'namespaces', 'other'])).code, 1)
  assert.equal((await run(rbac, ['why', 'group/devs', 'list', 'namespaces'])).code, 1)
})

test('a path is allowed by cluster role bindings only', async () => {
  assert.equal((await run(rbac, ['why', 'prometheus', 'get', '/metrics'])).code, 0)
  assert.equal((await run(rbac, ['why', 'group/devs', 'get', '/metrics'])).code, 1)
})

test('system:masters may everything, without any binding', async () => {
  const { code, stdout } = await run(rbac, ['why', 'root', 'delete', 'nodes', '-g', 'system:masters'])
  assert.deepEqual([code, stdout[1]], [0, '  the group system:masters is allowed before RBAC is asked'])
})

test('lists who can everywhere, and says that there are more in single namespaces', async () => {
  const place = 'ClusterRole reader rules[0]  rbac.yaml:5:3'
  assert.deepEqual((await run(rbac, ['who-can', 'list', 'pods'])).stdout, [
    'Who can list pods, by one file:',
    'KIND   SUBJECT         WHERE       BINDING                   RULE                         PLACE',
    'Group  system:masters  everywhere  (allowed before RBAC)',
    `User   prometheus      everywhere  ClusterRoleBinding probe  ${place}`,
    '2 more grants hold in single namespaces: --anywhere lists them',
  ])
  const { stdout } = await run(rbac, ['who-can', 'list', 'pods', '-A', '-o', 'json'])
  const { subjects, complete } = JSON.parse(stdout.join('\n'))
  assert.deepEqual(
    [
      complete,
      subjects.map((one: { kind: string; name: string; where: string }) => `${one.kind} ${one.name} ${one.where}`),
    ],
    [true, ['Group system:masters *', 'User prometheus *', 'Group devs shop', 'ServiceAccount web shop']],
  )
  const inShop = await run(rbac, ['who-can', 'list', 'pods', '-n', 'shop'])
  assert.equal(inShop.stdout.length, 6)
})

test('lists the rules of somebody, with where they hold', async () => {
  const { stdout } = await run(rbac, ['what-can', 'serviceaccount/shop/web'])
  assert.deepEqual(
    stdout.slice(2).map((line) => line.split(/ {2,}/).slice(0, 2)),
    [
      ['shop', 'get, list of pods, pods/log (core)'],
      ['shop', 'get of namespaces (core)'],
      ['shop', 'get of /metrics'],
    ],
  )
})

test('tells what somebody can become', async () => {
  const { code, stdout } = await run(rbac.replace('pods/log]', 'pods/exec]').replace('[get, list]', '[create]'), [
    'paths',
    'group/devs',
    '-o',
    'json',
  ])
  const { edges } = JSON.parse(stdout.join('\n'))
  assert.deepEqual(
    [code, edges.map((edge: { to: { user: string }; power: string }) => [edge.to.user, edge.power])],
    [
      0,
      [
        ['system:serviceaccount:shop:default', 'create-pods'],
        ['system:serviceaccount:shop:web', 'create-pods'],
      ],
    ],
  )
})

const aggregated = `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: all}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {to: all}}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: middle, labels: {to: all}}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {to: middle}}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: part, labels: {to: middle}}
rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: all}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: alice}]
`

test('an aggregated role of a manifest has the rules that the controller would write; one out of a cluster those it has', async () => {
  const { code, stderr } = await run(aggregated, ['why', 'alice', 'get', 'pods'])
  assert.equal(code, 0)
  assert.deepEqual(stderr, [
    'note: ClusterRole all has no rules of its own yet: taken to be those that it aggregates',
    'note: ClusterRole middle has no rules of its own yet: taken to be those that it aggregates',
  ])
  assert.equal(
    (await run(aggregated.replaceAll('{name: all}', '{name: all, uid: u}'), ['why', 'alice', 'get', 'pods'])).code,
    1,
  )
})

test('says what is not whole: wrong types, missing roles, what has no namespace and what is there twice', async () => {
  const text = `${rbac}---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: loose}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: 5
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: probe}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}
`
  const { code, stderr } = await run(text, ['why', 'prometheus', 'list', 'pods'])
  assert.equal(code, 3)
  assert.deepEqual(stderr, [
    'not read: rbac.yaml:28:1: RoleBinding/default/loose: subjects is not a list',
    'note: rbac.yaml:32:12: ClusterRoleBinding probe is there twice; this one counts',
    'note: one object names no namespace: taken to be in "default"',
    'note: ClusterRole view is not there, and a binding refers to it: what it would allow is not in the answer',
  ])
})

test('knows the resources that a CustomResourceDefinition among the objects defines', async () => {
  const text = `${rbac.replace('[pods, pods/log]', '[widgets]').replace('apiGroups: [""]', 'apiGroups: [example.com]')}---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec: {group: example.com, scope: Namespaced, names: {kind: Widget, plural: widgets}}
`
  assert.equal((await run(text, ['why', 'group/devs', 'get', 'widgets', '-n', 'shop'])).code, 0)
})

for (const [what, args, message] of [
  ['a resource that nobody knows', ['why', 'a', 'get', 'frobs'], /"frobs" is no resource that is known here/],
  ['a namespace for what is in none', ['why', 'a', 'get', 'nodes', '-n', 'x'], /nodes are not in namespaces/],
  ['a name for a path', ['why', 'a', 'get', '/x', 'y'], /is a path/],
  ['nobody', ['what-can', 'sa/web'], /names nobody/],
  ['a moment of files', ['what-can', 'a', '--at', '10m'], /files have no past/],
] as const) {
  test(`refuses ${what}`, () => assert.rejects(run(rbac, args), { code: 'CONFIG_INVALID', message }))
}

/** Answers like a server whose record holds these objects; `hidden` kinds are not seen. */
const recordedAt = async (
  objects: readonly { kind: string; metadata: { name: string; namespace?: string } }[],
  hidden: string,
) => {
  const group = 'rbac.authorization.k8s.io'
  const kinds = ['ClusterRole', 'Role', 'ClusterRoleBinding', 'RoleBinding']
  const asked: string[] = []
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://x')
    asked.push(url.searchParams.get('at') ?? 'now')
    const [, , , route, , kind, namespace, name] = url.pathname.split('/')
    const of = objects.filter((one) => one.kind === (kind ?? url.searchParams.get('kind')))
    const answer = (): unknown => {
      if (route === 'kinds') {
        return {
          items: kinds.map((one) => ({
            group,
            kind: one,
            resource: `${one.toLowerCase()}s`,
            seen: one !== hidden,
            why: 'forbidden',
          })),
        }
      }
      if (name === undefined) return { items: of.map(({ metadata }) => ({ ref: { ...metadata } })) }
      const body = of.find(({ metadata }) => metadata.name === name && (metadata.namespace ?? '-') === namespace)
      return { deleted: false, body: { apiVersion: `${group}/v1`, ...body } }
    }
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answer()))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

const recorded = [
  {
    kind: 'Role',
    metadata: { name: 'r', namespace: 'shop' },
    rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
  },
  {
    kind: 'RoleBinding',
    metadata: { name: 'b', namespace: 'shop' },
    roleRef: { kind: 'Role', name: 'r' },
    subjects: [{ kind: 'User', name: 'alice' }],
  },
]

test("answers from a server's record as of a moment, and names the kind that it cannot see", async () => {
  {
    await using server = await recordedAt(recorded, '')
    const at = '2026-11-23T14:00:00.000000Z'
    const { code, stdout } = await run(undefined, [
      'why',
      'alice',
      'get',
      'pods',
      '-n',
      'shop',
      '--server',
      server.url,
      '--at',
      at,
    ])
    assert.deepEqual([code, stdout[2]], [0, '  binding  RoleBinding shop/b'])
    assert.deepEqual(new Set(server.asked.slice(1)), new Set([at]))
  }
  await using blind = await recordedAt(recorded, 'RoleBinding')
  await assert.rejects(run(undefined, ['why', 'alice', 'get', 'pods', '--server', blind.url]), {
    code: 'NOT_FOUND',
    what: 'rolebindings are not seen: forbidden',
  })
})
