import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Detection } from '../model/detection.ts'
import { eventRowOf } from '../model/event-row.ts'
import type { JsonValue } from '../model/json.ts'
import { createDetector, type Detector } from './detector.ts'
import { alert, audit, failedRead, falcoExec, manyFailed, placed, secretRead } from './fixture.ts'
import { loadRuleSet } from './rule-set.ts'

const set = loadRuleSet([
  { name: 'ours.yml', text: [secretRead, failedRead, manyFailed].join('---\n'), origin: 'bulwark' },
  { name: 'falco.yml', text: falcoExec, origin: 'falco' },
])
const detector = (saved?: JsonValue): Detector => createDetector(set, { enabled: () => true }, saved)
const pod = { group: '', version: 'v1', resource: 'pods', subresource: 'exec', namespace: 'shop', name: 'web-1' }
const told = (detections: readonly Detection[]): string[] => detections.map(({ message }) => message)

test('a rule that fires tells who did what to what, from where and how it was answered', () => {
  const record = audit(1)
  const [one, ...more] = detector().step(placed(7, [record]))
  assert.deepEqual(more, [])
  const row = eventRowOf(record)?.id ?? ''
  assert.deepEqual(one, {
    id: one?.id,
    rule: '11111111-1111-4111-8111-111111111111',
    title: 'Secret read',
    severity: 'high',
    tags: ['attack.t1552.007'],
    time: record.time,
    receivedAt: record.receivedAt,
    cluster: 'shop',
    source: 'audit-webhook',
    principal: 'alice',
    impersonated: '',
    impersonatedGroups: [],
    sourceIp: '192.0.2.7',
    userAgent: 'kubectl/v1.34.0',
    verb: 'get',
    groups: ['system:authenticated'],
    grants: [],
    target: { group: '', resource: 'secrets', subresource: '', namespace: 'shop', name: 'db' },
    code: 200,
    refused: false,
    node: '',
    pod: '',
    container: '',
    image: '',
    workload: '',
    serviceAccount: '',
    message: 'Secret read: alice read secret shop/db from 192.0.2.7, answered 200',
    group: {},
    measured: 1,
    evidence: [row],
    position: { seq: 7, index: 0 },
  })
  assert.match(one?.id ?? '', /^[0-9a-f]{32}$/)
})

test("a refused attempt is told as one, and Falco's rules by their own output", () => {
  const found = detector().step(
    placed(1, [audit(1, { verb: 'list', code: 403 }), audit(2, { verb: 'get', code: 101, target: pod })]),
  )
  assert.deepEqual(told(found), [
    'Secret read: alice was refused to list secret shop/db from 192.0.2.7',
    'exec by alice in shop/web-1',
  ])
  assert.deepEqual(
    found.map(({ refused, rule }) => [refused, rule]),
    [
      [true, '11111111-1111-4111-8111-111111111111'],
      [false, 'falco:Attach or exec to a pod'],
    ],
  )
})

test('a window fires when the time of records has passed it, with the events that it counted', () => {
  const machine = detector()
  const tries = [1, 2, 3, 4].map((second) => audit(second, { code: 403, target: { ...pod, subresource: '' } }))
  assert.deepEqual(machine.step(placed(1, tries)), [])
  const [window, ...more] = machine.step(placed(2, [audit(20, { verb: 'watch', user: 'bob' })]))
  assert.deepEqual(more, [])
  assert.equal(window?.message, 'Many failed reads: 3 events within 1 minute, for user.username alice')
  assert.deepEqual([window?.principal, window?.measured, window?.position], ['alice', 3, { seq: 1, index: 2 }])
  assert.deepEqual(
    window?.evidence,
    tries
      .slice(0, 3)
      .reverse()
      .map((record) => eventRowOf(record)?.id),
  )
})

test('where nothing more comes, windows count what waited', () => {
  const machine = detector()
  machine.step(
    placed(
      1,
      [1, 2, 3].map((second) => audit(second, { code: 403, verb: 'patch' })),
    ),
  )
  assert.equal(machine.isWaiting(), true)
  assert.equal(machine.settle().length, 1)
  assert.equal(machine.isWaiting(), false)
})

test('a long request counts once, when it begins or else when it ends, and an Audit-ID chosen twice hides nothing', () => {
  const watch = { verb: 'watch', auditId: 'chosen', requestUri: '/api/v1/secrets?watch=1' }
  const watched = loadRuleSet([
    { name: 'w.yml', text: secretRead.replace('[get, list]', '[watch]'), origin: 'bulwark' },
  ])
  const machine = createDetector(watched, { enabled: () => true })
  const received = { requestReceivedTimestamp: '2026-11-26T12:00:01.000000Z' }
  const begin = audit(1, { ...watch, stage: 'ResponseStarted', event: received })
  const end = audit(60, { ...watch, event: received })
  assert.equal(machine.step(placed(1, [begin])).length, 1)
  const again = createDetector(watched, { enabled: () => true }, machine.checkpoint())
  assert.equal(again.step(placed(2, [end])).length, 0)
  // Another request under the same id, of which the policy leaves out the beginning.
  const other = audit(61, { ...watch, event: { requestReceivedTimestamp: '2026-11-26T12:00:31.000000Z' } })
  assert.equal(again.step(placed(3, [other])).length, 1)
})

