import type { BacktestStatus } from '../../api/contract/detection.ts'

/** What the parts of a result are drawn from. */
export interface ResultProps {
  readonly kind: 'rule' | 'suppression'
  readonly status: BacktestStatus
  /** False where nothing that runs today is compared with. */
  readonly compares: boolean
}
