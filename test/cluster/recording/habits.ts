/** What goes on all the time: operators, scrapers, the shop's own pods. */
import { setTimeout as wait } from 'node:timers/promises'
import { at } from '../client.ts'
import type { Actor } from './actors.ts'
import { type Clock, expectStatus, type Habit } from './stage.ts'

/** How busy the shop is, from 0 to 1: quiet at first, a campaign from minute 8 to 13, a second wave at 20 to 23. */
export function load(minute: number): number {
  const wave = (from: number, to: number, height: number) => {
    const rise = Math.min(1, Math.max(0, (minute - from) / 1.5))
    const fall = Math.min(1, Math.max(0, (to - minute) / 1.5))
    return height * Math.min(rise, fall)
  }
  return Math.min(1, 0.15 + wave(3, 8, 0.2) + wave(7.5, 13.5, 0.85) + wave(19.5, 24, 0.4))
}

export const habits: readonly Habit[] = [
  (cast, clock) => holdLease(cast.certOperator, clock, 'cert-operator'),
  (cast, clock) => holdLease(cast.backupOperator, clock, 'backup-operator'),
  (cast, clock) =>
    clock.every(60, () => cast.certOperator.list('/apis/certificates.k8s.io/v1/certificatesigningrequests')),
  (cast, clock) => clock.every(150, () => runBackup(cast.backupOperator)),
  (cast, clock) =>
    clock.every(1, async () => {
      const requests = Math.floor(load(clock.minute()) * 3 * Math.random() + 0.3)
      for (let n = 0; n < requests; n++) {
        expectStatus(await cast.web.client.get('/api/v1/namespaces/shop/configmaps/web-config'), 200)
      }
    }),
  (cast, clock) => clock.every(25, () => cast.paymentsApi.client.get('/api/v1/namespaces/payments/secrets/stripe')),
  (cast, clock) => keepWatching(cast.prometheus, clock, ['pods', 'services', 'endpoints', 'nodes']),
  (cast, clock) => keepWatching(cast.coredns, clock, ['services', 'namespaces']),
  (cast, clock) => keepWatching(cast.kubeStateMetrics, clock, ['pods', 'nodes', 'namespaces', 'secrets', 'services']),
]

/** Leader election as client-go does it: read the lease, then write it with a new renewTime. */
async function holdLease(operator: Actor, clock: Clock, name: string): Promise<void> {
  const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases'
  const now = () => new Date().toISOString().replace('Z', '000Z')
  const spec = { holderIdentity: `${name}-0`, leaseDurationSeconds: 60, acquireTime: now(), renewTime: now() }
  expectStatus(await operator.client.post(leases, { metadata: { name }, spec }), 201)
  await clock.every(10, async () => {
    const { body } = expectStatus(await operator.client.get(`${leases}/${name}`), 200)
    const renewed = { ...Object(body), spec: { ...Object(at(body, 'spec')), renewTime: now() } }
    expectStatus(await operator.client.put(`${leases}/${name}`, renewed), 200)
  })
}

async function runBackup(operator: Actor): Promise<void> {
  const schedules = '/apis/ops.shop.example/v1/namespaces/payments/backupschedules'
  await operator.list(schedules)
  const status = { lastBackup: new Date().toISOString(), phase: 'Succeeded' }
  expectStatus(await operator.client.patch(`${schedules}/postgres/status`, { status }), 200)
}

/** Lists, then watches for five minutes, then again: what informers do when their watch times out. */
async function keepWatching(actor: Actor, clock: Clock, resources: readonly string[]): Promise<void> {
  const watchOne = async (resource: string) => {
    while (!clock.ended.aborted) {
      const { body } = expectStatus(await actor.list(`/api/v1/${resource}`), 200)
      const version = String(at(body, 'metadata', 'resourceVersion'))
      const query = `watch=true&allowWatchBookmarks=true&timeoutSeconds=300&resourceVersion=${version}`
      await actor.client.watch(`/api/v1/${resource}?${query}`, () => {}, clock.ended)
      await wait(500)
    }
  }
  await Promise.all(resources.map(watchOne))
}
