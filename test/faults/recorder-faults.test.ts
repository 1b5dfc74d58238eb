import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { BulwarkError } from '../../src/model/error.ts'
import type { JsonObject } from '../../src/model/json.ts'
import type { PlacedRecord } from '../../src/model/record.ts'
import { openRecorder, wholeBlocks } from '../../src/recorder/index.ts'
import { auditWebhookSource, parseAudit } from '../../src/sources/audit/index.ts'

const folders: string[] = []
const mounts: string[] = []
after(() => {
  for (const mount of mounts) spawnSync('umount', ['-l', mount])
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})
const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'bulwark-faults-'))
  folders.push(made)
  return made
}

const parsers = { audit: parseAudit }

const memoryStore = () => {
  const records: PlacedRecord[] = []
  const insertBlock = async (block: readonly PlacedRecord[]) => {
    records.push(...block)
  }
  return { store: wholeBlocks(insertBlock), insertBlock, records }
}

const event = (auditID: string, more: JsonObject = {}): JsonObject => ({
  level: 'RequestResponse',
  auditID,
  stage: 'ResponseComplete',
  verb: 'update',
  user: { username: 'alice' },
  requestURI: `/${auditID}`,
  stageTimestamp: '2026-11-23T10:00:00.000002Z',
  ...more,
})

const listOf = (items: readonly unknown[]): string =>
  JSON.stringify({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', items })

const idsOf = (records: readonly PlacedRecord[]): string[] =>
  records.flatMap(({ record }) => (record.kind === 'audit' ? [record.auditId] : []))

const gapsOf = (records: readonly PlacedRecord[]) =>
  records.flatMap(({ record }) => (record.kind === 'gap' ? [record] : []))

const until = async (what: string, holds: () => boolean): Promise<void> => {
  const deadline = performance.now() + 60_000
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`waited 60 s for ${what}`)
    await wait(10)
  }
}

const mountSmallDisk = (megabytes: number): string | undefined => {
  const place = folder()
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', place])
  if (status !== 0) return undefined
  mounts.push(place)
  return place
}

test('on a disk that fills up, nothing acknowledged is lost, the rest is refused, and it goes on when there is room', async (t) => {
  const disk = mountSmallDisk(12)
  if (disk === undefined) {
    t.skip('mounting a small disk needs root')
    return
  }
  const { insertBlock, records } = memoryStore()
  let away = true
  const sometimes = wholeBlocks(async (block) => {
    if (away) throw new Error('the store is away')
    await insertBlock(block)
  })
  await using recorder = await openRecorder({
    dir: join(disk, 'data'),
    parsers,
    limits: { segmentBytes: 1024 * 1024, minAgeMillis: 0 },
  })
  recorder.start({ live: [], store: sometimes })
  const acknowledged: string[] = []
  let refused = 0
  for (let i = 0; i < 80; i++) {
    // Random, so that it does not compress.
    const payload = Buffer.from(listOf([event(`e${i}`, { userAgent: randomBytes(150_000).toString('base64') })]))
    await recorder
      .append({ stream: 'audit', source: 'test', cluster: 'shop', receivedAt: Date.now() * 1000, payload })
      .then(
        () => acknowledged.push(`e${i}`),
        (error) => {
          assert.ok(error instanceof BulwarkError && error.code === 'SPOOL_FULL', String(error))
          refused++
        },
      )
  }
  assert.ok(acknowledged.length > 10 && refused > 5, `${acknowledged.length} acknowledged, ${refused} refused`)
  assert.ok(recorder.status().alerts.some((alert) => alert.includes('full')))
  assert.equal(spawnSync('mount', ['-o', 'remount,size=64m', disk]).status, 0)
  away = false
  await until('the gap of the full disk', () => gapsOf(records).some(({ reason }) => reason === 'disk-full'))
  await recorder.append({
    stream: 'audit',
    source: 'test',
    cluster: 'shop',
    receivedAt: Date.now() * 1000,
    payload: Buffer.from(listOf([event('room')])),
  })
  await recorder.flush()
  assert.deepEqual(idsOf(records), [...acknowledged, 'room'])
  assert.equal(
    gapsOf(records).find(({ reason }) => reason === 'disk-full')?.what,
    `${refused} hand-overs were refused because the spool could not be written; senders that try again lost nothing`,
  )
})

/** The whole way in: HTTP, spool, parser, redactor, dedup, store. */
const receiver = async () => {
  const dir = folder()
  const { store, records } = memoryStore()
  const recorder = await openRecorder({ dir, parsers })
  recorder.start({ live: [], store })
  const source = auditWebhookSource(
    { id: 'audit', cluster: 'shop', host: '127.0.0.1', port: 0, path: '/audit' },
    recorder.append,
  )
  await source.start()
  const post = async (body: string | Buffer, headers: Record<string, string> = {}): Promise<number> => {
    const answer = await fetch(source.url() ?? '', { method: 'POST', body: new Uint8Array(Buffer.from(body)), headers })
    await answer.text()
    return answer.status
  }
  return {
    dir,
    records,
    recorder,
    source,
    post,
    [Symbol.asyncDispose]: async () => {
      await source.stop()
      await recorder[Symbol.asyncDispose]()
    },
  }
}

