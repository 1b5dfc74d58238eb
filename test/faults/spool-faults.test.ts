import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { BulwarkError } from '../../src/model/error.ts'
import type { SourceEntry } from '../../src/model/source.ts'
import { defaultLimits } from '../../src/recorder/limits.ts'
import { Spool } from '../../src/recorder/spool/spool.ts'
import { MemoryFs, PowerCut, type Survival } from './memory-fs.ts'

const folder = '/spool'

const entry = (text: string): SourceEntry => ({
  stream: 'audit',
  source: 'test',
  cluster: 'shop',
  receivedAt: 1_000_000,
  payload: Buffer.from(text),
})

const openSpool = async (fs: MemoryFs, limits: Partial<typeof defaultLimits> = {}) => {
  const tails: number[] = []
  const options = { fs, folder, limits: { ...defaultLimits, ...limits }, cursor: 0, lastUsed: 0, now: Date.now }
  const spool = await Spool.open(options, async ({ length }) => {
    tails.push(length)
  })
  return { spool, tails }
}

/** All entries by number, and how many numbers have none. */
const readAll = async (spool: Spool) => {
  const reader = spool.reader()
  const entries = new Map<number, string>()
  let missing = 0
  for (let seq = 1; seq <= spool.committed(); ) {
    const item = await reader.read(seq)
    if (item.kind === 'entry') entries.set(seq, Buffer.from(item.entry.payload).toString())
    else missing += item.to - item.from + 1
    seq = item.kind === 'entry' ? seq + 1 : item.to + 1
  }
  await reader.close()
  return { entries, missing }
}

/** Ten batches of up to three appends at a time, in small segments; what is acknowledged goes into the map, which it gives. */
const tenBatches = async (fs: MemoryFs, acknowledged = new Map<number, string>()): Promise<Map<number, string>> => {
  const { spool } = await openSpool(fs, { segmentBytes: 600 })
  for (let batch = 0; batch < 10; batch++) {
    const texts = Array.from({ length: 1 + (batch % 3) }, (_, index) => `batch ${batch} entry ${index}`)
    const results = await Promise.allSettled(texts.map((text) => spool.append(entry(text))))
    results.forEach((result, index) => {
      if (result.status === 'fulfilled') acknowledged.set(result.value, texts[index] ?? '')
    })
  }
  await spool.close()
  return acknowledged
}

const assertKept = async (fs: MemoryFs, acknowledged: ReadonlyMap<number, string>, what: string): Promise<void> => {
  const { spool } = await openSpool(fs, { segmentBytes: 600 })
  const { entries, missing } = await readAll(spool)
  assert.equal(missing, 0, `${what}: nothing is missing between the first and the last entry`)
  for (const [seq, text] of acknowledged) assert.equal(entries.get(seq), text, `${what}: entry ${seq}`)
  const next = await spool.append(entry('after'))
  assert.ok(next > Math.max(0, ...acknowledged.keys()), `${what}: no number of an acknowledged entry is given again`)
  assert.equal((await readAll(spool)).entries.get(next), 'after', `${what}: the spool takes and gives entries again`)
  await spool.close()
}

const assertPowerCut = (error: unknown): void => assert.ok(error instanceof PowerCut)

describe('whatever is acknowledged is read back after the power was cut', () => {
  for (const survival of ['nothing', 'everything', 'half'] satisfies Survival[]) {
    test(`at every single operation, when the disk kept ${survival} that was not synced`, async () => {
      const whole = new MemoryFs()
      await tenBatches(whole)
      assert.ok(whole.operations > 30)
      for (let at = 0; at < whole.operations; at++) {
        const fs = new MemoryFs()
        fs.fault = ({ number }) => (number === at ? 'power' : undefined)
        const acknowledged = new Map<number, string>()
        await tenBatches(fs, acknowledged).catch(assertPowerCut)
        await assertKept(fs.afterPowerCut(survival), acknowledged, `power cut at ${at}, ${survival}`)
      }
    })
  }

  test('at every operation after an error of the disk just before', async () => {
    for (let at = 1; at < 60; at++) {
      for (const survival of ['nothing', 'everything', 'half'] satisfies Survival[]) {
        const fs = new MemoryFs()
        fs.fault = ({ number }) => (number === at ? 'power' : number === at - 1 ? 'EIO' : undefined)
        const acknowledged = new Map<number, string>()
        await tenBatches(fs, acknowledged).catch(assertPowerCut)
        await assertKept(fs.afterPowerCut(survival), acknowledged, `EIO at ${at - 1}, power cut at ${at}, ${survival}`)
      }
    }
  })
})

