// What is rehearsed over a real store of requests, of what sensors tell and of Event objects is what was detected live.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createDetector } from '../../detect/detector.ts'
import { audit, start } from '../../detect/fixture.ts'
import { loadRuleSet, type RuleFile } from '../../detect/rule-set.ts'
import { createSubjects } from '../../detect/subjects.ts'
import { isEventObject } from '../../model/event-row.ts'
import { asObject, type JsonObject } from '../../model/json.ts'
import type { ObjectVersion } from '../../model/object.ts'
import type { BulwarkRecord, PlacedRecord } from '../../model/record.ts'
import { formatMicros, type Micros } from '../../model/time.ts'
import { createRedactor } from '../../recorder/index.ts'
import { type BacktestProgress, backtest, type Candidate, type CurrentRules } from '../../rehearse/backtest.ts'
import { readFalcoAlert } from '../../sources/falco/index.ts'
import { readTetragonEvent } from '../../sources/tetragon/index.ts'
import { ClusterState } from '../../state/cluster-state.ts'
import { sampleObject } from '../../state/fixture.ts'
import { patient } from '../../store/fixture.ts'
import { openStore, type Store } from '../../store/index.ts'
import { recordReader } from './record-reader.ts'
import { readShipped } from './rule-keeper.ts'

const second = 1_000_000
/** Of yesterday, so that no retention has passed. */
const shift = Math.floor(Date.now() / 1000) - 86_400 - start / second
const at = (offset: number): Micros => start + (shift + offset) * second
const [from, to] = [at(0), at(3600)]

const fresh = (offset: number, delay: number, source: string) => ({
  cluster: 'shop',
  source,
  receivedAt: at(offset) + delay,
})
const good = <T extends BulwarkRecord>(record: T | string): T =>
  typeof record === 'string' ? assert.fail(record) : record

const falco = (offset: number, rule: string, fields: JsonObject): BulwarkRecord =>
  good(
    readFalcoAlert(
      {
        hostname: 'node-1',
        output: `12:00:00.000000000: Notice ${rule} (${fields['proc.cmdline']})`,
        output_fields: {
          'container.id': 'bae66fa9f180',
          'evt.type': 'execve',
          'k8s.ns.name': 'shop',
          'k8s.pod.name': 'web-1',
          'proc.pid': offset,
          ...fields,
        },
        priority: 'Notice',
        rule,
        source: 'syscall',
        tags: ['T1059'],
        time: formatMicros(at(offset)),
      },
      fresh(offset, 2 * second, 'falco'),
    ),
  )

const tetragon = (offset: number, binary: string, args: string, pod = 'web-1'): BulwarkRecord =>
  good(
    readTetragonEvent(
      {
        process_exec: {
          process: {
            binary,
            arguments: args,
            pid: 100 + offset,
            uid: 0,
            pod: { namespace: 'shop', name: pod, container: { name: 'web', id: 'containerd://bae66fa9f18000' } },
          },
          parent: { binary: '/bin/sh', pid: 1 },
        },
        node_name: 'node-1',
        time: formatMicros(at(offset) + 7),
      },
      fresh(offset, 1_500_000, 'tetragon'),
    ),
  )

const observed = (version: ObjectVersion, time: Micros): ObjectVersion => ({ ...version, time, receivedAt: time })

const kubernetesEvent = (offset: number, uid: string, count: number, body: JsonObject): ObjectVersion =>
  observed(
    sampleObject({
      kind: 'Event',
      namespace: 'shop',
      name: `web-1.${uid}`,
      uid: `0b1f2a30-0000-4000-8000-${uid.padStart(12, '0')}`,
      resourceVersion: `${1000 + offset * 10 + count}`,
      change: 'modified',
      rest: {
        involvedObject: { kind: 'Pod', apiVersion: 'v1', namespace: 'shop', name: 'web-1' },
        type: 'Warning',
        source: { component: 'kubelet', host: 'node-1' },
        count,
        lastTimestamp: `${formatMicros(at(offset)).slice(0, 19)}Z`,
        ...body,
      },
    }),
    at(offset) + 300_000,
  )

