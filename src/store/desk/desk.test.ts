import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, test } from 'node:test'
import type { Case, CaseStep } from '../../model/case.ts'
import { BulwarkError } from '../../model/error.ts'
import { type CaseDifference, deskFile, type KeptSelftest, openDesk, packNow } from './index.ts'

const dirs: string[] = []
const directory = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'bulwark-desk-'))
  dirs.push(dir)
  return dir
}
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true })
})

const sampleCase = (id: string, more: Partial<Case> = {}): Case => ({
  id,
  cluster: 'shop',
  title: `alice read secrets (${id})`,
  severity: 'high',
  severityReasons: [],
  state: 'open',
  owner: '',
  snoozedUntil: undefined,
  closingReason: undefined,
  note: '',
  firstTime: '2026-11-26T12:00:00.000000Z',
  lastTime: '2026-11-26T12:00:00.000000Z',
  changedAt: `2026-11-26T12:00:0${id.length}.000000Z`,
  detections: 1,
  rules: [{ rule: 'r1', title: 'Secret read', severity: 'high', detections: 1, firstTime: '2026', lastTime: '2026' }],
  techniques: [],
  entities: [{ role: 'actor', kind: 'User', namespace: '', name: 'alice', count: 1 }],
  namespaces: ['shop'],
  mergedInto: undefined,
  ...more,
})

const sampleStep = (id: string): CaseStep => ({
  id,
  rule: 'r1',
  title: 'Secret read',
  severity: 'high',
  lane: 'requests',
  firstTime: '2026-11-26T12:00:00.000000Z',
  lastTime: '2026-11-26T12:00:00.000000Z',
  count: 3,
  principal: 'alice',
  sourceIp: '',
  target: { group: '', resource: 'secrets', subresource: '', namespace: 'shop', name: 'db' },
  refused: false,
  message: 'alice read secret shop/db',
  evidence: ['a1-b'],
})

const none: CaseDifference = {
  cases: [],
  goneCases: [],
  steps: [],
  goneSteps: [],
  signals: [],
  goneSignals: [],
  changes: [],
}

test('what was saved in one transaction is there after opening again, and what failed in it is not', () => {
  const dir = directory()
  const change = { id: 'c1', caseId: 'a', time: '2026', by: 'bob', text: 'closed', undoable: true, memory: { was: 1 } }
  {
    using desk = openDesk(dir)
    assert.deepEqual(desk.notes, [])
    desk.transaction(() => {
      desk.cases.save({
        ...none,
        cases: [
          { case: sampleCase('a'), root: 'a', memory: { n: 1 } },
          { case: sampleCase('bb', { mergedInto: 'a' }), root: 'a', memory: {} },
        ],
        steps: [
          { caseId: 'a', home: 'a', step: sampleStep('s1'), memory: { m: 2 } },
          { caseId: 'a', home: 'bb', step: sampleStep('s1'), memory: {} },
        ],
        signals: [{ actor: 'carol', memory: { x: 1 } }],
        changes: [change],
      })
      desk.progress.applied('spool-1', 7)
      desk.progress.checkpoint('spool-1', 5, packNow({ windows: [1, 2] }).bytes)
    })
    assert.throws(
      () =>
        desk.transaction(() => {
          desk.cases.save({ ...none, goneCases: ['a'] })
          throw new Error('no')
        }),
      /no/,
    )
    desk.durably(() => desk.rules.switch('r1', false, 'bob', 1))
  }
  using desk = openDesk(dir)
  assert.deepEqual(desk.progress.read('spool-1'), { applied: 7, checkpoint: { seq: 5, body: { windows: [1, 2] } } })
  assert.equal(desk.progress.read('another'), undefined)
  const kept = desk.cases.recent('2027', 10)
  assert.deepEqual(
    kept.cases.map(({ case: one, root, memory }) => [one.id, root, memory]),
    [
      ['a', 'a', { n: 1 }],
      ['bb', 'a', {}],
    ],
  )
  assert.deepEqual(JSON.parse(JSON.stringify(kept.cases[0]?.case)), JSON.parse(JSON.stringify(sampleCase('a'))))
  assert.deepEqual(
    kept.steps.map(({ caseId, home, step, memory }) => [caseId, home, step, memory]),
    [
      ['a', 'a', sampleStep('s1'), { m: 2 }],
      ['a', 'bb', sampleStep('s1'), {}],
    ],
  )
  assert.deepEqual([kept.signals, kept.changes], [[{ actor: 'carol', memory: { x: 1 } }], [change]])
  assert.deepEqual([...desk.rules.switches()], [['r1', false]])
  assert.deepEqual(
    [desk.cases.rootOf('bb'), desk.cases.caseOfChange('c1'), desk.cases.rootOf('zz')],
    ['a', 'a', undefined],
  )
  assert.deepEqual(desk.cases.family('bb').cases.length, 2)
  assert.equal(statSync(join(dir, deskFile)).mode & 0o777, 0o600)
})