describe('errors of the disk', () => {
  test('one EIO at any operation costs no acknowledged entry, and the sender notices nothing', async () => {
    const whole = new MemoryFs()
    const all = await tenBatches(whole)
    for (let at = 0; at < whole.operations; at++) {
      const fs = new MemoryFs()
      fs.fault = ({ number }) => (number === at ? 'EIO' : undefined)
      const acknowledged = await tenBatches(fs)
      assert.deepEqual(acknowledged, all, `EIO at ${at}`)
      for (const survival of ['nothing', 'everything', 'half'] satisfies Survival[]) {
        await assertKept(fs.afterPowerCut(survival), acknowledged, `EIO at ${at}, ${survival}`)
      }
    }
  })

  test('a segment is never written again after a failed sync', async () => {
    const fs = new MemoryFs()
    const { spool } = await openSpool(fs)
    await spool.append(entry('a'))
    let failed = false
    const written: string[] = []
    fs.fault = ({ kind, path }) => {
      if (kind === 'write') written.push(path)
      if (kind !== 'datasync' || failed) return undefined
      failed = true
      return 'EIO'
    }
    assert.equal(await spool.append(entry('b')), 2)
    assert.equal(await spool.append(entry('c')), 3)
    assert.deepEqual(written, [
      `${folder}/0000000000000001.seg`,
      `${folder}/0000000000000002.seg`,
      `${folder}/0000000000000002.seg`,
    ])
    const { failuresTotal, failure } = spool.status()
    assert.deepEqual([failuresTotal, failure?.message], [1, 'EIO: by the test'])
    assert.deepEqual([...(await readAll(spool)).entries.values()], ['a', 'b', 'c'])
  })

  test('EIO without end refuses with SPOOL_WRITE_FAILED, leaves no files behind, and ends when the disk is well', async () => {
    const fs = new MemoryFs()
    const { spool } = await openSpool(fs)
    await spool.append(entry('a'))
    fs.fault = ({ kind }) => (kind === 'datasync' || kind === 'sync' ? 'EIO' : undefined)
    for (let attempt = 0; attempt < 20; attempt++) {
      await assert.rejects(
        () => spool.append(entry('b')),
        (error) => error instanceof BulwarkError && error.code === 'SPOOL_WRITE_FAILED',
      )
    }
    assert.equal(fs.paths().length, 1)
    fs.fault = () => undefined
    assert.equal(await spool.append(entry('c')), 2)
    assert.deepEqual(
      [...(await readAll(spool)).entries],
      [
        [1, 'a'],
        [2, 'c'],
      ],
    )
    await assertKept(
      fs.afterPowerCut('nothing'),
      new Map([
        [1, 'a'],
        [2, 'c'],
      ]),
      'after EIO',
    )
  })

  test('writes that stop short are gone on with', async () => {
    const fs = new MemoryFs()
    fs.writeAtMost = 7
    await assertKept(fs, await tenBatches(fs), 'short writes')
  })
})

describe('a full disk', () => {
  test('refuses with SPOOL_FULL, acknowledges nothing in part, deletes nothing un-stored, and goes on when there is room', async () => {
    const fs = new MemoryFs()
    const { spool } = await openSpool(fs, {
      segmentBytes: 600,
      refuseFree: { ratio: 0, bytes: 0 },
      alertFree: { ratio: 0, bytes: 0 },
    })
    fs.free = 2000
    const acknowledged = new Map<number, string>()
    let refused = 0
    for (let i = 0; i < 40; i++) {
      await spool.append(entry(`entry ${i}`)).then(
        (seq) => acknowledged.set(seq, `entry ${i}`),
        (error) => {
          assert.ok(error instanceof BulwarkError && error.code === 'SPOOL_FULL')
          refused++
        },
      )
    }
    assert.ok(acknowledged.size > 5 && refused > 5)
    assert.deepEqual((await readAll(spool)).entries, acknowledged)
    fs.free = 2 ** 30
    acknowledged.set(await spool.append(entry('room again')), 'room again')
    await assertKept(fs.afterPowerCut('nothing'), acknowledged, 'after ENOSPC')
  })

  test('the guard refuses before the disk is full, after deleting what is stored', async () => {
    const fs = new MemoryFs()
    const { spool } = await openSpool(fs, { segmentBytes: 1 })
    for (const text of ['a', 'b', 'c']) await spool.append(entry(text))
    fs.free = 2 ** 30
    await spool.maintain()
    assert.equal(spool.status().space.level, 'full')
    await assert.rejects(
      () => spool.append(entry('d')),
      (error) => error instanceof BulwarkError && error.code === 'SPOOL_FULL',
    )
    assert.equal(fs.paths().length, 3)
    await spool.stored(2)
    await spool.maintain()
    assert.deepEqual(fs.paths(), [`${folder}/0000000000000003.seg`])
    fs.free = 2 ** 40
    assert.equal(await spool.append(entry('d')), 4)
    assert.equal(spool.status().space.level, 'ok')
  })

  test('a quota counts like a full disk', async () => {
    const fs = new MemoryFs()
    const { spool } = await openSpool(fs, { quotaBytes: 500 })
    await spool.append(entry('a'))
    await spool.append(entry('b'))
    const refused = Array.from({ length: 5 }, () => spool.append(entry('c')))
    const results = await Promise.allSettled(refused)
    assert.ok(results.some(({ status }) => status === 'rejected'))
    assert.ok(spool.usedBytes() <= 500)
  })
})

