// What detection keeps the event loop from: its checkpoint and its writes to the desk while 10,000 principals are followed by
// windows and baselines, and cases are opened all the time.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createCaseBook, noContext } from '../../src/detect/cases/index.ts'
import { audit, placed } from '../../src/detect/fixture.ts'
import { loadRuleSet } from '../../src/detect/rule-set.ts'
import type { AuditRecord } from '../../src/model/record.ts'
import { Flow } from '../../src/server/detection/flow.ts'
import { type Desk, openDesk } from '../../src/store/desk/index.ts'
import { atPart } from './live-server.ts'
import { manyRules } from './many-rules.ts'
import { type Bench, runBench } from './report.ts'

const principals = 10_000
const rounds = 12
const perEntry = 400

const bench: Bench = async (report) => {
  const dir = mkdtempSync(join(tmpdir(), 'bulwark-state-'))
  try {
    using desk = openDesk(dir)
    await measure(desk, report)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

const measure = async (desk: Desk, report: Parameters<Bench>[0]): Promise<void> => {
  const transactions: number[] = []
  let checkpoints = 0
  let bytes = 0
  const timed: Desk = {
    ...desk,
    progress: {
      read: (spool) => desk.progress.read(spool),
      applied: (spool, seq) => desk.progress.applied(spool, seq),
      checkpoint: (spool, seq, packed) => {
        bytes = packed.length
        checkpoints += 1
        desk.progress.checkpoint(spool, seq, packed)
      },
    },
    transaction: (work) => {
      const began = performance.now()
      const result = desk.transaction(work)
      transactions.push(performance.now() - began)
      return result
    },
    [Symbol.dispose]: () => {},
  }
  const rules = { set: loadRuleSet(manyRules()), enabled: () => true }
  const flow = new Flow({ desk: timed, spool: 'bench', book: createCaseBook(), context: noContext, rules })
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  let seq = 0
  for (let round = 0; round < rounds; round++) {
    for (let first = 0; first < principals; first += perEntry) {
      seq += 1
      flow.sink.take(
        placed(
          seq,
          Array.from({ length: perEntry }, (_, index) => refused(first + index, round)),
        ),
      )
      // As the recorder does: others get their turn.
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  // A checkpoint that is due comes by itself.
  await new Promise((resolve) => setTimeout(resolve, 6000))
  delay.disable()
  const status = flow.status()
  // The one of the stop is written at once.
  const asked = transactions.slice()
  flow[Symbol.dispose]()
  const groups = status.baselines.reduce((sum, one) => sum + one.groups, 0)
  const note = `${principals * rounds} refused reads of ${principals} principals, ${groups} groups of baselines, ${status.detections} detections; ${checkpoints} checkpoints, the last of ${Math.round(bytes / 1024)} KiB`
  report({ name: 'transaction of the desk, median', value: atPart(asked, 0.5), unit: 'ms' })
  report({ name: 'transaction of the desk, longest', value: Math.max(...asked), unit: 'ms', note })
  report({ name: 'longest block of the event loop', value: delay.max / 1e6, unit: 'ms' })
}

const refused = (principal: number, round: number): AuditRecord => {
  const number = round * principals + principal
  return audit(number / 2000, {
    auditId: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
    user: `person-${principal}@example.com`,
    verb: 'get',
    code: 403,
    target: {
      group: '',
      version: 'v1',
      resource: 'secrets',
      subresource: '',
      namespace: `team-${principal % 40}`,
      name: `object-${round}`,
    },
  })
}

await runBench(import.meta, bench)
