import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { until } from '../../../test/cluster/until.ts'
import { accessTo, type FakeApiServer, fakeApiServer, refuse } from '../../../test/cluster-source/fake-api-server.ts'
import type { SourceEntry } from '../../model/source.ts'
import { type ClusterSource, type ClusterSourceOptions, clusterSource } from './cluster-source.ts'

const timing = { firstDelayMillis: 1, maxDelayMillis: 20, refusedMillis: 50, healthyMillis: 0, mergeGapsMillis: 1 }

interface Stage extends AsyncDisposable {
  readonly source: ClusterSource
  readonly said: readonly string[]
  says(text: string | RegExp): Promise<void>
}

/** A started source, and what it handed over as short texts. */
const stage = async (options: Omit<ClusterSourceOptions, 'cluster'>): Promise<Stage> => {
  const said: string[] = []
  const append = async ({ payload, stream }: SourceEntry): Promise<number> => {
    for (const line of Buffer.from(payload).toString().trimEnd().split('\n')) {
      const record = JSON.parse(line)
      said.push(
        stream === 'gaps'
          ? `gap ${record.reason}: ${record.what}`
          : `${record.synthesised ? 'synthesised ' : ''}${record.change} ${record.ref.resource}/${record.ref.version}/${record.ref.name}`,
      )
    }
    return said.length
  }
  const source = clusterSource({ cluster: 'shop', timing, random: () => 0, ...options }, append)
  await source.start()
  return {
    source,
    said,
    says: (text) =>
      until(`${text} in ${JSON.stringify(said)}`, () =>
        said.some((each) => (typeof text === 'string' ? each === text : text.test(each))),
      ),
    [Symbol.asyncDispose]: () => source.stop(),
  }
}

const core = (...resources: string[]) => ({
  kind: 'APIGroupDiscoveryList',
  items: [
    {
      metadata: { name: '' },
      versions: [{ version: 'v1', freshness: 'Current', resources: resources.map((resource) => offered(resource)) }],
    },
  ],
})
type Offer = readonly [group: string, version: string, resource: string]
const groups = (...all: readonly Offer[]) => ({
  kind: 'APIGroupDiscoveryList',
  items: all.map(([name, version, resource]) => ({
    metadata: { name },
    versions: [{ version, freshness: 'Current', resources: [offered(resource)] }],
  })),
})
const offered = (resource: string) => ({
  resource,
  responseKind: { kind: `Kind-${resource}` },
  scope: 'Namespaced',
  verbs: ['get', 'list', 'watch'],
})
const crds = ['apiextensions.k8s.io', 'v1', 'customresourcedefinitions'] as const

const offer = (api: FakeApiServer, resources: readonly string[], ...more: readonly Offer[]): void => {
  api.serve('/api', core(...resources))
  api.serve('/apis', groups(...more))
}

