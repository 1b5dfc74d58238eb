import assert from 'node:assert/strict'
import {
  appendFileSync,
  copyFileSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { isObject } from '../../model/json.ts'
import type { Source } from '../../model/source.ts'
import type { FileTailOptions } from '../intake/file-tail.ts'
import { auditFileSource } from './file.ts'

const dirs: string[] = []
const sources: Source[] = []
afterEach(async () => {
  for (const source of sources.splice(0)) await source.stop()
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true })
})

/** A folder with a log, and everything that any tail of it handed over. */
const scene = () => {
  const dir = mkdtempSync(join(tmpdir(), 'bulwark-tail-'))
  dirs.push(dir)
  const handed = { lines: '', gaps: [] as unknown[], refuses: false }
  const log = join(dir, 'audit.log')
  const start = async (more: Partial<FileTailOptions> = {}): Promise<Source> => {
    const options = {
      id: 'audit',
      cluster: 'shop',
      file: log,
      stateDir: dir,
      pollMillis: 5,
      ...more,
    }
    const source = auditFileSource(options, async ({ stream, payload }) => {
      if (handed.refuses) throw new Error('full')
      const text = Buffer.from(payload).toString('latin1')
      if (stream === 'gaps') {
        const gap: unknown = JSON.parse(text)
        handed.gaps.push(isObject(gap) ? `${gap.reason}: ${String(gap.what).replaceAll(dir, '')}` : gap)
      } else handed.lines += text
      return 1
    })
    sources.push(source)
    await source.start()
    return source
  }
  return { dir, log, handed, start, path: (name: string) => join(dir, name) }
}

const until = async (holds: () => boolean): Promise<void> => {
  const deadline = performance.now() + 60_000
  while (!holds()) {
    if (performance.now() > deadline) throw new Error('waited for 60 s in vain')
    await wait(2)
  }
}

test('lines are handed over as they are written, a line without an end is waited for', async () => {
  const { log, handed, start } = scene()
  const source = await start()
  await until(() => source.status().state === 'broken')
  writeFileSync(log, 'a\nb')
  await until(() => handed.lines === 'a\n')
  appendFileSync(log, 'c\n')
  await until(() => handed.lines === 'a\nbc\n')
  await until(() => source.status().state === 'connected')
  assert.equal(source.status().message, `follows ${log}`)
})

test('a new tail goes on where the last one stopped', async () => {
  const { log, handed, start } = scene()
  writeFileSync(log, 'a\nb')
  const first = await start()
  await until(() => handed.lines === 'a\n')
  await first.stop()
  appendFileSync(log, 'b\nc\n')
  await start()
  await until(() => handed.lines === 'a\nbb\nc\n')
  assert.deepEqual(handed.gaps, [])
})

test('a rename is followed: the rest of the old file first, then the new one', async () => {
  const { log, path, handed, start } = scene()
  writeFileSync(log, 'a\n')
  await start()
  await until(() => handed.lines === 'a\n')
  appendFileSync(log, 'b\nwithout end')
  renameSync(log, path('audit-2026-11-23T10-00-00.000.log'))
  writeFileSync(log, 'c\n')
  await until(() => handed.lines === 'a\nb\nwithout endc\n')
})

test('several rotations while nobody looked are read in order', async () => {
  const { log, path, handed, start } = scene()
  writeFileSync(log, 'a\n')
  const first = await start()
  await until(() => handed.lines === 'a\n')
  await first.stop()
  appendFileSync(log, 'b\n')
  const rotated = (name: string, hour: number): void => {
    renameSync(log, path(name))
    // The clock of a disk may be too coarse to tell them apart.
    const written = Date.UTC(2026, 10, 23, hour) / 1000
    utimesSync(path(name), written, written)
  }
  rotated('audit-2026-11-23T10-00-00.000.log', 10)
  writeFileSync(log, 'c\n')
  rotated('audit-2026-11-23T11-00-00.000.log', 11)
  writeFileSync(log, 'd\n')
  const second = await start()
  await until(() => handed.lines === 'a\nb\nc\nd\n')
  await second.stop()
  assert.deepEqual(handed.gaps, [])
})

test('a file that was compressed away before its end was read is a gap, and what came after it is read', async () => {
  const { log, path, handed, start } = scene()
  writeFileSync(log, 'a\n')
  const first = await start()
  await until(() => handed.lines === 'a\n')
  await first.stop()
  appendFileSync(log, 'lost\n')
  writeFileSync(path('audit.log.1.gz'), gzipSync('a\nlost\n'))
  writeFileSync(path('other'), 'keeps the inode from being used again')
  renameSync(log, path('gone'))
  writeFileSync(log, 'b\n')
  unlinkSync(path('gone'))
  const second = await start()
  await until(() => handed.lines === 'a\nb\n')
  await second.stop()
  assert.deepEqual(handed.gaps, [
    'dropped-at-source: the file that was read last is gone or was replaced; what was written to it after byte 2 is missing',
  ])
})

test('copytruncate is noticed, told as a gap, and the file read from its start', async () => {
  const { log, path, handed, start } = scene()
  writeFileSync(log, 'a long first line\n')
  const source = await start()
  await until(() => handed.lines === 'a long first line\n')
  copyFileSync(log, path('audit.log.1'))
  truncateSync(log, 0)
  appendFileSync(log, 'b\n')
  await until(() => handed.lines === 'a long first line\nb\n')
  await source.stop()
  assert.deepEqual(handed.gaps, [
    'dropped-at-source: /audit.log was truncated or replaced; what was written to it after byte 18 may be missing',
  ])
})

test('a file truncated and grown beyond the old place is known by its first bytes', async () => {
  const { log, handed, start } = scene()
  writeFileSync(log, 'aaaa\n')
  const first = await start()
  await until(() => handed.lines === 'aaaa\n')
  await first.stop()
  writeFileSync(log, 'bbbb\ncccc\n')
  const second = await start()
  await until(() => handed.lines === 'aaaa\nbbbb\ncccc\n')
  await second.stop()
  assert.equal(handed.gaps.length, 1)
})

test('a line that is too long is left out and told, its neighbours are kept', async () => {
  const { log, handed, start } = scene()
  writeFileSync(log, `a\n${'x'.repeat(3 * 1024 * 1024)}\nb\n`)
  const source = await start({ longestLine: 1024 * 1024 })
  await until(() => handed.lines === 'a\nb\n')
  await source.stop()
  assert.deepEqual(handed.gaps, ['too-large: /audit.log has a line of more than 1048576 bytes, which was left out'])
})

test('bytes that are no UTF-8 are handed over as they are', async () => {
  const { log, handed, start } = scene()
  writeFileSync(log, Buffer.from([0xff, 0xfe, 0x0a]))
  await start()
  await until(() => handed.lines === '\xff\xfe\n')
})

test('while the recorder takes nothing the position stays, and nothing is lost or doubled', async () => {
  const { log, handed, start } = scene()
  handed.refuses = true
  writeFileSync(log, 'a\n')
  const first = await start()
  await until(() => first.status().state === 'broken')
  await first.stop()
  handed.refuses = false
  await start()
  await until(() => handed.lines === 'a\n')
})
