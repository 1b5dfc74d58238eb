import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SourceMeter } from './source-meter.ts'

const second = 1_000_000

test('totals are of all time, rate and lag of the last minute', () => {
  const meter = new SourceMeter()
  meter.add(100, 1000, 10 * second, 4 * second)
  meter.add(6, 60, 100 * second, 99 * second)
  meter.add(6, 60, 101 * second, 98 * second)
  meter.add(0, 0, 102 * second, undefined)
  meter.addGap()
  assert.deepEqual(meter.read(110 * second), {
    lastRecordAt: 102 * second,
    recordsTotal: 112,
    bytesTotal: 1120,
    recordsPerSecond: 0.2,
    lagMillis: 3000,
    gapsTotal: 1,
  })
})

test('a source that never told anything has no lag', () => {
  assert.deepEqual(new SourceMeter().read(second), {
    lastRecordAt: undefined,
    recordsTotal: 0,
    bytesTotal: 0,
    recordsPerSecond: 0,
    lagMillis: undefined,
    gapsTotal: 0,
  })
})
