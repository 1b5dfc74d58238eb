/**
 * Ordinary life of a busy cluster, besides that of the shop: what CI, operators and people do all day long, by real
 * requests of the kinds that their programs make.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { at, listAt, textAt } from '../cluster/client.ts'
import { type Actor, makeActor, tokenOf } from '../cluster/recording/actors.ts'
import { configMap, deployment, group, namespace, role, roleBinding, service } from '../cluster/recording/objects.ts'
import { type Cast, expectStatus, first, think } from '../cluster/recording/stage.ts'
import { serviceDeployment, services } from './estate.ts'
import type { Site } from './site.ts'

/** Programs that tend the cluster, beside the cast of the shop. */
export type Programs = Readonly<
  Record<'kubectlOfCi' | 'workflow' | 'argocd' | 'externalSecrets' | 'keda' | 'autoscaler' | 'expired', Actor>
>

export interface Life extends Programs {
  readonly site: Site
  readonly cast: Cast
  /** A number that was not given out before. */
  readonly next: () => number
}

/** Something that is done again and again; `everySeconds` is how often in a cluster of this size. */
export interface Routine {
  readonly what: string
  readonly everySeconds: number
  readonly act: (life: Life) => Promise<void>
}

export const startLife = async (site: Site): Promise<Life> => {
  const { cluster, kinds, cast } = site
  const program = async (ns: string, name: string, userAgent: string, address: string): Promise<Actor> =>
    makeActor(cluster, kinds, await tokenOf(cluster.admin, ns, name), { userAgent, address })
  let given = 1
  return {
    site,
    cast,
    next: () => ++given,
    kubectlOfCi: await program('ci', 'kubectl', 'kubectl/v1.37.2 (linux/amd64) kubernetes/8d2f1c4', '10.244.2.31'),
    workflow: await program('batch', 'workflow', 'workflow-controller/v3.7.2', '10.244.2.40'),
    argocd: await program('argocd', 'application-controller', 'argocd-application-controller/v3.1.8', '10.244.3.50'),
    externalSecrets: await program('external-secrets', 'operator', 'external-secrets/v0.20.1', '10.244.3.51'),
    keda: await program('monitoring', 'keda', 'keda-operator/2.18.0', '10.244.3.52'),
    autoscaler: await program('kube-system', 'cluster-autoscaler', 'cluster-autoscaler/v1.35.0', '10.244.3.53'),
    expired: await makeActor(
      cluster,
      kinds,
      { kind: 'token', token: 'eyJhbGciOiJFUzI1NiJ9.e30.expired' },
      { userAgent: 'promtail/3.5.0', address: '10.244.3.60' },
    ),
  }
}

