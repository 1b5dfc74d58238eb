import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BacktestStatus } from '../../../api/contract/detection.ts'
import { type SaveFacts, saveState } from './save-state.ts'

const done: BacktestStatus = {
  id: 'b1',
  state: 'done',
  error: undefined,
  from: '2026-11-01T00:00:00Z',
  to: '2026-11-20T00:00:00Z',
  scanned: 10,
  toScan: 10,
  read: [{ kind: 'audit', records: 10 }],
  before: 3,
  after: 1,
  byDay: [],
  byPrincipal: [],
  samples: [],
  gaps: [],
  unexercised: [],
}
const ready: SaveFacts = {
  past: false,
  faults: 0,
  meaning: 'm',
  replayed: 'm',
  backtest: done,
  running: false,
  looked: 'b1',
}

test('it is saved only after a finished back-test of this very meaning that was looked at', () => {
  for (const [facts, state] of [
    [{}, 'ready'],
    [{ looked: undefined }, 'look'],
    [{ looked: 'b0' }, 'look'],
    [{ meaning: 'other' }, 'stale'],
    [{ backtest: undefined, replayed: undefined }, 'backtest'],
    [{ backtest: { ...done, state: 'cancelled' } }, 'failed'],
    [{ backtest: { ...done, state: 'failed' } }, 'failed'],
    [{ running: true }, 'running'],
    [{ faults: 1 }, 'form'],
    [{ past: true }, 'past'],
  ] as const satisfies readonly (readonly [Partial<SaveFacts>, string])[]) {
    assert.equal(saveState({ ...ready, ...facts }), state, JSON.stringify(facts))
  }
})
