import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { loadRuleSet } from '../../detect/rule-set.ts'
import { BulwarkError } from '../../model/error.ts'
import { readShipped } from './rule-keeper.ts'
import { replayRule } from './rule-replay.ts'

const shipped = join(import.meta.dirname, '..', '..', '..', 'rules')
const set = loadRuleSet(readShipped(join(shipped, 'bulwark'), 'bulwark'))
const running = { set, enabled: () => true }

test('rules fire on their own tests that say so: all baselines, all that only feed others, and some of the rest', async () => {
  const baselines = new Set(set.baselines.map(({ id }) => id))
  const chosen = set.entries.filter(
    ({ head: { id, severity }, alerts }, place) =>
      baselines.has(id) || (!alerts && severity === 'info') || place % 10 === 0,
  )
  assert.ok(chosen.length > 40)
  for (const { head } of chosen) {
    const { tests, records, silent } = await replayRule(head.id, running, shipped)
    assert.deepEqual(silent, [], head.title)
    assert.ok(tests.length > 0 && records > 0)
  }
})

test('a rule that is switched off, or says something else now, is told not to fire', async () => {
  const id = set.baselines[0]?.id ?? ''
  const off = await replayRule(id, { set, enabled: (head) => head.id !== id }, shipped)
  assert.deepEqual(off.silent, off.tests)
})

test('a rule without tests beside it, and one that is not there, are not found', async () => {
  const text =
    'title: Mine\nid: 99999999-9999-4999-8999-999999999999\nlogsource: {product: kubernetes, service: audit}\ndetection: {a: {verb: get}, condition: a}\n'
  const mine = { ...running, set: loadRuleSet([{ name: 'rules/bulwark/../../../etc/passwd', text, origin: 'user' }]) }
  for (const id of ['99999999-9999-4999-8999-999999999999', 'none'])
    await assert.rejects(
      replayRule(id, mine, shipped),
      (error: unknown) => error instanceof BulwarkError && error.code === 'NOT_FOUND',
    )
})
