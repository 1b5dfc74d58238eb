/** Rules over what sensors and Kubernetes Events tell, as the detector runs them. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { eventRowOf } from '../model/event-row.ts'
import type { JsonObject } from '../model/json.ts'
import type { ObjectVersion } from '../model/object.ts'
import type { RuntimeRecord } from '../model/record.ts'
import { formatMicros } from '../model/time.ts'
import { sampleObject } from '../state/fixture.ts'
import { createCaseBook, noContext } from './cases/index.ts'
import { createDetector, type DetectorOptions } from './detector.ts'
import { alert, audit, placed, start, webSubject } from './fixture.ts'
import { loadRuleSet } from './rule-set.ts'

const uuid = (digit: number): string => `${String(digit).repeat(8)}-1111-4111-8111-111111111111`

const rule = (digit: number, title: string, logsource: string, selection: string, more = ''): string => `title: ${title}
id: ${uuid(digit)}
name: rule-${digit}
status: stable
level: medium
logsource: ${logsource}
detection: {selection: ${selection}, condition: selection}
${more}`

const process = { binary: '/usr/bin/apt', arguments: 'install nmap', pid: 7, user: 'root', parentBinary: '/bin/sh' }

/** A program that starts, as Tetragon tells it. */
const started = (second: number, more: Partial<RuntimeRecord> = {}): RuntimeRecord =>
  alert(second, { sensor: 'tetragon', source: 'tetragon', priority: undefined, type: 'process_exec', process, ...more })

/** A version of an Event object about a pod. */
const told = (
  second: number,
  count: number,
  more: Partial<ObjectVersion> = {},
  body: JsonObject = {},
): ObjectVersion => {
  const object = sampleObject({
    kind: 'Event',
    namespace: 'shop',
    name: 'web-1.17f',
    uid: '0b1f2a30-0000-4000-8000-000000000001',
    resourceVersion: `${second}`,
    time: start + second * 1_000_000,
    rest: {
      involvedObject: {
        kind: 'Pod',
        apiVersion: 'v1',
        namespace: 'shop',
        name: 'web-1',
        fieldPath: 'spec.containers{web}',
      },
      reason: 'BackOff',
      message: 'Back-off pulling image "registry.example/web:1"',
      type: 'Warning',
      source: { component: 'kubelet', host: 'node-1' },
      count,
      lastTimestamp: formatMicros(start + second * 1_000_000),
      ...body,
    },
  })
  return { ...object, ...more }
}

const run = (text: string, records: Parameters<typeof placed>[1], options: Partial<DetectorOptions> = {}) => {
  const set = loadRuleSet([{ name: 'r.yml', text, origin: 'user' }])
  assert.deepEqual(set.problems, [])
  const detector = createDetector(set, { enabled: ({ language }) => language !== 'sensor', ...options })
  return { set, detector, found: detector.step(placed(1, records)) }
}

const packageManager = rule(
  1,
  'Package manager',
  '{category: process_creation, product: kubernetes, service: runtime}',
  '{Image|endswith: /apt}',
)

