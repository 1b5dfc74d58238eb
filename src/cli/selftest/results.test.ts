import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resultOf } from './results.ts'

const told = { rule: 'r1', name: 'n', title: 't', act: 'a' }

test('the server is told how a rule fired, and of others why not, as long as it may be', () => {
  const fired = { ...told, kind: 'fired', seconds: 0.6, case: 'c1', by: 'request', through: '' } as const
  const kept = { rule: 'r1', act: 'a', kind: 'fired', seconds: 0.6 }
  assert.deepEqual(resultOf(fired), { ...kept, why: '' })
  assert.deepEqual(resultOf({ ...fired, by: 'made-up', through: 'Many' }), {
    ...kept,
    why: 'by "Many", which counts it; on something made up',
  })
  assert.deepEqual(resultOf({ ...told, kind: 'replayed', why: 'it learns', tests: 2 }), {
    rule: 'r1',
    act: 'a',
    kind: 'replayed',
    why: 'it learns',
  })
  const { why } = resultOf({ ...told, kind: 'failed', why: 'x'.repeat(5000) })
  assert.equal(why, `${'x'.repeat(999)}…`)
})
