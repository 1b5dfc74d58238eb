import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { failedRead, secretRead } from '../../detect/fixture.ts'
import { loadRuleSet } from '../../detect/rule-set.ts'
import { openDesk } from '../../store/desk/index.ts'
import { ruleVersions } from './rule-versions.ts'
import { createSelftestResults, type TriedRun } from './selftest-results.ts'

const surge = `title: Many failed reads
id: 33333333-3333-4333-8333-333333333333
level: high
correlation:
  type: event_count
  rules: [failed-read]
  group-by: [user.username]
  timespan: 5m
  condition: {gte: 10}
`
const usual = `title: A new name
id: 55555555-5555-4555-8555-555555555555
level: medium
baseline: {type: new, rules: [secret-read], group-by: [user.username], values: [objectRef.name], learn: 2m}
`
const [secret, failed, many, name] = [
  '11111111-1111-4111-8111-111111111111',
  '22222222-2222-4222-8222-222222222222',
  '33333333-3333-4333-8333-333333333333',
  '55555555-5555-4555-8555-555555555555',
] as const

const setOf = (...documents: readonly string[]) =>
  loadRuleSet([{ name: 'a.yml', text: documents.join('---\n'), origin: 'user' }])
const whole = () => setOf(secretRead, failedRead, surge, usual)

const open = () => {
  const dir = mkdtempSync(join(tmpdir(), 'bulwark-selftest-results-'))
  const stack = new DisposableStack()
  stack.defer(() => rmSync(dir, { recursive: true, force: true }))
  const desk = stack.use(openDesk(dir))
  let set = whole()
  let micros = 1_000_000
  const results = createSelftestResults({ desk, set: () => set, now: () => micros })
  const begin = (...fired: readonly string[]): TriedRun => ({
    by: 'alice',
    versions: results.versions(),
    fired: fired.map((rule) => ({ rule, act: 'a', detections: 1, suppression: '', case: '' })),
  })
  return {
    results,
    begin,
    use: (next: typeof set): void => {
      set = next
    },
    at: (time: number): void => {
      micros = time
    },
    outdated: () =>
      [...results.byRule()]
        .filter(([, { isOutdated }]) => isOutdated)
        .map(([rule]) => rule)
        .sort(),
    [Symbol.dispose]: () => stack.dispose(),
  }
}

const no = (rule: string) => ({ rule, kind: 'cannot', why: 'it is switched off', act: '' }) as const
const yes = (rule: string) => ({ rule, kind: 'fired', seconds: 0.4, why: '', act: 'read' }) as const

test('the last result of a rule stands, with who found it and when', () => {
  using here = open()
  assert.deepEqual(here.results.keep(here.begin(), [no(secret), no(name)]), { kept: 2, refused: [] })
  here.at(2_000_000)
  assert.deepEqual(here.results.keep({ ...here.begin(secret), by: 'bob' }, [yes(secret)]), { kept: 1, refused: [] })
  const same = { act: '', isOutdated: false, by: 'alice', at: '1970-01-01T00:00:01.000000Z' }
  assert.deepEqual(Object.fromEntries(here.results.byRule()), {
    [secret]: {
      kind: 'fired',
      seconds: 0.4,
      why: '',
      act: 'read',
      isOutdated: false,
      by: 'bob',
      at: '1970-01-01T00:00:02.000000Z',
    },
    [name]: { kind: 'cannot', why: 'it is switched off', ...same },
  })
})

test('a result of a rule that is not known, or that has one already, is refused alone', () => {
  using here = open()
  const { kept, refused } = here.results.keep(here.begin(secret), [
    yes(secret),
    no(secret),
    no('none'),
    no('__proto__'),
    no(name),
  ])
  assert.equal(kept, 2)
  assert.deepEqual(refused, [
    { rule: secret, why: 'it has a result already: the first one counts' },
    { rule: 'none', why: 'there was no such rule when the self-test began' },
    { rule: '__proto__', why: 'there was no such rule when the self-test began' },
  ])
  assert.equal(here.results.byRule().get(secret)?.kind, 'fired')
})

test('a rule that tells of nothing alone fired where the one that counts it did, and one that tells did not', () => {
  using here = open()
  assert.equal(here.results.keep(here.begin(many), [yes(failed), yes(many)]).kept, 2)
  // The baseline counts what secret-read sees, which also tells by itself.
  const { refused } = here.results.keep(here.begin(name), [yes(secret), yes(name)])
  assert.deepEqual(
    refused.map(({ rule }) => rule),
    [secret],
  )
})

test('a result is outdated when the text of its rule changes, or of one that it counts, and not by what others say', () => {
  using here = open()
  here.results.keep(here.begin(), [no(secret), no(failed), no(many), no(name)])
  assert.deepEqual(here.outdated(), [])
  here.use(setOf(surge, usual, failedRead, secretRead))
  assert.deepEqual(here.outdated(), [], 'another order is no change')
  here.use(setOf(secretRead, failedRead.replace('403', '404'), surge, usual))
  assert.deepEqual(here.outdated(), [failed, many])
  here.use(setOf(secretRead.replace('level: high', 'level: low'), failedRead, surge, usual))
  assert.deepEqual(here.outdated(), [secret, name].sort())
  here.use(whole())
  assert.deepEqual(here.outdated(), [], 'what was tried is what stands there again')
})

test('a rule that changes while it is tried was not tried as it is now', () => {
  using here = open()
  const run = here.begin()
  here.use(setOf(secretRead.replace('level: high', 'level: low'), failedRead))
  here.results.keep(run, [no(secret), no(failed), no(many)])
  assert.deepEqual(here.outdated(), [secret, many].sort())
})

test('versions of a set are made once', () => {
  const set = whole()
  assert.equal(ruleVersions(set), ruleVersions(set))
  assert.notEqual(ruleVersions(set), ruleVersions(whole()))
  assert.deepEqual(ruleVersions(set), ruleVersions(whole()))
})
