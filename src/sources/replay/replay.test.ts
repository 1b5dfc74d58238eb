import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, test } from 'node:test'
import { zstdCompressSync } from 'node:zlib'
import { BulwarkError } from '../../model/error.ts'
import { isObject, type JsonObject } from '../../model/json.ts'
import type { BulwarkRecord } from '../../model/record.ts'
import { formatMicros, parseMicros } from '../../model/time.ts'
import { createRecording, openRecording, type ReplayOptions, replaySource } from './index.ts'

const dirs: string[] = []
const folder = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'bulwark-replay-'))
  dirs.push(dir)
  return dir
}
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true })
})

const header = {
  bulwark: 'recording',
  version: 1,
  cluster: 'shop',
  from: '2026-01-01T10:00:00.000000Z',
  to: '2026-01-01T10:30:00.000000Z',
  description: 'a test',
  records: 2,
}
const auditLine = {
  t: '2026-01-01T10:00:00.500000Z',
  s: 'audit',
  d: { auditID: 'a', stageTimestamp: '2026-01-01T10:00:00.500000Z', requestURI: '/at/2026-01-01T10:00:00Z' },
}
const objectLine = {
  t: '2026-01-01T10:30:00.000000Z',
  s: 'objects',
  d: {
    time: parseMicros('2026-01-01T10:30:00Z'),
    uid: 'u',
    body: {
      metadata: {
        creationTimestamp: '2026-01-01T09:00:00Z',
        annotations: { 'kubectl.kubernetes.io/restartedAt': '2026-01-01T12:30:00+02:00' },
        managedFields: [{ time: '2026-01-01T09:00:01Z' }],
      },
      status: { conditions: [{ lastTransitionTime: '2026-01-01T10:29:59Z', message: '2026-01-01T10:29:59Z' }] },
    },
  },
}

const recording = (lines: readonly unknown[]): string => {
  const file = join(folder(), 'recording')
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n')
  writeFileSync(file, zstdCompressSync(`${text}\n`))
  return file
}

const start = 1_800_000_000_000_000

/** Replays at once at the moment `start`, and gives what was handed over. */
const replay = async (file: string, more: Partial<ReplayOptions> = {}) => {
  const handed: { stream: string; receivedAt: string; lines: unknown[] }[] = []
  const source = await replaySource(
    { id: 'replay', file, speed: 'max', moveToNow: true, now: () => start, ...more },
    async (entry) => {
      const lines = Buffer.from(entry.payload)
        .toString('utf8')
        .trim()
        .split('\n')
        .map((line): unknown => JSON.parse(line))
      handed.push({ stream: entry.stream, receivedAt: formatMicros(entry.receivedAt), lines })
      return handed.length
    },
  )
  await source.start()
  await source.done
  return { handed, status: source.status() }
}

test('times are moved so that the recording ends now, inside objects too', async () => {
  const { handed, status } = await replay(recording([header, auditLine, objectLine]))
  assert.equal(formatMicros(start), '2027-01-15T08:00:00.000000Z')
  assert.deepEqual(handed, [
    {
      stream: 'audit',
      receivedAt: '2027-01-15T07:30:00.500000Z',
      lines: [{ auditID: 'a', stageTimestamp: '2027-01-15T07:30:00.500000Z', requestURI: '/at/2026-01-01T10:00:00Z' }],
    },
    {
      stream: 'objects',
      receivedAt: '2027-01-15T08:00:00.000000Z',
      lines: [
        {
          time: start,
          uid: 'u',
          body: {
            metadata: {
              creationTimestamp: '2027-01-15T06:30:00Z',
              annotations: { 'kubectl.kubernetes.io/restartedAt': '2027-01-15T08:00:00Z' },
              managedFields: [{ time: '2027-01-15T06:30:01Z' }],
            },
            status: { conditions: [{ lastTransitionTime: '2027-01-15T07:59:59Z', message: '2026-01-01T10:29:59Z' }] },
          },
        },
      ],
    },
  ])
  assert.deepEqual([status.state, status.recordsTotal, status.cluster, status.type], ['ended', 2, 'shop', 'replay'])
})

test('without moving, times stay as they were', async () => {
  const { handed } = await replay(recording([header, auditLine]), { moveToNow: false })
  assert.deepEqual(handed, [{ stream: 'audit', receivedAt: formatMicros(start), lines: [auditLine.d] }])
})

