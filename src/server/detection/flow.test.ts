import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, test } from 'node:test'
import { createCaseBook, noContext } from '../../detect/cases/index.ts'
import { audit, failedRead, manyFailed, placed, secretRead } from '../../detect/fixture.ts'
import { loadRuleSet, type RuleSet } from '../../detect/rule-set.ts'
import { BulwarkError } from '../../model/error.ts'
import type { AuditRecord } from '../../model/record.ts'
import { type Desk, openDesk } from '../../store/desk/index.ts'
import { Flow } from './flow.ts'

const dirs: string[] = []
const directory = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'bulwark-flow-'))
  dirs.push(dir)
  return dir
}
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true })
})

/** Lets the rule that it counts alert as well. */
const window = `${manyFailed}  generate: true\n`
const set = loadRuleSet([{ name: 'a.yml', text: [secretRead, failedRead, window].join('---\n'), origin: 'bulwark' }])

/** A flow over a desk, with a clock that a test moves. */
const flowOn = (desk: Desk, rules: RuleSet = set, now: () => number = () => 0, longestBlockMillis = 1000): Flow => {
  const book = createCaseBook()
  book.load(desk.cases.recent('', 1000))
  return new Flow({
    desk,
    spool: 'one',
    book,
    context: noContext,
    rules: { set: rules, enabled: () => true },
    now,
    longestBlockMillis,
  })
}

/** Everything that is kept of cases and of what fired. */
const kept = (desk: Desk) => {
  const rows = desk.cases.recent('', 1000)
  return {
    cases: rows.cases.map(({ case: one }) => [
      one.id,
      one.detections,
      one.rules.map((rule) => [rule.title, rule.detections]),
    ]),
    steps: rows.steps.map(({ step }) => [step.id, step.count, step.firstTime, step.lastTime, step.evidence]),
    fired: [...desk.rules.totals()].sort(),
  }
}

const someone = (index: number): AuditRecord =>
  audit(index, {
    user: ['alice', 'bob', 'carol'][index % 3] ?? '',
    code: index % 4 === 0 ? 403 : 200,
    verb: index % 5 === 0 ? 'list' : 'get',
  })

/** Hands entries over as the recorder does: those after the position of the sink. */
const hand = (flow: Flow, entries: readonly AuditRecord[], to = entries.length): void => {
  for (let seq = (flow.sink.after ?? 0) + 1; seq <= to; seq++) flow.sink.take(placed(seq, entries.slice(seq - 1, seq)))
}

test('after a crash at any moment cases and counts are the same as without one', () => {
  const entries = Array.from({ length: 120 }, (_, index) => someone(index))
  const expected = (() => {
    using desk = openDesk(directory())
    {
      using flow = flowOn(desk)
      hand(flow, entries)
    }
    return kept(desk)
  })()
  assert.ok(expected.cases.length > 0)
  assert.ok(
    expected.fired.some(([rule]) => rule.startsWith('33333333')),
    'windows fired as well',
  )
  for (let crash = 1; crash < entries.length; crash += 7) {
    const dir = directory()
    let clock = 0
    {
      // Never disposed of: what was not written is gone, as after kill -9.
      const desk = openDesk(dir)
      const flow = flowOn(desk, set, () => clock)
      for (let seq = 1; seq <= crash; seq++) {
        flow.sink.take(placed(seq, entries.slice(seq - 1, seq)))
        // Cases are written more often than checkpoints.
        if (seq % 5 === 0) flow.change(() => ({ changes: createCaseBook().tick(0) }))
        if (seq % 17 === 0) clock += 6000
      }
    }
    using desk = openDesk(dir)
    {
      using flow = flowOn(desk)
      hand(flow, entries)
    }
    assert.deepEqual(kept(desk), expected, `crash after entry ${crash}`)
  }
})

test('a suppression is never asked of another event than the one that completed a detection', () => {
  using desk = openDesk(directory())
  const asked: (readonly [string, string | undefined, string | undefined])[] = []
  using flow = new Flow({
    desk,
    spool: 'one',
    book: createCaseBook(),
    context: noContext,
    rules: { set, enabled: () => true },
    suppressions: {
      match: (detection, row) => {
        asked.push([detection.title, detection.evidence[0], row?.id])
        return undefined
      },
      save: () => undefined,
    },
  })
  const failed = (at: number): AuditRecord => audit(at, { verb: 'list', code: 403 })
  flow.sink.take(placed(1, [failed(0), failed(1), failed(2)]))
  // The window of the first entry waited until now; at its place in this one stands another event that fires.
  flow.sink.take(placed(2, [audit(60, { verb: 'list' }), audit(61, { verb: 'list' }), audit(62, { user: 'bob' })]))
  const window = asked.filter(([title]) => title === 'Many failed reads')
  assert.equal(window.length, 1)
  assert.equal(window[0]?.[2], undefined)
  const single = asked.filter(([title]) => title !== 'Many failed reads')
  assert.ok(single.length > 0)
  for (const [title, event, row] of single) assert.equal(row, event, title)
})