describe('over runtime records', () => {
  const subjectOf = () => webSubject

  test('a rule of the category process_creation sees the programs that start, by either sensor', () => {
    const ofFalco = alert(3, { process, event: { output_fields: { 'evt.type': 'execve' } } })
    const opened = alert(4, { process, event: { output_fields: { 'evt.type': 'openat' } } })
    const records = [started(1), started(2, { type: 'process_exit' }), ofFalco, opened, audit(5)]
    const { found } = run(packageManager, records)
    assert.deepEqual(
      found.map(({ position }) => position.index),
      [0, 2],
    )
  })

  test('a detection has its place, its row as evidence, and what the state said', () => {
    const record = started(1, { message: '/usr/bin/apt install nmap in shop/web-1 (web)' })
    const [one] = run(packageManager, [record], { subjectOf }).found
    assert.deepEqual(
      [one?.node, one?.pod, one?.container, one?.image, one?.workload, one?.serviceAccount],
      ['node-1', 'web-1', 'web', 'shop/web', 'Deployment/web', 'system:serviceaccount:shop:web'],
    )
    assert.equal(one?.message, 'Package manager: /usr/bin/apt install nmap in shop/web-1 (web)')
    assert.deepEqual(one?.evidence, [eventRowOf(record)?.id])
    assert.deepEqual([one?.target.resource, one?.target.name, one?.principal], ['pods', 'web-1', ''])
  })

  test('rules for processes of Linux see them too, and those for other systems do not', () => {
    for (const [logsource, count] of [
      ['{category: process_creation, product: linux}', 1],
      ['{category: process_creation}', 1],
      ['{product: kubernetes, service: runtime}', 2],
      ['{product: linux}', 0],
      ['{category: process_creation, product: windows}', 0],
      ['{category: application, product: kubernetes, service: audit}', 0],
      ['{product: kubernetes, service: events}', 0],
    ] as const) {
      const { found } = run(rule(1, 'x', logsource, '{Image|endswith: /apt}'), [
        started(1),
        started(2, { type: 'process_kprobe' }),
      ])
      assert.equal(found.length, count, logsource)
    }
  })

  test('a rule that several sources serve is listed once, and fires on each record once', () => {
    const { set, found } = run(rule(1, 'x', '{product: kubernetes}', '{namespace: shop}'), [started(1), told(2, 1)])
    assert.deepEqual(
      set.entries.map(({ inputs }) => inputs),
      [['audit', 'runtime', 'events']],
    )
    assert.equal(found.length, 2)
  })

  test('an alert stays a detection of its own beside the rules', () => {
    const record = alert(1, { process, event: { output_fields: { 'evt.type': 'execve' } } })
    const { found } = run(packageManager, [record], { enabled: () => true })
    assert.deepEqual(
      found.map((one) => one.rule),
      ['falco:Terminal shell in container', uuid(1)],
    )
  })

  test('a correlation counts by workload, and goes on from a checkpoint', () => {
    const many = `${packageManager}---
title: Many
id: ${uuid(2)}
level: high
correlation:
  type: event_count
  rules: [rule-1]
  group-by: [namespace, workload]
  timespan: 1m
  condition: {gte: 3}
`
    const { set, detector } = run(many, [started(1), started(2)], { subjectOf })
    const saved = JSON.parse(JSON.stringify(detector.checkpoint()))
    const again = createDetector(set, { enabled: () => true, subjectOf }, saved)
    assert.deepEqual(again.step(placed(2, [started(3)])), [])
    const [one, ...more] = again.settle()
    assert.deepEqual(more, [])
    assert.deepEqual(
      [one?.group, one?.measured, one?.pod, one?.workload],
      [{ namespace: 'shop', workload: 'Deployment/web' }, 3, 'web-1', 'Deployment/web'],
    )
    // Without a state nobody is grouped by a workload that is not known.
    assert.deepEqual(run(many, [started(1), started(2), started(3)]).detector.settle(), [])
  })

  test('a record that the state fails on is counted, and those beside it are judged', () => {
    let asked = 0
    const failing = () => {
      asked += 1
      if (asked === 1) throw new Error('no state')
      return undefined
    }
    const { detector, found } = run(packageManager, [started(1), started(2)], { subjectOf: failing })
    assert.deepEqual(
      [found.length, detector.status().failed, detector.status().lastFailure],
      [1, 1, 'record 1/0: no state'],
    )
  })

  test('in a case its steps stand in the lane of runtime, of the workload of the pod', () => {
    const book = createCaseBook()
    book.apply(run(packageManager, [started(1), started(2)], { subjectOf }).found, noContext)
    const [one] = [...book.cases()]
    assert.deepEqual(
      book.detail(one?.id ?? '')?.steps.map(({ lane, count }) => [lane, count]),
      [['runtime', 2]],
    )
  })
})

const backOff = rule(1, 'Back-off', '{product: kubernetes, service: events}', '{reason: BackOff, type: Warning}')

