// A recorder under load in a process of its own, to be killed: node recorder-child.ts DIR load|drain RUN
// Its store is a file of lines {token, ids}, each durable before the block counts as stored. Prints a line of ids for
// each batch after it was acknowledged.
import { writeSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { openRecorder, wholeBlocks } from '../../src/recorder/index.ts'
import { parseAudit } from '../../src/sources/audit/index.ts'

const [dir = '', mode = '', run = ''] = process.argv.slice(2)
const file = await open(`${dir}/store.jsonl`, 'a')
const now = () => Date.now() * 1000

/** Sometimes away, and sometimes it has the block but we never hear of it. */
const store = wholeBlocks(async (records, token) => {
  if (mode === 'load' && Math.random() < 0.1) throw new Error('the store is away')
  const ids = records.map(({ record }) => (record.kind === 'audit' ? record.auditId : record.kind))
  await file.appendFile(`\n${JSON.stringify({ token, ids })}\n`)
  await file.datasync()
  if (mode === 'load' && Math.random() < 0.1) throw new Error('the answer of the store was lost')
})

const recorder = await openRecorder({
  dir,
  parsers: { audit: parseAudit },
  limits: {
    segmentBytes: 64 * 1024,
    minAgeMillis: 0,
    blockMillis: 10,
    blockRows: 200,
    parsedBytes: 64 * 1024,
    handoffBytes: 64 * 1024,
  },
})
recorder.start({ live: [], store })

const sender = async (name: number): Promise<void> => {
  for (let batch = 0; ; batch++) {
    const ids = Array.from({ length: 20 }, (_, index) => `${run}-${name}-${batch}-${index}`)
    const items = ids.map((auditID) => ({
      auditID,
      stage: 'ResponseComplete',
      stageTimestamp: '2026-11-23T10:00:00.000000Z',
      requestURI: `/${Math.random()}`,
    }))
    const payload = Buffer.from(JSON.stringify({ kind: 'EventList', items }))
    const append = () =>
      recorder.append({ stream: 'audit', source: 'load', cluster: 'shop', receivedAt: now(), payload })
    await append()
    writeSync(1, `${ids.join(' ')}\n`)
    // The sender did not hear of it and sends the same batch again.
    if (Math.random() < 0.1) await append()
  }
}

if (mode === 'load') await Promise.all(Array.from({ length: 8 }, (_, name) => sender(name)))
await recorder.flush()
await recorder[Symbol.asyncDispose]()
