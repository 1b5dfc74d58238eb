import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { JsonObject } from '../model/json.ts'
import type { ObjectVersion } from '../model/object.ts'
import { auditSample, noon, objectSample, placed, second } from './fixture.ts'
import { openStore } from './index.ts'

type Sample = Partial<Parameters<typeof objectSample>[0]>
const policy = (at: number, spec: JsonObject, more: Sample = {}, group = 'networking.k8s.io'): ObjectVersion => {
  const time = noon + Math.round(at * second)
  const kind = { kind: 'NetworkPolicy', resource: 'networkpolicies' }
  const one = objectSample({ name: 'deny', ...kind, resourceVersion: `${time}`, ...more, time })
  const body = { ...one.body, spec, status: { at }, metadata: { name: one.ref.name, labels: { a: 'ü/"\n' } } }
  return { ...one, ref: { ...one.ref, group }, body }
}
const question = {
  resources: [
    { group: 'networking.k8s.io', resource: 'networkpolicies' },
    { group: 'constraints.gatekeeper.sh', resource: '*' },
  ],
  members: { metadata: { labels: true }, spec: true, webhooks: true },
} as const

const open = async (t: { after(done: () => Promise<void>): void }, records: readonly ObjectVersion[]) => {
  const dir = await mkdtemp(join(tmpdir(), 'bulwark-test-versions-'))
  const store = await openStore({ dir })
  t.after(async () => {
    await store[Symbol.asyncDispose]()
    await rm(dir, { recursive: true, force: true })
  })
  await store.insertBlock(placed(records), 'all')
  return store
}
const listOf = async (versions: AsyncIterable<ObjectVersion>): Promise<readonly ObjectVersion[]> => {
  const found: ObjectVersion[] = []
  for await (const one of versions) found.push(one)
  return found
}
const told = ({ ref, time, change, body }: ObjectVersion): string =>
  `${(time - noon) / second} ${ref.name} ${change} ${JSON.stringify(body.spec)}`

test('versions of some kinds: as they were at the start, then as what is asked for of them changed', async (t) => {
  const constraint: Sample = { name: 'must', kind: 'K8sRequired', resource: 'k8srequired' }
  const records = [
    policy(-60, { n: 1 }),
    policy(-30, { n: 2 }),
    policy(-60, { n: 1 }, { name: 'gone' }),
    policy(-50, { n: 1 }, { name: 'gone', change: 'deleted' }),
    policy(-20, { n: 7 }, constraint, 'constraints.gatekeeper.sh'),
    policy(-20, { n: 9 }, { kind: 'ConfigMap', resource: 'configmaps' }, ''),
    policy(-20, { n: 9 }, {}, 'crd.projectcalico.org'),
    policy(1, { n: 2 }),
    policy(2, { n: 2 }),
    policy(3, { n: 3 }),
    policy(4, { n: 3 }, { change: 'deleted' }),
    policy(5, { n: 3 }),
    policy(5, { n: 3 }, { name: 'new' }),
    policy(5.5, { n: 3 }, { change: 'listed' }),
    policy(60, { n: 5 }),
  ]
  const store = await open(t, records)
  const found = await listOf(store.versionsOver(question, noon, noon + 60 * second))
  assert.deepEqual(found.slice(0, 2).map(told).sort(), ['-20 must added {"n":7}', '-30 deny added {"n":2}'])
  assert.deepEqual(found.slice(2).map(told), [
    // The first one that is looked at is handed out whatever it was before.
    '1 deny added {"n":2}',
    '3 deny added {"n":3}',
    '4 deny deleted {"n":3}',
    '5 deny added {"n":3}',
    '5 new added {"n":3}',
  ])
  assert.deepEqual(found[2], { ...records[7], body: { metadata: { labels: { a: 'ü/"\n' } }, spec: { n: 2 } } })
  assert.deepEqual(await store.firstVersions(question.resources), new Map([['shop-cluster', noon - 60 * second]]))
  assert.deepEqual(await listOf(store.versionsOver({ ...question, resources: [] }, noon, noon + 60 * second)), [])
})

test('many of them come each once and in order, also where slices end among equal times', async (t) => {
  // Ten at each moment; and again a little later, when nothing changed that is asked for.
  const records = Array.from({ length: 500 }, (_, n) =>
    [0, 0.005].flatMap((later) =>
      Array.from({ length: 10 }, (__, of) => policy(10 + n / 100 + later, { n }, { name: `p${of}` })),
    ),
  ).flat()
  const store = await open(t, records)
  await store.insertBlock(placed(records), 'again')
  const found = await listOf(store.versionsOver(question, noon, noon + 60 * second))
  assert.equal(new Set(found.map(told)).size, found.length)
  assert.equal(found.filter(({ time }) => (time - noon) % 10_000 === 0).length, 5000)
  // The first of each slice.
  assert.ok(found.length <= 5000 + 10 * 11, `${found.length}`)
  assert.ok(found.every(({ time }, place) => time >= (found[place - 1]?.time ?? 0)))
})

test('the clusters that tell of requests', async (t) => {
  const store = await open(t, [])
  await store.insertBlock(placed([auditSample({}), auditSample({ cluster: 'till', time: noon + second })]), 'requests')
  assert.deepEqual(await store.seenClusters('audit', noon, noon + 60 * second), ['shop-cluster', 'till'])
  assert.deepEqual(await store.seenClusters('audit', noon, noon + second), ['shop-cluster'])
  assert.deepEqual(await store.seenClusters('runtime', noon, noon + second), [])
})
