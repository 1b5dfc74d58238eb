import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { PlacedRecord } from '../../src/model/record.ts'
import type { Source } from '../../src/model/source.ts'
import { openRecorder, type Recorder, wholeBlocks } from '../../src/recorder/index.ts'
import { auditFileSource, auditWebhookSource, parseAudit, type WebhookSource } from '../../src/sources/audit/index.ts'
import { findStack } from '../cluster/build.ts'
import { type Cluster, startCluster } from '../cluster/cluster.ts'
import { until } from '../cluster/until.ts'

const stack = await findStack()

/** A recorder with a store in memory. */
const openMemory = async (dir: string) => {
  const records: PlacedRecord[] = []
  const recorder = await openRecorder({ dir, parsers: { audit: parseAudit } })
  const insertBlock = async (block: readonly PlacedRecord[]) => {
    records.push(...block)
  }
  recorder.start({ live: [], store: wholeBlocks(insertBlock) })
  return { recorder, records }
}

const keysOf = (records: readonly PlacedRecord[]): string[] =>
  records.flatMap(({ record }) => (record.kind === 'audit' ? [`${record.auditId} ${record.stage}`] : []))

describe('the audit sources with a real API server', { skip: stack.kind === 'unavailable' && stack.reason }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'bulwark-audit-'))
  const recorders: Recorder[] = []
  let cluster: Cluster
  let byWebhook: Awaited<ReturnType<typeof openMemory>>
  let byFile: Awaited<ReturnType<typeof openMemory>>
  let webhook: WebhookSource
  let file: Source

  const listen = async (port: number): Promise<WebhookSource> => {
    const options = {
      id: 'audit-webhook',
      cluster: 'test',
      host: '127.0.0.1',
      port,
      path: '/audit',
      token: 'the token',
    }
    const source = auditWebhookSource(options, byWebhook.recorder.append)
    await source.start()
    return source
  }
  /** What the API server itself wrote down; a line without an end is still being written. */
  const truth = (): string[] =>
    readFileSync(join(cluster.folder, 'audit.log'), 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => {
        const { auditID, stage } = JSON.parse(line)
        return `${auditID} ${stage}`
      })
  const makeRequests = async (from: number, to: number): Promise<void> => {
    for (let i = from; i < to; i++) {
      await cluster.admin.post('/api/v1/namespaces/default/configmaps', {
        metadata: { name: `map-${i}` },
        data: { token: `CANARY-${i}-opaque-value` },
      })
    }
  }
  const hasAll = (records: readonly PlacedRecord[], wanted: readonly string[]): boolean => {
    const known = new Set(keysOf(records))
    return wanted.every((key) => known.has(key))
  }

  before(async () => {
    byWebhook = await openMemory(join(folder, 'webhook'))
    byFile = await openMemory(join(folder, 'file'))
    recorders.push(byWebhook.recorder, byFile.recorder)
    webhook = await listen(0)
    cluster = await startCluster(stack, {
      auditWebhook: { url: `${webhook.url()}/the%20token`, maxWait: 200 },
      auditLogPath: 'audit.log',
      // It tries five times, each after half as long again: on a busy machine too, the receiver is back before the last.
      apiserverFlags: ['--audit-webhook-initial-backoff=5s'],
      auditPolicy: { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules: [{ level: 'RequestResponse' }] },
    })
    file = auditFileSource(
      { id: 'audit-file', cluster: 'test', file: join(cluster.folder, 'audit.log'), stateDir: folder, pollMillis: 50 },
      byFile.recorder.append,
    )
    await file.start()
  })
  after(async () => {
    await file?.stop()
    await cluster?.[Symbol.asyncDispose]()
    await webhook?.stop()
    for (const recorder of recorders) await recorder[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  test('webhook and file give what the API server wrote down, each event once, without secret values', async () => {
    await makeRequests(0, 50)
    const wanted = truth()
    assert.ok(wanted.length > 100)
    await until('all events by webhook', () => hasAll(byWebhook.records, wanted))
    await until('all events by file', () => hasAll(byFile.records, wanted))
    for (const { records, recorder } of [byWebhook, byFile]) {
      assert.equal(new Set(keysOf(records)).size, keysOf(records).length)
      assert.equal(recorder.status().processed.quarantined, 0)
      assert.equal(/CANARY-\d+/.exec(JSON.stringify(records))?.[0], undefined)
    }
    assert.equal(webhook.status().state, 'connected')
  })

  test('what happened while the receiver was away comes later, and nothing of it is missing', async () => {
    const port = Number(new URL(webhook.url() ?? '').port)
    await webhook.stop()
    let attempts = 0
    const away = createServer((socket) => {
      attempts++
      socket.destroy()
    }).listen(port, '127.0.0.1')
    await makeRequests(50, 80)
    await until('a batch that finds nobody', () => attempts > 0)
    const wanted = truth()
    assert.equal(hasAll(byWebhook.records, wanted), false)
    await new Promise((resolve) => away.close(resolve))
    webhook = await listen(port)
    await until('all events by webhook', () => hasAll(byWebhook.records, wanted))
    assert.equal(new Set(keysOf(byWebhook.records)).size, keysOf(byWebhook.records).length)
  })

  test('the log is followed through the restart of the API server', async () => {
    await cluster.restartApiserver()
    await makeRequests(80, 90)
    const wanted = truth()
    await until('all events by file', () => hasAll(byFile.records, wanted))
    assert.equal(byFile.recorder.status().processed.gaps, 0)
  })
})
