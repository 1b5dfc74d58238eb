import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DetectionTarget } from '../../model/detection.ts'
import { ClusterState } from '../../state/cluster-state.ts'
import { type SampleObject, sampleObject } from '../../state/fixture.ts'
import { createClusterContext } from './cluster-context.ts'

const rbac = 'rbac.authorization.k8s.io/v1'
const role = (
  name: string,
  verbs: readonly string[],
  resources: readonly string[],
  apiGroups = [''],
): SampleObject => ({
  apiVersion: rbac,
  kind: 'ClusterRole',
  name,
  rest: { rules: [{ verbs, resources, apiGroups }] },
})
const binding = (name: string, roleName: string, account: string): SampleObject => ({
  apiVersion: rbac,
  kind: 'ClusterRoleBinding',
  name,
  rest: {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: roleName },
    subjects: [{ kind: 'ServiceAccount', namespace: 'ci', name: account }],
  },
})
const contextOf = (...objects: readonly SampleObject[]) => {
  const state = new ClusterState()
  for (const object of objects) state.apply(sampleObject(object))
  return { state, context: createClusterContext((cluster) => (cluster === 'shop' ? state : undefined)) }
}
const target = (resource: string, namespace: string, name: string, group = ''): DetectionTarget => ({
  group,
  resource,
  subresource: '',
  namespace,
  name,
})
const account = (name: string) => `system:serviceaccount:ci:${name}`

test('tells cluster-admins, and who may read every Secret, by which binding; anew when RBAC changes', () => {
  const { state, context } = contextOf(
    role('cluster-admin', ['*'], ['*'], ['*']),
    role('reader', ['get', 'list'], ['secrets']),
    binding('root', 'cluster-admin', 'admin'),
    binding('readers', 'reader', 'reader'),
  )
  assert.deepEqual(context.rightsOf('shop', account('admin'), []), {
    clusterAdmin: true,
    readsAllSecrets: true,
    by: 'by ClusterRoleBinding root',
  })
  assert.deepEqual(context.rightsOf('shop', account('reader'), []), {
    clusterAdmin: false,
    readsAllSecrets: true,
    by: 'by ClusterRoleBinding readers',
  })
  const none = { clusterAdmin: false, readsAllSecrets: false, by: '' }
  assert.deepEqual(context.rightsOf('shop', account('deployer'), []), none)
  assert.deepEqual(context.rightsOf('elsewhere', account('admin'), []), none)
  state.apply(sampleObject(binding('more', 'cluster-admin', 'deployer')))
  assert.equal(context.rightsOf('shop', account('deployer'), []).clusterAdmin, true)
  state.apply(sampleObject({ ...binding('root', 'cluster-admin', 'admin'), change: 'deleted', resourceVersion: '2' }))
  assert.deepEqual(context.rightsOf('shop', account('admin'), []), none)
})

test('counts rights that come through groups: by the bindings that name them, and system:masters before any', () => {
  const toGroup = (name: string, roleName: string, group: string): SampleObject => ({
    ...binding(name, roleName, ''),
    rest: {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: roleName },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: group }],
    },
  })
  const { state, context } = contextOf(
    role('cluster-admin', ['*'], ['*'], ['*']),
    role('reader', ['get', 'list'], ['secrets']),
    toGroup('platform', 'cluster-admin', 'oidc:platform'),
    toGroup('auditors', 'reader', 'oidc:auditors'),
  )
  const rights = (principal: string, ...groups: readonly string[]) => context.rightsOf('shop', principal, groups)
  const none = { clusterAdmin: false, readsAllSecrets: false, by: '' }
  assert.deepEqual(rights('alice', 'oidc:dev', 'system:authenticated'), none)
  const read = {
    clusterAdmin: false,
    readsAllSecrets: true,
    by: 'by ClusterRoleBinding auditors through the group oidc:auditors',
  }
  assert.deepEqual(rights('alice', 'oidc:auditors'), read)
  const all = {
    clusterAdmin: true,
    readsAllSecrets: true,
    by: 'by ClusterRoleBinding platform through the group oidc:platform',
  }
  assert.deepEqual(rights('alice', 'oidc:auditors', 'oidc:platform'), all)
  assert.deepEqual(rights('alice', 'oidc:platform', 'oidc:auditors'), all)
  assert.deepEqual(rights('alice', 'oidc:platform', 'system:masters'), {
    clusterAdmin: true,
    readsAllSecrets: true,
    by: 'as a member of system:masters',
  })
  // A name that looks like a group is none, and neither is one of another user.
  assert.deepEqual(rights('oidc:platform'), none)
  assert.deepEqual(rights('bob'), none)
  // The groups that follow from the name of a service account count without being told.
  state.apply(sampleObject(toGroup('accounts', 'reader', 'system:serviceaccounts:ci')))
  assert.equal(rights(account('x')).readsAllSecrets, true)
})