const pod = (offset: number, name: string, uid: string, owner: string): ObjectVersion =>
  observed(
    sampleObject({
      kind: 'Pod',
      namespace: 'shop',
      name,
      uid,
      resourceVersion: `${10_000 + offset}`,
      owner: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: owner },
      rest: {
        spec: {
          serviceAccountName: owner,
          nodeName: 'node-1',
          containers: [{ name: 'web', image: 'registry.example/shop/web:1', env: [{ name: 'A', value: 'b' }] }],
        },
        status: { containerStatuses: [{ name: 'web', containerID: 'containerd://bae66fa9f18000' }] },
      },
    }),
    at(offset),
  )

const guardVersion = (
  offset: number,
  { kind, resource, apiVersion, of }: (typeof guards)[number],
  strict: boolean | undefined,
  body: JsonObject = of(strict === true),
): BulwarkRecord => {
  const one = sampleObject({ kind, apiVersion, name: 'payments', rest: { ...body, status: { offset } } })
  const version = { ...one, ref: { ...one.ref, resource }, resourceVersion: `${100_000 + Math.round(offset * 1000)}` }
  return observed(version, at(offset) + 137)
}

const guardRequest = (
  n: number,
  offset: number,
  { resource, apiVersion }: (typeof guards)[number],
  event: JsonObject,
  delayMillis: number,
): BulwarkRecord => {
  const [group = '', version = ''] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion]
  const one = audit(shift + offset, {
    auditId: `00000000-0000-4000-9000-${String(n).padStart(12, '0')}`,
    verb: n % 3 === 0 ? 'update' : 'patch',
    target: { group, version, resource, subresource: '', namespace: '', name: 'payments' },
    event,
  })
  return { ...one, receivedAt: one.time + delayMillis * 1000 }
}

