import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { runSuite, suitesIn } from './run.ts'
import { type CaseResult, type Suite, subset } from './suite.ts'

const suiteOf = (name: string, results: readonly CaseResult[]): Suite => ({ name, run: () => results })
const pass = (name: string): CaseResult => ({ name, ok: true, expected: 1, got: 1 })
const fault = (name: string): CaseResult => ({ name, ok: false, expected: 1, got: 2 })
const options = { data: '/nowhere', quick: false, limit: 10, exceptions: [] }

test('counts passed and failed cases and keeps the failures', async () => {
  const { seconds: _, ...report } = await runSuite(suiteOf('s', [pass('a'), fault('b'), pass('c')]), options)
  assert.deepEqual(report, {
    suite: 's',
    passed: 2,
    failed: 1,
    excepted: [],
    passedExceptions: [],
    failures: [fault('b')],
  })
})

test('counts an excepted case apart, and tells of an exception that passes', async () => {
  const exceptions = [
    { suite: 's', case: 'b', reason: 'upstream is wrong' },
    { suite: 's', case: 'c', reason: 'no longer' },
    { suite: 'other', case: 'd', reason: 'not ours' },
  ]
  const suite = suiteOf('s', [pass('a'), fault('b'), pass('c'), fault('d')])
  const { seconds: _, ...report } = await runSuite(suite, { ...options, exceptions })
  assert.deepEqual(report, {
    suite: 's',
    passed: 2,
    failed: 1,
    excepted: [{ name: 'b', reason: 'upstream is wrong' }],
    passedExceptions: ['c'],
    failures: [fault('d')],
  })
})

test('fails a suite that has no case, throws, or names a case twice', async () => {
  const throws: Suite = {
    name: 't',
    async *run() {
      yield pass('a')
      throw new Error('broken file')
    },
  }
  const counts = async (suite: Suite) => {
    const { passed, failed, failures } = await runSuite(suite, options)
    return { passed, failed, names: failures.map((one) => one.name) }
  }
  assert.deepEqual(await counts(suiteOf('e', [])), { passed: 0, failed: 1, names: ['(suite)'] })
  assert.deepEqual(await counts(throws), { passed: 1, failed: 1, names: ['(suite)'] })
  assert.deepEqual(await counts(suiteOf('d', [pass('a'), pass('a')])), { passed: 1, failed: 1, names: ['a'] })
})

test('keeps no more failures than asked for, and counts them all', async () => {
  const report = await runSuite(suiteOf('s', [fault('a'), fault('b'), fault('c')]), { ...options, limit: 1 })
  assert.deepEqual([report.failed, report.failures], [3, [fault('a')]])
})

test('parts the suites that have a folder from those that have none', () => {
  const data = mkdtempSync(join(tmpdir(), 'conformance-'))
  try {
    for (const name of ['a', 'x']) mkdirSync(join(data, name))
    const [a, b] = [suiteOf('a', []), suiteOf('b', [])]
    assert.deepEqual(suitesIn(data, [a, b]), { found: [a], missing: [b] })
  } finally {
    rmSync(data, { recursive: true })
  }
})

test('a quick run takes a spread of the cases, always the same', () => {
  const items = Array.from({ length: 10 }, (_, index) => index)
  assert.deepEqual(subset(items, true, 5), [0, 2, 4, 6, 8])
  assert.deepEqual(subset(items, false, 5), items)
  assert.deepEqual(subset(items, true, 20), items)
})
