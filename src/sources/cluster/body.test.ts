import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { receive } from './body.ts'
import type { Kind } from './kind.ts'

const kind = (group: string, version: string, resource: string, name: string): Kind => ({
  group,
  version,
  kind: name,
  resource,
  namespaced: true,
  verbs: ['list', 'watch'],
})
const secrets = kind('', 'v1', 'secrets', 'Secret')
const deployments = kind('apps', 'v1', 'deployments', 'Deployment')

test('keeps a body whole, but for the fields of managedFields and the copy that kubectl apply makes', () => {
  const metadata = {
    name: 'web',
    namespace: 'shop',
    uid: 'u1',
    resourceVersion: '7',
    annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{"env":"hunter2"}', note: 'kept' },
    managedFields: [
      {
        manager: 'kubectl',
        operation: 'Update',
        apiVersion: 'apps/v1',
        time: '2026-01-01T00:00:00Z',
        subresource: 'status',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:spec': {} },
      },
    ],
  }
  assert.deepEqual(receive(deployments, { metadata, spec: { replicas: 2 }, status: {} }), {
    uid: 'u1',
    resourceVersion: '7',
    namespace: 'shop',
    name: 'web',
    body: {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: {
        name: 'web',
        namespace: 'shop',
        uid: 'u1',
        resourceVersion: '7',
        annotations: { note: 'kept' },
        managedFields: [
          {
            manager: 'kubectl',
            operation: 'Update',
            apiVersion: 'apps/v1',
            time: '2026-01-01T00:00:00Z',
            subresource: 'status',
          },
        ],
      },
      spec: { replicas: 2 },
      status: {},
    },
  })
})

test('names an object without a uid by namespace and name', () => {
  assert.equal(receive(deployments, { metadata: { name: 'a', namespace: 'b' } })?.uid, 'b/a')
})

test('says that what has no name is no object', () => {
  for (const item of [null, 7, 'x', [], {}, { metadata: null }, { metadata: {} }, { metadata: { name: 7 } }]) {
    assert.equal(receive(deployments, item), undefined)
  }
})

test('of a Secret keeps names: of its keys from managedFields, of its owner and issuer, never a value', () => {
  const metadata = {
    name: 's',
    namespace: 'shop',
    uid: 'u',
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
    labels: { app: 'web' },
    annotations: {
      'kubernetes.io/service-account.name': 'robot',
      'kubectl.kubernetes.io/last-applied-configuration': '{"stringData":{"password":"hunter2"}}',
      'kapp.k14s.io/original': 'hunter2',
    },
    selfLink: 'hunter2',
    managedFields: [
      {
        manager: 'kubectl',
        operation: 'Apply',
        fieldsV1: { 'f:data': { '.': {}, 'f:password': {}, 'f:user': {} }, 'f:type': {} },
      },
    ],
  }
  assert.deepEqual(receive(secrets, { apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadata', metadata })?.body, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: 's',
      namespace: 'shop',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: { app: 'web' },
      annotations: {
        'kubernetes.io/service-account.name': 'robot',
        'kubectl.kubernetes.io/last-applied-configuration': '[removed]',
        'kapp.k14s.io/original': '[removed]',
      },
      managedFields: [{ manager: 'kubectl', operation: 'Apply' }],
    },
    data: { password: '[removed]', user: '[removed]' },
  })
})

test('no value of a Secret passes, whatever a server sends and wherever it puts it', () => {
  const canary = 'hunter2-canary'
  const leaf = fc.constantFrom(canary, `x${canary}`, 7, null)
  const tree = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.string(), tie('value'), { maxKeys: 3 }),
    ),
  })).value
  const parts = fc.record(
    {
      data: fc.dictionary(fc.string(), leaf),
      stringData: fc.dictionary(fc.string(), leaf),
      type: leaf,
      immutable: tree,
      status: tree,
      annotations: fc.dictionary(fc.string(), leaf),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(parts, ({ annotations, ...rest }) => {
      const received = receive(secrets, { ...rest, metadata: { name: 's', annotations } } as never)
      assert.doesNotMatch(JSON.stringify(received), /hunter2/)
      assert.deepEqual(Object.keys(received?.body.data ?? {}).sort(), Object.keys(rest.data ?? {}).sort())
    }),
  )
})
