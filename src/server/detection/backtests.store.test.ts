// Back-tests over a real store: what they find is what the live detector found in the same records.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { BacktestStatus } from '../../api/contract/detection.ts'
import type { BacktestServices } from '../../api/detection-services.ts'
import { createDetector } from '../../detect/detector.ts'
import { audit, start } from '../../detect/fixture.ts'
import { loadRuleSet, type RuleFile } from '../../detect/rule-set.ts'
import { BulwarkError } from '../../model/error.ts'
import type { PlacedRecord } from '../../model/record.ts'
import type { SuppressionSpec } from '../../model/suppression.ts'
import { formatMicros } from '../../model/time.ts'
import { openDesk } from '../../store/desk/index.ts'
import { patient } from '../../store/fixture.ts'
import { openStore, type Store } from '../../store/index.ts'
import { type BacktestParts, openBacktests } from './backtests.ts'
import { type ReadableRecord, recordReader } from './record-reader.ts'

const id = '4f2f2f3e-6a55-4d0e-8b4c-2a3f6f0d8c11'
const rule = (selection: string, ruleId = id): string => `title: Secrets read
id: ${ruleId}
name: secrets-read
status: stable
level: high
logsource: {product: kubernetes, service: audit}
detection:
  sel: ${selection}
  condition: sel
`
const files: readonly RuleFile[] = [
  { name: 'secrets.yml', text: rule('{verb: get, objectRef.resource: secrets}'), origin: 'user' },
]
const narrower = rule('{verb: get, objectRef.resource: secrets, user.username: alice}')
const ofBackup: SuppressionSpec = {
  name: 'backup',
  rules: [id],
  query: 'user:backup source:webhook',
  owner: 'bob',
  reason: 'it reads everything',
  expires: formatMicros((Date.now() + 86_400_000) * 1000),
}

/** Of yesterday, so that no retention has passed: a read each minute, some of them of the backup, from two sources. */
const shift = Math.floor(Date.now() / 1000) - 86_400 - start / 1_000_000
const records: readonly PlacedRecord[] = Array.from({ length: 1200 }, (_, n) => ({
  position: { seq: 1, index: n },
  record: {
    ...audit(shift + n * 10, {
      auditId: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
      user: n % 3 === 0 ? 'backup' : 'alice',
    }),
    cluster: n % 2 === 0 ? 'shop' : 'till',
    source: n % 2 === 0 ? 'webhook' : 'file',
  },
}))
const [from, to] = [start + shift * 1_000_000, start + (shift + 12_000) * 1_000_000]
const period = { from: formatMicros(from), to: formatMicros(to) }

let dir = ''
let store: Store
before(async () => {
  dir = mkdtempSync(join(tmpdir(), 'bulwark-backtests-'))
  store = await openStore({ dir: join(dir, 'store') }, patient)
  await store.insertBlock(records, 'all')
})
after(async () => {
  await store[Symbol.asyncDispose]()
  rmSync(dir, { recursive: true, force: true })
})

const set = loadRuleSet(files)
const partsWith = (more: Partial<BacktestParts> & Pick<BacktestParts, 'desk'>): BacktestParts => ({
  current: () => ({ files, set, enabled: () => true }),
  entryOf: (rule) => set.entries.find(({ head }) => head.id === rule),
  record: recordReader(store),
  window: () => store.recordWindow(),
  gapsIn: (begin, end, limit) => store.gapsIn(begin, end, limit),
  now: () => Date.now() * 1000,
  onError: (message, error) => assert.fail(`${message}: ${error}`),
  ...more,
})
const deskIn = (name: string) => {
  const place = mkdtempSync(join(dir, name))
  return openDesk(place)
}
const over = (services: BacktestServices, one: string) =>
  new Promise<readonly BacktestStatus[]>((resolve) => {
    const told: BacktestStatus[] = []
    services.subscribe(one, (status) => {
      told.push(status)
      if (status.state !== 'running') resolve(told)
    })
  })
const run = async (services: BacktestServices, body: Parameters<BacktestServices['start']>[0]) => {
  const { id: one } = await services.start(body)
  const last = (await over(services, one)).at(-1)
  assert.ok(last !== undefined)
  return last
}

