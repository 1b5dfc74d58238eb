import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { isObject, type JsonObject } from '../../src/model/json.ts'
import { findStack } from '../cluster/build.ts'
import { at, listAt, textAt } from '../cluster/client.ts'
import { type Cluster, startCluster } from '../cluster/cluster.ts'
import { freePorts } from '../cluster/ports.ts'
import { bulwark, eventually, type Home, makeHome, type Served, served } from './process.ts'
import { type Relay, relayTo } from './relay.ts'

const stack = await findStack()
const kills = 20
const token = 'ab'.repeat(24)

describe('the server on a real cluster', { skip: stack.kind === 'unavailable' && stack.reason }, () => {
  let home: Home
  let relay: Relay
  let cluster: Cluster
  let auditPort: number

  before(async () => {
    home = makeHome()
    ;[auditPort = 0] = await freePorts(1)
    relay = await relayTo(`http://127.0.0.1:${auditPort}/audit`, token)
    cluster = await startCluster(stack, {
      auditWebhook: { url: relay.url, maxWait: 100, maxBatch: 50 },
      auditLogPath: 'audit.log',
      controllers: true,
    })
    mkdirSync(join(home.dir, 'data'))
    writeFileSync(join(home.dir, 'data', 'audit-webhook-token'), token, { mode: 0o600 })
  })
  after(async () => {
    await cluster?.[Symbol.asyncDispose]()
    await relay?.[Symbol.asyncDispose]()
    home?.[Symbol.dispose]()
  })

  const start = () =>
    bulwark(home, [
      'serve',
      ...['--kubeconfig', cluster.adminKubeconfig, '--data-dir', join(home.dir, 'data')],
      ...['--audit-listen', `127.0.0.1:${auditPort}`, '--port', '0'],
    ])

  test(`no acknowledged event is lost or doubled over ${kills} kills at random moments, and the state is right after`, async () => {
    const seed = Number(process.env.SEED ?? Date.now() % 1_000_000)
    console.log(`   seed ${seed}`)
    const random = randomOf(seed)
    let going = true
    const traffic = Promise.all([0, 1, 2].map((worker) => keepBusy(cluster, worker, () => going)))
    for (let kill = 0; kill < kills; kill += 1) {
      await using running = start()
      const server = await served(home, running)
      // Every other one is killed while it still starts, the rest once it watches.
      if (kill % 2 === 1) await connected(server)
      await new Promise((resolve) => setTimeout(resolve, random() * 1500))
      running.kill('SIGKILL')
      await running.ended
    }
    going = false
    await traffic

    await using running = start()
    const server = await served(home, running)
    // The API server tries again what was refused; then it has nothing more to say.
    await eventually(async () => relay.acknowledged.size, steady(3000), 600_000)
    const acknowledged = new Set(relay.acknowledged)
    assert.ok(acknowledged.size > 1000, `${acknowledged.size} events are too few to prove anything`)
    const stored = await eventually(
      () => auditRows(server),
      (rows) => {
        const there = new Set(rows.map(keyOf))
        return [...acknowledged].every((key) => there.has(key))
      },
    )
    assert.equal(new Set(stored.map(keyOf)).size, stored.length, 'no event is there twice')
    console.log(`   ${acknowledged.size} events acknowledged, ${relay.refused()} batches refused and tried again`)

    const listed = await cluster.admin.get('/api/v1/configmaps')
    const expected = listAt(listed.body, 'items').map(identity).sort()
    await eventually(
      async () => (await objectsOf(server, 'ConfigMap')).map(rowIdentity).sort(),
      (got) => JSON.stringify(got) === JSON.stringify(expected),
    )
    // Nobody watched while it was down: that stands in the record.
    const gaps = await server.get('/api/v1/events?q=kind:gap&limit=1000')
    assert.ok(Array.isArray(gaps.items) && gaps.items.length > 0)
  })

  test('tells who changed an object, from where, and shows the cluster as it was before', async () => {
    await using running = start()
    const server = await served(home, running)
    await connected(server)
    const alice = await cluster.client({ user: 'alice', groups: ['system:masters'] })
    const made = await alice.post('/api/v1/namespaces/default/configmaps', {
      metadata: { name: 'prices' },
      data: { tea: '2' },
    })
    assert.equal(made.status, 201)
    await eventually(
      () => versionsOf(server, 'prices'),
      (versions) => versions.length === 1,
    )
    const before = new Date().toISOString()
    await alice.delete('/api/v1/namespaces/default/configmaps/prices')
    const versions = await eventually(
      () => versionsOf(server, 'prices'),
      (found) => found.length === 2 && found.every(({ madeBy }) => isObject(madeBy)),
    )
    assert.deepEqual(
      versions.map(({ change, madeBy }) => [change, isObject(madeBy) && madeBy.user, isObject(madeBy) && madeBy.verb]),
      [
        ['deleted', 'alice', 'delete'],
        ['added', 'alice', 'create'],
      ],
    )
    const names = async (query: string) =>
      (await objectsOf(server, 'ConfigMap', `&namespace=default${query}`)).map((row) => textAt(row, 'ref', 'name'))
    assert.ok((await names(`&at=${before}`)).includes('prices'), 'it was there before')
    assert.ok(!(await names('')).includes('prices'), 'it is gone now')
  })

  test('takes the audit log from its file as well, each event once', async () => {
    using other = makeHome()
    await using running = bulwark(other, [
      'serve',
      ...['--kubeconfig', cluster.adminKubeconfig, '--audit-listen', 'off', '--port', '0'],
      ...['--audit-log', join(cluster.folder, 'audit.log')],
    ])
    const server = await served(other, running)
    const acknowledged = new Set(relay.acknowledged)
    const rows = await eventually(
      () => auditRows(server),
      (found) => {
        const keys = new Set(found.map(keyOf))
        return [...acknowledged].every((key) => keys.has(key))
      },
    )
    assert.equal(new Set(rows.map(keyOf)).size, rows.length)
  })

  test('a context that may list only some kinds sees those, and says which it does not and how to mend it', async () => {
    using other = makeHome()
    await cluster.admin.post('/apis/rbac.authorization.k8s.io/v1/clusterroles', {
      metadata: { name: 'half' },
      rules: [{ apiGroups: [''], resources: ['namespaces', 'pods'], verbs: ['get', 'list', 'watch'] }],
    })
    await cluster.admin.post('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
      metadata: { name: 'half' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'half' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'half' }],
    })
    const config = await cluster.kubeconfig({ user: 'half' })
    await using running = bulwark(other, ['serve', '--kubeconfig', config, '--audit-listen', 'off', '--port', '0'])
    const server = await served(other, running)
    const seen = async () =>
      listAt(await server.get('/api/v1/kinds'), 'items')
        .filter((row) => at(row, 'seen') === true)
        .map((row) => textAt(row, 'kind'))
        .sort()
    await eventually(seen, (kinds) => kinds.join() === 'Namespace,Pod')
    await eventually(
      async () => listAt(await server.get('/api/v1/sources'), 'items', 0, 'missing'),
      (missing) =>
        missing.some(
          (one) => /deployments/.test(textAt(one, 'what')) && /kubectl create clusterrole/.test(textAt(one, 'mend')),
        ),
    )
  })
})

