/** Whether a suppression may be saved, and if not, what comes first. Pure. */
import type { BacktestStatus } from '../../../api/contract/detection.ts'

export type SaveState = 'ready' | 'past' | 'form' | 'backtest' | 'running' | 'stale' | 'failed' | 'look'

export interface SaveFacts {
  readonly past: boolean
  readonly faults: number
  /** What the form means now, and what was replayed. */
  readonly meaning: string
  readonly replayed: string | undefined
  readonly backtest: BacktestStatus | undefined
  readonly running: boolean
  /** Id of the back-test that a person said to have looked at. */
  readonly looked: string | undefined
}

/** `ready` only for a finished back-test of this very meaning that somebody looked at. */
export const saveState = (facts: SaveFacts): SaveState => {
  const { backtest } = facts
  if (facts.past) return 'past'
  if (facts.running) return 'running'
  if (backtest === undefined) return facts.faults > 0 ? 'form' : 'backtest'
  if (facts.replayed !== facts.meaning) return 'stale'
  if (backtest.state !== 'done') return 'failed'
  if (facts.faults > 0) return 'form'
  return facts.looked === backtest.id ? 'ready' : 'look'
}
