// Rules and suppressions as objects of a real cluster: made, changed, broken, removed, and there from the first moment after
// kill -9.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { parse } from 'yaml'
import type { JsonObject } from '../../src/model/json.ts'
import { findStack } from '../cluster/build.ts'
import { at } from '../cluster/client.ts'
import { type Cluster, startCluster } from '../cluster/cluster.ts'
import { freePorts } from '../cluster/ports.ts'
import { until } from '../cluster/until.ts'
import { itemsOf } from './audit-site.ts'
import { bulwark, eventually, type Home, makeHome, type Running, type Served, served } from './process.ts'
import { type Relay, relayTo } from './relay.ts'

const stack = await findStack()
const token = 'ab'.repeat(24)
const namespace = 'security'
const maps = `/api/v1/namespaces/${namespace}/configmaps`
const suppressions = '/apis/bulwark.dev/v1alpha1/suppressions'
const definition = join(import.meta.dirname, '../../deploy/crds/suppressions.yaml')

/** Tells of each read of a ConfigMap whose name begins with `bait-`. */
const rule = (title: string, level = 'high'): string => `title: ${title}
id: 99999999-9999-4999-8999-999999999999
name: bait-read
status: stable
level: ${level}
logsource: {product: kubernetes, service: audit}
detection:
  selection: {verb: get, objectRef.resource: configmaps, objectRef.name|startswith: bait-}
  condition: selection
`

const mapOf = (name: string, data: object, labels: object = { 'bulwark.dev/rules': 'true' }) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, labels },
  data,
})

const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().replace(/\.\d+Z$/, 'Z')

const suppression = (name: string, spec: object) => ({
  apiVersion: 'bulwark.dev/v1alpha1',
  kind: 'Suppression',
  metadata: { name },
  spec: { owner: 'carol', reason: 'a test', expires: inDays(30), ...spec },
})