describe('a back-test of a rule', () => {
  test('finds what the live detector found, by the ids of the same events', async () => {
    using desk = deskIn('live-')
    await using backtests = openBacktests(partsWith({ desk }))
    const live = createDetector(set, { enabled: () => true })
    const found = live.step(records)
    const done = await run(backtests.services, { ...period, kind: 'rule', text: narrower, replaces: id })
    assert.deepEqual([done.state, done.error, done.before, done.after], ['done', undefined, 1200, 800])
    assert.equal(found.length, 1200)
    assert.deepEqual([done.scanned, done.toScan], [1200, 1200])
    const gone = found.filter(({ principal }) => principal === 'backup').toReversed()
    assert.deepEqual(
      done.samples.map(({ event }) => event),
      gone.slice(0, 50).map(({ evidence }) => evidence[0]),
    )
    assert.deepEqual(done.unexercised, [])
  })

  test('is kept over a restart, and says how often rules fire as they are written', async () => {
    using desk = deskIn('kept-')
    let kept: BacktestStatus
    {
      await using backtests = openBacktests(partsWith({ desk }))
      kept = await run(backtests.services, { ...period, kind: 'rule', text: narrower, replaces: id })
    }
    await using backtests = openBacktests(partsWith({ desk }))
    assert.deepEqual(await backtests.services.status(kept.id), JSON.parse(JSON.stringify(kept)))
    const [now] = set.entries
    const [then] = loadRuleSet([{ name: 'a.yml', text: narrower, origin: 'user' }]).entries
    assert.ok(now !== undefined && then !== undefined)
    assert.equal(backtests.lastOf(now)?.fired, 1200)
    assert.equal(backtests.lastOf(then)?.fired, 800)
    assert.equal(backtests.lastOf({ ...now, text: 'another' }), undefined)
    await assert.rejects(async () => backtests.services.status('none'), { code: 'NOT_FOUND' })
  })

  test('without a period is over the last seven days, or as much as there is', async () => {
    using desk = deskIn('period-')
    await using backtests = openBacktests(partsWith({ desk }))
    const done = await run(backtests.services, { kind: 'rule', text: narrower })
    assert.equal(done.from, (await store.recordWindow())?.from)
    assert.deepEqual([done.before, done.after], [0, 800])
    const ancient = { from: '2020-01-01T00:00:00.000000Z', to: '2026-01-01T00:00:00.000000Z' }
    await using other = openBacktests(partsWith({ desk, window: async () => ancient }))
    const { from: began } = await other.services.start({ kind: 'rule', text: narrower, to: '2025-06-08T00:00:00Z' })
    assert.equal(began, '2025-06-01T00:00:00.000000Z')
  })

  test('that cannot be tried is refused at once, and takes no place', async () => {
    using desk = deskIn('refused-')
    await using backtests = openBacktests(partsWith({ desk }))
    const { services } = backtests
    for (let turn = 0; turn < 3; turn++) {
      await assert.rejects(services.start({ ...period, kind: 'rule', text: rule('{verb|contians: get}') }), {
        code: 'RULES_INVALID',
      })
      await assert.rejects(services.start({ ...period, kind: 'rule', text: narrower, replaces: 'none' }), {
        code: 'REQUEST_INVALID',
      })
      await assert.rejects(services.start({ from: 'noon', kind: 'rule', text: narrower }), { code: 'REQUEST_INVALID' })
    }
    assert.equal((await run(services, { ...period, kind: 'rule', text: narrower })).state, 'done')
  })
})

describe('a back-test of a suppression', () => {
  test('lets a suppression of its rules and query be saved, and no other', async () => {
    using desk = deskIn('suppression-')
    await using backtests = openBacktests(partsWith({ desk }))
    const done = await run(backtests.services, { ...period, kind: 'suppression', suppression: ofBackup })
    // Only every second one came by the source that the query names.
    assert.deepEqual([done.before, done.after], [1200, 1000])
    assert.equal(backtests.isFor(done.id, ofBackup), true)
    assert.equal(backtests.isFor(done.id, { ...ofBackup, reason: 'another' }), true)
    assert.equal(backtests.isFor(done.id, { ...ofBackup, query: 'user:backup' }), false)
    assert.equal(backtests.isFor(done.id, { ...ofBackup, rules: [] }), false)
    const ofRule = await run(backtests.services, { ...period, kind: 'rule', text: narrower })
    assert.equal(backtests.isFor(ofRule.id, ofBackup), false)
    assert.equal(backtests.isFor('none', ofBackup), false)
  })

  test('that could never be saved is refused', async () => {
    using desk = deskIn('invalid-')
    await using backtests = openBacktests(partsWith({ desk }))
    const suppression = { ...ofBackup, owner: '' }
    await assert.rejects(backtests.services.start({ ...period, kind: 'suppression', suppression }), {
      code: 'SUPPRESSION_INVALID',
    })
  })
})

