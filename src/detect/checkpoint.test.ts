import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { JsonValue } from '../model/json.ts'
import { createDetector } from './detector.ts'
import { audit, failedRead, manyFailed, placed, secretRead } from './fixture.ts'
import { loadRuleSet } from './rule-set.ts'

const baselines = `title: Failed reads surge
name: surge
baseline:
  type: volume
  rules: [22222222-2222-4222-8222-222222222222]
  group-by: [user.username]
  timespan: 10s
  learn: 30s
  condition: {mads: 1, least: 2}
---
title: First read
name: first-read
baseline:
  type: new
  rules: [11111111-1111-4111-8111-111111111111]
  group-by: [user.username]
  values: [objectRef.name]
  learn: 30s
  forget: 1m
`

const set = loadRuleSet([
  {
    name: 'ours.yml',
    text: [secretRead, failedRead, `${manyFailed}  generate: true\n`].join('---\n'),
    origin: 'bulwark',
  },
  { name: 'baselines.yml', text: baselines, origin: 'bulwark' },
])

const events = fc.array(
  fc.record({
    gap: fc.constantFrom(0, 1, 1, 2, 15),
    late: fc.constantFrom(0, 0, 0, 1, 5, 12),
    user: fc.constantFrom('alice', 'bob', 'carol'),
    code: fc.constantFrom(200, 403),
    name: fc.constantFrom('db', 'web', 'mail'),
  }),
  { minLength: 1, maxLength: 60 },
)

test('a checkpoint that is made while the detector goes on is of one moment, and a detector goes on from it to the same detections', () => {
  assert.deepEqual(set.problems, [])
  assert.equal(set.baselines.length, 2)
  let fired = 0
  fc.assert(
    fc.property(events, fc.nat(59), fc.nat(9), (list, cut, wait) => {
      const make = (saved?: JsonValue) => createDetector(set, { enabled: () => true, latenessSeconds: 3 }, saved)
      const detector = make()
      let other = detector
      let expected = ''
      let draft: ReturnType<typeof detector.checkpointSlowly> | undefined
      let second = 0
      for (const [index, { gap, late, user, code, name }] of list.entries()) {
        second += gap
        if (index === cut) {
          expected = JSON.stringify(detector.checkpoint())
          draft = detector.checkpointSlowly()
          other = make(JSON.parse(expected))
        }
        const target = { group: '', version: 'v1', resource: 'secrets', subresource: '', namespace: 'shop', name }
        const auditId = `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`
        const entry = placed(index + 1, [audit(second - late, { auditId, user, code, target })])
        const found = detector.step(entry)
        fired += found.filter(({ evidence }) => evidence.length > 1).length
        if (other !== detector) assert.deepEqual(other.step(entry), found)
        if (draft === undefined || index < cut + wait) continue
        assert.equal(JSON.stringify(draft), expected)
        draft = undefined
      }
      if (draft !== undefined) assert.equal(JSON.stringify(draft), expected)
      assert.equal(JSON.stringify(other.checkpoint()), JSON.stringify(detector.checkpoint()))
    }),
    { numRuns: 200 },
  )
  assert.ok(fired > 0, `${fired} windows fired`)
})
