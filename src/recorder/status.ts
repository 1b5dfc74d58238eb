import type { LiveStatus } from './live-pump.ts'
import type { ProcessTotals, SourceTotals } from './process.ts'
import type { SpoolStatus } from './spool/spool.ts'
import type { StoreStatus } from './store-writer.ts'

/** How the recorder is doing, all of it. */
export interface RecorderStatus {
  readonly spool: SpoolStatus
  readonly live: LiveStatus | undefined
  readonly store: StoreStatus | undefined
  readonly processed: ProcessTotals
  /** What became of the entries of each source, by its id. */
  readonly sources: ReadonlyMap<string, SourceTotals>
  /** What a person must know, one sentence each; empty when all is well. */
  readonly alerts: readonly string[]
}

/** The sentences for what is not well. */
export const alertsOf = ({ spool, live, store }: Pick<RecorderStatus, 'spool' | 'live' | 'store'>): string[] => {
  const alerts: string[] = []
  const { space, failure } = spool
  if (space.level === 'full') alerts.push('The disk of the spool is full: new records are refused.')
  if (space.level === 'low') alerts.push(`Only ${space.free} bytes are free on the disk of the spool.`)
  if (failure) alerts.push(`The spool could not be written ${spool.failuresTotal} times, last: ${failure.message}`)
  if (store?.failing)
    alerts.push(`The store takes nothing, tried ${store.failing.attempts} times: ${store.failing.message}`)
  for (const [name, { count, message }] of live?.failures ?? [])
    alerts.push(`${name} failed ${count} times, last: ${message}`)
  return alerts
}
