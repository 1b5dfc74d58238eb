import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { BulwarkError } from '../model/error.ts'
import { auditSample, noon, patient, placed } from './fixture.ts'
import { openStore } from './index.ts'

const run = promisify(execFile)

test('says that the disk is full, keeps answering, and takes the same block when there is room again', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'bulwark-test-full-'))
  const mounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', dir]).then(
    () => true,
    () => false,
  )
  if (!mounted) {
    await rm(dir, { recursive: true })
    t.skip('a small file system can be mounted only by root')
    return
  }
  try {
    await using store = await openStore({ dir: join(dir, 'store') }, patient)
    const random = (length: number) => Array.from({ length }, () => Math.random().toString(36)).join('')
    const block = (number: number) =>
      placed(
        Array.from({ length: 500 }, (_, index) =>
          auditSample({ time: noon + number * 1000 + index, requestUri: random(200) }),
        ),
      )
    await store.insertBlock(block(0), 'full/0')
    await writeFile(join(dir, 'ballast'), Buffer.alloc(24 * 1024 * 1024))
    let refused: unknown
    let blocks = 1
    let last = block(blocks)
    while (refused === undefined && blocks < 100) {
      last = block(blocks)
      refused = await store.insertBlock(last, `full/${blocks}`).then(
        () => undefined,
        (error: unknown) => error,
      )
      blocks++
    }
    assert.ok(refused instanceof BulwarkError)
    assert.deepEqual([refused.code, refused.what], ['STORE_UNAVAILABLE', 'the disk of the store is full'])
    assert.equal(
      (await store.searchEvents({ query: '', from: undefined, to: undefined }, { limit: 1 })).items.length,
      1,
    )
    await rm(join(dir, 'ballast'))
    await store.insertBlock(last, `full/${blocks - 1}`)
    const { total } = await store.histogram(
      { query: '', from: undefined, to: undefined },
      { buckets: 1, split: 'kind' },
    )
    assert.equal(total, blocks * 500)
  } finally {
    await run('umount', ['-l', dir])
    await rm(dir, { recursive: true, force: true })
  }
})