test('a checkpoint of another spool is none, and positions begin anew', () => {
  using desk = openDesk(directory())
  desk.transaction(() => {
    desk.progress.applied('one', 9)
    desk.progress.checkpoint('one', 9, packNow({ a: 1 }).bytes)
    desk.progress.applied('two', 1)
  })
  assert.deepEqual(desk.progress.read('two'), { applied: 1, checkpoint: undefined })
})

test('cases are listed by state, severity and the newest change, page by page, and counted over all', () => {
  using desk = openDesk(directory())
  const rows = [
    sampleCase('a', { state: 'closed', severity: 'critical' }),
    sampleCase('bb', { severity: 'medium', owner: 'bob' }),
    sampleCase('ccc'),
    sampleCase('dddd', { severity: 'high', namespaces: ['kube-system'] }),
    sampleCase('eeeee', { mergedInto: 'ccc' }),
  ]
  desk.cases.save({
    ...none,
    cases: rows.map((one) => ({ case: one, root: one.mergedInto ?? one.id, memory: {} })),
  })
  const ids = (question: Parameters<typeof desk.cases.list>[0]) =>
    desk.cases.list(question, { limit: 10 }).items.map(({ id }) => id)
  assert.deepEqual(ids({}), ['dddd', 'ccc', 'bb', 'a'])
  const pages: string[] = []
  let cursor: string | undefined
  do {
    const page = desk.cases.list({}, { limit: 1, cursor })
    assert.equal(page.total, 4)
    pages.push(...page.items.map(({ id }) => id))
    cursor = page.nextCursor
  } while (cursor !== undefined)
  assert.deepEqual(pages, ['dddd', 'ccc', 'bb', 'a'])
  const filtered = desk.cases.list({ states: ['open'], atLeast: 'high' }, { limit: 1 })
  assert.deepEqual(
    desk.cases
      .list({ states: ['open'], atLeast: 'high' }, { limit: 1, cursor: filtered.nextCursor })
      .items.map(({ id }) => id),
    ['ccc'],
  )
  assert.deepEqual(ids({ namespace: 'kube-system' }), ['dddd'])
  assert.deepEqual(ids({ owner: 'bob' }), ['bb'])
  assert.deepEqual(ids({ rule: 'r2' }), [])
  assert.deepEqual(ids({ text: 'SECRETS (BB' }), ['bb'])
  assert.deepEqual(ids({ text: 'alice', rule: 'r1', states: ['closed', 'snoozed'] }), ['a'])
  assert.deepEqual(desk.cases.counts(), { open: 3, acknowledged: 0, snoozed: 0, closed: 1 })
  assert.throws(() => desk.cases.list({}, { limit: 1, cursor: 'x' }), { code: 'REQUEST_INVALID' })
})

test('what fired is added up by rule and hour, and uses of suppressions by suppression', () => {
  using desk = openDesk(directory())
  desk.rules.count([
    { rule: 'r1', hour: 100, fired: 2, suppressed: 1, lastFired: 5 },
    { rule: 'r1', hour: 102, fired: 1, suppressed: 0, lastFired: 9 },
  ])
  desk.rules.count([{ rule: 'r1', hour: 100, fired: 3, suppressed: 0, lastFired: 7 }])
  assert.deepEqual(desk.rules.firedByHour('r1', 102, 4), [0, 5, 0, 1])
  assert.deepEqual([...desk.rules.totals()], [['r1', { fired: 6, suppressed: 1, lastFired: 9 }]])
  desk.rules.forgetHours(101)
  assert.deepEqual(desk.rules.firedByHour('r1', 102, 4), [0, 0, 0, 1])
  desk.suppressions.count(new Map([['s', { uses: 2, lastUsed: 3 }]]))
  desk.suppressions.count(new Map([['s', { uses: 1, lastUsed: 2 }]]))
  assert.deepEqual([...desk.suppressions.uses()], [['s', { uses: 3, lastUsed: 3 }]])
})

