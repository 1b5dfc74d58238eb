import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatEventId, parseEventId, uidDigits } from './event-id.ts'

test('reads the ids that it writes, and no others', () => {
  const uid = '0123456789abcdef0123456789abcdef'
  for (const kind of ['audit', 'event', 'gap', 'runtime'] as const) {
    for (const [time, mark] of [
      [0, 0],
      [1_795_000_000_000_001, 17],
      [9_000_000_000_000_000, 0xff_ff_ff_ff],
    ] as const) {
      assert.deepEqual(parseEventId(formatEventId({ kind, time, uid, mark })), { kind, time, uid, mark })
    }
  }
  for (const text of ['', 'x', 'a1-1-1', `a1-${'g'.repeat(32)}-1`, `a1-${'0'.repeat(32)}-1'`]) {
    assert.equal(parseEventId(text), undefined, text)
  }
})

test('a UUID gives its own digits, any other text 32 of a hash that goes through all of it', () => {
  assert.equal(uidDigits('1F0C1DD8-5D3B-4A43-8A8E-6D2F8E3C8F6B'), '1f0c1dd85d3b4a438a8e6d2f8e3c8f6b')
  const some = [
    '',
    'chosen by a client',
    'chosen by a clienu',
    'Chosen by a client',
    '1f0c1dd8-5d3b-4a43-8a8e-6d2f8e3c8f6',
  ]
  for (const text of some) assert.match(uidDigits(text), /^[0-9a-f]{32}$/, text)
  assert.equal(new Set(some.map(uidDigits)).size, some.length)
})
