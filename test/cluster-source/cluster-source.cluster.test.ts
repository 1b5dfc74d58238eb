import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { ObjectVersion } from '../../src/model/object.ts'
import type { Gap } from '../../src/model/record.ts'
import type { SourceEntry } from '../../src/model/source.ts'
import {
  type ClusterSource,
  type ClusterSourceOptions,
  clusterSource,
  findCluster,
} from '../../src/sources/cluster/index.ts'
import { findStack } from '../cluster/build.ts'
import { at, listAt, textAt } from '../cluster/client.ts'
import { type Cluster, startCluster } from '../cluster/cluster.ts'
import { until } from '../cluster/until.ts'
import { cuttingProxy } from './cutting-proxy.ts'

const stack = await findStack()

/** A started source with everything that it handed over. */
interface Recording extends AsyncDisposable {
  readonly source: ClusterSource
  readonly versions: readonly ObjectVersion[]
  readonly gaps: readonly Gap[]
  /** What the versions add up to: `resource/namespace/name` to resourceVersion, in the order of the text. */
  inventory(resource: string): Readonly<Record<string, string>>
  said(resource: string, name: string): readonly string[]
}

const record = async (kubeconfig: string, options: Partial<ClusterSourceOptions> = {}): Promise<Recording> => {
  const found = await findCluster({ kubeconfig })
  if (found.kind !== 'found') throw new Error('no cluster')
  const versions: ObjectVersion[] = []
  const gaps: Gap[] = []
  const append = async ({ payload }: SourceEntry): Promise<number> => {
    for (const line of Buffer.from(payload).toString().trimEnd().split('\n')) {
      const each: ObjectVersion | Gap = JSON.parse(line)
      if (each.kind === 'gap') gaps.push(each)
      else versions.push(each)
    }
    return versions.length
  }
  const source = clusterSource({ cluster: 'test', access: found.access, ...options }, append)
  await source.start()
  return {
    source,
    versions,
    gaps,
    inventory(resource) {
      const all = new Map<string, string>()
      for (const { ref, change, resourceVersion } of versions) {
        if (ref.resource !== resource) continue
        const key = `${ref.namespace}/${ref.name}`
        if (change === 'deleted') all.delete(key)
        else all.set(key, resourceVersion)
      }
      return Object.fromEntries([...all].sort(([a], [b]) => (a < b ? -1 : 1)))
    },
    said: (resource, name) =>
      versions
        .filter(({ ref }) => ref.resource === resource && ref.name === name)
        .map(({ change, synthesised }) => `${synthesised ? 'synthesised ' : ''}${change}`),
    [Symbol.asyncDispose]: () => source.stop(),
  }
}

const state = (on: Recording) => on.source.status().state
const connected = (on: Recording) => until('the source to be connected', () => state(on) === 'connected')

