import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EventRow } from '../../../model/answer.ts'
import { queryFieldOf } from '../../json/audit-fields.ts'
import { histogramSeries } from './histogram-series.ts'
import { emptyTail, hold, joined, maxTail, release, take } from './tail.ts'

const row = (id: string): EventRow => ({
  id,
  kind: 'audit',
  time: '',
  receivedAt: '',
  cluster: '',
  source: '',
  user: '',
  impersonatedUser: '',
  verb: '',
  group: '',
  resource: '',
  subresource: '',
  namespace: '',
  name: '',
  code: 0,
  decision: 'none',
  reason: '',
  level: '',
  stage: '',
  sourceIp: '',
  userAgent: '',
  requestUri: '',
  node: '',
  container: '',
  image: '',
  process: '',
  summary: '',
})
const rows = (...ids: readonly string[]): readonly EventRow[] => ids.map(row)

test('rows come on top, wait while somebody reads, and are shown together', () => {
  const shown = take(emptyTail, rows('2', '1'))
  const waiting = hold(hold(shown, rows('3')), rows('5', '4'))
  assert.deepEqual({ rows: waiting.rows, held: waiting.held }, { rows: rows('2', '1'), held: rows('5', '4', '3') })
  assert.deepEqual(release(waiting), { ...emptyTail, rows: rows('5', '4', '3', '2', '1') })
})

test('the tail is bounded, and says when it let rows go', () => {
  const many = Array.from({ length: maxTail + 1 }, (_, index) => row(String(index)))
  const state = take(emptyTail, many)
  assert.equal(state.rows.length, maxTail)
  assert.equal(state.overflown, true)
})

test('a row that the list has already is not shown twice', () => {
  assert.deepEqual(joined(rows('4', '3', '2'), rows('3', '2', '1')), rows('4', '3', '2', '1'))
})

test('refused requests lie at the bottom of the histogram, and have their word', () => {
  const series = histogramSeries(
    {
      from: '',
      to: '',
      stepSeconds: 1,
      total: 12,
      series: [
        { label: 'none', counts: [1, 0] },
        { label: 'allow', counts: [4, 5] },
        { label: 'forbid', counts: [0, 2] },
      ],
      searched: { rows: 0, elapsedMillis: 0, partial: false, gaps: [] },
    },
    'decision',
  )
  assert.deepEqual(
    series.map(({ label, tone, sum }) => [label, tone, sum]),
    [
      ['refused', 'forbid', 2],
      ['allowed', 'plain', 9],
      ['not told', 'change', 1],
    ],
  )
})

test('values of a raw audit event that a query can ask for are known by their path', () => {
  assert.equal(queryFieldOf('objectRef.namespace'), 'ns')
  assert.equal(queryFieldOf('annotations.authorization.k8s.io/decision'), 'decision')
  assert.equal(queryFieldOf('requestObject.spec'), undefined)
  assert.equal(queryFieldOf('constructor'), undefined)
})
