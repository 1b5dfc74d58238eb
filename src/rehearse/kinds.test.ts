/** Rules over what sensors and Kubernetes Events tell, rehearsed: what they find is what the live detector found. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createDetector } from '../detect/detector.ts'
import { alert, audit, start } from '../detect/fixture.ts'
import { loadRuleSet, type RuleFile } from '../detect/rule-set.ts'
import { createSubjects } from '../detect/subjects.ts'
import { eventRowOf, isEventObject } from '../model/event-row.ts'
import type { ObjectVersion } from '../model/object.ts'
import type { BulwarkRecord, RuntimeRecord } from '../model/record.ts'
import { formatMicros } from '../model/time.ts'
import { ClusterState } from '../state/cluster-state.ts'
import { sampleObject } from '../state/fixture.ts'
import { type BacktestProgress, backtest, type Candidate, type CurrentRules } from './backtest.ts'
import { readerOf } from './fixture.ts'

const uuid = (digit: number): string => `${String(digit).repeat(8)}-1111-4111-8111-111111111111`
const second = 1_000_000
const hour = 3600

const process = { binary: '/usr/bin/apt', arguments: 'install nmap', pid: 7, user: 'root', parentBinary: '/bin/sh' }
const started = (at: number, more: Partial<RuntimeRecord> = {}): RuntimeRecord =>
  alert(at, { sensor: 'tetragon', source: 'tetragon', priority: undefined, type: 'process_exec', process, ...more })

const backOff = (at: number, count: number, uid = 'e'): ObjectVersion =>
  sampleObject({
    kind: 'Event',
    namespace: 'shop',
    name: `web-1.${uid}`,
    uid,
    resourceVersion: `${at}`,
    time: start + at * second,
    rest: {
      involvedObject: { kind: 'Pod', apiVersion: 'v1', namespace: 'shop', name: 'web-1' },
      reason: 'BackOff',
      message: 'Back-off restarting failed container',
      type: 'Warning',
      count,
      lastTimestamp: formatMicros(start + at * second),
    },
  })

const pod = (at: number, uid: string, workload: string): ObjectVersion =>
  sampleObject({
    kind: 'Pod',
    namespace: 'shop',
    name: 'web-1',
    uid,
    resourceVersion: `${at}`,
    time: start + at * second,
    rest: { spec: { serviceAccountName: workload, nodeName: 'node-1' } },
    owner: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: workload, uid: `of-${workload}` },
  })

const rules = `title: Package manager
id: ${uuid(1)}
name: package-manager
level: medium
logsource: {category: process_creation, product: kubernetes, service: runtime}
detection: {selection: {Image|endswith: /apt}, condition: selection}
---
title: Package manager, often
id: ${uuid(2)}
level: high
correlation:
  type: event_count
  rules: [package-manager]
  group-by: [namespace, workload]
  timespan: 1m
  condition: {gte: 3}
  generate: true
---
title: Back-off
id: ${uuid(3)}
level: medium
logsource: {product: kubernetes, service: events}
detection: {selection: {reason: BackOff, occurrences|gte: 2}, condition: selection}
---
title: Secret read
id: ${uuid(4)}
level: high
logsource: {product: kubernetes, service: audit}
detection: {selection: {verb: get, objectRef.resource: secrets}, condition: selection}
`
const files: readonly RuleFile[] = [{ name: 'mine.yml', text: rules, origin: 'user' }]
const current: CurrentRules = { files, set: loadRuleSet(files), enabled: () => true }

/** In the order of the record: the pod is given again to another workload in the middle. */
const records: readonly BulwarkRecord[] = [
  pod(-60, 'a', 'web'),
  backOff(-30, 4),
  ...Array.from({ length: 40 }, (_, n) => [
    started(n * 10),
    alert(n * 10 + 1, { type: 'Terminal shell in container' }),
    audit(n * 10 + 2),
    backOff(n * 10 + 3, 5 + 2 * n),
    ...(n === 20 ? [pod(n * 10 + 4, 'b', 'other')] : []),
  ]).flat(),
]
const [from, to] = [start, start + hour * second]

/** As the server runs it: each record as it comes, by the state as it is then. */
const live = (all: readonly BulwarkRecord[]) => {
  const state = new ClusterState()
  const detector = createDetector(current.set, { enabled: () => true, subjectOf: createSubjects(() => state) })
  const found = all.flatMap((record, seq) => {
    if (record.kind === 'object' && !isEventObject(record)) state.apply(record)
    return detector.step([{ position: { seq, index: 0 }, record }])
  })
  return [...found, ...detector.pass(to)].filter(({ time }) => time >= from)
}

