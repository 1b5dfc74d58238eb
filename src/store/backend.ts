import type { Client } from './client.ts'
import type { StoreHealth } from './store.ts'

export type BackendState = Pick<StoreHealth, 'state' | 'message'>

/** What answers SQL: the embedded engine or a server. */
export interface Backend extends AsyncDisposable {
  readonly kind: StoreHealth['kind']
  readonly client: Client
  readonly state: BackendState
  readonly restarts: number
  /** Resolves when it answers, now or later; rejects once it is closed. */
  available(): Promise<void>
}
