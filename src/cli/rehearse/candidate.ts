import type { BacktestBody } from '../../api/contract/detection.ts'

/** What is tried, without its period. */
export type Candidate =
  | { readonly kind: 'rule'; readonly text: string; readonly replaces?: string }
  | Pick<Extract<BacktestBody, { kind: 'suppression' }>, 'kind' | 'suppression'>
