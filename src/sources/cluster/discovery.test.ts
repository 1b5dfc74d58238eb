import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type FakeApiServer, fakeApiServer, refuse } from '../../../test/cluster-source/fake-api-server.ts'
import { connect } from './connect.ts'
import { type Discovered, discover } from './discovery.ts'

const all = ['get', 'list', 'watch']
const resource = (name: string, kind: string, scope = 'Namespaced', verbs: readonly string[] = all) => ({
  resource: name,
  responseKind: { group: '', version: '', kind },
  scope,
  verbs,
  subresources: [{ subresource: 'status' }],
})
const group = (name: string, ...versions: unknown[]) => ({ metadata: { name }, versions })
const list = (...items: unknown[]) => ({ kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', items })

const ask = async (api: FakeApiServer): Promise<Discovered> => {
  const connection = connect(api.access)
  try {
    return await discover(connection, new AbortController().signal)
  } finally {
    await connection.close()
  }
}

test('reads aggregated discovery with two requests: each resource in the best version that can be watched', async () => {
  await using api = await fakeApiServer()
  api.serve(
    '/api',
    list(
      group('', {
        version: 'v1',
        freshness: 'Current',
        resources: [resource('pods', 'Pod'), resource('nodes', 'Node', 'Cluster')],
      }),
    ),
  )
  api.serve(
    '/apis',
    list(
      group(
        'autoscaling',
        {
          version: 'v2',
          freshness: 'Current',
          resources: [resource('horizontalpodautoscalers', 'HorizontalPodAutoscaler')],
        },
        {
          version: 'v1',
          freshness: 'Current',
          resources: [resource('horizontalpodautoscalers', 'HorizontalPodAutoscaler'), resource('olds', 'Old')],
        },
      ),
      group(
        'mixed',
        {
          version: 'v2',
          resources: [
            resource('things', 'Thing', 'Cluster', ['list']),
            { resource: 'bare', subresources: [{ subresource: 'x' }] },
          ],
        },
        { version: 'v1', resources: [resource('things', 'Thing', 'Cluster')] },
      ),
    ),
  )
  assert.deepEqual(await ask(api), {
    kinds: [
      { group: '', version: 'v1', kind: 'Pod', resource: 'pods', namespaced: true, verbs: all },
      { group: '', version: 'v1', kind: 'Node', resource: 'nodes', namespaced: false, verbs: all },
      {
        group: 'autoscaling',
        version: 'v2',
        kind: 'HorizontalPodAutoscaler',
        resource: 'horizontalpodautoscalers',
        namespaced: true,
        verbs: all,
      },
      { group: 'autoscaling', version: 'v1', kind: 'Old', resource: 'olds', namespaced: true, verbs: all },
      { group: 'mixed', version: 'v1', kind: 'Thing', resource: 'things', namespaced: false, verbs: all },
    ],
    missing: [],
    unknownGroups: [],
  })
  assert.deepEqual(
    api.seen.map(({ path, headers }) => `${path} ${headers.accept}`),
    ['/api', '/apis'].map(
      (path) =>
        `${path} application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json`,
    ),
  )
})

test('a stale group is missing, not empty', async () => {
  await using api = await fakeApiServer()
  api.serve('/api', list())
  api.serve('/apis', list(group('metrics.k8s.io', { version: 'v1beta1', freshness: 'Stale', resources: [] })))
  assert.deepEqual(await ask(api), {
    kinds: [],
    missing: [
      {
        what: 'the kinds of metrics.k8s.io/v1beta1',
        why: 'the API server behind this group does not answer, what is known of it is old',
        mend: 'See why its server does not answer: kubectl get apiservice v1beta1.metrics.k8s.io',
      },
    ],
    unknownGroups: ['metrics.k8s.io'],
  })
})

test('asks group by group where the server has no aggregated discovery, and names the one that fails', async () => {
  await using api = await fakeApiServer()
  const resources = (...names: string[]) => ({
    kind: 'APIResourceList',
    resources: names.map((name) => ({ name, kind: 'K', namespaced: true, verbs: all })),
  })
  api.serve('/api', { kind: 'APIVersions', versions: ['v1'] })
  api.serve('/api/v1', resources('pods', 'pods/log'))
  api.serve('/apis', {
    kind: 'APIGroupList',
    groups: [
      { name: 'apps', preferredVersion: { version: 'v1' }, versions: [{ version: 'v1beta1' }, { version: 'v1' }] },
      { name: 'broken', preferredVersion: { version: 'v1' }, versions: [{ version: 'v1' }] },
    ],
  })
  api.serve('/apis/apps/v1', resources('deployments'))
  api.serve('/apis/apps/v1beta1', resources('deployments', 'olds'))
  api.intercept(({ path }, response) => {
    if (path !== '/apis/broken/v1') return false
    refuse(response, 503, 'ServiceUnavailable', 'service unavailable')
    return true
  })
  const found = await ask(api)
  assert.deepEqual(
    found.kinds.map((kind) => `${kind.group}/${kind.version} ${kind.resource}`),
    ['/v1 pods', 'apps/v1 deployments', 'apps/v1beta1 olds'],
  )
  assert.deepEqual(
    found.missing.map(({ what, why }) => ({ what, why })),
    [{ what: 'the kinds of broken/v1', why: 'service unavailable' }],
  )
  assert.deepEqual(found.unknownGroups, ['broken'])
})

test('somebody whom the API server does not let see its list of groups is told so', async () => {
  await using api = await fakeApiServer()
  api.intercept((_, response) => {
    refuse(response, 403, 'Forbidden', 'forbidden: User "system:anonymous" cannot get path "/api"')
    return true
  })
  await assert.rejects(ask(api), {
    code: 'CLUSTER_UNAUTHORIZED',
    message: /does not tell what it offers at \/api: forbidden: User "system:anonymous" .*auth whoami/,
  })
})

test('nonsense in every place is no kind, and no crash', async () => {
  await using api = await fakeApiServer()
  api.serve(
    '/api',
    list(
      null,
      7,
      {},
      { metadata: 1, versions: [null, { version: 1, resources: [{ resource: 'x', responseKind: 'y' }] }] },
    ),
  )
  api.serve(
    '/apis',
    list(group('g', { version: 'v1', resources: [{ resource: 'x', responseKind: { kind: 'X' }, verbs: 'all' }] })),
  )
  assert.deepEqual((await ask(api)).kinds, [
    { group: 'g', version: 'v1', kind: 'X', resource: 'x', namespaced: false, verbs: [] },
  ])
})
