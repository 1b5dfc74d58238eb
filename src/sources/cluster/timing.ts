/** How long things take and how large they are; tests make them short. */
export interface Timing {
  readonly pageSize: number
  readonly firstDelayMillis: number
  readonly maxDelayMillis: number
  /** A watch that lived as long is a healthy one: the next failure starts with a short delay again. */
  readonly healthyMillis: number
  readonly idleMillis: number
  readonly watchSeconds: readonly [number, number]
  /**
   * The longest wait before asking again for what was forbidden, the first is a tenth of it: each try is a refused
   * request in the audit log.
   */
  readonly refusedMillis: number
}

/** As client-go's reflector (tools/cache/reflector.go) where it has the same; bookmarks come each minute. */
export const defaultTiming: Timing = {
  pageSize: 500,
  firstDelayMillis: 800,
  maxDelayMillis: 30_000,
  healthyMillis: 5_000,
  idleMillis: 90_000,
  watchSeconds: [300, 600],
  refusedMillis: 300_000,
}
