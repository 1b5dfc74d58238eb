/** The ordinary half hour: roll-outs, people at work and their mistakes. */
import { textAt } from '../client.ts'
import type { Actor } from './actors.ts'
import { deployment, group, type Manifest, role, roleBinding } from './objects.ts'
import { catalogDeployment, paymentsApi, webDeployment } from './shop.ts'
import { type Act, expectStatus, first, think } from './stage.ts'

export const day: readonly Act[] = [
  {
    minute: 0.6,
    what: 'alice looks around',
    act: async ({ alice }) => {
      for (const path of ['/api/v1/nodes', '/api/v1/namespaces', '/api/v1/pods', '/apis/apps/v1/deployments']) {
        expectStatus(await alice.list(path), 200)
        await think(4)
      }
    },
  },
  {
    minute: 2.2,
    what: 'bob reads logs of a cart pod',
    act: async ({ bob }) => {
      const pod = first(await bob.pods('shop', 'cart'))
      await think(3)
      await bob.describePod('shop', pod)
      await think(3)
      expectStatus(await bob.logs('shop', pod), 200)
    },
  },
  {
    minute: 4.4,
    what: 'CI rolls out catalog 4.2.1',
    act: ({ deployer }) => rollOut(deployer, catalogDeployment('4.2.1')),
  },
  {
    minute: 5.6,
    what: 'bob turns a feature on',
    act: async ({ bob }) => {
      const path = '/api/v1/namespaces/shop/configmaps/web-config'
      expectStatus(await bob.client.get(path), 200)
      await think(8)
      const data = { 'features.yaml': 'checkout: v2\nrecommendations: true\ngift-cards: true\n' }
      expectStatus(await bob.client.patch(`${path}?fieldManager=kubectl-edit`, { data }), 200)
    },
  },
  {
    minute: 6.3,
    what: 'erin keeps a screen of pods open',
    act: async ({ erin }) => {
      for (let n = 0; n < 30; n++) {
        expectStatus(await erin.list('/api/v1/namespaces/payments/pods'), 200)
        await think(2)
      }
    },
  },
  {
    minute: 7.1,
    what: 'dave tries things that he may not do',
    act: async ({ dave }) => {
      const pod = { metadata: { name: 'probe' }, spec: { containers: [{ name: 'probe', image: 'busybox' }] } }
      expectStatus(await dave.client.post('/api/v1/namespaces/payments/pods', pod), 403)
      await think(5)
      expectStatus(await dave.client.get('/api/v1/namespaces/payments/secrets/database'), 403)
      await think(5)
      expectStatus(await dave.client.get('/apis/apps/v1/namespaces/shop/deployments/wbe'), 404)
      await think(5)
      const broken = { metadata: { name: 'No_Such_Name' }, spec: { containers: [] } }
      expectStatus(await dave.client.post('/api/v1/namespaces/dev/pods', broken), 422)
    },
  },
  {
    minute: 7.8,
    what: 'dave deploys a privileged profiler, whose pods baseline refuses',
    act: async ({ dave }) => {
      const image = 'registry.shop.example/tools/profiler:0.3'
      const profiler = deployment({ namespace: 'shop', name: 'profiler', image, hardening: 'privileged' })
      expectStatus(await dave.apply(profiler), 201)
      await think(20)
      await dave.pods('shop', 'profiler')
      await dave.list('/api/v1/namespaces/shop/events')
      await think(30)
      expectStatus(await dave.client.delete('/apis/apps/v1/namespaces/shop/deployments/profiler'), 200)
    },
  },
  {
    minute: 8.6,
    what: 'alice lets dave look into config in dev',
    act: async ({ alice }) => {
      const rules = [{ apiGroups: [''], resources: ['configmaps', 'pods/log'], verbs: ['get', 'list'] }]
      const dave = { apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'dave' }
      for (const manifest of role('dev', 'config-reader', rules, dave)) {
        expectStatus(await alice.apply(manifest), 201)
        await think(3)
      }
    },
  },
  {
    minute: 9.8,
    what: 'CI rolls out web 2026.11.2 in the middle of the campaign',
    act: ({ deployer }) => rollOut(deployer, withoutReplicas(webDeployment('2026.11.2'))),
  },
  {
    minute: 11.2,
    what: 'bob gives search a third replica',
    act: async ({ bob }) => void expectStatus(await bob.scale('shop', 'search', 3), 200),
  },
  {
    minute: 11.9,
    what: 'bob restarts cart',
    act: async ({ bob }) => {
      expectStatus(await bob.restart('shop', 'cart'), 200)
      for (let n = 0; n < 6; n++) {
        await think(4)
        await bob.pods('shop', 'cart')
      }
    },
  },
  {
    minute: 12.8,
    what: 'alice debugs a search pod with an ephemeral container',
    act: async ({ alice }) => {
      const pod = first(await alice.pods('shop', 'search'))
      await think(4)
      const container = {
        name: 'debugger-7xk2p',
        image: 'busybox:1.37',
        stdin: true,
        tty: true,
        targetContainerName: 'search',
      }
      const path = `/api/v1/namespaces/shop/pods/${pod}/ephemeralcontainers`
      const patch = { spec: { ephemeralContainers: [container] } }
      expectStatus(await alice.client.patch(path, patch, 'application/strategic-merge-patch+json'), 200)
    },
  },
  {
    minute: 15.4,
    what: 'carol takes node-4 out for a new kernel',
    act: async ({ carol }) => {
      expectStatus(await carol.client.patch('/api/v1/nodes/node-4', { spec: { unschedulable: true } }), 200)
      const { body } = await carol.list('/api/v1/pods?fieldSelector=spec.nodeName%3Dnode-4')
      for (const pod of evictable(body)) {
        await carol.client.post(`/api/v1/namespaces/${pod.namespace}/pods/${pod.name}/eviction`, {
          apiVersion: 'policy/v1',
          kind: 'Eviction',
          metadata: pod,
        })
        await think(2)
      }
    },
  },
  {
    minute: 17.9,
    what: 'carol takes node-4 in again',
    act: async ({ carol }) =>
      void expectStatus(await carol.client.patch('/api/v1/nodes/node-4', { spec: { unschedulable: null } }), 200),
  },
  {
    minute: 17.0,
    what: 'bob takes the third search replica away',
    act: async ({ bob }) => void expectStatus(await bob.scale('shop', 'search', 2), 200),
  },
  {
    minute: 18.4,
    what: 'alice enforces baseline in dev',
    act: async ({ alice }) => {
      const labels = { 'pod-security.kubernetes.io/enforce': 'baseline' }
      expectStatus(await alice.client.patch('/api/v1/namespaces/dev', { metadata: { labels } }), 200)
    },
  },
  {
    minute: 19.2,
    what: 'dave opens a shell in his own pod in dev',
    act: async ({ dave }) => {
      const pods = '/api/v1/namespaces/dev/pods'
      const spec = { containers: [{ name: 'shell', image: 'busybox:1.37', stdin: true, tty: true }] }
      expectStatus(
        await dave.client.post(pods, { metadata: { name: 'dave-shell', labels: { run: 'shell' } }, spec }),
        201,
      )
      await think(6)
      expectStatus(await dave.exec('dev', 'dave-shell', ['date']), 101)
      await think(15)
      expectStatus(await dave.client.delete(`${pods}/dave-shell`), 200)
    },
  },
  {
    minute: 19.8,
    what: 'CI rolls out payments api 1.18.4',
    act: ({ deployer }) => rollOut(deployer, paymentsApi('1.18.4')),
  },
  {
    minute: 21.4,
    what: 'erin lets the monitoring reach the payments api',
    act: async ({ erin }) => {
      const from = [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }]
      const spec = { podSelector: { matchLabels: { app: 'api' } }, policyTypes: ['Ingress'], ingress: [{ from }] }
      const metadata = { name: 'api-from-monitoring', namespace: 'payments' }
      expectStatus(await erin.apply({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata, spec }), 201)
    },
  },
  {
    minute: 23.1,
    what: 'alice gives the storefront team view on monitoring, and corrects a slip',
    act: async ({ alice }) => {
      const view = { kind: 'ClusterRole', name: 'view' } as const
      expectStatus(await alice.apply(roleBinding('monitoring', 'storefront-view', view, group('storefont'))), 201)
      await think(25)
      expectStatus(await alice.apply(roleBinding('monitoring', 'storefront-view', view, group('storefront'))), 200)
    },
  },
  {
    minute: 25.7,
    what: 'CI rolls out web 2026.11.3',
    act: ({ deployer }) => rollOut(deployer, withoutReplicas(webDeployment('2026.11.3'))),
  },
  {
    minute: 28.4,
    what: 'carol finds the binding and takes it away',
    act: async ({ carol }) => {
      const bindings = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings'
      expectStatus(await carol.list(bindings), 200)
      await think(9)
      expectStatus(await carol.client.get(`${bindings}/system-metrics-aggregator`), 200)
      await think(6)
      expectStatus(await carol.client.delete(`${bindings}/system-metrics-aggregator`), 200)
      await think(4)
      expectStatus(await carol.client.delete('/api/v1/namespaces/ci/pods/runner-0'), 200) // its token dies with it
      await think(4)
      expectStatus(await carol.client.delete(`${bindings}/ci-deployer`), 200) // until somebody knows how far it went
    },
  },
]

/** Applies, then looks every few seconds until the Deployment says that it is done. */
async function rollOut(deployer: Actor, manifest: Manifest): Promise<void> {
  expectStatus(await deployer.apply(manifest), 200)
  const path = `/apis/apps/v1/namespaces/${manifest.metadata.namespace}/deployments/${manifest.metadata.name}`
  for (let n = 0; n < 8; n++) {
    await think(3)
    expectStatus(await deployer.client.get(path), 200)
  }
}

/** The autoscaler owns the number of replicas of web. */
function withoutReplicas(manifest: Manifest): Manifest {
  const { replicas: _, ...spec } = Object(manifest.spec)
  return { ...manifest, spec }
}

/** Pods of the teams' Deployments; those of DaemonSets, StatefulSets and the system stay. */
function evictable(list: unknown): readonly { readonly name: string; readonly namespace: string }[] {
  const items: readonly unknown[] = Object(list).items ?? []
  return items.flatMap((pod) => {
    const owner = Object(pod).metadata?.ownerReferences?.[0]?.kind
    const namespace = textAt(pod, 'metadata', 'namespace')
    if (owner !== 'ReplicaSet' || namespace === 'kube-system') return []
    return [{ name: textAt(pod, 'metadata', 'name'), namespace }]
  })
}
