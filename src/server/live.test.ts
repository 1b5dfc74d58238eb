import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { alert, audit, placed } from '../detect/fixture.ts'
import { createSubjects } from '../detect/subjects.ts'
import type { EventRow } from '../model/answer.ts'
import { portChannel } from '../recorder/fixture.ts'
import type { Channel } from '../recorder/index.ts'
import { sampleObject } from '../state/fixture.ts'
import { createLive, type FromLive, liveHere, type Rows, type ToLive } from './live.ts'

const ports: MessagePort[] = []
afterEach(() => {
  for (const port of ports.splice(0)) port.close()
})

/** Rows as the page wants them, with what became of them. */
const makeRows = () => {
  const told: string[] = []
  let listener = () => {}
  let isWanted = false
  const rows: Rows = {
    isWanted: () => isWanted,
    onWanted: (one) => {
      listener = one
    },
    publish: (all: readonly EventRow[]) => told.push(...all.map(({ user }) => user)),
    skip: () => told.push('skipped'),
  }
  const want = (now: boolean): void => {
    isWanted = now
    listener()
  }
  return { rows, told, want }
}

const bothHalves = (rows: Rows) => {
  const { port1, port2 } = new MessageChannel()
  ports.push(port1, port2)
  const counts = { sent: 0, heard: 0 }
  const counted = <In, Out>({ send, receive, closed }: Channel<In, Out>): Channel<In, Out> => ({
    send: (message, transfer) => {
      counts.sent += 1
      send(message, transfer)
    },
    receive: (listener) =>
      receive((message) => {
        listener(message)
        counts.heard += 1
      }),
    closed,
  })
  const there = liveHere(counted(portChannel<ToLive, FromLive>(port2)))
  const live = createLive(rows, counted(portChannel(port1)))
  /** Everything that was sent was heard, and what that led to as well. */
  const settled = async () => {
    do await new Promise((resolve) => setImmediate(resolve))
    while (counts.heard < counts.sent)
  }
  return { there, live, settled }
}

const pod = sampleObject({
  kind: 'Pod',
  namespace: 'shop',
  name: 'web-1',
  rest: {
    spec: { nodeName: 'worker-1', serviceAccountName: 'web', containers: [{ name: 'web', image: 'nginx:1', env: [] }] },
    status: { containerStatuses: [{ name: 'web', containerID: `containerd://${'ab'.repeat(32)}` }] },
  },
})

test('rows are made while somebody wants them, from the moment on that he does; that others went by is told once', async () => {
  const { rows, told, want } = makeRows()
  const { there, settled } = bothHalves(rows)
  there.sink.take(placed(1, [audit(1, { user: 'early' })]))
  there.sink.take(placed(2, [audit(2, { user: 'early' })]))
  await settled()
  assert.deepEqual(told, ['skipped'])
  want(true)
  await settled()
  there.sink.take(placed(3, [audit(3, { user: 'alice' }), audit(4, { user: 'bob' })]))
  await settled()
  want(false)
  await settled()
  there.sink.take(placed(4, [audit(5)]))
  there.sink.take(placed(5, [audit(6)]))
  await settled()
  assert.deepEqual(told, ['skipped', 'alice', 'bob', 'skipped'])
})

test('objects and exemptions come over; objects received before a relist do not', async () => {
  const { live, there, settled } = bothHalves(makeRows().rows)
  const annotations = { 'pod-security.kubernetes.io/exempt': 'namespace', other: 'x' }
  const target = { group: '', version: 'v1', resource: 'pods', subresource: '', namespace: 'kube-system', name: 'x' }
  const record = audit(1, { target })
  const told = { ...record, event: { ...record.event, annotations } }
  there.sink.take(placed(1, [pod, told]))
  await settled()
  assert.deepEqual(live.state.get(pod.ref), pod)
  assert.match(live.exempt('kube-system'), /exempts this namespace/)
  live.forgetBefore(1000)
  await settled()
  there.sink.take(placed(2, [{ ...pod, ref: { ...pod.ref, name: 'old' }, uid: 'old', receivedAt: 999 }]))
  there.sink.take(placed(3, [{ ...pod, ref: { ...pod.ref, name: 'new' }, uid: 'new', receivedAt: 1000 }]))
  await settled()
  assert.equal(live.state.size, 2)
  assert.ok(live.state.get({ ...pod.ref, name: 'new' }))
})

test('where a record happened is known in the thread of the records: from before the start, and from what came since', async () => {
  const { live, there, settled } = bothHalves(makeRows().rows)
  const subjectOf = createSubjects(there.subjectsOf)
  live.remember(pod)
  await settled()
  const subject = subjectOf(alert(1, { pod: 'web-1', container: '', image: '', containerId: 'ab'.repeat(6) }))
  assert.deepEqual(subject, {
    namespace: 'shop',
    pod: 'web-1',
    workload: 'Pod/web-1',
    serviceAccount: 'system:serviceaccount:shop:web',
    node: 'worker-1',
    container: 'web',
    image: 'nginx:1',
  })
  assert.deepEqual(there.subjectsOf('shop')?.get(pod.ref)?.body.spec, {
    nodeName: 'worker-1',
    serviceAccountName: 'web',
    containers: [{ name: 'web', image: 'nginx:1' }],
  })
  there.sink.take(placed(1, [{ ...pod, change: 'deleted' }]))
  assert.equal(there.subjectsOf('shop')?.get(pod.ref), undefined)
})