/** A record whose events wait until they are let go. */
const slow = () => {
  const gate = Promise.withResolvers<void>()
  const readable: ReadableRecord = {
    matchingEvents: async function* (question) {
      await gate.promise
      yield* store.matchingEvents(question)
    },
    seenRequests: (begin, end) => store.seenRequests(begin, end),
    seenValues: (kind, field, values, begin, end) => store.seenValues(kind, field, values, begin, end),
    recordCounts: (kind, begin, end, parts) => store.recordCounts(kind, begin, end, parts),
    withoutBodies: (kind, begin, end) => store.withoutBodies(kind, begin, end),
    storedRecords: (question) => store.storedRecords(question),
    ownersOver: (begin, end) => store.ownersOver(begin, end),
    versionsOver: (question, begin, end) => store.versionsOver(question, begin, end),
    firstVersions: (resources) => store.firstVersions(resources),
    seenClusters: (kind, begin, end) => store.seenClusters(kind, begin, end),
  }
  return { record: recordReader(readable), go: gate.resolve, fail: gate.reject }
}

describe('beside all else', () => {
  test('at most two run at once, and one that is cancelled ends', async () => {
    using desk = deskIn('two-')
    const { record, go } = slow()
    await using backtests = openBacktests(partsWith({ desk, record }))
    const { services } = backtests
    const body = { ...period, kind: 'rule', text: narrower } as const
    const [one, two] = [await services.start(body), await services.start(body)]
    await assert.rejects(services.start(body), { code: 'OVERLOADED' })
    const ended = over(services, one.id)
    assert.equal((await services.cancel(one.id)).state, 'cancelled')
    assert.equal((await ended).at(-1)?.state, 'cancelled')
    go()
    assert.equal((await over(services, two.id)).at(-1)?.state, 'done')
    assert.equal((await services.cancel(two.id)).state, 'done')
    assert.equal((await services.status(one.id)).state, 'cancelled')
    assert.equal(backtests.isFor(one.id, ofBackup), false)
    assert.equal((await run(services, body)).state, 'done')
  })

  test('whoever looks is told ten times a second, and of the end', async () => {
    using desk = deskIn('told-')
    await using backtests = openBacktests(partsWith({ desk }))
    const began = performance.now()
    const { id: one } = await backtests.services.start({ ...period, kind: 'rule', text: narrower })
    const told = await over(backtests.services, one)
    assert.ok(told.length <= (performance.now() - began) / 100 + 3, `${told.length}`)
    assert.equal(told.at(-1)?.scanned, 1200)
  })

  test('one that the store fails is told with what, where and mend, and kept', async () => {
    using desk = deskIn('failed-')
    const { record, fail } = slow()
    await using backtests = openBacktests(partsWith({ desk, record }))
    const { id: one } = await backtests.services.start({ ...period, kind: 'rule', text: narrower })
    fail(new BulwarkError('STORE_UNAVAILABLE', { what: 'the store does not answer', where: 'there', mend: 'Wait' }))
    const last = (await over(backtests.services, one)).at(-1)
    assert.deepEqual([last?.state, last?.error], ['failed', 'the store does not answer (there). Wait'])
    assert.equal((await backtests.services.status(one)).state, 'failed')
  })

  test('a stop ends those that run, and a listener that throws hears no more', async () => {
    using desk = deskIn('stop-')
    const { record, go } = slow()
    const backtests = openBacktests(partsWith({ desk, record }))
    const { id: one } = await backtests.services.start({ ...period, kind: 'rule', text: narrower })
    let heard = 0
    backtests.services.subscribe(one, () => {
      heard += 1
      if (heard > 1) throw new Error('gone')
    })
    go()
    await backtests[Symbol.asyncDispose]()
    assert.ok(heard <= 2)
    assert.deepEqual(desk.backtests.all(), [])
  })
})
