import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { JsonObject } from '../../src/model/json.ts'
import { findStack } from '../cluster/build.ts'
import { type Cluster, startCluster } from '../cluster/cluster.ts'
import { until } from '../cluster/until.ts'
import { bulwark, eventually, makeHome, runBulwark, served } from '../server/process.ts'

const stack = await findStack()

/** A kind of its own, as a cluster with AdminNetworkPolicy has it. */
const adminPolicies: JsonObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: {
    name: 'adminnetworkpolicies.policy.networking.k8s.io',
    annotations: { 'api-approved.kubernetes.io': 'https://github.com/kubernetes/enhancements/pull/2091' },
  },
  spec: {
    group: 'policy.networking.k8s.io',
    scope: 'Cluster',
    names: { kind: 'AdminNetworkPolicy', plural: 'adminnetworkpolicies' },
    versions: [
      {
        name: 'v1alpha1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
}

const deployment = (name: string, replicas: number): JsonObject => ({
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'c', image: 'registry.example/c', ports: [{ name: 'sql', containerPort: 5432 }] }] },
    },
  },
})

describe('bulwark reach, against a real API server', { skip: stack.kind === 'unavailable' && stack.reason }, () => {
  let cluster: Cluster

  before(async () => {
    cluster = await startCluster(stack, { controllers: true })
    const post = async (path: string, body: JsonObject) => {
      const { status, body: said } = await cluster.admin.post(path, body)
      assert.equal(status, 201, JSON.stringify(said))
    }
    await post('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', adminPolicies)
    await post('/api/v1/namespaces', { metadata: { name: 'shop' } })
    await until('the new kind to be served', async () => {
      const { status } = await cluster.admin.get('/apis/policy.networking.k8s.io/v1alpha1/adminnetworkpolicies')
      return status === 200
    })
    await post('/apis/apps/v1/namespaces/shop/deployments', deployment('web', 2))
    await post('/apis/apps/v1/namespaces/shop/deployments', deployment('db', 1))
  })
  after(async () => {
    await cluster?.[Symbol.asyncDispose]()
  })

  test('answers for workloads by the record of a server that watches, as it is and as it was', async () => {
    using home = makeHome()
    await using running = bulwark(home, [
      'serve',
      ...['--kubeconfig', cluster.adminKubeconfig, '--audit-listen', 'off', '--port', '0'],
    ])
    await served(home, running)
    const ask = (...args: readonly string[]) =>
      runBulwark(home, ['reach', 'shop/web', 'shop/db', '--port', 'sql', ...args])
    const { stdout, stderr } = await eventually(
      () => ask(),
      ({ code, stderr: note }) => code === 0 && note.includes('2 pods'),
    )
    assert.match(stdout, /^shop\/web -> shop\/db, TCP 5432\nallowed: TCP 5432\n/)
    assert.match(stderr, /^note: shop\/web-\S+ stands for the 2 pods of shop\/web\n$/)
    const open = new Date().toISOString()

    const isolated = { podSelector: { matchLabels: { app: 'db' } }, policyTypes: ['Ingress'] }
    const path = '/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies'
    await cluster.admin.post(path, { metadata: { name: 'db' }, spec: isolated })
    const shut = await eventually(
      () => ask(),
      ({ code }) => code === 1,
    )
    assert.match(shut.stdout, /network ingress {2}deny {4}all {6}no rule of NetworkPolicy shop\/db allows it/)
    const closed = new Date().toISOString()

    await cluster.admin.post('/apis/policy.networking.k8s.io/v1alpha1/adminnetworkpolicies', {
      apiVersion: 'policy.networking.k8s.io/v1alpha1',
      kind: 'AdminNetworkPolicy',
      metadata: { name: 'let-in' },
      spec: {
        priority: 1,
        subject: { namespaces: {} },
        ingress: [{ action: 'Allow', from: [{ namespaces: {} }] }],
      },
    })
    const opened = await eventually(
      () => ask('-o', 'json'),
      ({ code }) => code === 0,
    )
    const { allowed, complete, origin, decisions } = JSON.parse(opened.stdout)
    assert.deepEqual([allowed, complete], ['TCP 5432', true])
    assert.match(origin, /^the record of http:/)
    assert.deepEqual(decisions.at(-1).by, {
      kind: 'rule',
      policy: { kind: 'AdminNetworkPolicy', namespace: '', name: 'let-in' },
      path: 'spec.ingress[0]',
    })

    const past = await eventually(
      () => ask('--at', closed),
      ({ code }) => code === 1,
    )
    assert.match(past.stdout, /no rule of NetworkPolicy shop\/db allows it/)
    assert.equal((await ask('--at', open)).code, 0)
    const nobody = await runBulwark(home, ['reach', 'shop/wep', 'shop/db'])
    assert.equal(nobody.code, 2)
    assert.match(nobody.stderr, /there is no pod or workload "shop\/wep"/)
  })
})