const redact = createRedactor(Buffer.from('key of this test'))
/** In the order in which they were received, each an entry of the spool. */
const records: readonly PlacedRecord[] = [
  pod(-100, 'web-1', 'pod-a', 'web'),
  kubernetesEvent(-90, '7', 2, { reason: 'BackOff', message: 'Back-off restarting failed container web' }),
  ...Array.from({ length: 120 }, (_, n): readonly BulwarkRecord[] => {
    const offset = 5 + n * 20
    return [
      falco(offset, 'Terminal shell in container', { 'proc.cmdline': 'bash -i', 'proc.exepath': '/bin/bash' }),
      falco(offset + 1, 'Read sensitive file', {
        'proc.cmdline': `curl -H token=eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2ln${n}`,
      }),
      tetragon(offset + 2, n % 3 === 0 ? '/usr/bin/apt' : '/usr/bin/xmrig', `install nmap ${n}`),
      tetragon(offset + 3, '/usr/bin/nsenter', '-t 1 -m'),
      audit(shift + offset + 4, { auditId: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}` }),
      kubernetesEvent(offset + 5, '7', 3 + n, {
        reason: 'BackOff',
        message: 'Back-off restarting failed container web',
      }),
      kubernetesEvent(offset + 6, `${1000 + n}`, 1, {
        reason: 'FailedMount',
        message: 'MountVolume.SetUp failed for volume "x" : secret "db" not found',
      }),
      ...(n === 60 ? [pod(offset + 7, 'web-1', 'pod-b', 'other')] : []),
    ]
  }).flat(),
]
  .toSorted((a, b) => a.receivedAt - b.receivedAt)
  .map((record, n) => ({ position: { seq: n + 1, index: 0 }, record: redact(record) }))

/** How something that guards the cluster is, strict or not. */
const guards: readonly {
  readonly kind: string
  readonly resource: string
  readonly apiVersion: string
  readonly of: (strict: boolean) => JsonObject
}[] = [
  {
    kind: 'Namespace',
    resource: 'namespaces',
    apiVersion: 'v1',
    of: (strict) => ({
      metadata: { labels: { 'pod-security.kubernetes.io/enforce': strict ? 'restricted' : 'baseline' } },
    }),
  },
  {
    kind: 'NetworkPolicy',
    resource: 'networkpolicies',
    apiVersion: 'networking.k8s.io/v1',
    of: (strict) => ({ spec: { podSelector: {}, policyTypes: ['Ingress'], ingress: strict ? [] : [{}] } }),
  },
  {
    kind: 'ValidatingWebhookConfiguration',
    resource: 'validatingwebhookconfigurations',
    apiVersion: 'admissionregistration.k8s.io/v1',
    of: (strict) => ({ webhooks: [{ name: 'a', failurePolicy: strict ? 'Fail' : 'Ignore' }] }),
  },
  {
    kind: 'ValidatingAdmissionPolicyBinding',
    resource: 'validatingadmissionpolicybindings',
    apiVersion: 'admissionregistration.k8s.io/v1',
    of: (strict) => ({ spec: { validationActions: [strict ? 'Deny' : 'Audit'] } }),
  },
  {
    kind: 'K8sRequiredLabels',
    resource: 'k8srequiredlabels',
    apiVersion: 'constraints.gatekeeper.sh/v1beta1',
    of: (strict) => ({ spec: { enforcementAction: strict ? 'deny' : 'dryrun' } }),
  },
]

/** Two hours earlier: what guards the cluster is changed 300 times, by requests of every form, and by some that nobody tells of. */
const guarded: readonly PlacedRecord[] = (() => {
  let seed = 7
  const upTo = (most: number): number => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed % most
  }
  const pick = <T>(list: readonly T[]): T => list[upTo(list.length)] ?? assert.fail()
  const all = guards.map((one) => guardVersion(-12_000, one, true))
  for (let n = 0; n < 300; n++) {
    const offset = -7200 + n * 11 + upTo(4000) / 1000
    const one = pick(guards)
    const body = one.of(upTo(2) === 0)
    const event = pick<JsonObject | false>([
      { requestObject: body },
      { responseObject: { kind: one.kind, ...body, metadata: { name: 'payments', ...asObject(body.metadata) } } },
      {},
      false,
    ])
    if (event !== false) all.push(guardRequest(n, offset, one, event, upTo(30_000)))
    all.push(guardVersion(offset + (upTo(3000) - 500) / 1000, one, undefined, body))
  }
  return all
    .toSorted((a, b) => a.receivedAt - b.receivedAt)
    .map((record, n) => ({ position: { seq: 100_000 + n, index: 0 }, record: redact(record) }))
})()

const ownRule: RuleFile = {
  name: 'mine.yml',
  origin: 'user',
  text: `title: A program in a container
id: 11111111-1111-4111-8111-111111111111
name: program
level: low
logsource: {product: kubernetes, service: runtime}
detection: {selection: {Image|endswith: [/apt, /xmrig, /bash]}, condition: selection}
---
title: Programs of one workload
id: 22222222-2222-4222-8222-222222222222
level: medium
correlation:
  type: value_count
  rules: [program]
  group-by: [namespace, workload]
  timespan: 2m
  condition: {field: Image, gte: 2}
---
title: Back-off again
id: 33333333-3333-4333-8333-333333333333
level: low
logsource: {product: kubernetes, service: events}
detection: {selection: {reason: BackOff, count|gte: 50, serviceAccount|endswith: ':other'}, condition: selection}
---
title: Secret read
id: 44444444-4444-4444-8444-444444444444
level: low
logsource: {product: kubernetes, service: audit}
detection: {selection: {verb: get, objectRef.resource: secrets}, condition: selection}
---
title: Anything was lowered
id: 55555555-5555-4555-8555-555555555555
level: low
logsource: {product: kubernetes, service: audit}
detection: {selection: {lowered.guard: '*'}, condition: selection}
`,
}
const rules = join(import.meta.dirname, '..', '..', '..', 'rules')
const files = [ownRule, ...(['bulwark', 'falco'] as const).flatMap((set) => readShipped(join(rules, set), set))]
const set = loadRuleSet(files)
const current: CurrentRules = { files, set, enabled: () => true }
const alone: CurrentRules = { files: [], set: loadRuleSet([]), enabled: () => true }

let dir = ''
let store: Store
before(async () => {
  dir = mkdtempSync(join(tmpdir(), 'bulwark-kinds-'))
  store = await openStore({ dir }, patient)
  await store.insertBlock(records, 'all')
  await store.insertBlock(guarded, 'guarded')
})
after(async () => {
  await store[Symbol.asyncDispose]()
  rmSync(dir, { recursive: true, force: true })
})

const run = async (candidate: Candidate, rulesOfToday: CurrentRules = current, period = { from, to }) => {
  let last: BacktestProgress | undefined
  for await (const one of backtest(candidate, rulesOfToday, recordReader(store), { ...period, eventsAtOnce: 100 }))
    last = one()
  assert.ok(last !== undefined)
  return last
}

describe('a record of requests, sensors and Events', () => {
  test('gives the same detections as live, of the same workloads', async () => {
    const state = new ClusterState()
    const detector = createDetector(set, { enabled: () => true, subjectOf: createSubjects(() => state) })
    const live = records.flatMap((placed) => {
      const { record } = placed
      if (record.kind === 'object' && !isEventObject(record)) state.apply(record)
      return detector.step([placed])
    })
    const found = [...live, ...detector.pass(to)].filter(({ time }) => time >= from)
    const told = ({ rule, id, workload, serviceAccount }: (typeof found)[number]): string =>
      [rule, id, workload, serviceAccount].join(' ')
    const rehearsed: string[] = []
    const covers: Extract<Candidate, { kind: 'suppression' }>['covers'] = (one) => rehearsed.push(told(one)) === 0
    const last = await run({ kind: 'suppression', rules: [], covers })
    assert.deepEqual(rehearsed.sort(), found.map(told).sort())
    assert.deepEqual([last.before, last.after, last.scanned], [found.length, found.length, 840])
    assert.deepEqual(last.read, [
      { kind: 'audit', records: 120 },
      { kind: 'runtime', records: 480 },
      { kind: 'events', records: 240 },
    ])
    // Of every kind, and of both workloads.
    for (const rule of ['22222222', '33333333', '44444444', 'falco:Terminal shell']) {
      assert.ok(
        found.some((one) => one.rule.startsWith(rule)),
        rule,
      )
    }
    const shippedRules = new Set(
      set.heads.filter(({ file }) => file.includes('bulwark/runtime')).map((head) => head.id),
    )
    assert.ok(new Set(found.filter((one) => shippedRules.has(one.rule)).map((one) => one.rule)).size >= 2)
    assert.deepEqual(
      new Set(found.map(({ workload }) => workload)),
      new Set(['', 'StatefulSet/web', 'StatefulSet/other']),
    )
  })

  test('is narrowed by what columns say, and nothing is missed or told twice', async () => {
    // The same again, as after a restart.
    await store.insertBlock(records.slice(0, 100), 'again')
    for (const [logsource, selection, after] of [
      ['service: runtime', 'Image|endswith: /apt', 40],
      ['service: runtime', 'Image: /USR/bin/xmrig', 80],
      ['service: runtime', "CommandLine|contains: 'nsenter -t 1'", 120],
      ['service: runtime', 'sensor: tetragon', 240],
      ['service: runtime', 'rule: Terminal shell in container', 120],
      ['service: runtime', 'priority: Notice', 240],
      ['service: runtime', 'type: process_exec', 240],
      ['service: runtime', 'serviceAccount: system:serviceaccount:shop:other', 236],
      ['service: runtime', 'node: node-1', 480],
      ['service: events', 'reason: FailedMount', 120],
      ['service: events', 'occurrences|gte: 2', 0],
      ['service: events', 'involvedObject.name: web-1', 240],
      ['service: events', 'reason|startswith: back', 120],
    ] as const) {
      const text = `title: x
id: 99999999-9999-4999-8999-999999999999
level: low
logsource: {product: kubernetes, ${logsource}}
detection: {selection: {${selection}}, condition: selection}
`
      const last = await run({ kind: 'rule', text, replaces: undefined }, alone)
      assert.equal(last.after, after, selection)
    }
  })

  test('says what a rule asks for and no sensor and no Event ever told', async () => {
    const text = `title: x
id: 99999999-9999-4999-8999-999999999999
level: low
logsource: {product: kubernetes}
detection: {selection: {rule: Outbound connection, reason: NodeNotReady, verb: escalate}, condition: selection}
`
    const last = await run({ kind: 'rule', text, replaces: undefined }, alone)
    assert.deepEqual(last.unexercised, [
      'no event has verb "escalate"',
      'no record of a sensor has rule "Outbound connection"',
      'no Event object has reason "NodeNotReady"',
    ])
  })
})

describe('what a request lowered', () => {
  const isOfLowered = ({ message }: { readonly message: string }): boolean => / was .*, is /.test(message)
  const live = (period: { readonly from: Micros; readonly to: Micros }) => {
    let detector = createDetector(set, { enabled: () => true })
    const found = guarded.flatMap((placed, n) => {
      // Every hundredth time as after a stop.
      if (n % 100 === 99)
        detector = createDetector(set, { enabled: () => true }, JSON.parse(JSON.stringify(detector.checkpoint())))
      return detector.step([placed])
    })
    return found.filter(({ time }) => time >= period.from && time < period.to).filter(isOfLowered)
  }
  const rehearsed = async (period: { readonly from: Micros; readonly to: Micros }) => {
    const found: string[] = []
    const covers: Extract<Candidate, { kind: 'suppression' }>['covers'] = (one) =>
      isOfLowered(one) && found.push(told(one)) === 0
    await run({ kind: 'suppression', rules: [], covers }, current, period)
    return found.sort()
  }
  const told = ({
    rule,
    id,
    message,
  }: {
    readonly rule: string
    readonly id: string
    readonly message: string
  }): string => [rule, id, message].join(' ')

  test('is the same as live, of the same events, from whatever moment on', async () => {
    for (const begin of [-7300, -6543.21, -5000, -4100]) {
      const period = { from: at(begin), to: at(-3600) }
      const found = live(period)
      assert.ok(found.length > 5, `${found.length}`)
      assert.deepEqual(await rehearsed(period), found.map(told).sort())
    }
    const all = live({ from: at(-7300), to: at(-3600) })
    // Of every kind, by rules of ours too.
    for (const guard of ['pod-security', 'network-policy', 'webhook', 'admission-binding', 'gatekeeper-constraint'])
      assert.ok(
        all.some(({ message }) => message.includes(`: ${guard}`)),
        guard,
      )
    assert.ok(new Set(all.map(({ rule }) => rule)).size > 3)
  })

  test('is said to be unknown only before the record begins', async () => {
    const { text } = ownRule
    const tried = async (begin: number) =>
      (await run({ kind: 'rule', text, replaces: undefined }, alone, { from: at(begin), to: at(-3600) })).unexercised
    const sentences = (await tried(-7300)).filter((one) => one.includes('tried'))
    assert.deepEqual(sentences, [])
    assert.deepEqual(
      (await tried(-13_000)).filter((one) => one.includes('tried')),
      [
        `"Anything was lowered" was tried only on objects of which an earlier request of the period tells how they were, before ${formatMicros(at(-12_000)).slice(0, 19)}Z: since then the record has the objects themselves`,
      ],
    )
  })
})
