import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { JsonObject } from '../../model/json.ts'
import { aggregatedRules, covers, createAuthorizer, pathsFrom, readRbac, serviceAccountIdentity } from './index.ts'
import type { PolicyRule, Request, User } from './types.ts'

const role = (kind: string, name: string, rules: readonly object[], namespace?: string) => ({
  kind,
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  rules,
})
const binding = (kind: string, name: string, roleRef: object, subjects: readonly object[], namespace?: string) => ({
  kind,
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  roleRef,
  subjects,
})
const authorizerOf = (...objects: readonly object[]) => {
  const { objects: read, problems } = readRbac(JSON.parse(JSON.stringify(objects)))
  assert.deepEqual(problems, [])
  return createAuthorizer(read)
}
const asking = (verb: string, resource: string, namespace = '', name = ''): Request => {
  const [plain = '', subresource = ''] = resource.split('/')
  return { kind: 'resource', verb, apiGroup: '', resource: plain, subresource, namespace, name }
}
const alice: User = { name: 'alice', groups: ['system:authenticated'] }
const reader = role('ClusterRole', 'reader', [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }])

test("a role binding to a cluster role grants in its own namespace only, and says so in upstream's words", () => {
  const authorizer = authorizerOf(
    reader,
    binding(
      'RoleBinding',
      'readers',
      { kind: 'ClusterRole', name: 'reader' },
      [{ kind: 'User', name: 'alice' }],
      'shop',
    ),
  )
  const allowed = authorizer.authorize(alice, asking('get', 'pods', 'shop', 'web'))
  assert.equal(allowed.reason, 'RBAC: allowed by RoleBinding "readers/shop" of ClusterRole "reader" to User "alice"')
  assert.equal(authorizer.authorize(alice, asking('get', 'pods', 'payments', 'api')).decision, 'NoOpinion')
})

test('a binding to a role that is not there is named in the reason', () => {
  const authorizer = authorizerOf(
    binding('ClusterRoleBinding', 'lost', { kind: 'ClusterRole', name: 'gone' }, [
      { kind: 'Group', name: 'system:authenticated' },
    ]),
  )
  assert.deepEqual(authorizer.authorize(alice, asking('get', 'pods')), {
    decision: 'NoOpinion',
    reason: 'RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found',
  })
  assert.deepEqual(
    authorizer.dangling.map(({ name }) => name),
    ['lost'],
  )
})

test('resource names never match a create, and pods/* is no wildcard', () => {
  const rules = [
    { verbs: ['*'], apiGroups: [''], resources: ['secrets'], resourceNames: ['tls'] },
    { verbs: ['*'], apiGroups: [''], resources: ['pods/*'] },
  ]
  const authorizer = authorizerOf(
    role('ClusterRole', 'odd', rules),
    binding('ClusterRoleBinding', 'odd', { kind: 'ClusterRole', name: 'odd' }, [{ kind: 'User', name: 'alice' }]),
  )
  const decides = (request: Request): string => authorizer.authorize(alice, request).decision
  assert.deepEqual(
    [asking('get', 'secrets', 'a', 'tls'), asking('create', 'secrets', 'a'), asking('get', 'pods/log', 'a', 'x')].map(
      decides,
    ),
    ['Allow', 'NoOpinion', 'NoOpinion'],
  )
})

test('an aggregated role takes the rules of every other role that a selector matches', () => {
  const labelled = { ...reader, metadata: { name: 'reader', labels: { 'to-admin': 'true' } } }
  const admin = {
    ...role('ClusterRole', 'admin', []),
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { 'to-admin': 'true' } }] },
  }
  const { objects } = readRbac(JSON.parse(JSON.stringify([admin, labelled, reader])))
  const [first] = objects.roles
  assert.ok(first)
  assert.deepEqual(
    aggregatedRules(first, objects).map(({ verbs, resources }) => ({ verbs, resources })),
    [{ verbs: ['get'], resources: ['pods'] }],
  )
})

