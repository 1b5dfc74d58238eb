// `bulwark selftest` on a real cluster, end to end: requests, audit webhook, rules, API; and nothing is left behind.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Outcome } from '../../src/cli/selftest/outcome.ts'
import { findStack } from '../cluster/build.ts'
import { at, listAt, textAt } from '../cluster/client.ts'
import { type Cluster, startCluster } from '../cluster/cluster.ts'
import { freePorts } from '../cluster/ports.ts'
import { collectionPath, discover } from '../cluster/resources.ts'
import { until } from '../cluster/until.ts'
import { bulwark, eventually, type Home, makeHome, type Running, runBulwark, type Served, served } from './process.ts'

const stack = await findStack()
const skip = stack.kind === 'unavailable' && stack.reason
const token = 'ab'.repeat(24)

interface Told {
  readonly counts: Readonly<Record<Outcome['kind'], number>>
  readonly outcomes: readonly Outcome[]
  readonly cases: readonly { readonly id: string; readonly isShared: boolean; readonly state: string }[]
  readonly kept: number
  readonly notes: readonly string[]
  readonly left: string
  readonly seconds: number
}

/** Everything in full, without the hands that set the scene, but for `blind`: of whom no Secrets are told, and no bodies of pods. */
const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    { level: 'None', users: ['kwok', 'admin'] },
    { level: 'None', nonResourceURLs: ['/healthz*', '/livez*', '/readyz*'] },
    { level: 'None', resources: [{ group: 'coordination.k8s.io', resources: ['leases'] }] },
    { level: 'None', users: ['blind'], resources: [{ group: '', resources: ['secrets'] }] },
    { level: 'Metadata', users: ['blind'], resources: [{ group: '', resources: ['pods'] }] },
    { level: 'RequestResponse', verbs: ['create', 'update', 'patch', 'delete', 'deletecollection'] },
    { level: 'Metadata' },
  ],
}