test('a detector that is restored goes on as if nothing had been', () => {
  const records = Array.from({ length: 60 }, (_, index) =>
    audit(index, { code: index % 3 === 0 ? 403 : 200, user: index % 2 === 0 ? 'alice' : 'bob' }),
  )
  const whole = detector()
  const expected = records.flatMap((record, index) => whole.step(placed(index, [record])))
  assert.ok(expected.some(({ measured }) => measured > 1))
  let broken = detector()
  const found = records.flatMap((record, index) => {
    broken = detector(JSON.parse(JSON.stringify(broken.checkpoint())))
    return broken.step(placed(index, [record]))
  })
  assert.deepEqual(found, expected)
})

test('a rule that is off stays silent, and still feeds a window that is on', () => {
  const machine = createDetector(set, { enabled: ({ title }) => title === 'Many failed reads' })
  assert.deepEqual(
    machine.step(
      placed(
        1,
        [1, 2, 3].map((second) => audit(second, { code: 403 })),
      ),
    ),
    [],
  )
  assert.deepEqual(told(machine.settle()), ['Many failed reads: 3 events within 1 minute, for user.username alice'])
  assert.equal(machine.status().rulesRunning, 2)
})

test('an event that lacks every field is looked at and fires nothing', () => {
  const machine = detector()
  const bare = audit(1, { user: '', verb: '', sourceIps: [], target: undefined, requestUri: '', code: 0 })
  assert.deepEqual(machine.step(placed(1, [{ ...bare, event: {} }])), [])
  assert.deepEqual(
    { ...machine.status() },
    {
      judged: 1,
      detections: 0,
      failed: 0,
      lastFailure: '',
      droppedByFalco: 1,
      late: 0,
      ahead: 0,
      evictedGroups: 0,
      droppedEntries: 0,
      cutCombinations: 0,
      rulesRunning: 4,
      baselines: [],
    },
  )
})

test('a baseline tells what is new of a group, and its informational rule stays silent', () => {
  const learned = loadRuleSet([
    {
      name: 'b.yml',
      text: `${secretRead.replace('level: high', 'level: informational')}---
title: A new verb on secrets
id: 44444444-4444-4444-8444-444444444444
level: medium
baseline:
  type: new
  rules: [secret-read]
  group-by: [user.username]
  values: [verb]
  learn: 1h
`,
      origin: 'bulwark',
    },
  ])
  assert.deepEqual(learned.problems, [])
  let machine = createDetector(learned, { enabled: () => true })
  assert.deepEqual(machine.step(placed(1, [audit(0), audit(60)])), [])
  machine = createDetector(learned, { enabled: () => true }, JSON.parse(JSON.stringify(machine.checkpoint())))
  const [one, ...more] = machine.step(placed(2, [audit(7200, { verb: 'list' }), audit(7201, { verb: 'list' })]))
  assert.deepEqual(more, [])
  assert.equal(one?.message, 'A new verb on secrets: verb list for the first time, for user.username alice')
  assert.deepEqual([one?.principal, one?.severity, one?.position], ['alice', 'medium', { seq: 2, index: 0 }])
})

test('an alert of Falco is a detection by itself, in its own words; an event of Tetragon is none', () => {
  const [one, ...more] = detector().step(placed(3, [alert(1), alert(2, { sensor: 'tetragon', priority: undefined })]))
  assert.deepEqual(more, [])
  assert.deepEqual(
    [one?.rule, one?.severity, one?.message, one?.principal, one?.node, one?.pod, one?.container, one?.target.name],
    ['falco:Terminal shell in container', 'low', 'A shell was spawned in web-1', '', 'node-1', 'web-1', 'web', 'web-1'],
  )
  const off = createDetector(set, { enabled: ({ language }) => language !== 'sensor' })
  assert.deepEqual(off.step(placed(3, [alert(1)])), [])
})

test('of a thousand rules those fire that are true of an event, however many are beside them', () => {
  const uuid = (number: number): string => `77777777-7777-4777-8777-${String(number).padStart(12, '0')}`
  const many = loadRuleSet(
    Array.from({ length: 1000 }, (_, number) => ({
      name: `${number}.yml`,
      text: secretRead
        .replace(/id: .*/, `id: ${uuid(number)}`)
        .replace('name: secret-read', `name: rule-${number}`)
        .replace('objectRef.resource: secrets', `objectRef.name: db-${number % 500}`),
      origin: 'user' as const,
    })),
  )
  assert.equal(many.heads.length, 1000)
  const machine = createDetector(many, { enabled: ({ id }) => id !== uuid(507) })
  const target = { ...pod, resource: 'secrets', subresource: '' }
  const found = machine.step(
    placed(
      1,
      [7, 499, 500].map((number) => audit(number, { target: { ...target, name: `db-${number}` } })),
    ),
  )
  assert.deepEqual(
    found.map(({ rule }) => rule),
    [uuid(7), uuid(499), uuid(999)],
  )
})

test('a checkpoint that is none is as none', () => {
  for (const saved of [null, 1, 'x', [], { version: 9, correlator: 3, told: [1], judged: { a: 1 } }]) {
    assert.equal(detector(saved).step(placed(1, [audit(1)])).length, 1)
  }
})

test('of somebody who acts as another it tells whom, and in which groups', () => {
  const impersonatedUser = { username: 'root', groups: ['system:masters', 7, 'dev'] }
  const [one] = detector().step(placed(1, [audit(1, { impersonatedUser: 'root', event: { impersonatedUser } })]))
  assert.deepEqual([one?.impersonated, one?.impersonatedGroups], ['root', ['system:masters', 'dev']])
})