test('who may create pods becomes every service account of the namespace, and what those can do', () => {
  const authorizer = authorizerOf(
    role('Role', 'deployer', [{ verbs: ['create'], apiGroups: [''], resources: ['pods'] }], 'ci'),
    binding('RoleBinding', 'deployers', { kind: 'Role', name: 'deployer' }, [{ kind: 'User', name: 'alice' }], 'ci'),
    role('ClusterRole', 'keeper', [{ verbs: ['get'], apiGroups: [''], resources: ['secrets'] }]),
    binding('ClusterRoleBinding', 'keepers', { kind: 'ClusterRole', name: 'keeper' }, [
      { kind: 'ServiceAccount', namespace: 'ci', name: 'builder' },
    ]),
  )
  const terrain = { namespaces: ['ci', 'shop'], serviceAccounts: [{ namespace: 'ci', name: 'builder' }] }
  assert.deepEqual(pathsFrom(alice, authorizer, terrain), {
    edges: [
      {
        from: 'alice',
        to: { kind: 'identity', user: 'system:serviceaccount:ci:builder' },
        power: 'create-pods',
        namespace: 'ci',
        why: 'a pod may run as any service account of its namespace',
        allowedBy: 'RBAC: allowed by RoleBinding "deployers/ci" of Role "deployer" to User "alice"',
      },
      {
        from: 'system:serviceaccount:ci:builder',
        to: { kind: 'power', power: 'secret values', namespace: '' },
        power: 'get-secrets',
        namespace: '',
        why: 'get on secrets answers with their values',
        allowedBy:
          'RBAC: allowed by ClusterRoleBinding "keepers" of ClusterRole "keeper" to ServiceAccount "builder/ci"',
      },
    ],
    partial: false,
  })
})

test('fields of wrong types are reported with their path and grant nothing', () => {
  const { objects, problems } = readRbac([
    { kind: 'ClusterRole', metadata: { name: 'odd' }, rules: [{ verbs: 'get', resources: ['pods', 7] }, 3] },
    { kind: 'ClusterRoleBinding', metadata: { name: 'odd' }, roleRef: 'odd', subjects: { kind: 'User' } },
    { kind: 'Role', metadata: null },
  ])
  assert.deepEqual(problems, [
    { object: 'ClusterRole/odd', path: 'rules[1]', what: 'is not an object' },
    { object: 'ClusterRole/odd', path: 'rules[0].verbs', what: 'is not a list' },
    { object: 'ClusterRole/odd', path: 'rules[0].resources[1]', what: 'is not a text' },
    { object: 'ClusterRoleBinding/odd', path: 'roleRef.kind', what: 'is missing' },
    { object: 'ClusterRoleBinding/odd', path: 'roleRef.name', what: 'is missing' },
    { object: 'ClusterRoleBinding/odd', path: 'subjects', what: 'is not a list' },
    { object: 'Role/', path: 'metadata.name', what: 'is missing' },
  ])
  assert.equal(createAuthorizer(objects).authorize(alice, asking('get', 'pods')).decision, 'NoOpinion')
})

test('resource names that cannot be read leave a rule for no object, not for all', () => {
  const rule = { verbs: ['get'], apiGroups: [''], resources: ['secrets'] }
  const { objects, problems } = readRbac(
    [
      { ...rule, resourceNames: 'tls' },
      { ...rule, resourceNames: [7] },
      { ...rule, resourceNames: [null] },
    ]
      .flatMap((one, index) => [
        role('ClusterRole', `r${index}`, [one]),
        binding('ClusterRoleBinding', `b${index}`, { kind: 'ClusterRole', name: `r${index}` }, [
          { kind: 'User', name: 'alice', apiGroup: null },
        ]),
      ])
      .map((one): JsonObject => JSON.parse(JSON.stringify(one))),
  )
  assert.deepEqual(
    problems.map(({ object, path }) => `${object} ${path}`),
    ['ClusterRole/r0 rules[0].resourceNames', 'ClusterRole/r1 rules[0].resourceNames[0]'],
  )
  const authorizer = createAuthorizer(objects)
  assert.equal(authorizer.authorize(alice, asking('get', 'secrets', 'shop', 'tls')).decision, 'NoOpinion')
  // Null is the empty text, which is the name of a request that has none.
  assert.equal(authorizer.authorize(alice, asking('get', 'secrets', 'shop')).decision, 'Allow')
})

