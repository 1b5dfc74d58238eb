import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, test } from 'node:test'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { createCaseBook, noContext } from '../../detect/cases/index.ts'
import { audit, failedRead, manyFailed, placed, secretRead } from '../../detect/fixture.ts'
import { loadRuleSet } from '../../detect/rule-set.ts'
import type { EventRow } from '../../model/answer.ts'
import type { Detection } from '../../model/detection.ts'
import { portChannel } from '../../recorder/fixture.ts'
import { type Desk, openDesk } from '../../store/desk/index.ts'
import { Flow } from './flow.ts'
import { judgeElsewhere, judgeHere } from './judge-elsewhere.ts'
import { type RuleSource, runningOf } from './rule-source.ts'

const dirs: string[] = []
const ports: MessagePort[] = []
afterEach(() => {
  for (const port of ports.splice(0)) port.close()
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true })
})
const directory = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'bulwark-judge-'))
  dirs.push(dir)
  return dir
}

const sourceOf = (text: string): RuleSource => ({
  files: [{ name: 'a.yml', text, origin: 'user' }],
  switches: new Map(),
  on: new Set(['user']),
})
const all = [secretRead, failedRead, `${manyFailed}  generate: true\n`].join('---\n')

type Suppressed = (detection: Detection, row: EventRow | undefined) => string | undefined

/** Both halves, with real messages between them. */
const flowOn = (desk: Desk, given: { source: RuleSource; suppressed?: Suppressed }) => {
  const { port1, port2 } = new MessageChannel()
  ports.push(port1, port2)
  const here = judgeHere(portChannel(port2), () => undefined)
  const book = createCaseBook()
  book.load(desk.cases.recent('', 1000))
  const { suppressed } = given
  const flow = new Flow({
    desk,
    spool: 'one',
    book,
    context: noContext,
    rules: runningOf(given.source, loadRuleSet([])),
    ...(suppressed && { suppressions: { match: suppressed, save: () => {} } }),
    judge: judgeElsewhere({
      channel: portChannel(port1),
      source: () => given.source,
      wantsRows: () => suppressed !== undefined,
      onError: (message, error) => assert.fail(`${message}: ${error}`),
    }),
  })
  const sink = async () => {
    for (;;) {
      const made = here.sink()
      if (made !== undefined) return made
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  return { flow, sink }
}

/** Waits until the flow has seen an entry. */
const seen = async (flow: Flow, seq: number): Promise<void> => {
  while (flow.status().seq < seq) await new Promise((resolve) => setImmediate(resolve))
}

/** Waits until so many rules run. */
const running = async (flow: Flow, rules: number): Promise<void> => {
  while (flow.status().rulesRunning !== rules) await new Promise((resolve) => setImmediate(resolve))
}

const entries = Array.from({ length: 60 }, (_, index) =>
  audit(index, { user: ['alice', 'bob', 'carol'][index % 3] ?? '', code: index % 4 === 0 ? 403 : 200 }),
)

const kept = (desk: Desk) => {
  const rows = desk.cases.recent('', 1000)
  return {
    cases: rows.cases.map(({ case: one }) => [one.id, one.detections]),
    steps: rows.steps.map(({ step }) => [step.id, step.count, step.firstTime, step.lastTime, step.evidence]),
    fired: [...desk.rules.totals()].sort(),
  }
}

test('cases and counts are those of a judge beside the flow, also after a crash at any moment', async () => {
  const source = sourceOf(all)
  using desk = openDesk(directory())
  {
    const rules = runningOf(source, loadRuleSet(source.files))
    using flow = new Flow({ desk, spool: 'one', book: createCaseBook(), context: noContext, rules })
    for (const [index, record] of entries.entries()) flow.sink.take(placed(index + 1, [record]))
  }
  const expected = kept(desk)
  assert.ok(expected.cases.length > 0 && expected.fired.length === 3)
  for (let crash = 1; crash < entries.length; crash += 11) {
    const dir = directory()
    {
      // Never drained or disposed of: what was not written is gone, as after kill -9.
      const { flow, sink } = flowOn(openDesk(dir), { source })
      const { take } = await sink()
      for (let seq = 1; seq <= crash; seq++) take(placed(seq, entries.slice(seq - 1, seq)))
      await seen(flow, Math.ceil(crash / 2))
      flow.change(() => ({ changes: createCaseBook().tick(0) }))
    }
    using after = openDesk(dir)
    const { flow, sink } = flowOn(after, { source })
    const judge = await sink()
    for (let seq = (judge.after ?? 0) + 1; seq <= entries.length; seq++)
      judge.take(placed(seq, entries.slice(seq - 1, seq)))
    await flow.drain()
    flow[Symbol.dispose]()
    assert.deepEqual(kept(after), expected, `crash after entry ${crash}`)
    assert.equal(after.progress.read('one')?.checkpoint?.seq, entries.length)
  }
})

test('rules change between two entries, and what is off by a switch stays silent', async () => {
  using desk = openDesk(directory())
  const given = { source: sourceOf(all) }
  const { flow, sink } = flowOn(desk, given)
  const { take } = await sink()
  take(placed(1, [audit(1)]))
  await seen(flow, 1)
  assert.equal(flow.status().detectionsBySeverity.high, 1)
  const off = new Map(loadRuleSet(given.source.files).heads.map(({ id }) => [id, false]))
  given.source = { ...given.source, switches: off }
  flow.use(runningOf(given.source, loadRuleSet(given.source.files)))
  await running(flow, 0)
  take(placed(2, [audit(2)]))
  given.source = sourceOf(failedRead)
  flow.use(runningOf(given.source, loadRuleSet(given.source.files)))
  await running(flow, 1)
  take(placed(3, [audit(3, { code: 403 })]))
  await flow.drain()
  assert.deepEqual([flow.status().rulesRunning, flow.status().detections, flow.status().judged], [1, 2, 3])
  flow[Symbol.dispose]()
})

test('a suppression is asked with the row of the event that completed a detection', async () => {
  using desk = openDesk(directory())
  const asked: (readonly [string, string | undefined])[] = []
  const suppressed: Suppressed = ({ title }, row) => {
    asked.push([title, row?.requestUri])
    return 's'
  }
  const { flow, sink } = flowOn(desk, { source: sourceOf(secretRead), suppressed })
  const { take } = await sink()
  take(placed(1, [audit(1, { verb: 'list', code: 200, requestUri: '/healthz' }), audit(2, { requestUri: '/api/x' })]))
  await flow.drain()
  assert.deepEqual(
    asked.map(([, uri]) => uri),
    ['/healthz', '/api/x'].slice(-asked.length),
  )
  assert.deepEqual([flow.status().suppressed, desk.cases.recent('', 10).cases.length], [asked.length, 0])
  assert.ok(asked.length > 0)
  flow[Symbol.dispose]()
})
