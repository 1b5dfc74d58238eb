// A million identical events in a minute: one case, the right count, and memory that does not grow with them.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createCaseBook, noContext } from '../../src/detect/cases/index.ts'
import { audit, failedRead, manyFailed, placed, secretRead, start } from '../../src/detect/fixture.ts'
import { loadRuleSet } from '../../src/detect/rule-set.ts'
import { formatMicros } from '../../src/model/time.ts'
import { Flow } from '../../src/server/detection/flow.ts'
import { deskFile, openDesk } from '../../src/store/desk/index.ts'

const events = Number(process.env.BULWARK_STORM ?? 1_000_000)
const perEntry = 400

const dir = mkdtempSync(join(tmpdir(), 'bulwark-storm-'))
after(() => rmSync(dir, { recursive: true, force: true }))

test(`${events} identical events make one case with the right count, and memory stays flat`, async () => {
  const set = loadRuleSet([
    {
      name: 'a.yml',
      text: [secretRead, failedRead, `${manyFailed}  generate: true\n`].join('---\n'),
      origin: 'bulwark',
    },
  ])
  using desk = openDesk(dir)
  const book = createCaseBook()
  const rules = { set, enabled: () => true }
  using flow = new Flow({ desk, spool: 'storm', book, context: noContext, rules })
  const like = audit(0, { code: 403 })
  const entry = (seq: number) =>
    placed(
      seq,
      Array.from({ length: perEntry }, (_, index) => {
        const number = (seq - 1) * perEntry + index
        const time = start + Math.floor((number * 60_000_000) / events)
        const auditId = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`
        const stamp = formatMicros(time)
        const event = { ...like.event, auditID: auditId, stageTimestamp: stamp, requestReceivedTimestamp: stamp }
        return { ...like, time, receivedAt: time + 500_000, auditId, event }
      }),
    )
  const entries = events / perEntry
  const heap: number[] = []
  for (let seq = 1; seq <= entries; seq++) {
    flow.sink.take(entry(seq))
    // As the recorder does: others get their turn, and so does what writes the cases.
    if (seq % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 0))
    if (seq % Math.floor(entries / 10) === 0) heap.push(process.memoryUsage().heapUsed / 2 ** 20)
  }
  flow.change(() => ({ changes: book.tick(start) }))

  const rows = desk.cases.recent('', 100)
  assert.equal(rows.cases.length, 1)
  assert.deepEqual(
    new Map(rows.cases[0]?.case.rules.map(({ title, detections }) => [title, detections])),
    new Map([
      ['Secret read', events],
      ['Failed read', events],
      ['Many failed reads', 1],
    ]),
  )
  assert.ok(rows.steps.length <= 4, `${rows.steps.length} steps`)
  const totals = desk.rules.totals()
  assert.equal(totals.get('11111111-1111-4111-8111-111111111111')?.fired, events)
  assert.equal(totals.get('22222222-2222-4222-8222-222222222222')?.fired, events)
  const [early = 0] = heap.slice(2)
  assert.ok(Math.max(...heap.slice(3)) < early * 2 + 150, `heap in MiB: ${heap.map(Math.round).join(', ')}`)
  const bytes = statSync(join(dir, deskFile)).size
  assert.ok(bytes < 20 * 2 ** 20, `${bytes} bytes of desk`)
})
