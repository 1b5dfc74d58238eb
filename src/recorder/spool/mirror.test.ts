import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodeFs } from '../fs-layer.ts'
import { SpoolMirror } from './mirror.ts'

test('an entry that was released is in no memory any more, and its bytes are told once', async () => {
  const told: number[] = []
  const mirror = new SpoolMirror(nodeFs, '/nowhere', { released: (bytes) => told.push(bytes), stored: () => {} })
  const payload = new Uint8Array(1000)
  const entry = { stream: 'audit', source: 's', cluster: 'c', receivedAt: 1, payload } as const
  mirror.hear({ committed: 1, segments: [], oldest: undefined, entries: [{ seq: 1, entry, digest: Buffer.alloc(32) }] })
  const item = await mirror.read(1, mirror.reader())
  assert.equal(item.kind === 'entry' && item.entry.payload.length, 1000)
  mirror.release(1)
  mirror.release(1)
  assert.deepEqual(told, [1000])
  assert.equal(payload.buffer.byteLength, 0)
})
