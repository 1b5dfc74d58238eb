import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Kind, kindName } from './kind.ts'
import { defaultExclude, planKinds } from './plan.ts'

const kind = (name: string, verbs: readonly string[] = ['get', 'list', 'watch']): Kind => {
  const [resource = '', ...group] = name.split('.')
  return { group: group.join('.'), version: 'v1', kind: 'K', resource, namespaced: true, verbs }
}
const names = (kinds: readonly Kind[]): readonly string[] => kinds.map(kindName)

test('lists namespaces, CRDs, RBAC and workloads before the rest, and the rest by name', () => {
  const all = [
    'zebras.example.com',
    'pods',
    'ants.example.com',
    'clusterroles.rbac.authorization.k8s.io',
    'namespaces',
  ].map((name) => kind(name))
  assert.deepEqual(names(planKinds(all, 'none', []).watched), [
    'namespaces',
    'clusterroles.rbac.authorization.k8s.io',
    'pods',
    'ants.example.com',
    'zebras.example.com',
  ])
})

test('reads Secrets only when asked to, and says how to ask', () => {
  const plan = planKinds([kind('secrets')], 'none', [])
  assert.deepEqual(plan, {
    watched: [],
    left: [{ kind: kind('secrets'), why: 'Secrets are not read by default' }],
    missing: [
      {
        what: 'secrets',
        why: 'Secrets are not read by default',
        mend: 'Start with --secrets metadata to record their names, keys and owners, never their values',
      },
    ],
  })
  assert.deepEqual(names(planKinds([kind('secrets')], 'metadata', []).watched), ['secrets'])
})

test('leaves leases out by default, and says so', () => {
  const plan = planKinds([kind('leases.coordination.k8s.io'), kind('pods')], 'none', defaultExclude)
  assert.deepEqual(names(plan.watched), ['pods'])
  assert.deepEqual(plan.missing, [
    {
      what: 'leases.coordination.k8s.io',
      why: 'left out by the setting exclude',
      mend: 'Take leases.coordination.k8s.io out of the setting exclude to record it',
    },
  ])
})

test('reads what is served twice once, but a second name alone is read', () => {
  const both = planKinds([kind('events'), kind('events.events.k8s.io')], 'none', [])
  assert.deepEqual(names(both.watched), ['events'])
  assert.deepEqual(both.left, [{ kind: kind('events.events.k8s.io'), why: 'the same objects are recorded as events' }])
  assert.deepEqual(names(planKinds([kind('ingresses.extensions')], 'none', []).watched), ['ingresses.extensions'])
})

test('shows a kind that cannot be watched, and passes over questions that are no objects', () => {
  const plan = planKinds(
    [kind('componentstatuses', ['get', 'list']), kind('tokenreviews.authentication.k8s.io', ['create'])],
    'none',
    [],
  )
  assert.deepEqual(plan, {
    watched: [],
    left: [{ kind: kind('componentstatuses', ['get', 'list']), why: 'the API server offers no watch of this kind' }],
    missing: [],
  })
})