describe('the cluster source', () => {
  test('records every kind, shows what it does not see and why, and stops at once', async () => {
    await using api = await fakeApiServer()
    offer(api, ['pods', 'secrets', 'nodes'], ['coordination.k8s.io', 'v1', 'leases'])
    api.collection('/api/v1/pods', 'Pod').put('a')
    api.intercept(({ path }, response) => {
      if (path === '/api/v1/nodes') refuse(response, 403, 'Forbidden', 'nodes is forbidden')
      return path === '/api/v1/nodes'
    })
    await using on = await stage({ access: api.access })
    await until('the source', () => on.source.status().state === 'partial')
    await on.says('listed pods/v1/a')
    assert.deepEqual(
      on.source.kinds().map(({ resource, seen, count, why }) => ({ resource, seen, count, why })),
      [
        { resource: 'leases', seen: false, count: 0, why: 'left out by the setting exclude' },
        { resource: 'nodes', seen: false, count: 0, why: 'nodes is forbidden' },
        { resource: 'pods', seen: true, count: 1, why: '' },
        { resource: 'secrets', seen: false, count: 0, why: 'Secrets are not read by default' },
      ],
    )
    const { state, message, recordsTotal, gapsTotal, missing } = on.source.status()
    assert.deepEqual(
      { state, message, recordsTotal, gapsTotal, missing: missing.map(({ what }) => what) },
      {
        state: 'partial',
        message: 'watches 1 kind with 1 object; 1 not seen, or not at the moment',
        recordsTotal: 2,
        gapsTotal: 1,
        missing: ['nodes', 'secrets', 'leases.coordination.k8s.io'],
      },
    )
    await on.source.stop()
    assert.equal(on.source.status().state, 'ended')
    assert.equal(
      api.seen.some(({ path }) => path.includes('secrets') || path.includes('leases')),
      false,
    )
  })

  test('starts though the cluster is down, and says so', async () => {
    const api = await fakeApiServer()
    const { server } = api.access
    await api[Symbol.asyncDispose]()
    await using on = await stage({ access: accessTo(server) })
    await until('the fault', () => on.source.status().state === 'broken')
    assert.match(
      on.source.status().message,
      /^the API server does not answer: nothing listens on 127\.0\.0\.1:\d+ .*Start the cluster/,
    )
    assert.deepEqual(on.source.kinds(), [])
  })

  test('says that its credentials are refused, and begins when they are good', async () => {
    await using api = await fakeApiServer()
    offer(api, ['pods'])
    api.collection('/api/v1/pods', 'Pod').put('a')
    api.intercept((_, response) => {
      response.writeHead(401).end()
      return true
    })
    await using on = await stage({ access: api.access })
    await until('the fault', () => /refuses our credentials/.test(on.source.status().message))
    api.intercept(undefined)
    await on.says('listed pods/v1/a')
    await until('the watch', () => on.source.status().state === 'connected')
  })

  test('follows CRDs: new kinds are seen, kinds in another version go on, kinds that go take their objects along', async () => {
    await using api = await fakeApiServer()
    offer(api, ['pods'], crds)
    api.collection('/api/v1/pods', 'Pod')
    const definitions = api.collection(
      '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
      'CustomResourceDefinition',
    )
    const old = api.collection('/apis/example.com/v1/widgets', 'Widget')
    old.put('w')
    await using on = await stage({ access: api.access })
    await until('the watch of CRDs', () => definitions.watches() === 1)

    offer(api, ['pods'], crds, ['example.com', 'v1', 'widgets'])
    definitions.put('widgets.example.com')
    await on.says('listed widgets/v1/w')

    api.collection('/apis/example.com/v2/widgets', 'Widget').put('x')
    offer(api, ['pods'], crds, ['example.com', 'v2', 'widgets'])
    definitions.put('widgets.example.com')
    await on.says('synthesised added widgets/v2/x')
    await on.says(
      /^gap not-running: the watch of widgets\.example\.com could not go on: it was not watched; a new list found 2 differences/,
    )

    offer(api, ['pods'], crds)
    definitions.delete('widgets.example.com')
    await on.says('synthesised deleted widgets/v2/x')
    assert.deepEqual(
      on.said.filter((each) => /widgets\//.test(each)),
      [
        'listed widgets/v1/w',
        'synthesised added widgets/v2/x',
        'synthesised deleted widgets/v2/w',
        'synthesised deleted widgets/v2/x',
      ],
    )
    assert.equal(
      on.source.kinds().some(({ resource }) => resource === 'widgets'),
      false,
    )
  })

  test('keeps the kinds of a group that does not answer for a while', async () => {
    await using api = await fakeApiServer()
    offer(api, [], crds, ['example.com', 'v1', 'widgets'])
    const definitions = api.collection(
      '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
      'CustomResourceDefinition',
    )
    const widgets = api.collection('/apis/example.com/v1/widgets', 'Widget')
    widgets.put('w')
    await using on = await stage({ access: api.access })
    await until('both watches', () => definitions.watches() + widgets.watches() === 2)
    const [first] = groups(crds).items
    api.serve('/apis', {
      kind: 'APIGroupDiscoveryList',
      items: [
        first,
        { metadata: { name: 'example.com' }, versions: [{ version: 'v1', freshness: 'Stale', resources: [] }] },
      ],
    })
    definitions.put('other')
    await until('the stale group', () =>
      on.source.status().missing.some(({ what }) => what === 'the kinds of example.com/v1'),
    )
    widgets.put('w2')
    await on.says('added widgets/v1/w2')
    assert.equal(
      on.said.some((each) => each.includes('deleted')),
      false,
    )
  })

  test('goes on after an earlier run: states the time between, tells differences, ends what is gone with its kind', async () => {
    await using api = await fakeApiServer()
    offer(api, ['pods', 'secrets'])
    const pods = api.collection('/api/v1/pods', 'Pod')
    pods.put('same')
    const object = (resource: string, name: string, uid: string, resourceVersion: string, group = '') => ({
      ref: { group, version: 'v1', kind: 'K', resource, namespace: 'default', name },
      uid,
      resourceVersion,
    })
    await using on = await stage({
      access: api.access,
      resume: {
        until: 1_000_000,
        objects: [
          object('pods', 'same', 'uid-same-100', '101'),
          object('pods', 'went', 'uid-went', '90'),
          object('widgets', 'w', 'uid-w', '91', 'example.com'),
          object('secrets', 's', 'uid-s', '92'),
        ],
      },
    })
    await on.says('synthesised deleted widgets/v1/w')
    await on.says('synthesised deleted pods/v1/went')
    assert.deepEqual([...on.said].sort(), [
      'gap not-running: Bulwark did not watch the cluster shop',
      'synthesised deleted pods/v1/went',
      'synthesised deleted widgets/v1/w',
    ])
  })

  test('waits for a recorder that takes nothing, says so, and then loses nothing', async () => {
    await using api = await fakeApiServer()
    offer(api, ['pods'])
    const pods = api.collection('/api/v1/pods', 'Pod')
    pods.put('a')
    let full = true
    const taken: string[] = []
    const source = clusterSource(
      { cluster: 'shop', access: api.access, timing, random: () => 0 },
      async ({ payload }) => {
        if (full) throw new Error('no space left')
        return taken.push(JSON.parse(Buffer.from(payload).toString()).ref.name)
      },
    )
    await source.start()
    await until('the trouble', () => source.status().message === 'the recorder takes nothing: no space left')
    pods.put('b')
    full = false
    await until('both', () => taken.length === 2)
    assert.deepEqual(taken, ['a', 'b'])
    full = true
    pods.put('c')
    await until('the trouble again', () => source.status().state === 'broken')
    await source.stop()
  })
})
