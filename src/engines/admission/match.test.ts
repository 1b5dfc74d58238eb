import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../model/json.ts'
import { isExempt, type MatchWorld, matchResources } from './match.ts'
import type { AdmissionRequest } from './request.ts'

const world: MatchWorld = {
  namespaceLabels: (name) => (name === 'prod' ? { env: 'prod' } : name === 'dev' ? {} : undefined),
  equivalents: ({ group, resource }) =>
    group === 'apps' && resource === 'deployments'
      ? [
          {
            resource: { group: 'extensions', version: 'v1beta1', resource: 'deployments' },
            kind: { group: 'extensions', version: 'v1beta1', kind: 'Deployment' },
          },
        ]
      : [],
}

const request = (changes: Partial<AdmissionRequest> = {}): AdmissionRequest => ({
  operation: 'CREATE',
  kind: { group: 'apps', version: 'v1', kind: 'Deployment' },
  resource: { group: 'apps', version: 'v1', resource: 'deployments' },
  subresource: '',
  name: 'web',
  namespace: 'prod',
  user: { name: 'alice', groups: [] },
  dryRun: false,
  object: { metadata: { labels: { app: 'web' } } },
  oldObject: null,
  ...changes,
})

const rule = (changes: JsonObject = {}): JsonObject => ({
  apiGroups: ['apps'],
  apiVersions: ['v1'],
  operations: ['CREATE', 'UPDATE'],
  resources: ['deployments'],
  ...changes,
})

/** The version that matched, or the reason why none did. */
function outcome(constraints: JsonObject, changes: Partial<AdmissionRequest> = {}): string {
  const match = matchResources(constraints, request(changes), world)
  return match.kind === 'match'
    ? `as ${match.as.group}/${match.as.version}`
    : match.kind === 'error'
      ? match.message
      : match.reason
}

test('a rule has to name operation, group, version and resource', () => {
  const rules = [
    rule(),
    rule({ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*'] }),
    rule({ operations: ['DELETE'] }),
    rule({ apiGroups: [''] }),
    rule({ resources: ['deployments/*'] }),
    rule({ resources: ['deployments/scale'] }),
    rule({ resourceNames: ['web'] }),
    rule({ resourceNames: ['db'] }),
    rule({ scope: 'Cluster' }),
    rule({ scope: 'Namespaced' }),
  ]
  assert.deepEqual(
    rules.map((one) => outcome({ resourceRules: [one] })),
    [
      'as apps/v1',
      'as apps/v1',
      ...Array(2).fill('resourceRules'),
      'as apps/v1',
      'resourceRules',
      'as apps/v1',
      'resourceRules',
      'resourceRules',
      'as apps/v1',
    ],
  )
})

test('a subresource matches only a rule that names it', () => {
  const outcomes = ['deployments', '*', 'deployments/scale', '*/scale', '*/*', 'pods/scale'].map((resource) =>
    outcome({ resourceRules: [rule({ resources: [resource] })] }, { subresource: 'scale' }),
  )
  assert.deepEqual(outcomes, [
    'resourceRules',
    'resourceRules',
    'as apps/v1',
    'as apps/v1',
    'as apps/v1',
    'resourceRules',
  ])
})

test('a rule for another version matches the same resource unless the policy asks for exact ones', () => {
  const old = rule({ apiGroups: ['extensions'], apiVersions: ['v1beta1'] })
  assert.deepEqual(
    [outcome({ resourceRules: [old] }), outcome({ resourceRules: [old], matchPolicy: 'Exact' })],
    ['as extensions/v1beta1', 'resourceRules'],
  )
})

test('an excluded resource does not match, also in another version', () => {
  const old = rule({ apiGroups: ['extensions'], apiVersions: ['v1beta1'] })
  assert.deepEqual(
    [
      outcome({ resourceRules: [rule()], excludeResourceRules: [rule({ resourceNames: ['web'] })] }),
      outcome({ resourceRules: [rule()], excludeResourceRules: [old] }),
      outcome({ resourceRules: [rule()], excludeResourceRules: [rule({ resourceNames: ['db'] })] }),
    ],
    ['excludeResourceRules', 'excludeResourceRules', 'as apps/v1'],
  )
})

test('selectors look at the labels of the namespace and of either object', () => {
  const namespaceSelector = { matchLabels: { env: 'prod' } }
  const objectSelector = { matchLabels: { app: 'web' } }
  const rules = { resourceRules: [rule({ operations: ['*'] })] }
  const old = { metadata: { labels: { app: 'web' } } }
  assert.deepEqual(
    [
      outcome({ ...rules, namespaceSelector }),
      outcome({ ...rules, namespaceSelector }, { namespace: 'dev' }),
      outcome({ ...rules, namespaceSelector }, { namespace: 'gone' }),
      outcome({ ...rules, objectSelector }),
      outcome({ ...rules, objectSelector }, { object: {} }),
      outcome({ ...rules, objectSelector }, { operation: 'DELETE', object: null, oldObject: old }),
    ],
    ['as apps/v1', 'namespaceSelector', 'namespaces "gone" not found', 'as apps/v1', 'objectSelector', 'as apps/v1'],
  )
})

test('a namespace that is created is selected by its own labels, and counts as cluster-scoped', () => {
  const namespace: Partial<AdmissionRequest> = {
    kind: { group: '', version: 'v1', kind: 'Namespace' },
    resource: { group: '', version: 'v1', resource: 'namespaces' },
    namespace: 'new',
    name: 'new',
    object: { metadata: { labels: { env: 'prod' } } },
  }
  const rules = (scope: string): JsonObject => ({
    resourceRules: [rule({ apiGroups: [''], resources: ['namespaces'], scope })],
    namespaceSelector: { matchLabels: { env: 'prod' } },
  })
  assert.deepEqual(
    [outcome(rules('Cluster'), namespace), outcome(rules('Namespaced'), namespace)],
    ['as /v1', 'resourceRules'],
  )
})

test('policies and reviews are exempt from policies', () => {
  const exempt = (group: string, resource: string): boolean =>
    isExempt(request({ resource: { group, version: 'v1', resource } }))
  assert.deepEqual(
    [
      exempt('admissionregistration.k8s.io', 'validatingadmissionpolicies'),
      exempt('admissionregistration.k8s.io', 'validatingwebhookconfigurations'),
      exempt('authorization.k8s.io', 'subjectaccessreviews'),
      exempt('apps', 'deployments'),
    ],
    [true, false, true, false],
  )
})

test('a selector that cannot be read is an internal error, where the rest matches', () => {
  const broken = { matchExpressions: [{ key: 'app', operator: 'Like' }] }
  const message = 'Internal error occurred: "Like" is not a valid label selector operator'
  assert.equal(outcome({ objectSelector: broken, resourceRules: [rule()] }), message)
  assert.equal(outcome({ namespaceSelector: broken, resourceRules: [rule()] }), message)
  assert.equal(outcome({ objectSelector: broken, resourceRules: [rule({ apiGroups: ['x'] })] }), 'resourceRules')
})