test('tells what is sensitive, and why', () => {
  const { context } = contextOf(
    { kind: 'Namespace', name: 'payments', labels: { 'bulwark.dev/sensitivity': 'high' } },
    { kind: 'Pod', namespace: 'shop', name: 'till', rest: {}, labels: { 'bulwark.dev/sensitivity': 'high' } },
  )
  for (const [one, why] of [
    [target('secrets', 'dev', 'x'), 'Secrets were reached'],
    [target('pods', 'kube-system', 'x'), 'kube-system holds parts of the control plane'],
    [target('pods', 'payments', 'x'), 'namespace payments is marked as highly sensitive'],
    [target('pods', 'shop', 'till'), 'Pod shop/till is marked as highly sensitive'],
  ] as const)
    assert.deepEqual(context.weightOf('shop', one), { kind: 'sensitive', why })
  assert.deepEqual(context.weightOf('shop', target('pods', 'shop', 'other')), { kind: 'plain', why: '' })
})

test('tells what can be reached from outside', () => {
  const pod = (name: string, app: string): SampleObject => ({ kind: 'Pod', namespace: 'shop', name, labels: { app } })
  const service = (name: string, app: string, type: string): SampleObject => ({
    kind: 'Service',
    namespace: 'shop',
    name,
    rest: { spec: { type, selector: { app } } },
  })
  const ingress: SampleObject = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    namespace: 'shop',
    name: 'front',
    rest: { spec: { rules: [{ http: { paths: [{ backend: { service: { name: 'web' } } }] } }] } },
  }
  const { context } = contextOf(
    pod('lb-1', 'lb'),
    pod('web-1', 'web'),
    pod('db-1', 'db'),
    service('lb', 'lb', 'LoadBalancer'),
    service('web', 'web', 'ClusterIP'),
    service('db', 'db', 'ClusterIP'),
    ingress,
  )
  const why = (name: string) => context.weightOf('shop', target('pods', 'shop', name)).why
  assert.equal(why('lb-1'), 'Pod shop/lb-1 is exposed: Service lb is of type LoadBalancer')
  assert.equal(why('web-1'), 'Pod shop/web-1 is exposed: Ingress front leads to Service web')
  assert.equal(why('db-1'), '')
})

test('tells test namespaces, the account of a pod, and the addresses of nodes', () => {
  const { context } = contextOf(
    { kind: 'Namespace', name: 'dev', labels: { 'bulwark.dev/environment': 'test' } },
    { kind: 'Namespace', name: 'shop' },
    { kind: 'Pod', namespace: 'shop', name: 'web-1', rest: { spec: { serviceAccountName: 'web' } } },
    { kind: 'Node', name: 'n1', rest: { status: { addresses: [{ type: 'InternalIP', address: '10.0.0.1' }, 7] } } },
  )
  assert.deepEqual(
    [context.isTest('shop', 'dev'), context.isTest('shop', 'shop'), context.isTest('x', 'dev')],
    [true, false, false],
  )
  assert.equal(context.accountOf('shop', 'shop', 'web-1'), 'system:serviceaccount:shop:web')
  assert.equal(context.accountOf('shop', 'shop', 'web-2'), '')
  assert.deepEqual([context.isShared('shop', '10.0.0.1'), context.isShared('shop', '10.0.0.2')], [true, false])
})
