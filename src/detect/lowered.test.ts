import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject, JsonValue } from '../model/json.ts'
import type { ObjectVersion } from '../model/object.ts'
import type { BulwarkRecord } from '../model/record.ts'
import { sampleObject } from '../state/fixture.ts'
import { createDetector, type Detector } from './detector.ts'
import { audit, placed, start } from './fixture.ts'
import { loadRuleSet } from './rule-set.ts'

const enforce = 'pod-security.kubernetes.io/enforce'

const text = `title: Pod Security was lowered
id: 44444444-4444-4444-8444-444444444444
name: lowered
status: stable
level: medium
logsource: {product: kubernetes, service: audit}
detection:
  selection:
    lowered.guard: pod-security.*
  system:
    user.username: system:admin
  condition: selection and not system
---
title: Lowered twice
id: 55555555-5555-4555-8555-555555555555
status: stable
level: high
correlation:
  type: event_count
  rules: [lowered]
  group-by: [user.username]
  timespan: 10m
  condition: {gte: 2}
  generate: true
`
const set = loadRuleSet([{ name: 'ours.yml', text, origin: 'bulwark' }])
const detector = (saved?: JsonValue): Detector => createDetector(set, { enabled: () => true }, saved)

const namespace = (second: number, labels: Readonly<Record<string, string>>): ObjectVersion =>
  sampleObject({ kind: 'Namespace', name: 'payments', labels, time: start + second * 1_000_000 })
const target = {
  group: '',
  version: 'v1',
  resource: 'namespaces',
  subresource: '',
  namespace: 'payments',
  name: 'payments',
}
const change = (second: number, event: JsonObject, user = 'mallory') =>
  audit(second, { verb: 'patch', user, target, event })
const level = (value: string): JsonObject => ({ requestObject: { metadata: { labels: { [enforce]: value } } } })

/** What is told of records, each an entry of its own; the detector is made anew from its checkpoint before `restart`. */
const told = (records: readonly BulwarkRecord[], restart = -1): readonly string[] => {
  let one = detector()
  return records.flatMap((record, seq) => {
    if (seq === restart) one = detector(JSON.parse(JSON.stringify(one.checkpoint())))
    return one.step(placed(seq, [record])).map(({ message, position }) => `${position.seq}: ${message}`)
  })
}

const restricted = namespace(0, { [enforce]: 'restricted' })
const sentence = 'mallory patched namespace payments/payments from 192.0.2.7, answered 200'

test('a rule looks at what a request lowered, and tells from what to what', () => {
  assert.deepEqual(told([restricted, change(60, level('baseline'))]), [
    `1: Pod Security was lowered: ${sentence}: pod-security.enforce was restricted, is baseline`,
  ])
  assert.deepEqual(told([restricted, change(60, level('restricted'))]), [])
  assert.deepEqual(told([restricted, change(60, level('baseline'), 'system:admin')]), [])
})

test('a request without a body is told when the version that it made is seen, over a restart at any moment', () => {
  const records = [restricted, change(60, {}), namespace(60.2, {}), namespace(61, {})]
  for (let restart = -1; restart < records.length; restart++)
    assert.deepEqual(
      told(records, restart),
      [`1: Pod Security was lowered: ${sentence}: pod-security.enforce was restricted, is privileged`],
      `restart before ${restart}`,
    )
})

test('windows count it', () => {
  const one = detector()
  one.step(placed(0, [restricted]))
  one.step(placed(1, [change(60, level('baseline'))]))
  one.step(placed(2, [change(70, level('privileged'))]))
  assert.deepEqual(
    one.step(placed(3, [change(200, {})])).map(({ title, measured }) => [title, measured]),
    [['Lowered twice', 2]],
  )
})

test('a back-test has to hand over every write of what guards', () => {
  assert.ok(JSON.stringify(detector().asks().audit).includes('networkpolicies'))
  assert.equal(createDetector(set, { enabled: () => false }).asks().audit, undefined)
})

test('compared apart, what was lowered is told of by what came in, and of what is recalled nothing', () => {
  const one = createDetector(set, { enabled: () => true, comparesApart: true })
  assert.equal(one.comparesGuards(), true)
  assert.equal(createDetector(set, { enabled: () => false }).comparesGuards(), false)
  const records = placed(0, [restricted, change(60, level('baseline')), change(70, level('privileged'))])
  one.recall(records.slice(0, 2))
  assert.deepEqual(one.step(records), [])
  assert.deepEqual(
    one.compare(records.slice(2)).map(({ message }) => message),
    [`Pod Security was lowered: ${sentence}: pod-security.enforce was baseline, is privileged`],
  )
  // Windows count what is compared, and not what is recalled.
  assert.deepEqual(one.step(placed(1, [change(200, {})])), [])
  one.compare(placed(2, [change(205, level('restricted')), change(210, level('baseline'))]))
  assert.deepEqual(
    one.step(placed(3, [change(300, {})])).map(({ title, measured }) => [title, measured]),
    [['Lowered twice', 2]],
  )
})