export const routines: readonly Routine[] = [
  {
    what: 'CI rolls out a service',
    everySeconds: 90,
    act: async ({ cast, next }) => {
      const turn = next()
      const name = services[turn % services.length] ?? ''
      const ci = cast.deployer
      // Helm 4: its releases are Secrets, which this CI may not read; so it templates, and applies.
      expectStatus(await ci.apply(serviceDeployment(name, turn)), 200)
      expectStatus(await ci.apply(configMap('apps', `${name}-config`, { 'application.yaml': `pool: ${turn}\n` })), 200)
      expectStatus(await ci.apply(service('apps', name, 8080)), 200)
      for (let look = 0; look < 5; look++) {
        await think(1.5)
        expectStatus(await ci.client.get(`/apis/apps/v1/namespaces/apps/deployments/${name}`), 200)
      }
    },
  },
  {
    what: 'a CI job with kubectl applies to five namespaces and waits for the roll-outs',
    everySeconds: 300,
    act: async ({ kubectlOfCi, next }) => {
      const turn = next()
      for (const ns of ['apps', 'shop', 'payments', 'dev', 'batch']) {
        const name = 'release-notes'
        const path = `/api/v1/namespaces/${ns}/configmaps/${name}`
        const notes = configMap(ns, name, { text: `release ${turn}` })
        const found = await kubectlOfCi.client.get(path) // kubectl apply looks first
        if (found.status === 404) await kubectlOfCi.client.post(`/api/v1/namespaces/${ns}/configmaps`, notes)
        else await kubectlOfCi.client.patch(path, { data: notes.data })
        // kubectl rollout status: one object by name, listed and watched
        const selector = `fieldSelector=metadata.name%3D${ns === 'payments' ? 'api' : 'web'}`
        expectStatus(
          await kubectlOfCi.client.get(`/apis/apps/v1/namespaces/${ns}/deployments?${selector}&limit=500`),
          200,
        )
      }
    },
  },
  {
    what: 'CI makes a preview environment of 26 new objects, and takes it down later',
    everySeconds: 600,
    act: async ({ argocd, kubectlOfCi, next }) => {
      const ns = `preview-${next()}`
      expectStatus(await argocd.client.post('/api/v1/namespaces', namespace(ns, {}, 'storefront')), 201)
      await accountOf(argocd, ns)
      for (const name of services.slice(0, 13)) {
        const web = deployment({ namespace: ns, name, image: `apps/${name}:1.0.0`, hardening: 'restricted' })
        for (const [plural, manifest] of [
          [`/apis/apps/v1/namespaces/${ns}/deployments`, web],
          [`/api/v1/namespaces/${ns}/services`, service(ns, name, 8080)],
        ] as const) {
          expectStatus(await kubectlOfCi.client.get(`${plural}/${name}`), 404)
          expectStatus(await kubectlOfCi.client.post(plural, manifest), 201)
        }
      }
      await think(15)
      expectStatus(await argocd.client.delete(`/api/v1/namespaces/${ns}`), 200)
    },
  },
  {
    what: 'a workflow runs a job of 10 pods and cleans up',
    everySeconds: 120,
    act: async ({ workflow, next }) => {
      const name = `run-${next()}`
      const jobs = '/apis/batch/v1/namespaces/batch/jobs'
      const configMaps = '/api/v1/namespaces/batch/configmaps'
      expectStatus(await workflow.client.post(configMaps, configMap('batch', `${name}-parameters`, { day: name })), 201)
      const containers = [{ name: 'main', image: 'apps/batch:1.4.0' }]
      const template = { spec: { restartPolicy: 'Never', containers } }
      const spec = { parallelism: 10, completions: 10, template }
      expectStatus(await workflow.client.post(jobs, { metadata: { name, namespace: 'batch' }, spec }), 201)
      for (let look = 0; look < 4; look++) {
        await think(2)
        await workflow.list(`/api/v1/namespaces/batch/pods?labelSelector=job-name%3D${name}`)
      }
      expectStatus(await workflow.client.delete(`${jobs}/${name}?propagationPolicy=Background`), 200)
      expectStatus(await workflow.client.delete(`${configMaps}/${name}-parameters`), 200)
    },
  },
  {
    what: 'a workflow makes pods itself and deletes them when they are done',
    everySeconds: 60,
    act: async ({ workflow, next }) => {
      const pods = '/api/v1/namespaces/batch/pods'
      const names = Array.from({ length: 5 }, () => `step-${next()}`)
      const spec = { restartPolicy: 'Never', containers: [{ name: 'main', image: 'apps/step:2.0.1' }] }
      for (const name of names) expectStatus(await workflow.client.post(pods, { metadata: { name }, spec }), 201)
      await think(6)
      for (const name of names) {
        await workflow.client.get(`${pods}/${name}/log?tailLines=20`)
        await workflow.client.delete(`${pods}/${name}`)
      }
    },
  },
  {
    what: 'an autoscaler of events scales a service up and down again',
    everySeconds: 45,
    act: async ({ keda, next }) => {
      const name = services[next() % services.length] ?? ''
      expectStatus(await keda.scale('apps', name, 5), 200)
      await think(8)
      expectStatus(await keda.scale('apps', name, 2), 200)
    },
  },
  {
    what: 'secrets are brought up to date from a vault, and a new one is made',
    everySeconds: 60,
    act: async ({ externalSecrets, next }) => {
      const turn = next()
      for (const name of services.slice(0, 6)) {
        const path = `/api/v1/namespaces/apps/secrets/${name}-database`
        expectStatus(await externalSecrets.client.get(path), 200)
        expectStatus(
          await externalSecrets.client.patch(path, { metadata: { annotations: { synced: `${turn}` } } }),
          200,
        )
      }
      const secrets = '/api/v1/namespaces/shop/secrets'
      expectStatus(await externalSecrets.client.get(`${secrets}/partner-${turn}`), 404)
      const made = { metadata: { name: `partner-${turn}` }, stringData: { key: `not-a-key-${turn}` } }
      expectStatus(await externalSecrets.client.post(secrets, made), 201)
    },
  },
  {
    what: 'Argo CD looks at everything, and puts right what differs',
    everySeconds: 180,
    act: async ({ argocd, site }) => {
      const listed = site.kinds.filter(({ verbs, group: of }) => verbs.includes('list') && of !== 'metrics.k8s.io')
      for (const { group: of, version, resource } of listed)
        await argocd.list(`${of === '' ? '/api/v1' : `/apis/${of}/${version}`}/${resource}`)
      for (const name of services.slice(10, 14)) expectStatus(await argocd.apply(service('apps', name, 8080)), 200)
    },
  },
  {
    what: 'the cluster autoscaler takes a node away; another one comes',
    everySeconds: 900,
    act: async ({ autoscaler, site, next }) => {
      const { body } = await autoscaler.list('/api/v1/nodes')
      // Carol works on node-4.
      const node = Object(listAt(body, 'items').findLast((one) => textAt(one, 'metadata', 'name') !== 'node-4'))
      const last = textAt(node, 'metadata', 'name')
      const taints = [{ key: 'ToBeDeletedByClusterAutoscaler', effect: 'NoSchedule' }]
      await autoscaler.client.patch(`/api/v1/nodes/${last}`, { spec: { taints } })
      const on = await autoscaler.list(`/api/v1/pods?fieldSelector=spec.nodeName%3D${last}`)
      for (const pod of listAt(on.body, 'items')) {
        if (at(pod, 'metadata', 'ownerReferences', 0, 'kind') === 'DaemonSet') continue
        const metadata = { name: textAt(pod, 'metadata', 'name'), namespace: textAt(pod, 'metadata', 'namespace') }
        await autoscaler.client.post(`/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}/eviction`, {
          apiVersion: 'policy/v1',
          kind: 'Eviction',
          metadata,
        })
      }
      expectStatus(await autoscaler.client.delete(`/api/v1/nodes/${last}`), 200)
      const name = `node-${100 + next()}`
      const { annotations, labels } = node.metadata
      const metadata = { name, annotations, labels: { ...labels, 'kubernetes.io/hostname': name } }
      await site.cluster.admin.post('/api/v1/nodes', { metadata, status: node.status })
    },
  },
  {
    what: 'an operator makes, changes and removes its ConfigMaps',
    everySeconds: 30,
    act: async ({ argocd, next }) => {
      const configMaps = '/api/v1/namespaces/argocd/configmaps'
      const name = `state-${next() % 4}`
      await argocd.client.get(`${configMaps}/${name}`)
      await argocd.client.post(configMaps, configMap('argocd', name, { state: 'new' }))
      await argocd.client.patch(`${configMaps}/${name}`, { data: { state: 'known' } })
      await argocd.client.delete(`${configMaps}/${name}`)
    },
  },
  {
    what: 'Prometheus asks the kubelets through the API server',
    everySeconds: 60,
    act: async ({ cast }) => {
      for (const node of ['node-1', 'node-2', 'node-3'])
        await cast.prometheus.client.get(`/api/v1/nodes/${node}/proxy/metrics/cadvisor`)
    },
  },
  {
    what: 'a log shipper goes on with a token that has ended',
    everySeconds: 120,
    act: async ({ expired }) => void expectStatus(await expired.list('/api/v1/pods'), 401),
  },
  {
    what: 'bob looks around: get all, describe, logs, what may I do',
    everySeconds: 240,
    act: async ({ cast: { bob } }) => {
      for (const path of ['api/v1/pods', 'api/v1/services', 'apis/apps/v1/deployments', 'apis/apps/v1/replicasets']) {
        const [, root = '', resource = ''] = /^(.*)\/(\w+)$/.exec(path) ?? []
        expectStatus(await bob.list(`/${root}/namespaces/apps/${resource}`), 200)
      }
      const pod = first(await bob.pods('apps', services[3] ?? ''))
      await bob.describePod('apps', pod)
      await bob.logs('apps', pod)
      const rules = { spec: { namespace: 'apps' } }
      expectStatus(await bob.client.post('/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', rules), 201)
      expectStatus(await bob.client.get('/api/v1/namespaces/kube-system/configmaps/corends'), 404)
      expectStatus(await bob.client.get('/apis/apps/v1/namespaces/apps/deployments/svc-1'), 404)
    },
  },
  {
    what: 'bob opens a shell in a pod of his team',
    everySeconds: 600,
    act: async ({ cast: { bob } }) => {
      const pod = first(await bob.pods('apps', services[5] ?? ''))
      expectStatus(await bob.exec('apps', pod, ['date']), 101)
    },
  },
  {
    what: 'bob upgrades a release with Helm',
    everySeconds: 600,
    act: async ({ cast: { bob }, next }) => {
      const secrets = '/api/v1/namespaces/shop/secrets'
      const turn = next()
      const labels = { owner: 'helm', name: 'search', status: 'deployed', version: `${turn}` }
      await bob.client.get(`${secrets}?labelSelector=name%3Dsearch%2Cowner%3Dhelm`)
      const release = { metadata: { name: `sh.helm.release.v1.search.v${turn}`, labels }, type: 'helm.sh/release.v1' }
      expectStatus(await bob.client.post(secrets, { ...release, stringData: { release: 'H4sI' } }), 201)
      expectStatus(await bob.restart('apps', services[7] ?? ''), 200)
      await think(4)
      expectStatus(await bob.client.patch(`${secrets}/${release.metadata.name}`, { metadata: { labels } }), 200)
      expectStatus(await bob.client.delete(`${secrets}/${release.metadata.name}`), 200)
    },
  },
  {
    what: 'erin starts Lens, which asks what she may do',
    everySeconds: 900,
    act: async ({ cast: { erin } }) => {
      for (const resource of ['pods', 'secrets', 'nodes', 'configmaps', 'services', 'events', 'endpoints', 'jobs']) {
        for (const verb of ['list', 'watch', 'create']) {
          const spec = { resourceAttributes: { namespace: 'payments', resource, verb } }
          await erin.client.post('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', { spec })
        }
        await erin.list(`/api/v1/namespaces/payments/${resource}`)
      }
    },
  },
  {
    what: 'alice gives a team rights in its namespace, corrects them, and takes others away',
    everySeconds: 600,
    act: async ({ cast: { alice }, next }) => {
      const name = `team-${next()}`
      const rules = [{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['get', 'list', 'watch', 'patch'] }]
      for (const manifest of role('apps', name, rules, group(name))) expectStatus(await alice.apply(manifest), 201)
      await think(3)
      const view = { kind: 'ClusterRole', name: 'view' } as const
      expectStatus(await alice.apply(roleBinding('batch', name, view, group(name))), 201)
      await think(3)
      const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces'
      expectStatus(await alice.client.delete(`${rbac}/batch/rolebindings/${name}`), 200)
    },
  },
  {
    what: 'alice labels a namespace, sets a quota and looks at nodes',
    everySeconds: 900,
    act: async ({ cast: { alice }, next }) => {
      const labels = { 'bulwark.dev/environment': 'production', revision: `${next()}` }
      expectStatus(await alice.client.patch('/api/v1/namespaces/apps', { metadata: { labels } }), 200)
      const quota = { apiVersion: 'v1', kind: 'ResourceQuota', spec: { hard: { pods: '400' } } }
      await alice.apply({ ...quota, metadata: { name: 'apps', namespace: 'apps' } })
      await alice.list('/api/v1/nodes')
      await alice.list('/api/v1/pods?fieldSelector=status.phase%3DFailed')
    },
  },
]

/** Waits for the account that pods of a new namespace run as. */
const accountOf = async (actor: Actor, ns: string): Promise<void> => {
  for (let look = 0; look < 40; look++) {
    const { status } = await actor.client.get(`/api/v1/namespaces/${ns}/serviceaccounts/default`)
    if (status === 200) return
    await wait(250)
  }
}
