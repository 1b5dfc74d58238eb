import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MessageChannel } from 'node:worker_threads'
import { auditRecords } from '../../../test/bench/store-records.ts'
import { portChannel } from '../../recorder/fixture.ts'
import { BlockEncoder, type EncodedPart } from '../../store/encode.ts'
import { openPipeline } from './index.ts'
import { blocksHere, type FromBlocks, type ToBlocks, writeBlocks } from './store-blocks.ts'

test('a thread that ends by itself is told with the way on', async () => {
  await using pipeline = openPipeline()
  // A message that no part sends.
  pipeline.ends.judge.send(JSON.parse('{"kind": "begin"}'))
  await assert.rejects(pipeline.death, {
    code: 'INTERNAL',
    message: /the thread that parses records and runs rules ended: .*Start Bulwark again: what was acknowledged/s,
  })
  await pipeline.ends.delivery.closed
})

test('a thread that is ended is no failure', async () => {
  const pipeline = openPipeline()
  let isDead = false
  pipeline.death.catch(() => {
    isDead = true
  })
  await pipeline[Symbol.asyncDispose]()
  await pipeline.ends.delivery.closed
  assert.equal(isDead, false)
})

test('a block that the store did not take is written again with the same rows and token', async () => {
  const { port1, port2 } = new MessageChannel()
  const tried: { readonly parts: readonly EncodedPart[]; readonly token: string }[] = []
  writeBlocks(portChannel<FromBlocks, ToBlocks>(port1), {
    insertEncoded: async (parts, token) => {
      tried.push({ parts, token })
      if (tried.length === 1) throw new Error('the store is away')
    },
  })
  const block = blocksHere(portChannel<ToBlocks, FromBlocks>(port2)).block()
  const records = auditRecords({ seed: 1, first: 0, count: 300, start: 1_760_000_000_000_000, step: 1000 })
  block.add(records)
  await assert.rejects(block.insert('t'), /the store is away/)
  await block.insert('t')
  const encoder = new BlockEncoder()
  encoder.add(records)
  const bytes = (parts: readonly EncodedPart[]) =>
    parts.map(({ chunks, ...rest }) => ({ ...rest, bytes: Buffer.concat(chunks).toString('latin1') }))
  assert.equal(tried.length, 2)
  for (const { parts, token } of tried) {
    assert.deepEqual(bytes(parts), bytes(encoder.parts()))
    assert.equal(token, 't')
  }
  port1.close()
})

test('a block that the store has taken is in no memory any more', async () => {
  const { port1, port2 } = new MessageChannel()
  const written: EncodedPart[] = []
  const sizes: number[] = []
  const sizeOf = (parts: readonly EncodedPart[]): number =>
    parts.flatMap(({ chunks }) => chunks).reduce((sum, { buffer }) => sum + buffer.byteLength, 0)
  writeBlocks(portChannel<FromBlocks, ToBlocks>(port1), {
    insertEncoded: async (parts) => {
      written.push(...parts)
      sizes.push(sizeOf(parts))
    },
  })
  const block = blocksHere(portChannel<ToBlocks, FromBlocks>(port2)).block()
  block.add(auditRecords({ seed: 1, first: 0, count: 300, start: 1_760_000_000_000_000, step: 1000 }))
  await block.insert('t')
  assert.ok((sizes[0] ?? 0) > 100_000, `${sizes}`)
  assert.equal(sizeOf(written), 0)
  port1.close()
})
