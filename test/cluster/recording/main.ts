// npm run recording: acts out half an hour of a small shop on a real API server and writes recordings/shop.jsonl.zst.
// node test/cluster/recording/main.ts [--speed N] [--out FILE]
// --speed 10 tries a change of the script in three minutes; the shipped recording is made at speed 1.
import { mkdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { holdsSecrets, metadataAccept } from '../../../src/sources/cluster/secrets.ts'
import { findStack, kubernetesVersion } from '../build.ts'
import { at, listAt } from '../client.ts'
import { startCluster } from '../cluster.ts'
import { receiveAudit } from '../receiver.ts'
import { discover } from '../resources.ts'
import { until } from '../until.ts'
import { pathOf, tokenOf } from './actors.ts'
import { attack } from './attack.ts'
import { auditPolicy } from './audit-policy.ts'
import { makeCast } from './cast.ts'
import { day } from './day.ts'
import { writeRecording } from './file.ts'
import { habits, load } from './habits.ts'
import { serveMetrics } from './metrics.ts'
import { makeSecretValues } from './names.ts'
import type { Manifest } from './objects.ts'
import { backupScheduleKind } from './platform.ts'
import { expectNoSecrets } from './secrets.ts'
import { shop } from './shop.ts'
import { type Clock, startClock } from './stage.ts'
import { type Observation, watchKind } from './watch.ts'

const { values } = parseArgs({
  options: {
    speed: { type: 'string', default: '1' },
    out: { type: 'string', default: join(import.meta.dirname, '../../../recordings/shop.jsonl.zst') },
  },
})
const speed = Number(values.speed)
const minutes = 30
const stack = await findStack()
const say = (line: string) => console.log(`${new Date().toISOString().slice(11, 19)} ${line}`)

await using receiver = await receiveAudit()
await using cluster = await startCluster(stack, {
  controllers: true,
  auditPolicy,
  auditWebhook: { url: receiver.url, maxWait: 500 },
  encryption: true,
  podSecurity: { exemptions: { namespaces: ['kube-system'], usernames: [], runtimeClasses: [] } },
})
await cluster.kwok({ nodes: 5, prefix: 'node', kubelet: true })

let clock: Clock | undefined
const pods = new Map<string, unknown>() // as watched, by uid: what the metrics API reports on
await using metrics = await serveMetrics(cluster.authority, (namespace, selector) => {
  const app = /^app=(.+)$/.exec(selector)?.[1]
  const chosen = [...pods.values()].filter(
    (pod) => at(pod, 'metadata', 'namespace') === namespace && at(pod, 'metadata', 'labels', 'app') === app,
  )
  // what all pods of the app use together: at full load so much that ten pods are 70 % busy (of a request of 200m)
  const demand = 1400 * load(clock?.minute() ?? 0)
  return chosen.map((pod) => ({
    pod: String(at(pod, 'metadata', 'name')),
    cpu: (demand / chosen.length) * (0.9 + Math.random() * 0.2),
  }))
})

say('setting the shop up')
const secretValues = makeSecretValues()
let kinds = await discover(cluster.admin)
await make([backupScheduleKind, ...metrics.manifests])
await until('the added API groups to be served', async () => {
  const answers = await Promise.all([
    cluster.admin.get('/apis/metrics.k8s.io/v1beta1'),
    cluster.admin.get('/apis/ops.shop.example/v1/backupschedules'),
  ])
  return answers.every((answer) => answer.status === 200)
})
kinds = await discover(cluster.admin)
await make(shop(secretValues))
await until('all pods to run', async () => {
  const { body } = await cluster.admin.get('/api/v1/pods')
  const all = listAt(body, 'items')
  return all.length >= 43 && all.every((pod) => at(pod, 'status', 'phase') !== 'Pending')
})

say('watching every kind')
const ended = new AbortController()
const observations: Observation[] = []
const broken: string[] = []
const bulwark = await tokenOf(cluster.admin, 'monitoring', 'bulwark')
const appearance = { 'User-Agent': `bulwark/0.1.0 (linux/amd64)`, 'X-Forwarded-For': '10.244.3.17' }
const watcher = await cluster.client(bulwark, appearance)
const secretWatcher = await cluster.client(bulwark, { ...appearance, Accept: Object.values(metadataAccept).join() })
const started = Date.now()
const watched = kinds.filter(({ group, verbs }) => {
  return verbs.includes('list') && verbs.includes('watch') && group !== 'events.k8s.io' // the same events as in the core group
})
for (const kind of watched) {
  watchKind({
    client: holdsSecrets(kind) ? secretWatcher : watcher,
    kind,
    signal: ended.signal,
    onObservation: (observation) => {
      observations.push(observation)
      if (kind.kind === 'Pod') keepPod(observation)
    },
  }).catch((error: unknown) => broken.push(String(error)))
}

const cast = await makeCast(cluster, kinds)
clock = startClock(speed, ended.signal)
const acts = [...day, ...attack].sort((a, b) => a.minute - b.minute)
const running = [
  ...habits.map((habit) => habit(cast, clock)),
  ...acts.map(async ({ minute, what, act }) => {
    await clock.until(minute)
    say(`minute ${minute.toFixed(1)}: ${what}`)
    await act(cast)
  }),
].map((each) => each.catch((error: unknown) => void broken.push(String(error))))
await clock.until(minutes)
ended.abort()
await Promise.all(running)
const to = Date.now()

say('waiting for the last audit events')
await watcher.get('/api/v1/namespaces/ci/configmaps/end-of-recording')
await until('the last audit event', () =>
  receiver.events.some((event) => at(event, 'objectRef', 'name') === 'end-of-recording'),
)
const description =
  `Half an hour of a small shop, acted out by a script (npm run recording) on a real Kubernetes ${kubernetesVersion} ` +
  'API server, controller manager and scheduler, with fake nodes by kwok. People, their addresses and the attack are ' +
  `made up; every answer, audit event and object is the API server's own. Times are ${speed === 1 ? 'as they were' : `of a run ${speed} times quicker`}.`
const out = broken.length === 0 ? values.out : `${values.out}.rejected`
await mkdir(dirname(out), { recursive: true })
const about = { cluster: 'shop', description, from: started, to }
const { records } = await writeRecording(out, about, receiver.events, observations)
await expectNoSecrets(out, Object.values(secretValues))
say(`${out}: ${records} records, ${(await stat(out)).size} bytes`)
if (broken.length > 0) throw new Error(`not everything went as the script says:\n${broken.join('\n')}`)

async function make(manifests: readonly Manifest[]): Promise<void> {
  for (const manifest of manifests) {
    const path = `${pathOf(kinds, manifest)}?fieldManager=setup`
    const answer = await cluster.admin.patch(path, manifest, 'application/apply-patch+yaml')
    if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  }
}

function keepPod({ change, object }: Observation): void {
  const uid = String(at(object, 'metadata', 'uid'))
  if (change === 'deleted') pods.delete(uid)
  else pods.set(uid, object)
}