test('the last result of a self-test stands for each rule, and of very many the oldest are forgotten', () => {
  const dir = directory()
  const one = { rule: 'r1', why: 'w', act: 'a', version: 'v', by: 'bob', at: 5 }
  {
    using desk = openDesk(dir)
    desk.durably(() =>
      desk.selftests.save([
        { ...one, kind: 'fired', seconds: 0.4 },
        { ...one, rule: 'r0', kind: 'failed' },
      ]),
    )
    desk.selftests.save([{ ...one, kind: 'cannot', by: 'carol', at: 6 }])
  }
  using desk = openDesk(dir)
  const kept: readonly KeptSelftest[] = [
    { ...one, rule: 'r0', kind: 'failed' },
    { ...one, kind: 'cannot', by: 'carol', at: 6 },
  ]
  assert.deepEqual(desk.selftests.all(), kept)
  const many = Array.from({ length: 10_000 }, (_, n) => ({ ...one, rule: `s${n}`, kind: 'replayed', at: 7 }) as const)
  desk.transaction(() => desk.selftests.save(many.slice(0, -1)))
  assert.deepEqual(
    desk.selftests.all().flatMap(({ rule }) => (rule.startsWith('r') ? [rule] : [])),
    ['r1'],
  )
})

test('a result of which this Bulwark has no word is passed over', () => {
  using desk = openDesk(directory())
  desk.selftests.save([{ rule: 'r1', kind: 'failed', why: '', act: '', version: '', by: '', at: 1 }])
  const other = new DatabaseSync(desk.path)
  other.exec(
    "INSERT INTO selftest_results SELECT 'r2', 'guessed', seconds, why, act, version, by, at FROM selftest_results",
  )
  other.close()
  assert.deepEqual(
    desk.selftests.all().map(({ rule }) => rule),
    ['r1'],
  )
})

test('a desk of before self-tests were kept is brought up to date, with all that is in it', () => {
  const dir = directory()
  {
    using desk = openDesk(dir)
    desk.rules.switch('r1', false, 'bob', 1)
    const other = new DatabaseSync(desk.path)
    other.exec('DROP TABLE selftest_results; PRAGMA user_version = 2')
    other.close()
  }
  using desk = openDesk(dir)
  assert.deepEqual([[...desk.rules.switches()], desk.selftests.all()], [[['r1', false]], []])
})

test('a damaged file is set aside and told, and a new one begun', () => {
  for (const damage of [
    () => Buffer.from('this is no database at all, and long enough to be read as one'.repeat(100)),
    (bytes: Buffer) => Buffer.concat([bytes.subarray(0, 4096), Buffer.alloc(bytes.length - 4096, 0x5a)]),
  ]) {
    const dir = directory()
    {
      using desk = openDesk(dir)
      desk.rules.switch('r1', false, 'bob', 1)
    }
    const file = join(dir, deskFile)
    writeFileSync(file, damage(readFileSync(file)))
    using desk = openDesk(dir)
    assert.match(desk.notes[0] ?? '', /was damaged and is set aside as .*desk\.db\.damaged-1/)
    assert.deepEqual([...desk.rules.switches()], [])
    assert.ok(readdirSync(dir).includes('desk.db.damaged-1'))
  }
})

test('a file of a newer Bulwark, and a call that the database refuses, say what, where and how to mend it', () => {
  const dir = directory()
  {
    using desk = openDesk(dir)
    const other = new DatabaseSync(desk.path)
    other.exec('PRAGMA user_version = 99; DROP TABLE rule_switches')
    other.close()
    assert.throws(
      () => desk.rules.switches(),
      (error) =>
        error instanceof BulwarkError &&
        error.code === 'DESK_FAILED' &&
        /cannot be used: no such table.*desk\.db.*restart Bulwark/.test(error.message),
    )
  }
  assert.throws(() => openDesk(dir), { code: 'DESK_FAILED' })
})
