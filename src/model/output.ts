/** How a place that cases are sent to is doing. */
export interface OutputRow {
  readonly id: string
  readonly type: string
  /** Host only: never the path or token of a webhook. */
  readonly to: string
  readonly state: 'ok' | 'failing' | 'never-used' | 'digest'
  readonly message: string
  readonly sent: number
  readonly failed: number
  readonly waiting: number
  readonly dead: number
  readonly budgetPerHour: number
}
