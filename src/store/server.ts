import { setTimeout as sleep } from 'node:timers/promises'
import { ClickHouseLogLevel, createClient } from '@clickhouse/client'
import { BulwarkError } from '../model/error.ts'
import type { Backend, BackendState } from './backend.ts'
import { Client } from './client.ts'
import type { StoreSettings } from './store.ts'

const pauseMillis = 500

/** A ClickHouse server by URL: `http(s)://user:password@host:port/database`. */
export class ServerBackend implements Backend {
  readonly kind = 'server'
  readonly client: Client
  readonly restarts = 0
  readonly #closed = new AbortController()
  readonly #up: Promise<void>
  readonly #host: string
  #state: BackendState

  constructor(url: string, settings: StoreSettings) {
    const parsed = URL.canParse(url) ? new URL(url) : undefined
    if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
      throw new BulwarkError('CONFIG_INVALID', {
        what: 'the URL of the store cannot be used',
        mend: 'Write http://user:password@host:8123/database or the same with https',
      })
    }
    this.#host = parsed.host
    const request_timeout = settings.queryTimeoutMillis * 3 + 60_000
    this.client = new Client(
      createClient({ url: parsed, request_timeout, log: { level: ClickHouseLogLevel.OFF } }),
      settings,
    )
    this.#state = { state: 'opening', message: `${this.#host} was not reached yet` }
    this.#up = this.#reach()
    this.#up.catch(() => {})
  }

  get state(): BackendState {
    return this.#state
  }

  available(): Promise<void> {
    return this.#up
  }

  async #reach(): Promise<void> {
    while (!this.#closed.signal.aborted) {
      if (await this.client.ping()) {
        this.#state = { state: 'ready', message: '' }
        return
      }
      this.#state = { state: 'opening', message: `${this.#host} does not answer` }
      await sleep(pauseMillis, undefined, { ref: false, signal: this.#closed.signal }).catch(() => {})
    }
    throw new BulwarkError('STORE_UNAVAILABLE', { what: 'the store is closed' })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort()
    this.#state = { state: 'closed', message: 'the store is closed' }
    await this.client.close()
  }
}