describe('damage of a segment', () => {
  /** Two segments: three entries, then two. */
  const twoSegments = async (): Promise<MemoryFs> => {
    const fs = new MemoryFs()
    const { spool } = await openSpool(fs, { segmentBytes: 400 })
    for (const text of ['one', 'two', 'three', 'four', 'five']) await spool.append(entry(text))
    await spool.close()
    assert.deepEqual(fs.paths(), [`${folder}/0000000000000001.seg`, `${folder}/0000000000000004.seg`])
    return fs
  }
  const texts = ['one', 'two', 'three', 'four', 'five']

  /** Every entry is there and right, or counted as missing, or part of a torn end that is reported. */
  const assertHonest = async (fs: MemoryFs, what: string): Promise<number> => {
    const { spool, tails } = await openSpool(fs)
    const { entries, missing } = await readAll(spool)
    for (const [seq, text] of entries) assert.equal(text, texts[seq - 1], `${what}: entry ${seq}`)
    const lost = texts.length - entries.size
    assert.ok(
      lost === missing || (lost > missing && tails.length === 1),
      `${what}: ${lost} lost, ${missing} told, ${tails.length} torn ends`,
    )
    await spool.close()
    return lost
  }

  test('a flipped bit anywhere costs one entry at most, and the count is exact', async () => {
    const original = await twoSegments()
    for (const path of original.paths()) {
      const bytes = original.contents(path) ?? Buffer.alloc(0)
      for (let at = 0; at < bytes.length; at++) {
        const fs = original.afterPowerCut('everything')
        const damaged = Buffer.from(bytes)
        damaged[at] = (damaged[at] ?? 0) ^ (1 << (at % 8))
        fs.put(path, damaged)
        assert.equal(await assertHonest(fs, `bit flip at ${at} of ${path}`), 1)
      }
    }
  })

  test('a segment cut off anywhere loses what is behind the cut and nothing else', async () => {
    const original = await twoSegments()
    for (const path of original.paths()) {
      const bytes = original.contents(path) ?? Buffer.alloc(0)
      for (let length = 0; length < bytes.length; length++) {
        const fs = original.afterPowerCut('everything')
        fs.put(path, bytes.subarray(0, length))
        await assertHonest(fs, `${path} cut off at ${length}`).catch((error) => {
          // Cut exactly between two entries of the newest segment, nothing tells that there was more: see docs/recorder.md.
          if (!(path.endsWith('4.seg') && isBoundary(bytes, length))) throw error
        })
      }
    }
  })

  test('rubbish between entries costs none of them', async () => {
    const original = await twoSegments()
    const path = `${folder}/0000000000000001.seg`
    const bytes = original.contents(path) ?? Buffer.alloc(0)
    const fs = original.afterPowerCut('everything')
    const length = 80 + bytes.readUInt32LE(8)
    fs.put(path, Buffer.concat([bytes.subarray(0, length), Buffer.from('BLWKBLWK rubbish'), bytes.subarray(length)]))
    assert.equal(await assertHonest(fs, 'rubbish'), 0)
  })

  test('a segment that is gone is counted exactly', async () => {
    const fs = await twoSegments()
    await fs.unlink(`${folder}/0000000000000001.seg`)
    assert.equal(await assertHonest(fs, 'gone'), 3)
  })

  test('an entry of a newer format stops the start, and is left alone', async () => {
    const fs = await twoSegments()
    const path = `${folder}/0000000000000004.seg`
    const bytes = Buffer.from(fs.contents(path) ?? Buffer.alloc(0))
    const { crc32 } = await import('node:zlib')
    const length = 80 + bytes.readUInt32LE(8)
    bytes[4] = 2
    bytes.writeUInt32LE(crc32(bytes.subarray(16, length), crc32(bytes.subarray(0, 12))), 12)
    fs.put(path, bytes)
    await assert.rejects(
      () => openSpool(fs),
      (error) => error instanceof BulwarkError && error.code === 'SPOOL_VERSION',
    )
    assert.deepEqual(fs.contents(path), bytes)
  })
})

const isBoundary = (bytes: Buffer, length: number): boolean => {
  let at = 0
  while (at < length) at += 80 + bytes.readUInt32LE(at + 8)
  return at === length
}
