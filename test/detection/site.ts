/** A shop on a real control plane, watched by a real server: what the tests of detection act upon. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { Kind } from '../../src/sources/cluster/kind.ts'
import type { Stack } from '../cluster/build.ts'
import { at, listAt, textAt } from '../cluster/client.ts'
import { type Cluster, startCluster } from '../cluster/cluster.ts'
import { freePorts } from '../cluster/ports.ts'
import { pathOf } from '../cluster/recording/actors.ts'
import { makeCast } from '../cluster/recording/cast.ts'
import { serveMetrics } from '../cluster/recording/metrics.ts'
import { makeSecretValues } from '../cluster/recording/names.ts'
import type { Manifest } from '../cluster/recording/objects.ts'
import { backupScheduleKind } from '../cluster/recording/platform.ts'
import { shop } from '../cluster/recording/shop.ts'
import type { Cast } from '../cluster/recording/stage.ts'
import { discover } from '../cluster/resources.ts'
import { until } from '../cluster/until.ts'
import { bulwark, eventually, makeHome, type Served, served } from '../server/process.ts'

export interface Site extends AsyncDisposable {
  readonly cluster: Cluster
  readonly kinds: readonly Kind[]
  /** People and programs of the shop, as in the recording. */
  readonly cast: Cast
  readonly server: Served
  /** Makes objects by a hand that the audit policy does not record. */
  make(manifests: readonly Manifest[]): Promise<void>
  /** Resolves when every pod that is not done runs. */
  settled(): Promise<void>
}

/**
 * The policy that docs/connect.md tells people to begin with. Left out besides are the hand that sets the scene, and what
 * kwok reads, since it stands for kubelets and reads as none of them would.
 */
const auditPolicy = (): unknown => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/connect.md'), 'utf8')
  const block = /```yaml\n(apiVersion: audit\.k8s\.io\/v1\n[\s\S]*?)```/.exec(page)?.[1]
  const policy: unknown = parse(block ?? '')
  const stage = [
    { level: 'None', users: ['admin'] },
    { level: 'None', users: ['kwok'], verbs: ['get', 'list', 'watch'] },
  ]
  return { ...Object(policy), rules: [...stage, ...listAt(policy, 'rules')] }
}

/** `more` is made with the shop, and its pods are waited for. */
export const openSite = async (stack: Stack, more: readonly Manifest[] = []): Promise<Site> => {
  await using opening = new AsyncDisposableStack()
  const home = opening.use(makeHome())
  const token = 'ab'.repeat(24)
  const data = join(home.dir, 'data')
  mkdirSync(data)
  writeFileSync(join(data, 'audit-webhook-token'), token, { mode: 0o600 })
  const [auditPort = 0] = await freePorts(1)
  const cluster = opening.use(
    await startCluster(stack, {
      controllers: true,
      auditPolicy: auditPolicy(),
      // A kubeconfig's token is not sent over plain HTTP: it stands in the path, as `bulwark audit-kubeconfig` writes it.
      auditWebhook: { url: `http://127.0.0.1:${auditPort}/audit/${token}`, maxWait: 200 },
      podSecurity: { exemptions: { namespaces: ['kube-system'], usernames: [], runtimeClasses: [] } },
    }),
  )
  const running = opening.use(
    bulwark(home, [
      'serve',
      ...['--kubeconfig', cluster.adminKubeconfig, '--data-dir', data],
      ...['--audit-listen', `127.0.0.1:${auditPort}`, '--port', '0'],
    ]),
  )
  await cluster.kwok({ nodes: 6, prefix: 'node', kubelet: true })

  let kinds = await discover(cluster.admin)
  const make: Site['make'] = async (manifests) => {
    for (const manifest of manifests) {
      const path = `${pathOf(kinds, manifest)}?fieldManager=setup&force=true`
      const answer = await cluster.admin.patch(path, manifest, 'application/apply-patch+yaml')
      if (answer.status > 201) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    }
  }
  const settled: Site['settled'] = () =>
    until('all pods to run', async () => {
      const all = listAt((await cluster.admin.get('/api/v1/pods')).body, 'items')
      return all.length >= 43 && all.every((pod) => at(pod, 'status', 'phase') !== 'Pending')
    })

  const metrics = opening.use(await shopMetrics(cluster, opening))
  await make([backupScheduleKind, ...metrics.manifests])
  await until('the added API groups to be served', async () => {
    const answers = await Promise.all([
      cluster.admin.get('/apis/metrics.k8s.io/v1beta1'),
      cluster.admin.get('/apis/ops.shop.example/v1/backupschedules'),
    ])
    return answers.every((answer) => answer.status === 200)
  })
  kinds = await discover(cluster.admin)
  await make([...shop(makeSecretValues()), ...more])
  await settled()
  const server = await served(home, running)
  await eventually(
    async () => listAt(await server.get('/api/v1/sources'), 'items'),
    (items) => items.some((item) => textAt(item, 'id') === 'cluster' && textAt(item, 'state') === 'connected'),
  )
  const cast = await makeCast(cluster, kinds)
  const opened = opening.move()
  return { cluster, kinds, cast, server, make, settled, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

/** A metrics API for the real autoscaler: what the pods of an app use together goes up and down within two minutes. */
const shopMetrics = async (cluster: Cluster, opening: AsyncDisposableStack) => {
  const pods = new Map<string, unknown>()
  const ended = new AbortController()
  opening.defer(() => ended.abort())
  void cluster.admin.watch(
    '/api/v1/namespaces/shop/pods?watch=true',
    (event) => {
      const name = String(at(event, 'object', 'metadata', 'name'))
      if (at(event, 'type') === 'DELETED') pods.delete(name)
      else pods.set(name, at(event, 'object', 'metadata', 'labels', 'app'))
    },
    ended.signal,
  )
  return serveMetrics(cluster.authority, (_, selector) => {
    const app = /^app=(.+)$/.exec(selector)?.[1]
    const names = [...pods].flatMap(([name, of]) => (of === app ? [name] : []))
    const demand = 700 + 500 * Math.sin(Date.now() / 20_000)
    return names.map((pod) => ({ pod, cpu: demand / names.length }))
  })
}