test('a large checkpoint is made beside all else, is of the entry at which it began, and a crash loses nothing', async () => {
  const entries = Array.from({ length: 60 }, (_, index) => someone(index))
  const expected = (() => {
    using desk = openDesk(directory())
    {
      using flow = flowOn(desk)
      hand(flow, entries)
    }
    return kept(desk)
  })()
  const dir = directory()
  {
    // Never disposed of, as after kill -9.
    const desk = openDesk(dir)
    let clock = 0
    const flow = flowOn(desk, set, () => clock, -1)
    const write = () => flow.change(() => ({ changes: createCaseBook().tick(0) }))
    hand(flow, entries, 20)
    write()
    hand(flow, entries, 30)
    // Until it takes long, the first one is of what there was before.
    assert.equal(desk.progress.read('one')?.checkpoint?.seq, 0)
    clock += 6000
    for (let seq = 31; seq <= 40; seq++) flow.sink.take(placed(seq, entries.slice(seq - 1, seq)))
    const until = Date.now() + 60_000
    while (desk.progress.read('one')?.checkpoint?.seq === 0 && Date.now() < until)
      await new Promise((resolve) => setTimeout(resolve, 20))
    const { applied, checkpoint } = desk.progress.read('one') ?? {}
    assert.deepEqual([applied, checkpoint?.seq], [40, 31])
  }
  using desk = openDesk(dir)
  {
    using flow = flowOn(desk)
    assert.equal(flow.sink.after, 31)
    hand(flow, entries)
  }
  assert.deepEqual(kept(desk), expected)
})

test('where nothing comes any more, windows count what waited, once', async () => {
  using desk = openDesk(directory())
  let clock = 1000
  {
    using flow = flowOn(desk, set, () => clock)
    hand(
      flow,
      [1, 2, 3].map((second) => audit(second, { code: 403, verb: 'patch' })),
    )
    assert.equal(flow.status().detections, 3)
    clock += 11_000
    const until = Date.now() + 60_000
    while (flow.status().detections < 4 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 50))
    assert.equal(flow.status().detections, 4)
  }
  using again = flowOn(desk)
  assert.equal(again.sink.after, 3)
  hand(again, [])
  assert.deepEqual([...desk.rules.totals()].map(([, { fired }]) => fired).sort(), [1, 3])
})

test('rules change between two records, and windows of rules that stay go on', () => {
  using desk = openDesk(directory())
  const failed = (second: number) => audit(second, { code: 403, verb: 'patch' })
  {
    using flow = flowOn(desk)
    flow.sink.take(placed(1, [failed(1), failed(2)]))
    const less = loadRuleSet([{ name: 'a.yml', text: [failedRead, window].join('---\n'), origin: 'bulwark' }])
    flow.use({ set: less, enabled: () => true })
    flow.sink.take(placed(2, [failed(3), audit(4), failed(30)]))
    assert.deepEqual([flow.status().rulesRunning, flow.status().detections, flow.status().judged], [2, 5, 5])
  }
  assert.deepEqual(
    [...desk.rules.totals()].map(([rule, { fired }]) => [rule[0], fired]),
    [
      ['2', 4],
      ['3', 1],
    ],
  )
})

test('a desk that cannot be written loses nothing: it is told, and written when it works again', () => {
  using desk = openDesk(directory())
  let isFull = true
  const save: Desk['cases']['save'] = (difference) => {
    if (isFull) throw new BulwarkError('DESK_FAILED', { what: 'the disk is full' })
    desk.cases.save(difference)
  }
  {
    using flow = flowOn({ ...desk, cases: { ...desk.cases, save } })
    flow.sink.take(placed(1, [audit(1)]))
    assert.throws(() => flow.change(() => ({ changes: createCaseBook().tick(0) })), { code: 'DESK_FAILED' })
    assert.equal(flow.status().failing, 'the disk is full')
    assert.equal(desk.progress.read('one'), undefined)
    isFull = false
    flow.sink.take(placed(2, [audit(2)]))
  }
  assert.deepEqual(
    kept(desk).cases.map(([, detections]) => detections),
    [2],
  )
  assert.equal(desk.progress.read('one')?.applied, 2)
})

test('a record of another spool begins anew', () => {
  using desk = openDesk(directory())
  {
    using flow = flowOn(desk)
    hand(flow, [audit(1)])
  }
  using flow = new Flow({
    desk,
    spool: 'another',
    book: createCaseBook(),
    context: noContext,
    rules: { set, enabled: () => true },
  })
  assert.equal(flow.sink.after, undefined)
})