describe('the cluster source on a real API server', { skip: stack.kind === 'unavailable' && stack.reason }, () => {
  let cluster: Cluster
  before(async () => {
    cluster = await startCluster(stack)
  })
  after(() => cluster?.[Symbol.asyncDispose]())

  const configMaps = '/api/v1/namespaces/default/configmaps'
  const put = async (name: string, value = ''): Promise<void> => {
    const body = { metadata: { name }, data: { value } }
    const { status } = await cluster.admin.post(configMaps, body)
    if (status === 409) await cluster.admin.patch(`${configMaps}/${name}`, body)
  }
  const remove = (name: string) => cluster.admin.delete(`${configMaps}/${name}`)
  /** The inventory as the API server lists it. */
  const listed = async (path = '/api/v1/configmaps'): Promise<Readonly<Record<string, string>>> => {
    const { body } = await cluster.admin.get(path)
    const entries = listAt(body, 'items').map((item): [string, string] => [
      `${at(item, 'metadata', 'namespace') ?? ''}/${textAt(item, 'metadata', 'name')}`,
      textAt(item, 'metadata', 'resourceVersion'),
    ])
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  test('lists all that is there and watches what happens, with one body for each version', async () => {
    await put('before', '1')
    await using on = await record(cluster.adminKubeconfig)
    await connected(on)
    await put('later', '1')
    await put('later', '2')
    await remove('later')
    await until('the deletion', () => on.said('configmaps', 'later').length === 3)
    assert.deepEqual(on.said('configmaps', 'later'), ['added', 'modified', 'deleted'])
    assert.deepEqual(on.said('configmaps', 'before'), ['listed'])
    assert.deepEqual(
      on.versions.filter(({ ref }) => ref.name === 'later').map(({ body }) => at(body, 'data', 'value')),
      ['1', '2', '2'],
    )
    assert.deepEqual(on.inventory('configmaps'), await listed())
    assert.deepEqual(on.inventory('clusterroles'), await listed('/apis/rbac.authorization.k8s.io/v1/clusterroles'))
    assert.deepEqual(on.gaps, [])
    const rows = on.source.kinds()
    assert.deepEqual(
      rows.filter(({ seen }) => !seen).map(({ resource, why }) => `${resource}: ${why}`),
      [
        'componentstatuses: the API server offers no watch of this kind',
        'events: the same objects are recorded as events',
        'leases: left out by the setting exclude',
        'secrets: Secrets are not read by default',
      ],
    )
  })

  test('a CRD that is made later is watched, and its objects end with it', async () => {
    await using on = await record(cluster.adminKubeconfig)
    await connected(on)
    const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
    await cluster.admin.post(definitions, {
      metadata: { name: 'widgets.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { plural: 'widgets', singular: 'widget', kind: 'Widget' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          },
        ],
      },
    })
    await until('the new kind', () => on.source.kinds().some(({ resource, seen }) => resource === 'widgets' && seen))
    await cluster.admin.post('/apis/example.com/v1/namespaces/default/widgets', {
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      metadata: { name: 'w' },
      spec: { size: 3 },
    })
    await until('the widget', () => on.said('widgets', 'w').length === 1)
    await cluster.admin.delete(`${definitions}/widgets.example.com`)
    await until('the end of the kind', () => !on.source.kinds().some(({ resource }) => resource === 'widgets'))
    assert.deepEqual(on.inventory('widgets'), {})
    assert.equal(on.said('widgets', 'w')[0], 'added')
  })

  test('reads the metadata of Secrets alone when asked to: key names, and no value anywhere', async () => {
    await using on = await record(cluster.adminKubeconfig, { secrets: 'metadata' })
    await connected(on)
    const secrets = '/api/v1/namespaces/default/secrets'
    const value = 'hunter2-canary'
    await cluster.admin.post(secrets, {
      metadata: { name: 's', annotations: { 'kubectl.kubernetes.io/last-applied-configuration': value } },
      stringData: { password: value },
    })
    await cluster.admin.patch(`${secrets}/s`, { stringData: { more: value } })
    await until('both versions', () => on.said('secrets', 's').length === 2)
    assert.deepEqual(on.said('secrets', 's'), ['added', 'modified'])
    assert.deepEqual(
      on.versions.filter(({ ref }) => ref.name === 's').map(({ body }) => body.data),
      [{ password: '[removed]' }, { more: '[removed]', password: '[removed]' }],
    )
    const all = JSON.stringify(on.versions)
    assert.equal(all.includes(value) || all.includes(Buffer.from(value).toString('base64')), false)
    await using again = await record(cluster.adminKubeconfig, { secrets: 'metadata' })
    await connected(again)
    assert.deepEqual(again.said('secrets', 's'), ['listed'])
    assert.deepEqual(Object.keys(at(again.versions.find(({ ref }) => ref.name === 's')?.body, 'data') ?? {}), [
      'more',
      'password',
    ])
  })

  test('somebody who may read some kinds: the others are not seen, with the reason; a grant is noticed', async () => {
    await cluster.admin.post('/apis/rbac.authorization.k8s.io/v1/clusterroles', {
      metadata: { name: 'half' },
      rules: [{ apiGroups: ['', 'apps'], resources: ['pods', 'configmaps', 'deployments'], verbs: ['list', 'watch'] }],
    })
    await cluster.admin.post('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
      metadata: { name: 'half' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'half' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'half' }],
    })
    await using on = await record(await cluster.kubeconfig({ user: 'half' }), { timing: { refusedMillis: 200 } })
    await until('the source to be partial', () => state(on) === 'partial')
    assert.deepEqual(
      on.source
        .kinds()
        .filter(({ seen }) => seen)
        .map(({ resource }) => resource),
      ['configmaps', 'deployments', 'pods'],
    )
    const why = 'nodes is forbidden: User "half" cannot list resource "nodes" in API group "" at the cluster scope'
    assert.equal(on.source.kinds().find(({ resource }) => resource === 'nodes')?.why, why)
    assert.deepEqual(
      on.source.status().missing.find(({ what }) => what === 'nodes'),
      {
        what: 'nodes',
        why,
        mend: 'Let Bulwark read it: kubectl create clusterrole bulwark-nodes --verb=get,list,watch --resource=nodes && kubectl create clusterrolebinding bulwark-nodes --clusterrole=bulwark-nodes --user=half',
      },
    )
    // What it says is what mends it.
    const mend = on.source.status().missing.find(({ what }) => what === 'nodes')?.mend ?? ''
    const env = { ...process.env, KUBECONFIG: cluster.adminKubeconfig, KUBECACHEDIR: cluster.folder }
    const commands = mend.replace('Let Bulwark read it: ', '').replaceAll('kubectl', cluster.program('kubectl'))
    await promisify(execFile)('sh', ['-c', commands], { env })
    await until('nodes to be seen', () => on.source.kinds().some(({ resource, seen }) => resource === 'nodes' && seen))
  })

  test('a token that is refused: one clear message', async () => {
    await using on = await record(await cluster.kubeconfig({ kind: 'token', token: 'wrong' }))
    await until('the fault', () => state(on) === 'broken')
    assert.match(
      on.source.status().message,
      /^the API server refuses our credentials \(https:\/\/127\.0\.0\.1:\d+, .*context ".*"\)\. Log in again; /,
    )
  })

  test('the API server is killed and comes back on the same data: goes on, tells nothing twice, and states each list that it needed', async () => {
    await using on = await record(cluster.adminKubeconfig)
    await connected(on)
    await put('before-kill')
    await until('the object', () => on.said('configmaps', 'before-kill').length === 1)
    await cluster.stopApiserver('SIGKILL')
    await until('the fault', () => state(on) === 'broken')
    assert.match(on.source.status().message, /cut|nothing listens/)
    await cluster.startApiserver()
    await put('after-kill')
    await connected(on)
    await until('the object', () => on.said('configmaps', 'after-kill').length >= 1)
    assert.deepEqual(on.inventory('configmaps'), await listed())
    assert.deepEqual(on.said('configmaps', 'before-kill'), ['added'])
    // A new API server has the history from its start on: kinds whose last bookmark is older have to be listed anew.
    assert.deepEqual(
      on.gaps.filter(({ reason, what }) => reason !== 'stream-broken' || !what.includes('410 Gone')),
      [],
    )
    const twice = on.versions.map(({ uid, resourceVersion, change }) => `${uid} ${resourceVersion} ${change}`)
    assert.equal(new Set(twice).size, twice.length)
  })

  test('410 after the history is compacted: lists again, tells what went, and states the gap', async () => {
    for (const name of ['stays', 'changes', 'goes']) await put(name, '1')
    // The proxy holds us off while the history is lost.
    await using proxy = await cuttingProxy(cluster.server)
    await using on = await record(await proxy.kubeconfig(cluster.adminKubeconfig), {
      timing: { firstDelayMillis: 50, maxDelayMillis: 200 },
    })
    await connected(on)
    proxy.close()
    await put('changes', '2')
    await put('comes', '1')
    await remove('goes')
    await cluster.compact()
    await cluster.restartApiserver() // its watch cache would still know
    proxy.open()
    await until(
      'the new list',
      async () => JSON.stringify(on.inventory('configmaps')) === JSON.stringify(await listed()),
    )
    assert.deepEqual(on.said('configmaps', 'stays'), ['listed'])
    assert.deepEqual(on.said('configmaps', 'changes'), ['listed', 'synthesised modified'])
    assert.deepEqual(on.said('configmaps', 'comes'), ['synthesised added'])
    assert.deepEqual(on.said('configmaps', 'goes'), ['listed', 'synthesised deleted'])
    await until('the gap', () => on.gaps.some(({ what }) => what.includes('configmaps')))
    const gap = on.gaps.find(({ what }) => what.includes('configmaps'))
    assert.equal(gap?.reason, 'stream-broken')
    assert.ok(gap && gap.from < gap.to)
    assert.match(gap.what, /\(410 Gone\); a new list found \d+ differences/)
  })

  test('every connection is cut each second for 20 s under change: the inventory is the list, and no deletion is missed', async () => {
    await using proxy = await cuttingProxy(cluster.server)
    await using on = await record(await proxy.kubeconfig(cluster.adminKubeconfig), {
      timing: { firstDelayMillis: 50, maxDelayMillis: 200 },
    })
    await connected(on)
    const removed: string[] = []
    const end = performance.now() + 20_000
    const changing = (async () => {
      for (let index = 0; performance.now() < end; index++) {
        await put(`churn-${index}`, 'a')
        await put(`steady-${index % 7}`, String(index))
        if (index % 3 === 0) {
          await remove(`churn-${index}`)
          removed.push(`churn-${index}`)
        }
      }
    })()
    let cuts = 0
    for (; performance.now() < end; cuts++) {
      await wait(1000) // the fault itself: a cut each second
      proxy.cut()
    }
    await changing
    await until(
      'the inventory to be the list',
      async () => JSON.stringify(on.inventory('configmaps')) === JSON.stringify(await listed()),
    )
    assert.ok(cuts >= 19)
    assert.ok(removed.length > 20)
    assert.deepEqual(
      removed.filter((name) => on.said('configmaps', name).at(-1)?.endsWith('deleted') !== true),
      [],
    )
    // A watch that goes on from its resourceVersion misses nothing: no list, no gap, nothing synthesised.
    assert.deepEqual(on.gaps, [])
    assert.equal(
      on.versions.some(({ synthesised }) => synthesised),
      false,
    )
  })
})
