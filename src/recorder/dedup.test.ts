import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditRecord } from '../model/record.ts'
import { Dedup } from './dedup.ts'

const minute = 60_000_000

const event = (auditId: string, more: Partial<AuditRecord> = {}): AuditRecord => ({
  kind: 'audit',
  time: 1,
  receivedAt: 0,
  cluster: 'shop',
  source: 'audit',
  auditId,
  stage: 'ResponseComplete',
  level: 'Metadata',
  verb: 'get',
  user: 'alice',
  groups: [],
  impersonatedUser: '',
  sourceIps: [],
  userAgent: '',
  requestUri: '/',
  target: undefined,
  code: 200,
  decision: 'allow',
  reason: '',
  event: {},
  ...more,
})

test('the same contents are known for ten minutes', () => {
  const dedup = new Dedup(1)
  assert.equal(dedup.isKnownContent('a', 1, 0), false)
  assert.equal(dedup.isKnownContent('a', 2, 10 * minute), true)
  assert.equal(dedup.isKnownContent('b', 3, 10 * minute), false)
  assert.equal(dedup.isKnownContent('a', 4, 10 * minute + 1), false)
})

test('an answer is the same however often it is asked', () => {
  const dedup = new Dedup(1)
  for (let round = 0; round < 3; round++) {
    assert.equal(dedup.isKnownContent('a', 1, 0), false)
    assert.equal(dedup.isKnownContent('a', 2, 0), true)
    assert.equal(dedup.isKnownEvent(event('e'), 1, 0), false)
    assert.equal(dedup.isKnownEvent(event('e'), 1, 1), true)
    assert.equal(dedup.isKnownEvent(event('e'), 2, 0), true)
  }
})

test('stages of one request, and requests that share an auditID, are different events', () => {
  const dedup = new Dedup(1)
  const events = [
    event('e'),
    event('e', { stage: 'RequestReceived' }),
    event('e', { user: 'mallory' }),
    event('e', { verb: 'delete' }),
    event('e', { requestUri: '/x' }),
    event('e', { time: 2 }),
    event('e', { cluster: 'other' }),
  ]
  for (const [index, one] of events.entries()) assert.equal(dedup.isKnownEvent(one, 1, index), false)
  for (const one of events) assert.equal(dedup.isKnownEvent(one, 2, 0), true)
})

test('the same event by webhook and by file is one', () => {
  const dedup = new Dedup(1)
  assert.equal(dedup.isKnownEvent(event('e', { source: 'audit-webhook' }), 1, 0), false)
  assert.equal(dedup.isKnownEvent(event('e', { source: 'audit-file' }), 2, 0), true)
})

test('events are known for at least seven minutes and forgotten after fifteen', () => {
  const dedup = new Dedup(1)
  dedup.isKnownEvent(event('e'), 1, 0)
  dedup.isKnownEvent(event('f', { receivedAt: 8 * minute }), 2, 0)
  assert.equal(dedup.isKnownEvent(event('e', { receivedAt: 9 * minute }), 3, 0), true)
  dedup.isKnownEvent(event('g', { receivedAt: 16 * minute }), 4, 0)
  assert.equal(dedup.isKnownEvent(event('e', { receivedAt: 16 * minute }), 5, 0), false)
})

test('a hundred thousand events are told apart', () => {
  const dedup = new Dedup(7)
  for (let at = 0; at < 100_000; at++) assert.equal(dedup.isKnownEvent(event(`e${at}`), 1 + at, 0), false)
  for (let at = 0; at < 100_000; at++) assert.equal(dedup.isKnownEvent(event(`e${at}`), 200_000 + at, 0), true)
})
