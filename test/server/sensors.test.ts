/** Falco and Tetragon, each from what is sent to its source to the records of the real recorder. */
import assert from 'node:assert/strict'
import { appendFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import type { BulwarkRecord } from '../../src/model/record.ts'
import type { Append, Source } from '../../src/model/source.ts'
import { openRecorder, type Recorder, wholeBlocks } from '../../src/recorder/index.ts'
import { falcoFileSource, falcoSource, parseFalco } from '../../src/sources/falco/index.ts'
import type { ReceiverSource } from '../../src/sources/intake/receiver.ts'
import { parseTetragon, tetragonFileSource, tetragonSource } from '../../src/sources/tetragon/index.ts'

const dirs: string[] = []
const directory = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'bulwark-sensors-'))
  dirs.push(dir)
  return dir
}
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true })
})

const token = 'a'.repeat(48)
const second = (number: number): string => `2026-11-23T10:00:${String(number).padStart(2, '0')}.000000001Z`

const falcoAlert = (number: number, more: object = {}): string =>
  JSON.stringify({
    hostname: 'worker-1',
    output: `10:00:00.000000001: Notice shell ${number}`,
    output_fields: { 'evt.time': number, 'k8s.ns.name': 'shop', 'k8s.pod.name': 'web-1' },
    priority: 'Notice',
    rule: `rule ${number}`,
    source: 'syscall',
    tags: [],
    time: second(number),
    ...more,
  })

const tetragonEvent = (number: number): string =>
  JSON.stringify({
    process_exec: { process: { binary: `/bin/${number}`, pid: number } },
    node_name: 'worker-1',
    time: second(number),
  })

const sensors = [
  {
    sensor: 'Falco',
    receive: falcoSource,
    follow: falcoFileSource,
    event: falcoAlert,
    named: (number: number) => `rule ${number}`,
  },
  {
    sensor: 'Tetragon',
    receive: tetragonSource,
    follow: tetragonFileSource,
    event: tetragonEvent,
    named: (number: number) => `/bin/${number}`,
  },
] as const

const nameOf = (record: BulwarkRecord): string => {
  if (record.kind === 'gap') return `gap ${record.reason} ${record.estimate ?? ''}`.trim()
  if (record.kind !== 'runtime') return record.kind
  return record.sensor === 'falco' ? record.type : (record.process?.binary ?? record.type)
}

/** The real recorder on a directory, and the names of the records that it gave on. */
const recording = async (dir: string): Promise<Recorder & { readonly names: string[] }> => {
  const names: string[] = []
  const recorder = await openRecorder({ dir, parsers: { falco: parseFalco, tetragon: parseTetragon } })
  const take = (records: readonly { readonly record: BulwarkRecord }[]) => {
    names.push(...records.map(({ record }) => nameOf(record)))
  }
  recorder.start({ live: [{ name: 'test', take }], store: wholeBlocks(async () => {}) })
  return Object.assign(recorder, { names })
}

const listening = async (
  receive: (typeof sensors)[number]['receive'],
  append: Append,
): Promise<ReceiverSource & AsyncDisposable> => {
  const source = receive({ id: 'sensor', cluster: 'shop', host: '127.0.0.1', port: 0, path: '/sensor', token }, append)
  await source.start()
  return Object.assign(source, { [Symbol.asyncDispose]: () => source.stop() })
}

const post = async (source: ReceiverSource, body: string | Buffer<ArrayBuffer>, headers: Record<string, string> = {}) =>
  (await fetch(`${source.url()}/${token}`, { method: 'POST', body, headers })).status

const until = async (holds: () => boolean): Promise<void> => {
  const end = Date.now() + 60_000
  while (!holds()) {
    assert.ok(Date.now() < end, 'it never came')
    await wait(10)
  }
}

