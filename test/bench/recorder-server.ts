// The receiving side of recorder.bench.ts, in a process of its own: webhook, recorder, and a store that takes everything.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openRecorder, wholeBlocks } from '../../src/recorder/index.ts'
import { auditWebhookSource, parseAudit } from '../../src/sources/audit/index.ts'

const dir = mkdtempSync(join(process.env.BULWARK_BENCH_DIR ?? tmpdir(), 'bulwark-bench-'))
const recorder = await openRecorder({ dir, parsers: { audit: parseAudit }, limits: { minAgeMillis: 0 } })
const source = auditWebhookSource(
  { id: 'audit', cluster: 'bench', host: '127.0.0.1', port: 0, path: '/audit' },
  recorder.append,
)
await source.start()
let longest = 0
let last = performance.now()
setInterval(() => {
  longest = Math.max(longest, performance.now() - last - 10)
  last = performance.now()
}, 10)

const answers = {
  /** Parsing, redaction and the hand-over to the store begin; until then records wait in the spool. */
  start: () => {
    recorder.start({ live: [], store: wholeBlocks(async () => {}) })
    return {}
  },
  flush: async () => {
    await recorder.flush()
    return {}
  },
  status: () => {
    const { spool, processed } = recorder.status()
    const stalled = longest
    longest = 0
    return {
      records: processed.records,
      payloadBytes: spool.bytesTotal,
      entries: spool.entriesTotal,
      rss: process.memoryUsage().rss,
      cpuMicros: process.cpuUsage().user + process.cpuUsage().system,
      stalled,
    }
  },
  stop: async () => {
    await source.stop()
    await recorder[Symbol.asyncDispose]()
    rmSync(dir, { recursive: true, force: true })
    return {}
  },
}

process.on('message', async (word: keyof typeof answers) => {
  process.send?.({ word, ...(await answers[word]()) })
  if (word === 'stop') process.exit(0)
})
process.on('disconnect', () => {
  rmSync(dir, { recursive: true, force: true })
  process.exit(1)
})
process.send?.({ word: 'url', url: source.url() })