test('hostile batches cost only themselves: good events beside them are stored, bad ones counted exactly', async () => {
  await using r = await receiver()
  const deep = `{"auditID":"deep","stage":"x","requestObject":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`
  const invalidUtf8 = Buffer.from(listOf([event('u1'), event('BAD'), event('u2')]).replace('"BAD"', '"\xff"'), 'latin1')
  const batches: readonly (readonly [string | Buffer, Record<string, string>])[] = [
    [listOf([event('good1')]).replace(']}', `,${deep}]}`), {}],
    [invalidUtf8, {}],
    [listOf([event('nul', { userAgent: '\u0000\ud800' })]), {}],
    [listOf([event('cut'), event('lost')]).slice(0, -30), {}],
    ['['.repeat(2_000_000), {}],
    [Buffer.alloc(0), {}],
    [gzipSync(listOf([event('zipped')])), { 'content-encoding': 'gzip' }],
  ]
  for (const [body, headers] of batches) assert.equal(await r.post(body, headers), 200)
  assert.equal(await r.post(gzipSync(Buffer.alloc(80 * 1024 * 1024)), { 'content-encoding': 'gzip' }), 413)
  assert.equal(await r.post(Buffer.alloc(17 * 1024 * 1024)).catch(() => 413), 413)
  assert.equal(await r.post(listOf([event('last')])), 200)
  await r.recorder.flush()
  assert.deepEqual(idsOf(r.records), ['good1', 'u1', 'u2', 'nul', 'cut', 'zipped', 'last'])
  assert.equal(r.recorder.status().processed.quarantined, 5)
  assert.equal(r.source.status().gapsTotal, 2)
  assert.equal(readdirSync(join(r.dir, 'quarantine')).length, 5)
})

test('batches sent twice, overlapping and out of order give each event once', async () => {
  await using r = await receiver()
  const events = Array.from({ length: 60 }, (_, index) => event(`e${index}`))
  const batches = [
    events.slice(20, 40),
    events.slice(0, 20),
    events.slice(10, 30),
    events.slice(0, 20),
    events.slice(40),
    events.slice(20, 40),
  ]
  for (const batch of batches) assert.equal(await r.post(listOf(batch)), 200)
  await r.recorder.flush()
  assert.deepEqual(idsOf(r.records).sort(), events.map(({ auditID }) => auditID).sort())
})

test('an event that borrows the auditID of another is kept', async () => {
  await using r = await receiver()
  const hidden = event('e', { user: { username: 'mallory' }, requestURI: '/api/v1/secrets' })
  await r.post(listOf([event('e')]))
  await r.post(listOf([hidden]))
  await r.recorder.flush()
  assert.deepEqual(idsOf(r.records), ['e', 'e'])
})

test('seeded secrets reach neither the sinks nor any file but the spool and the quarantine', async () => {
  await using r = await receiver()
  const canary = (place: string) => `CANARY-${place}-${randomBytes(6).toString('hex')}`
  const jwt = `${Buffer.from('{"alg":"RS256"}').toString('base64url')}.${Buffer.from(canary('jwt')).toString('base64url')}.c2lnbmF0dXJl`
  const env = [{ name: 'DB_PASSWORD', value: canary('env') }]
  const applied = {
    'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ spec: { containers: [{ env }] } }),
  }
  const pod = {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { annotations: applied },
    spec: { containers: [{ env, args: ['--token', canary('args'), `--api-key=${canary('option')}`] }] },
  }
  const secret = { kind: 'Secret', apiVersion: 'v1', data: { a: canary('data') }, stringData: { b: canary('string') } }
  const on = (resource: string) => ({ objectRef: { resource, apiVersion: 'v1', namespace: 'shop', name: 'x' } })
  const batch = [
    event('s', { ...on('secrets'), requestObject: secret, responseObject: { kind: 'SecretList', items: [secret] } }),
    event('p', { ...on('pods'), requestObject: pod, responseObject: pod }),
    event('t', { ...on('serviceaccounts'), responseObject: { kind: 'TokenRequest', status: { token: jwt } } }),
    event('r', { ...on('tokenreviews'), requestObject: { kind: 'TokenReview', spec: { token: canary('review') } } }),
    event('c', {
      ...on('configmaps'),
      requestObject: {
        kind: 'ConfigMap',
        apiVersion: 'v1',
        data: { f: `url: postgres://u:${canary('url')}@db/x\npassword: ${canary('yaml')}\n` },
      },
    }),
    event('u', {
      requestURI: `/api/v1/namespaces/shop/pods/x/exec?command=--password%3D${canary('exec')}&token=${canary('query')}`,
    }),
  ]
  await r.post(listOf(batch))
  await r.recorder.flush()
  assert.equal(idsOf(r.records).length, batch.length)
  const leak = /CANARY-\w+|Q0FOQVJZ\w*/ // the second is CANARY in base64
  assert.equal(leak.exec(JSON.stringify(r.records))?.[0], undefined)
  for (const name of readdirSync(r.dir)) {
    const path = join(r.dir, name)
    if (statSync(path).isFile()) assert.equal(leak.exec(readFileSync(path, 'latin1'))?.[0], undefined, name)
  }
  assert.equal(statSync(join(r.dir, 'spool')).mode & 0o777, 0o700)
})