const run = async (candidate: Candidate, all = records, rules = current) => {
  const { reader, read } = readerOf(all)
  let last: BacktestProgress | undefined
  for await (const one of backtest(candidate, rules, reader, { from, to, eventsAtOnce: 10 })) last = one()
  assert.ok(last !== undefined)
  return { last, read: new Set(read) }
}

describe('over all kinds of records', () => {
  test('what fires is what fired live, by the same events, with the workload that the pod was of then', async () => {
    const found = live(records)
    const seen: string[] = []
    const covers: Extract<Candidate, { kind: 'suppression' }>['covers'] = (detection, placed) => {
      seen.push(`${detection.id} ${detection.workload}`)
      return placed !== undefined && eventRowOf(placed.record)?.id !== detection.evidence[0]
    }
    const { last } = await run({ kind: 'suppression', rules: [], covers })
    assert.deepEqual(seen.sort(), found.map(({ id, workload }) => `${id} ${workload}`).sort())
    assert.deepEqual(
      new Set(found.map(({ workload }) => workload)),
      new Set(['', 'StatefulSet/web', 'StatefulSet/other']),
    )
    assert.equal(last.before, found.length)
    // Each of a single event came with that event.
    assert.ok(last.after >= found.filter(({ rule }) => rule !== uuid(2)).length)
    assert.deepEqual(last.read, [
      { kind: 'audit', records: 40 },
      { kind: 'runtime', records: 80 },
      { kind: 'events', records: 40 },
    ])
    assert.ok(last.byPrincipal.some(({ principal }) => principal === 'system:serviceaccount:shop:other'))
  })

  test('only the kinds that a rule looks at are read, and counted', async () => {
    const [process, , event, secret] = rules.split('---\n')
    for (const [text = '', kind, count, after] of [
      [process, 'runtime', 80, 40],
      [event, 'events', 40, 39],
      [secret, 'audit', 40, 40],
    ] as const) {
      const { last, read } = await run({
        kind: 'rule',
        text: text.replace(/^id: .*$/m, `id: ${uuid(9)}`).replace('name: package-manager', ''),
        replaces: undefined,
      })
      assert.deepEqual([...read], [kind])
      assert.deepEqual([last.read, last.toScan, last.scanned], [[{ kind, records: count }], count, count])
      assert.equal(last.after, after)
    }
  })

  test('a rule whose kind the record does not have says so', async () => {
    const [process = ''] = rules.split('---\n')
    const { last } = await run(
      { kind: 'rule', text: process, replaces: undefined },
      records.filter(({ kind }) => kind !== 'runtime'),
    )
    assert.deepEqual([last.after, last.read], [0, [{ kind: 'runtime', records: 0 }]])
    assert.match(last.unexercised.join(), /nothing of runtime sensors in this period/)
  })

  test('alerts of a sensor are hidden by a suppression of its rule, and read for it alone', async () => {
    const { last, read } = await run({
      kind: 'suppression',
      rules: ['falco:Terminal shell in container'],
      covers: () => true,
    })
    assert.deepEqual([last.before, last.after, [...read]], [40, 0, ['runtime']])
  })

  test('a rule that a sensor runs by itself is told not to be tried', async () => {
    const text =
      '- rule: Shell\n  desc: x\n  condition: evt.type=execve\n  output: x\n  priority: NOTICE\n  source: syscall\n'
    const { last } = await run({ kind: 'rule', text, replaces: undefined })
    assert.equal(last.after, 0)
    assert.match(last.unexercised.join(), /"Shell" was not tried: it is over system calls/)
  })

  test('a file in place of another is compared with all of its rules, and runs without its filters', async () => {
    const filter = `---\ntitle: Not alice\nid: ${uuid(5)}\nlogsource: {product: kubernetes}\nfilter:\n  rules: [${uuid(4)}]\n  selection: {user.username: alice}\n  condition: not selection\n`
    const saved: readonly RuleFile[] = [{ name: 'saved/mine.yml', text: `${rules}${filter}`, origin: 'user' }]
    const now: CurrentRules = { files: saved, set: loadRuleSet(saved), enabled: () => true }
    const { last } = await run(
      { kind: 'rule', text: rules, replaces: undefined, replacesFile: 'saved/mine.yml' },
      records,
      now,
    )
    assert.equal(last.after - last.before, 40)
    const same = await run(
      { kind: 'rule', text: `${rules}${filter}`, replaces: undefined, replacesFile: 'saved/mine.yml' },
      records,
      now,
    )
    assert.equal(same.last.after, same.last.before)
    assert.ok(same.last.samples.every(({ change }) => change === 'kept'))
  })
})