/** Resolves when the objects of the cluster are watched. */
const connected = (server: Served): Promise<unknown> =>
  eventually(
    async () => listAt(await server.get('/api/v1/sources'), 'items'),
    (items) => items.some((item) => textAt(item, 'id') === 'cluster' && textAt(item, 'state') === 'connected'),
  )

/** mulberry32: the same moments for the same seed. */
const randomOf = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Makes, changes and removes config maps until it is told to stop; some stay. */
const keepBusy = async (cluster: Cluster, worker: number, going: () => boolean): Promise<void> => {
  for (let turn = 0; going(); turn += 1) {
    const name = `busy-${worker}-${turn}`
    const path = `/api/v1/namespaces/default/configmaps/${name}`
    await cluster.admin.post('/api/v1/namespaces/default/configmaps', {
      metadata: { name },
      data: { turn: String(turn) },
    })
    await cluster.admin.get(path)
    // No more stay than one page of the API holds, however long it takes.
    if (turn % 10 !== 0 || turn > 2000) await cluster.admin.delete(path)
    await new Promise((resolve) => setTimeout(resolve, 40))
  }
}

/** True once the number has stayed the same for so long. */
const steady = (millis: number): ((value: number) => boolean) => {
  let last = -1
  let since = Date.now()
  return (value) => {
    if (value !== last) since = Date.now()
    last = value
    return Date.now() - since >= millis
  }
}

const auditRows = async (server: Served): Promise<readonly JsonObject[]> => {
  // A stage that is named shows events of every stage.
  const response = await fetch(
    `${server.url}/api/v1/events/export?format=jsonl&q=${encodeURIComponent('kind:audit stage:*')}`,
    {
      headers: { authorization: `Bearer ${server.token}` },
    },
  )
  const text = await response.text()
  if (!response.ok) throw new Error(text)
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line))
    .filter(isObject)
}

/** The middle part of an event's id is the audit ID. */
const keyOf = (row: JsonObject): string => `${String(row.id).split('-')[1]} ${String(row.stage)}`

const objectsOf = async (server: Served, kind: string, more = ''): Promise<readonly unknown[]> => {
  const page = await server.get(`/api/v1/objects?kind=${kind}&limit=1000${more}`)
  return listAt(page, 'items')
}

const versionsOf = async (server: Served, name: string): Promise<readonly JsonObject[]> =>
  listAt(await server.get(`/api/v1/objects/-/ConfigMap/default/${name}/versions`), 'items').filter(isObject)

const identity = (object: unknown): string =>
  `${textAt(object, 'metadata', 'uid')} ${textAt(object, 'metadata', 'resourceVersion')}`
const rowIdentity = (row: unknown): string => `${String(at(row, 'uid'))} ${String(at(row, 'resourceVersion'))}`
