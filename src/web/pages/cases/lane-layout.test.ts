import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CaseStep } from '../../../model/case.ts'
import { laneLayout } from './lane-layout.ts'
import { snoozeChoices } from './snooze.ts'

const at = (second: number): string => new Date(Date.UTC(2026, 0, 1, 12, 0, second)).toISOString()

const step = (id: string, from: number, to: number, lane: CaseStep['lane'] = 'requests'): CaseStep => ({
  id,
  rule: 'r',
  title: 't',
  severity: 'high',
  lane,
  firstTime: at(from),
  lastTime: at(to),
  count: 1,
  principal: 'p',
  sourceIp: '',
  target: { group: '', resource: '', subresource: '', namespace: '', name: '' },
  refused: false,
  message: 'm',
  evidence: [],
})

test('steps that overlap stand in rows of their own, others share one', () => {
  const { lanes } = laneLayout([step('a', 0, 50), step('b', 20, 30), step('c', 60, 100)], [], 1010)
  assert.deepEqual(
    lanes.map(({ rows, marks }) => [rows, marks.map((mark) => [mark.step.id, mark.row, Math.round(mark.x)])]),
    [
      [
        2,
        [
          ['a', 0, 0],
          ['b', 1, 200],
          ['c', 0, 600],
        ],
      ],
    ],
  )
})

test('lanes stand in their order, and those without a step are left out', () => {
  const { lanes } = laneLayout([step('a', 0, 1, 'objects'), step('b', 0, 1)], [], 500)
  assert.deepEqual(
    lanes.map(({ lane, top }) => [lane, top]),
    [
      ['requests', 0],
      ['objects', 1],
    ],
  )
})

test('every mark can be seen and stays inside, also of one moment and of a thousand steps', () => {
  for (const steps of [[step('a', 5, 5)], Array.from({ length: 1000 }, (_, n) => step(`s${n}`, n % 7, n % 11))]) {
    const { lanes } = laneLayout(steps, [], 600)
    for (const { marks, rows } of lanes) {
      assert.ok(rows <= 6)
      for (const { x, width } of marks) assert.ok(width >= 10 && x >= 0 && x + width <= 610)
    }
  }
})

test('a lane alone has more rows than each of several, so that the table below stays in sight', () => {
  const crowd = (lane: CaseStep['lane']) => Array.from({ length: 50 }, (_, n) => step(`${lane}${n}`, 0, 100, lane))
  assert.equal(laneLayout(crowd('requests'), [], 600).lanes[0]?.rows, 6)
  assert.deepEqual(
    laneLayout([...crowd('requests'), ...crowd('runtime'), ...crowd('objects')], [], 600).lanes.map(({ rows }) => rows),
    [3, 3, 3],
  )
})

test('gaps are drawn where they overlap the case', () => {
  const gap = (id: string, from: number, to: number) => ({
    id,
    source: 's',
    from: at(from),
    to: at(to),
    reason: 'r',
    what: 'w',
    estimate: undefined,
  })
  const { hatches } = laneLayout([step('a', 10, 20), step('b', 40, 50)], [gap('in', 25, 30), gap('before', 0, 5)], 410)
  assert.deepEqual(
    hatches.map(({ id, x, width }) => [id, Math.round(x), Math.round(width)]),
    [['in', 150, 50]],
  )
})

test('ticks stand at round moments of the zone, away from the borders', () => {
  const { ticks, length } = laneLayout([step('a', 7, 7), step('b', 607, 607)], [], 510, 30 * 60_000)
  assert.equal(length, 600_000)
  assert.deepEqual(
    ticks.map(({ x, millis }) => [Math.round(x), new Date(millis).toISOString()]),
    [
      [94, '2026-01-01T12:02:00.000Z'],
      [194, '2026-01-01T12:04:00.000Z'],
      [294, '2026-01-01T12:06:00.000Z'],
      [394, '2026-01-01T12:08:00.000Z'],
    ],
  )
})

test('nothing to draw is nothing', () => {
  assert.deepEqual(laneLayout([], [], 500), { lanes: [], ticks: [], length: 0, hatches: [] })
})

test('snoozing until tomorrow is at nine', () => {
  const [hour, morning, week] = snoozeChoices(new Date(2026, 0, 31, 22, 30))
  assert.equal(new Date(morning?.until ?? '').toString(), new Date(2026, 1, 1, 9).toString())
  assert.equal(Date.parse(hour?.until ?? ''), new Date(2026, 0, 31, 23, 30).getTime())
  assert.equal(Date.parse(week?.until ?? ''), new Date(2026, 1, 7, 22, 30).getTime())
})