/** A cluster of one machine, on which pods "run", and a server that is told of it and of sensors. */
const openWorld = async () => {
  await using opening = new AsyncDisposableStack()
  const home: Home = opening.use(makeHome())
  const [port = 0, falco = 0, tetragon = 0] = await freePorts(3)
  const data = join(home.dir, 'data')
  mkdirSync(data)
  writeFileSync(join(data, 'audit-webhook-token'), token, { mode: 0o600 })
  const cluster: Cluster = opening.use(
    await startCluster(stack, {
      auditPolicy,
      auditWebhook: { url: `http://127.0.0.1:${port}/audit/${token}`, maxWait: 100 },
      controllers: true,
    }),
  )
  const running: Running = opening.use(
    bulwark(home, [
      'serve',
      ...['--kubeconfig', cluster.adminKubeconfig, '--data-dir', data, '--port', '0'],
      ...['--audit-listen', `127.0.0.1:${port}`],
      ...['--falco-listen', `127.0.0.1:${falco}`, '--tetragon-listen', `127.0.0.1:${tetragon}`],
    ]),
  )
  await cluster.kwok({ nodes: 1, kubelet: true })
  const { admin } = cluster
  const containers = [{ name: 'main', image: 'registry.shop.example/dns:1.0' }]
  await admin.post('/api/v1/namespaces/kube-system/pods', { metadata: { name: 'dns' }, spec: { containers } })
  await until('the pod of kube-system to run', async () => {
    const { body } = await admin.get('/api/v1/namespaces/kube-system/pods/dns')
    return at(body, 'status', 'phase') === 'Running'
  })
  const server: Served = await served(home, running)
  await eventually(
    () => server.get('/api/v1/sources'),
    ({ items }) => JSON.stringify(items).includes('"connected"'),
  )
  const env = { BULWARK_SERVER: server.url, BULWARK_TOKEN: server.token }
  const alice = await cluster.kubeconfig({ user: 'alice', groups: ['system:masters'] })
  const opened = opening.move()
  return {
    cluster,
    server,
    home,
    selftest: (args: readonly string[], kubeconfig = alice) =>
      bulwark(home, ['selftest', '--kubeconfig', kubeconfig, ...args], env),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}
type World = Awaited<ReturnType<typeof openWorld>>

/** Every object with its version, but for what comes and goes by itself; of nodes and pods, which go on by themselves, the name. */
const objectsOf = async ({ admin }: Cluster): Promise<readonly string[]> => {
  const names: string[] = []
  for (const kind of await discover(admin)) {
    const { resource, verbs } = kind
    if (!verbs.includes('list') || ['events', 'leases', 'componentstatuses'].includes(resource)) continue
    for (const item of listAt((await admin.get(collectionPath(kind))).body, 'items')) {
      const version = ['nodes', 'pods'].includes(resource) ? '' : textAt(item, 'metadata', 'resourceVersion')
      names.push(
        `${resource} ${String(at(item, 'metadata', 'namespace'))}/${textAt(item, 'metadata', 'name')} ${version}`,
      )
    }
  }
  return names.sort()
}

/** What coverage says of self-tests, by rule. */
const coverageOf = async ({ server }: World): Promise<ReadonlyMap<string, unknown>> =>
  new Map(listAt(await server.get('/api/v1/coverage'), 'rows').map((row) => [textAt(row, 'rule'), at(row, 'selftest')]))

const selftestNamespaces = async ({ admin }: Cluster): Promise<readonly string[]> =>
  listAt((await admin.get('/api/v1/namespaces')).body, 'items')
    .map((one) => textAt(one, 'metadata', 'name'))
    .filter((name) => name.includes('selftest'))

describe('a self-test', { skip }, () => {
  let world: World

  before(async () => {
    world = await openWorld()
  })
  after(() => world?.[Symbol.asyncDispose]())

  test('says what it would do and what it needs, and does nothing without a yes', async () => {
    const dry = await world.selftest(['--dry-run']).ended
    assert.equal(dry.code, 0, dry.stderr)
    assert.match(dry.stdout, /ask for a privileged pod \(privileged-pod\)/)
    assert.match(dry.stdout, /elsewhere: patch, as a dry run: .*clusterroles\.rbac\.authorization\.k8s\.io/)
    const list = await world.selftest(['--list']).ended
    assert.match(list.stdout, /mirror-pod +replayed +only the credentials of a kubelet/)
    const asked = await world.selftest([]).ended
    assert.equal(asked.code, 2)
    assert.match(asked.stderr, /Nothing was done: add --yes/)
    assert.deepEqual(await selftestNamespaces(world.cluster), [])
  })

  test('no rule fails, most fire end to end, and nothing is left behind', { timeout: 1_800_000 }, async () => {
    const before = await objectsOf(world.cluster)
    const { code, stdout, stderr } = await world.selftest(['--yes', '--json']).ended
    const told: Told = JSON.parse(stdout)
    const { counts, outcomes, seconds, cases } = told
    console.log(`   ${JSON.stringify(counts)} in ${seconds} s`)
    for (const one of outcomes) if (one.kind !== 'fired') console.log(`   ${one.kind} ${one.name}: ${one.why}`)
    assert.deepEqual(
      outcomes.filter(({ kind }) => kind === 'failed'),
      [],
      stderr,
    )
    assert.equal(code, 0, stderr)
    assert.equal(told.left, '')
    assert.deepEqual(told.notes, [])
    assert.ok(counts.fired >= 135, `${counts.fired} fired`)
    assert.ok(counts.cannot <= 8, `${counts.cannot} could not`)
    const by = new Map(outcomes.map((one) => [one.name, one]))
    for (const name of [
      'machine-pod-entered',
      'exec-by-service-account',
      'forbidden-surge-of-principal',
      'webhook-to-url',
    ]) {
      const one = by.get(name)
      assert.ok(one?.kind === 'fired' && one.by === 'request' && one.case !== '', name)
    }
    for (const name of ['package-manager-in-container', 'pods-not-made']) {
      const one = by.get(name)
      assert.equal(one?.kind === 'fired' && one.by, 'made-up', name)
    }
    assert.equal(by.get('new-write-of-principal')?.kind, 'replayed')
    assert.deepEqual(await objectsOf(world.cluster), before)

    // Coverage has what came of each rule that tells, and the list of rules of every one.
    assert.equal(told.kept, outcomes.length)
    const rules = listAt(await world.server.get('/api/v1/rules'), 'items')
    const found = new Map(rules.map((row) => [textAt(row, 'rule', 'id'), at(row, 'selftest')]))
    for (const one of outcomes) {
      const kept = found.get(one.rule)
      assert.ok(Date.now() - Date.parse(textAt(kept, 'at')) < 240_000, one.name)
      assert.deepEqual(
        [at(kept, 'kind'), at(kept, 'seconds'), at(kept, 'act'), at(kept, 'isOutdated')],
        [one.kind, one.kind === 'fired' ? one.seconds : undefined, one.act, false],
        one.name,
      )
      if (one.kind !== 'fired') assert.equal(at(kept, 'why'), one.why)
    }
    const covered = await coverageOf(world)
    const ours = rules.filter((row) => at(row, 'rule', 'origin') === 'bulwark').map((row) => textAt(row, 'rule', 'id'))
    const telling = ours.filter((id) => covered.has(id))
    assert.ok(telling.length >= 135, `${telling.length} rules tell`)
    for (const id of telling) assert.deepEqual(covered.get(id), found.get(id))
    for (const [id, of] of covered) if (!ours.includes(id)) assert.equal(of, undefined, id)

    // Its cases are closed as tests; nothing else is open.
    assert.ok(cases.length > 0)
    assert.deepEqual(
      cases.filter(({ isShared, state }) => isShared || state !== 'closed'),
      [],
    )
    const open = listAt(await world.server.get('/api/v1/cases?state=open,acknowledged'), 'items')
    assert.deepEqual(
      open.map((one) => textAt(one, 'title')),
      [],
    )
    const closed = await world.server.get(`/api/v1/cases/${cases[0]?.id}`)
    assert.equal(at(closed, 'case', 'closingReason'), 'testing-or-maintenance')
    assert.match(textAt(closed, 'case', 'note'), /^Made by a self-test of /)
  })

  test('says which rules cannot fire for what the audit policy leaves out', { timeout: 1_200_000 }, async () => {
    const blind = await world.cluster.kubeconfig({ user: 'blind', groups: ['system:masters'] })
    const rules = ['many-secrets-read', 'privileged-pod', 'namespace-deleted'].flatMap((rule) => ['--rule', rule])
    const { code, stdout, stderr } = await world.selftest(
      ['--yes', '--json', '--wait', '30', '--strict', ...rules],
      blind,
    ).ended
    const { outcomes }: Told = JSON.parse(stdout)
    assert.deepEqual(
      Object.fromEntries(outcomes.map(({ name, kind }) => [name, kind])),
      { 'many-secrets-read': 'cannot', 'namespace-deleted': 'fired', 'privileged-pod': 'cannot' },
      stderr,
    )
    const why = (name: string): string => {
      const one = outcomes.find((outcome) => outcome.name === name)
      return one?.kind === 'cannot' ? one.why : ''
    }
    assert.match(why('many-secrets-read'), /none of its requests is in the record.*--resource secrets/)
    assert.match(why('privileged-pod'), /without their bodies.*--verb create --resource pods/)
    assert.equal(code, 1, 'it was strict')
    const covered = await coverageOf(world)
    for (const { rule, kind } of outcomes) if (covered.has(rule)) assert.equal(at(covered.get(rule), 'kind'), kind)
    assert.ok([...covered.values()].filter((of) => at(of, 'kind') === 'fired').length > 100, 'others stay as they were')
    assert.deepEqual(await selftestNamespaces(world.cluster), [])
  })

  test('does not touch a namespace that is there already', async () => {
    await world.cluster.admin.post('/api/v1/namespaces', { metadata: { name: 'theirs' } })
    const { code, stderr } = await world.selftest(['--yes', '--namespace', 'theirs']).ended
    assert.equal(code, 2)
    assert.match(stderr, /the namespace theirs cannot be made: .*already exists/)
    const found = await world.cluster.admin.get('/api/v1/namespaces/theirs')
    assert.equal(at(found.body, 'metadata', 'deletionTimestamp'), undefined)
  })

  test('cleans up after an interrupt, and what a run that was killed left', { timeout: 1_200_000 }, async () => {
    const { admin } = world.cluster
    const labels = { 'bulwark.dev/selftest': 'true' }
    const until = (time: number) => ({ 'bulwark.dev/selftest-until': new Date(time).toISOString() })
    for (const [name, time] of [
      ['selftest-old', Date.now() - 60_000],
      ['selftest-of-another', Date.now() + 600_000],
    ] as const)
      await admin.post('/api/v1/namespaces', { metadata: { name, labels, annotations: until(time) } })
    const interrupted = world.selftest(['--yes'])
    await eventually(
      async () => interrupted.stderr(),
      (text) => /ask 420 times/.test(text.split('Making the namespaces')[1] ?? ''),
    )
    interrupted.kill('SIGINT')
    const { code, signal, stderr } = await interrupted.ended
    assert.equal(signal, null)
    assert.equal(code, 3, stderr)
    await eventually(
      () => selftestNamespaces(world.cluster),
      (names) => names.length === 1 && names[0] === 'selftest-of-another',
    )
    await admin.delete('/api/v1/namespaces/selftest-of-another')
  })

  test('cleans up where the server goes away in the midst of it', { timeout: 1_200_000 }, async () => {
    const asked: string[] = []
    // It begins the self-test, and then answers nothing of it any more.
    const gone = createServer(async (request, response) => {
      const { url = '', method = 'GET', headers } = request
      asked.push(`${method} ${url}`)
      if (/selftests\/./.test(url)) return response.destroy()
      let body = ''
      for await (const chunk of request) body += String(chunk)
      const { authorization = '' } = headers
      const answer = await fetch(`${world.server.url}${url}`, {
        method,
        headers: { authorization, 'content-type': 'application/json' },
        ...(body !== '' && { body }),
      })
      return response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text())
    })
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve))
    const { port } = gone.address() as AddressInfo
    try {
      const rule = ['--rule', 'host-pid-pod', '--server', `http://127.0.0.1:${port}`, '--token', world.server.token]
      const { code, stderr } = await world.selftest(['--yes', ...rule]).ended
      assert.equal(code, 3, stderr)
      assert.match(stderr, /the server does not answer/)
      assert.ok(asked.includes('POST /api/v1/selftests'))
      assert.match(stderr, /Deleting the namespaces bulwark-selftest-/)
      assert.deepEqual(await selftestNamespaces(world.cluster), [])
    } finally {
      gone.closeAllConnections()
      gone.close()
    }
  })

  test('says of a rule that is switched off that it cannot fire, and of a server that is not there', async () => {
    const rule = '886fd7e9-858e-40df-ba78-3d1e1ca6cf75'
    const answer = await fetch(`${world.server.url}/api/v1/rules/${rule}/switch`, {
      method: 'POST',
      headers: { authorization: `Bearer ${world.server.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ enabled: false, by: 'a test' }),
    })
    assert.equal(answer.status, 200, await answer.text())
    const { code, stdout, stderr } = await world.selftest(['--yes', '--rule', rule, '--json']).ended
    const { outcomes }: Told = JSON.parse(stdout)
    assert.deepEqual(
      outcomes.map((one) => [one.kind, one.kind === 'cannot' && one.why]),
      [['cannot', 'it is switched off']],
      stderr,
    )
    assert.equal(code, 0)
    const alone = await runBulwark(world.home, ['selftest', '--yes'], { BULWARK_SERVER: 'http://127.0.0.1:1' })
    assert.equal(alone.code, 3)
    const unknown = await world.selftest(['--rule', 'none']).ended
    assert.equal(unknown.code, 2)
  })
})