describe('over Event objects', () => {
  test('each repetition is judged once, and a relist, a label or a removal is none', () => {
    const first = told(1, 1)
    const second = told(60, 2, { change: 'modified' })
    const relisted: ObjectVersion = { ...second, change: 'listed', time: second.time + 5 }
    const labelled: ObjectVersion = { ...second, change: 'modified', resourceVersion: '99' }
    const removed: ObjectVersion = { ...second, change: 'deleted', resourceVersion: '100' }
    const { found, detector } = run(backOff, [first, second, relisted, labelled, removed])
    assert.deepEqual(
      found.map(({ evidence, time }) => [evidence[0], time]),
      [
        [eventRowOf(first)?.id, start + 1_000_000],
        [eventRowOf(second)?.id, start + 60_000_000],
      ],
    )
    assert.equal(detector.status().judged, 2)
  })

  test('what was told is known after a restart', () => {
    const { set, detector } = run(backOff, [told(1, 1)])
    const saved = JSON.parse(JSON.stringify(detector.checkpoint()))
    const again = createDetector(set, { enabled: () => true }, saved)
    assert.deepEqual(again.step(placed(2, [told(1, 1, { change: 'listed' })])), [])
    assert.equal(again.step(placed(3, [told(90, 2, { change: 'modified' })])).length, 1)
  })

  test('occurrences are those since the version before, so that a sum counts what one version tells at once', () => {
    const text = rule(1, 'x', '{product: kubernetes, service: events}', '{reason: BackOff, occurrences|gte: 4}')
    const { found } = run(text, [told(1, 1), told(2, 3), told(3, 7), told(4, 7 + 5000)])
    assert.deepEqual(
      found.map(({ position }) => position.index),
      [2, 3],
    )
  })

  test('the newer API has the same fields', () => {
    const event = told(
      1,
      1,
      {},
      {
        involvedObject: null,
        message: null,
        source: null,
        count: null,
        regarding: { kind: 'Pod', namespace: 'shop', name: 'web-1' },
        note: 'Back-off restarting failed container',
        reportingController: 'kubelet',
        series: { count: 7, lastObservedTime: formatMicros(start) },
      },
    )
    const selection =
      '{involvedObject.kind: Pod, regarding.name: web-1, message|startswith: Back-off, note|contains: failed, count: 7, source.component: kubelet, namespace: shop}'
    assert.equal(run(rule(1, 'x', '{product: kubernetes, service: events}', selection), [event]).found.length, 1)
  })

  test('a detection has the place that the kubelet names, and a case has it in the lane of objects', () => {
    const { found } = run(backOff, [told(1, 1)])
    const [one] = found
    assert.deepEqual(
      [one?.node, one?.pod, one?.container, one?.image, one?.userAgent, one?.target.name],
      ['node-1', 'web-1', 'web', 'registry.example/web:1', 'kubelet', 'web-1'],
    )
    assert.equal(one?.message, 'Back-off: BackOff of pod shop/web-1: Back-off pulling image "registry.example/web:1"')
    const book = createCaseBook()
    book.apply(found, noContext)
    const [opened] = [...book.cases()]
    assert.deepEqual(
      book.detail(opened?.id ?? '')?.steps.map(({ lane }) => lane),
      ['objects'],
    )
  })

  test('Events of one workload come together, whatever object of it they are about', () => {
    const subjectOf = () => ({
      namespace: 'shop',
      pod: '',
      workload: 'Deployment/web',
      serviceAccount: '',
      node: '',
      container: '',
      image: '',
    })
    const about = (kind: string, name: string, uid: string): ObjectVersion =>
      told(1, 1, { uid }, { involvedObject: { kind, apiVersion: 'apps/v1', namespace: 'shop', name }, source: {} })
    const records = [about('ReplicaSet', 'web-7c', 'a'), about('Deployment', 'web', 'b')]
    const book = createCaseBook()
    book.apply(run(backOff, records, { subjectOf }).found, noContext)
    assert.equal([...book.cases()].length, 1)
  })

  test('bodies of any shape are judged without harm', () => {
    const odd: readonly JsonObject[] = [
      { involvedObject: 7 },
      { involvedObject: { kind: {}, name: [] } },
      { reason: ['BackOff'], source: 3, series: [] },
      { count: 'many', message: { a: 1 } },
      { regarding: { fieldPath: `spec.containers{${'x'.repeat(100_000)}}` } },
    ]
    const { detector } = run(
      backOff,
      odd.map((body, number) => told(number + 1, 1, { uid: `odd-${number}` }, body)),
    )
    assert.equal(detector.status().failed, 0)
  })
})