test('a bad line among good ones is counted and told with its number', async () => {
  const { handed, status } = await replay(recording([header, auditLine, '{"t":', { ...auditLine, s: 'x' }, objectLine]))
  const gaps = handed.filter(({ stream }) => stream === 'gaps').flatMap(({ lines }) => lines)
  assert.deepEqual(
    gaps.map((gap) => isObject(gap) && gap.what),
    [
      'line 3 of the recording cannot be read: it is not valid JSON',
      'line 4 of the recording cannot be read: s names no stream',
    ],
  )
  assert.deepEqual([status.recordsTotal, status.quarantinedTotal, status.gapsTotal, status.state], [2, 2, 2, 'ended'])
  assert.match(status.message, /was replayed whole, without 2 lines that cannot be read$/)
})

test('a file that is cut off is replayed up to the cut, which is told', async () => {
  const file = recording([
    header,
    auditLine,
    ...Array.from({ length: 5000 }, (_, i) => ({ ...auditLine, d: { auditID: `${i} ${Math.sin(i)}` } })),
  ])
  writeFileSync(file, readFileSync(file).subarray(0, -1000))
  const { handed, status } = await replay(file)
  assert.ok(status.recordsTotal > 0)
  assert.equal(status.gapsTotal, 1)
  assert.match(JSON.stringify(handed.at(-1)?.lines), /the recording is cut off at line \d+/)
})