describe('rules and suppressions in the cluster', { skip: stack.kind === 'unavailable' && stack.reason }, () => {
  let home: Home
  let relay: Relay
  let cluster: Cluster
  let running: Running
  let server: Served
  let start: () => Promise<void>

  before(async () => {
    home = makeHome()
    const [port = 0] = await freePorts(1)
    // The API server itself gives up after 30 s, and then tries again.
    relay = await relayTo(`http://127.0.0.1:${port}/audit`, token, 25_000)
    cluster = await startCluster(stack, { auditWebhook: { url: relay.url, maxWait: 100 } })
    mkdirSync(join(home.dir, 'data'))
    writeFileSync(join(home.dir, 'data', 'audit-webhook-token'), token, { mode: 0o600 })
    await make('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    await make('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', parse(readFileSync(definition, 'utf8')))
    await eventually(
      () => cluster.admin.get(suppressions),
      ({ status }) => status === 200,
    )
    start = async () => {
      running = bulwark(home, [
        'serve',
        ...['--kubeconfig', cluster.adminKubeconfig, '--data-dir', join(home.dir, 'data')],
        ...['--audit-listen', `127.0.0.1:${port}`, '--port', '0'],
        ...['--rule-sets', 'none', '--rules-namespace', namespace, '--suppression-status', 'write'],
      ])
      server = await served(home, running)
    }
    await start()
  })
  after(async () => {
    await running?.[Symbol.asyncDispose]()
    await cluster?.[Symbol.asyncDispose]()
    await relay?.[Symbol.asyncDispose]()
    home?.[Symbol.dispose]()
  })

  const make = async (path: string, body: unknown): Promise<void> => {
    const made = await cluster.admin.post(path, body)
    assert.ok(made.status === 201 || made.status === 409, JSON.stringify(made.body))
  }
  const change = async (path: string, body: object): Promise<void> => {
    const changed = await cluster.admin.patch(path, body)
    assert.equal(changed.status, 200, JSON.stringify(changed.body))
  }

  interface Ran {
    readonly titles: readonly string[]
    readonly refused: readonly JsonObject[]
  }
  /** Rules of ConfigMaps that run, and what is refused. */
  const rules = async (): Promise<Ran> => {
    const answer = await server.get('/api/v1/rules')
    const ours = itemsOf(answer).filter(({ rule: head }) => String(at(head, 'file')).startsWith('ConfigMap '))
    return { titles: ours.map(({ rule: head }) => String(at(head, 'title'))), refused: itemsOf(answer, 'refused') }
  }
  const untilRules = (right: (ran: Ran) => boolean): Promise<Ran> => eventually(rules, right)

  const listed = async (): Promise<ReadonlyMap<string, JsonObject>> =>
    new Map(itemsOf(await server.get('/api/v1/suppressions')).map((one) => [String(one.name), one]))
  const stateOf = async (name: string): Promise<string> => String((await listed()).get(name)?.state ?? 'none')
  const untilState = (name: string, state: string): Promise<string> =>
    eventually(
      () => stateOf(name),
      (now) => now === state,
    )

  /** Somebody, from an address of his own, reads a ConfigMap that is not there, which the rule tells of. */
  const read = async (user: string): Promise<void> => {
    const address = `10.20.0.${user.charCodeAt(0)}`
    const client = await cluster.client({ user, groups: ['system:masters'] }, { 'X-Forwarded-For': address })
    assert.equal((await client.get(`${maps}/bait-${user}`)).status, 404)
  }
  const casesOf = async (user: string): Promise<readonly JsonObject[]> =>
    itemsOf(await server.get('/api/v1/cases?limit=500')).filter((one) =>
      JSON.stringify(one.entities).includes(`"${user}"`),
    )
  const untilCase = (user: string) =>
    eventually(
      () => casesOf(user),
      (cases) => cases.length === 1,
    )

  test('a labelled ConfigMap brings rules; one without the label, or in another namespace, does not', async () => {
    await make(maps, mapOf('unlabelled', { 'a.yml': rule('Unlabelled') }, {}))
    await make(maps.replace(namespace, 'default'), mapOf('elsewhere', { 'a.yml': rule('Elsewhere') }))
    await make(maps, mapOf('team', { 'reads.yml': rule('Bait was read'), 'notes.txt': 'no rule' }))
    const { titles, refused } = await untilRules((now) => now.titles.length > 0)
    assert.deepEqual([titles, refused], [['Bait was read'], []])
    await read('ann')
    await untilCase('ann')
  })

  test('a change is taken in; a broken one is refused with file and line while the old rules go on', async () => {
    await change(`${maps}/team`, { data: { 'reads.yml': rule('A bait was read') } })
    await untilRules(({ titles }) => titles[0] === 'A bait was read')
    await change(`${maps}/team`, { data: { 'reads.yml': rule('A broken one', 'dreadful') } })
    const { titles, refused } = await untilRules((now) => now.refused.length > 0)
    assert.deepEqual(titles, ['A bait was read'])
    assert.deepEqual(
      refused.map(({ file, line }) => [file, line]),
      [[`ConfigMap ${namespace}/team: reads.yml`, 5]],
    )
    await read('ben')
    await untilCase('ben')
    // What looks like a secret is not in the record, and what is not there is not run.
    const secret = `${rule('A secret one')}# password: hunter2hunter2hunter2\n`
    await change(`${maps}/team`, { data: { 'reads.yml': secret } })
    const masked = await untilRules((now) =>
      now.refused.some(({ what }) => String(what).includes('looks like a secret')),
    )
    assert.deepEqual(masked.titles, ['A bait was read'])
    await change(`${maps}/team`, { data: { 'reads.yml': rule('A bait was read') } })
    await untilRules((now) => now.refused.length === 0)
  })

  test('suppressions are made, changed, expire and go; what one hides opens no case and is counted', async () => {
    await make(suppressions, suppression('quiet', { query: 'user:cat' }))
    await untilState('quiet', 'active')
    await read('cat')
    await eventually(
      async () => (await listed()).get('quiet'),
      (one) => one?.uses === 1,
    )
    await read('dan')
    await untilCase('dan')
    assert.deepEqual(await casesOf('cat'), [])

    await change(`${suppressions}/quiet`, { spec: { query: 'user:dora' } })
    await eventually(
      async () => (await listed()).get('quiet')?.query,
      (query) => query === 'user:dora',
    )
    await read('cat')
    await untilCase('cat')
    await read('dora')
    await eventually(
      async () => (await listed()).get('quiet')?.uses,
      (uses) => uses === 2,
    )
    assert.deepEqual(await casesOf('dora'), [])

    // What the API server takes and Bulwark does not: it hides nothing, and says why.
    await make(suppressions, suppression('for-ever', { query: 'user:eve', expires: inDays(800) }))
    await make(suppressions, suppression('misspelt', { query: 'user:(' }))
    await untilState('for-ever', 'invalid')
    await untilState('misspelt', 'invalid')
    for (const name of ['for-ever', 'misspelt']) assert.notEqual((await listed()).get(name)?.why, '')
    await read('eve')
    await untilCase('eve')

    // One that has ended: at once, and one that ends while it is there.
    await make(suppressions, suppression('over', { query: 'user:flo', expires: '2026-01-01T00:00:00Z' }))
    await untilState('over', 'expired')
    await read('flo')
    await untilCase('flo')
    await change(`${suppressions}/quiet`, { spec: { expires: new Date(Date.now() + 2000).toISOString() } })
    await untilState('quiet', 'expired')
    await read('dora')
    await untilCase('dora')

    // Each says so itself, within some seconds.
    const told = async (name: string) => at((await cluster.admin.get(`${suppressions}/${name}`)).body, 'status')
    await eventually(
      async () => Promise.all(['quiet', 'for-ever', 'misspelt', 'over'].map(told)),
      (all) => all.map((status) => at(status, 'state')).join() === 'expired,invalid,invalid,expired',
    )
    assert.equal(at(await told('quiet'), 'uses'), 2)
    assert.notEqual(at(await told('misspelt'), 'why'), '')
    for (const name of ['quiet', 'for-ever', 'misspelt', 'over'])
      assert.equal((await cluster.admin.delete(`${suppressions}/${name}`)).status, 200)
    await eventually(listed, (left) => left.size === 0)
  })

  test('after kill -9 the first record is judged by the rules, and hidden by the suppressions, of the cluster', async () => {
    await make(suppressions, suppression('machine', { query: 'user:gus' }))
    await untilState('machine', 'active')
    const before = relay.acknowledged.size
    for (const user of ['gus', 'hal']) await read(user)
    // In the spool, and perhaps not in the cases yet.
    await until('both to be acknowledged', () => relay.acknowledged.size >= before + 2)
    running.kill('SIGKILL')
    await running.ended
    // The API server keeps this one until somebody takes it.
    await read('ivy')
    await start()
    for (const user of ['hal', 'ivy']) await untilCase(user)
    // Batches may come in any order.
    await eventually(
      async () => (await listed()).get('machine')?.uses,
      (uses) => uses === 1,
    )
    assert.deepEqual(await casesOf('gus'), [])
  })

  test('rules go with their ConfigMap, and with its label', async () => {
    await make(
      maps,
      mapOf('second', { 'more.yml': rule('Another').replaceAll('9', '8').replace('bait-read', 'other') }),
    )
    await untilRules(({ titles }) => titles.length === 2)
    await change(`${maps}/second`, { metadata: { labels: { 'bulwark.dev/rules': 'false' } } })
    await untilRules(({ titles }) => titles.length === 1)
    assert.equal((await cluster.admin.delete(`${maps}/team`)).status, 200)
    assert.deepEqual(await untilRules(({ titles }) => titles.length === 0), { titles: [], refused: [] })
  })
})
