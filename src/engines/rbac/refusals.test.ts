import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../model/json.ts'
import { readRbac, refusalsOf } from './index.ts'

const group = 'rbac.authorization.k8s.io'
const metadata = { name: 'x', namespace: 'shop' }
const binding = (kind: string, roleRef: JsonObject, subjects: readonly JsonObject[] = []): JsonObject => ({
  kind,
  metadata,
  roleRef,
  subjects: [...subjects],
})
const editor = { apiGroup: group, kind: 'ClusterRole', name: 'edit' }

const told = (object: JsonObject): readonly string[] => {
  assert.deepEqual(readRbac([object]).problems, [])
  return refusalsOf([object]).map(({ path, what }) => `${path} ${what}`)
}

const cases: readonly (readonly [string, JsonObject, readonly string[]])[] = [
  [
    'a role as it should be',
    { kind: 'Role', metadata, rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }] },
    [],
  ],
  [
    'a rule without verbs, groups and resources',
    { kind: 'ClusterRole', metadata, rules: [{}] },
    [
      'rules[0].verbs must contain at least one value',
      'rules[0].apiGroups must hold a group; the core group is ""',
      'rules[0].resources must hold a resource',
    ],
  ],
  [
    'URLs in a role of a namespace',
    { kind: 'Role', metadata, rules: [{ verbs: ['get'], nonResourceURLs: ['/metrics'] }] },
    ['rules[0].nonResourceURLs are not for a Role: namespaced rules cannot apply to them'],
  ],
  [
    'URLs beside resources',
    {
      kind: 'ClusterRole',
      metadata,
      rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'], nonResourceURLs: ['/metrics'] }],
    },
    ['rules[0].nonResourceURLs cannot stand in a rule with regular resources'],
  ],
  [
    'an aggregation without selectors',
    { kind: 'ClusterRole', metadata, aggregationRule: {} },
    ['aggregationRule.clusterRoleSelectors must hold a selector'],
  ],
  [
    'selectors that no label can meet',
    {
      kind: 'ClusterRole',
      metadata,
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { 'a b': 'c' } }, { matchLabels: { d: '-' } }] },
    },
    [
      'aggregationRule.clusterRoleSelectors[0] asks of "a b" what no label can have',
      'aggregationRule.clusterRoleSelectors[1] asks of "d" what no label can have',
    ],
  ],
  [
    'names and labels that are none',
    { kind: 'ClusterRole', metadata: { name: 'a%b', labels: { 'a b': 'c', d: 'e f' } } },
    [
      'metadata.name must not be "." or ".." and must not hold "/" or "%"',
      'metadata.labels["a b"] is not the key of a label',
      'metadata.labels["d"] is not the value of a label',
    ],
  ],
  ['a binding as it should be', binding('RoleBinding', editor, [{ kind: 'ServiceAccount', name: 'web' }]), []],
  [
    'a cluster role binding to a role',
    binding('ClusterRoleBinding', { apiGroup: 'x', kind: 'Role', name: '..' }),
    [
      'roleRef.apiGroup must be "rbac.authorization.k8s.io"',
      'roleRef.kind must be ClusterRole',
      'roleRef.name must not be "." or ".." and must not hold "/" or "%"',
    ],
  ],
  [
    'subjects of which nothing is right',
    binding('ClusterRoleBinding', editor, [
      { kind: 'user', name: 'alice' },
      { kind: 'User', name: 'alice', apiGroup: 'x' },
      { kind: 'Group', name: '' },
      { kind: 'ServiceAccount', name: 'Web', apiGroup: group },
    ]),
    [
      'subjects[0].kind must be ServiceAccount, User or Group',
      'subjects[1].apiGroup must be "rbac.authorization.k8s.io"',
      'subjects[2].name is missing',
      'subjects[3].name is not the name of a service account',
      'subjects[3].apiGroup must be empty for a service account',
      'subjects[3].namespace is missing',
    ],
  ],
]

for (const [name, object, expected] of cases) {
  test(`what the API server refuses of ${name}`, () => assert.deepEqual(told(object), expected))
}