for (const { sensor, receive, follow, event, named } of sensors) {
  describe(sensor, () => {
    test('what is answered with 200 is a record: one, an array, lines, compressed', async () => {
      await using recorder = await recording(directory())
      await using source = await listening(receive, recorder.append)
      assert.equal(await post(source, event(1)), 200)
      assert.equal(await post(source, `[${event(2)},${event(3)}]`), 200)
      assert.equal(await post(source, `${event(4)}\n{"cut":\n${event(5)}\n`), 200)
      assert.equal(await post(source, gzipSync(event(6)), { 'content-encoding': 'gzip' }), 200)
      await recorder.flush()
      const good = [1, 2, 3, 4, 5].map(named)
      assert.deepEqual(recorder.names, [...good, 'gap unreadable 1', named(6)])
      assert.equal(recorder.status().sources.get('sensor')?.quarantined, 1)
      assert.equal(source.status().state, 'connected')
      assert.equal(source.status().recordsTotal, 6)
    })

    test('the token may stand in the path or in the header, and nothing is taken without it', async () => {
      await using recorder = await recording(directory())
      await using source = await listening(receive, recorder.append)
      const to = (path: string, headers: Record<string, string> = {}) =>
        fetch(`${source.url()}${path}`, { method: 'POST', body: event(1), headers }).then(({ status }) => status)
      assert.equal(await to(''), 401)
      assert.equal(await to('/wrong'), 401)
      assert.equal(await to('', { authorization: 'Bearer wrong' }), 401)
      assert.equal(await to('', { authorization: `Bearer ${token}` }), 200)
      await recorder.flush()
      assert.deepEqual(recorder.names, [named(1)])
    })

    test('16 MiB are taken, more are refused and told as a gap', { timeout: 600_000 }, async () => {
      await using recorder = await recording(directory())
      const source = await listening(receive, recorder.append)
      const line = `${event(1)}\n`
      const lines = line.repeat(Math.floor((16 * 1024 * 1024) / line.length))
      assert.equal(await post(source, lines), 200)
      assert.equal(await post(source, `${lines}${line.repeat(200)}`).catch(() => 413), 413)
      await source.stop()
      await recorder.flush()
      // All lines are the same event: it is a record once.
      assert.deepEqual(recorder.names, [named(1), 'gap too-large'])
    })

    test('an event that is sent again is a record once, also after a crash', async () => {
      const dir = directory()
      const after = directory()
      {
        await using recorder = await recording(dir)
        await using source = await listening(receive, recorder.append)
        assert.equal(await post(source, event(1)), 200)
        assert.equal(await post(source, event(1)), 200)
        assert.equal(await post(source, `${event(1)}\n${event(2)}`), 200)
        await until(() => recorder.names.length === 2)
        // The disk as a kill leaves it at this moment: what was acknowledged is on it, nothing was closed.
        cpSync(join(dir, 'spool'), join(after, 'spool'), { recursive: true })
        assert.deepEqual(recorder.names, [named(1), named(2)])
      }
      await using recorder = await recording(after)
      await using source = await listening(receive, recorder.append)
      assert.equal(await post(source, `${event(2)}\n${event(3)}`), 200)
      await recorder.flush()
      assert.deepEqual(recorder.names, [named(1), named(2), named(3)])
    })

    test('a file is followed, from where it was read to', async () => {
      const dir = directory()
      const file = join(directory(), 'events.log')
      await using recorder = await recording(dir)
      const options = { id: 'file', cluster: 'shop', file, stateDir: dir, pollMillis: 10 }
      const followed = async (more: string, names: number): Promise<Source> => {
        const source = follow(options, recorder.append)
        await source.start()
        appendFileSync(file, more)
        await until(() => recorder.names.length >= names)
        await source.stop()
        return source
      }
      await followed(`${event(1)}\n`, 1)
      await followed(`${event(2)}\nno JSON\n${event(3)}\n`, 4)
      await recorder.flush()
      assert.deepEqual(recorder.names, [named(1), named(2), named(3), 'gap unreadable 1'])
    })
  })
}

test("Falco's notice of drops is a gap in the record", async () => {
  await using recorder = await recording(directory())
  await using source = await listening(falcoSource, recorder.append)
  const rule = 'Falco internal: syscall event drop'
  await post(source, falcoAlert(1, { rule, priority: 'Debug', output_fields: { n_drops: '5', n_evts: '10' } }))
  await recorder.flush()
  assert.deepEqual(recorder.names, [rule, 'gap dropped-at-source 5'])
})

test('a quiet Falco is not called silent, for it speaks only when a rule matches; a quiet Tetragon is', async () => {
  let now = 1_795_428_000_000_000
  const options = { id: 's', cluster: 'shop', host: '127.0.0.1', port: 0, path: '/s', token, now: () => now }
  for (const [receive, event, state] of [
    [falcoSource, falcoAlert(1), 'connected'],
    [tetragonSource, tetragonEvent(1), 'silent'],
  ] as const) {
    const source = receive(options, async () => 1)
    await source.start()
    assert.equal(source.status().state, 'silent')
    assert.equal(await post(source, event), 200)
    assert.equal(source.status().state, 'connected')
    now += 3_600_000_000
    assert.equal(source.status().state, state)
    await source.stop()
  }
})
