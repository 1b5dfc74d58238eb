// Events that an output writes, on a real API server: made, and put in the place of those of the same case.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { noticeOf } from '../../src/outputs/fixture.ts'
import { kubernetesEventOutput } from '../../src/outputs/kubernetes-event.ts'
import { clusterEvents } from '../../src/server/detection/cluster-events.ts'
import { findCluster } from '../../src/sources/cluster/index.ts'
import { findStack } from '../cluster/build.ts'
import { at, listAt } from '../cluster/client.ts'
import { type Cluster, startCluster } from '../cluster/cluster.ts'

const stack = await findStack()

describe('events in the cluster', { skip: stack.kind === 'unavailable' && stack.reason }, () => {
  let cluster: Cluster
  before(async () => {
    cluster = await startCluster(stack, {})
    await cluster.admin.post('/api/v1/namespaces', { metadata: { name: 'payments' } })
  })
  after(() => cluster?.[Symbol.asyncDispose]())

  test('one case is one event, with the newest word', async () => {
    const found = await findCluster({ kubeconfig: cluster.adminKubeconfig })
    assert.ok(found.kind === 'found')
    await using write = clusterEvents(found.access)
    const output = kubernetesEventOutput({ id: 'events', namespace: 'default', write })
    await output.send(noticeOf('opened'), undefined)
    await output.send(noticeOf('closed', { title: 'It is over' }), undefined)
    const { body } = await cluster.admin.get('/apis/events.k8s.io/v1/namespaces/payments/events')
    const events = listAt(body, 'items')
    assert.deepEqual(
      events.map((event) => [at(event, 'metadata', 'name'), at(event, 'reason'), at(event, 'action')]),
      [['bulwark-c7f3k2', 'SecurityCase', 'CaseClosed']],
    )
    assert.match(String(at(events[0], 'note')), /It is over/)
    await assert.rejects(output.send(noticeOf('opened', { namespaces: ['none'] }), undefined), /answered 404/)
  })
})