test('a role or role binding without a namespace is in none, and gives nothing', () => {
  const authorizer = authorizerOf(
    role('Role', 'reader', [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }]),
    reader,
    binding('RoleBinding', 'everywhere', { kind: 'ClusterRole', name: 'reader' }, [{ kind: 'User', name: 'alice' }]),
    binding('ClusterRoleBinding', 'to-a-role', { kind: 'Role', name: 'reader' }, [{ kind: 'User', name: 'alice' }]),
  )
  assert.deepEqual(authorizer.authorize(alice, asking('get', 'pods', 'shop')), {
    decision: 'NoOpinion',
    reason: 'RBAC: role.rbac.authorization.k8s.io "reader" not found',
  })
  assert.deepEqual(
    authorizer.whoCan(asking('get', 'pods')).map(({ name }) => name),
    ['system:masters'],
  )
})

test('reasons quote names as Go does', () => {
  const authorizer = authorizerOf(
    binding('ClusterRoleBinding', 'lost', { kind: 'ClusterRole', name: 'a\u0001\u00a0"' }, [
      { kind: 'User', name: 'alice' },
    ]),
  )
  assert.equal(
    authorizer.authorize(alice, asking('get', 'pods')).reason,
    'RBAC: clusterrole.rbac.authorization.k8s.io "a\\x01\\u00a0\\"" not found',
  )
})

test('aggregated rules come selector by selector', () => {
  const source = (name: string, verb: string, labels: object) => ({
    ...role('ClusterRole', name, [{ verbs: [verb], apiGroups: [''], resources: ['pods'] }]),
    metadata: { name, labels },
  })
  const admin = {
    ...role('ClusterRole', 'admin', []),
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { second: 'true' } }, {}] },
  }
  const { objects } = readRbac(
    JSON.parse(JSON.stringify([admin, source('a', 'get', {}), source('b', 'list', { second: 'true' })])),
  )
  const [first] = objects.roles
  assert.ok(first)
  assert.deepEqual(
    aggregatedRules(first, objects).flatMap(({ verbs }) => verbs),
    ['list', 'get'],
  )
})

const words = (...values: readonly string[]) => fc.array(fc.constantFrom(...values), { maxLength: 3 })
const nothing = { apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: [] }
/** A rule is about resources or about URLs: the API server refuses both in one. */
const anyRule: fc.Arbitrary<PolicyRule> = fc.oneof(
  fc
    .record({
      verbs: words('get', 'create', '*'),
      apiGroups: words('', 'apps', '*'),
      resources: words('pods', 'pods/exec', '*/exec', '*'),
      resourceNames: words('a', 'b'),
    })
    .map((rule) => ({ ...nothing, ...rule })),
  fc
    .record({ verbs: words('get', 'create', '*'), nonResourceURLs: words('/healthz', '/api/*', '*') })
    .map((rule) => ({ ...nothing, ...rule })),
)

test('rules cover themselves, and more rules never cover less', () => {
  fc.assert(
    fc.property(
      fc.array(anyRule, { maxLength: 4 }),
      fc.array(anyRule, { maxLength: 4 }),
      anyRule,
      (owned, wanted, more) => {
        assert.equal(covers(wanted, wanted).covered, true)
        const before = covers(owned, wanted).uncovered.length
        assert.ok(covers([...owned, more], wanted).uncovered.length <= before)
      },
    ),
  )
})

test('whom whoCan names, authorize allows; the order of bindings changes no decision', () => {
  const subject = { kind: 'ServiceAccount', namespace: 'shop', name: 'web' }
  const user = serviceAccountIdentity('shop', 'web')
  fc.assert(
    fc.property(
      fc.array(anyRule, { minLength: 1, maxLength: 5 }),
      fc.constantFrom('pods', 'pods/exec'),
      (rules, resource) => {
        const objects = rules.flatMap((rule, index) => [
          role('ClusterRole', `r${index}`, [rule]),
          binding('ClusterRoleBinding', `b${index}`, { kind: 'ClusterRole', name: `r${index}` }, [subject]),
        ])
        const request = asking('get', resource, 'shop', 'a')
        const authorizer = authorizerOf(...objects)
        const allowed = authorizer.authorize(user, request).decision === 'Allow'
        assert.equal(
          authorizer.whoCan(request).some(({ name }) => name === 'web'),
          allowed,
        )
        assert.equal(authorizerOf(...objects.toReversed()).authorize(user, request).decision === 'Allow', allowed)
      },
    ),
  )
})