test('what is no recording is refused with file and line', async () => {
  const dir = folder()
  const refusal = async (file: string): Promise<string> => {
    try {
      await openRecording(file)
    } catch (error) {
      if (error instanceof BulwarkError && error.code === 'RECORDING_INVALID')
        return error.message.replaceAll(file, 'FILE').replace(/: ENOENT.*?(?= \()/, '')
    }
    return 'accepted'
  }
  const mend = 'make one with bulwark record FILE, or take the one that ships with Bulwark'
  const file = join(dir, 'file')
  assert.equal(await refusal(file), `the recording cannot be read (FILE). ${mend}`)
  writeFileSync(file, '')
  assert.equal(await refusal(file), `the recording is empty (FILE). ${mend}`)
  writeFileSync(file, '{"kind":"Pod"}\n')
  assert.equal(await refusal(file), `the recording does not begin with the header of a recording (FILE:1). ${mend}`)
  writeFileSync(file, zstdCompressSync(`${JSON.stringify({ ...header, version: 2 })}\n`))
  assert.equal(await refusal(file), `the recording has version 2; this Bulwark reads version 1 (FILE:1). ${mend}`)
})

test('at a speed, lines are handed over when they are due, and the last one is due now', async () => {
  const first = { ...auditLine, t: header.from, d: { auditID: 'first' } }
  const last = { ...auditLine, t: '2026-01-01T10:00:01.000000Z', d: { auditID: 'last' } }
  const file = recording([{ ...header, to: last.t }, first, last])
  const seen: number[] = []
  const from = performance.now()
  const source = await replaySource({ id: 'replay', file, speed: 2, moveToNow: true }, async () =>
    seen.push(performance.now() - from),
  )
  await source.start()
  await source.done
  // Each by itself, the second half a second after the start, whenever the first came.
  assert.equal(seen.length, 2)
  assert.ok((seen[1] ?? 0) >= 450, String(seen))
})

test('a stopped replay ends at once', async () => {
  const file = recording([header, auditLine, objectLine])
  const source = await replaySource({ id: 'replay', file, speed: 1, moveToNow: true }, async () => 1)
  await source.start()
  await source.stop()
  assert.deepEqual([source.status().state, source.status().message], ['ended', 'it was stopped'])
})

const records: readonly BulwarkRecord[] = [
  {
    kind: 'audit',
    time: 5_000_000,
    receivedAt: 6,
    cluster: 'shop',
    source: 'audit',
    auditId: 'a',
    stage: '',
    level: '',
    verb: '',
    user: '',
    groups: [],
    impersonatedUser: '',
    sourceIps: [],
    userAgent: '',
    requestUri: '',
    target: undefined,
    code: 0,
    decision: 'none',
    reason: '',
    event: { auditID: 'a' },
  },
  {
    kind: 'object',
    time: 6_000_000,
    receivedAt: 7,
    cluster: 'shop',
    source: 'cluster',
    ref: { group: '', version: 'v1', kind: 'Pod', resource: 'pods', namespace: 'shop', name: 'web' },
    uid: 'u',
    resourceVersion: '1',
    change: 'added',
    synthesised: false,
    body: { kind: 'Pod' },
  },
  {
    kind: 'gap',
    time: 7_000_000,
    receivedAt: 8,
    cluster: 'shop',
    source: 'cluster',
    from: 6_500_000,
    to: 7_000_000,
    reason: 'stream-broken',
    what: 'cut',
    estimate: undefined,
  },
]

const linesOf = async (file: string): Promise<JsonObject[]> => {
  const lines: JsonObject[] = []
  for await (const read of (await openRecording(file)).lines()) if (read.kind === 'line') lines.push(read.line.d)
  return lines
}

const written: readonly JsonObject[] = [
  { auditID: 'a' },
  {
    time: 6_000_000,
    ref: { group: '', version: 'v1', kind: 'Pod', resource: 'pods', namespace: 'shop', name: 'web' },
    uid: 'u',
    resourceVersion: '1',
    change: 'added',
    synthesised: false,
    body: { kind: 'Pod' },
  },
  { time: 7_000_000, from: 6_500_000, to: 7_000_000, reason: 'stream-broken', what: 'cut' },
]

test('what was recorded is read back, with a finished header', async () => {
  const file = join(folder(), 'new')
  const writer = await createRecording({ file, cluster: 'shop', description: 'made by a test' })
  await writer.write(records)
  const closed = await writer.close()
  const opened = await openRecording(file)
  assert.deepEqual(closed, {
    bulwark: 'recording',
    version: 1,
    cluster: 'shop',
    from: '1970-01-01T00:00:05.000000Z',
    to: '1970-01-01T00:00:07.000000Z',
    description: 'made by a test',
    records: 3,
  })
  assert.deepEqual(opened.header, closed)
  assert.deepEqual(await linesOf(file), written)
})

test('a recording whose writer was killed is read up to its last whole second', async () => {
  const file = join(folder(), 'new')
  const writer = await createRecording({ file, cluster: 'shop', description: '' })
  await writer.write(records)
  // As Ctrl-C would leave it: the lines are there, the header is not finished, and the last frame is torn.
  while (readFileSync(file).length === 4096) await new Promise((resolve) => setTimeout(resolve, 10))
  const left = join(folder(), 'left')
  writeFileSync(left, Buffer.concat([readFileSync(file), zstdCompressSync('{"t":"lost"}\n').subarray(0, 9)]))
  await writer.close()
  const { header: found, from, to } = await openRecording(left)
  assert.deepEqual([found.records, from, to], [3, 5_000_000, 7_000_000])
  assert.deepEqual(await linesOf(left), written)
})

test('a recording never overwrites a file', async () => {
  const file = join(folder(), 'there')
  writeFileSync(file, 'precious')
  await assert.rejects(() => createRecording({ file, cluster: 'shop', description: '' }), { code: 'CONFIG_INVALID' })
  assert.equal(readFileSync(file, 'utf8'), 'precious')
})

test('events of sensors are recorded as they came, and their times move with the replay', async () => {
  const file = join(folder(), 'sensors.jsonl.zst')
  const writer = await createRecording({ file, cluster: 'shop', description: 'a test' })
  const at = '2026-01-01T10:00:00.123456789Z'
  const alert = { rule: 'Terminal shell in container', priority: 'Notice', time: at, output: 'x' }
  const exec = { process_exec: { process: { binary: '/bin/sh', start_time: at } }, node_name: 'n', time: at }
  const record = (sensor: 'falco' | 'tetragon', event: JsonObject): BulwarkRecord => ({
    kind: 'runtime',
    time: parseMicros(at) ?? 0,
    receivedAt: 1,
    cluster: 'shop',
    source: sensor,
    sensor,
    eventId: '0'.repeat(32),
    type: 'x',
    priority: undefined,
    tags: [],
    message: '',
    node: '',
    namespace: '',
    pod: '',
    podUid: '',
    container: '',
    containerId: '',
    image: '',
    process: undefined,
    request: undefined,
    event,
  })
  await writer.write([record('falco', alert), record('tetragon', exec)])
  await writer.close()
  const still = await replay(file, { moveToNow: false })
  assert.deepEqual(
    still.handed.map(({ stream, lines }) => [stream, lines]),
    [
      ['falco', [alert]],
      ['tetragon', [exec]],
    ],
  )
  const moved = await replay(file)
  const texts = JSON.stringify(moved.handed)
  assert.ok(!texts.includes('2026-01-01'), texts)
  assert.match(texts, /"time":"2027-01-15T0\d:\d\d:\d\d\.123456789Z"/)
})
