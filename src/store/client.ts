import { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { type ClickHouseClient, ClickHouseError, type ClickHouseSettings } from '@clickhouse/client'
import { BulwarkError } from '../model/error.ts'
import { isObject, type JsonObject } from '../model/json.ts'
import type { StoreSettings } from './store.ts'

/** Values bound to `{name:Type}` of a statement. Only scalars: see child/http-interface.ts. */
export type Params = Readonly<Record<string, string | number>>

/** Rows of an answer with what the engine had to look at for them. */
export interface Answer {
  readonly rows: readonly JsonObject[]
  readonly rowsRead: number
  readonly elapsedMillis: number
}

/** Speaks SQL to ClickHouse or to the embedded engine, with the bounds of the settings, and Bulwark's errors. */
export class Client {
  readonly #client: ClickHouseClient
  readonly #settings: StoreSettings

  constructor(client: ClickHouseClient, settings: StoreSettings) {
    this.#client = client
    this.#settings = settings
  }

  async select(sql: string, params: Params = {}, settings: ClickHouseSettings = {}): Promise<Answer> {
    return await mapped('query', async () => {
      const result = await this.#client.query({
        query: sql,
        query_params: { ...params },
        format: 'JSON',
        clickhouse_settings: { ...this.#bounds(), max_result_rows: '100000', ...settings },
        abort_signal: this.#patience(),
      })
      const answer: unknown = await result.json()
      if (!isObject(answer) || !Array.isArray(answer.data)) throw new Error('the store gave no JSON answer')
      const statistics = isObject(answer.statistics) ? answer.statistics : {}
      return {
        rows: answer.data.filter(isObject),
        rowsRead: Number(statistics.rows_read ?? 0),
        elapsedMillis: Number(statistics.elapsed ?? 0) * 1000,
      }
    })
  }

  /** Rows as they come, in bounded memory. */
  async *stream(sql: string, params: Params = {}): AsyncGenerator<JsonObject> {
    const result = await mapped('query', () =>
      this.#client.query({
        query: sql,
        query_params: { ...params },
        format: 'JSONEachRow',
        clickhouse_settings: this.#bounds(),
      }),
    )
    try {
      for await (const batch of result.stream()) {
        for (const row of batch) {
          const value: unknown = row.json()
          if (isObject(value)) yield value
        }
      }
    } catch (error) {
      throw toBulwarkError('query', error)
    } finally {
      result.close()
    }
  }

  async command(sql: string, params: Params = {}): Promise<void> {
    await mapped('command', () => this.#client.command({ query: sql, query_params: { ...params } }))
  }

  /** Inserts a block in Native format; the same token a second time changes nothing. */
  async insert(table: string, columns: readonly string[], chunks: readonly Uint8Array[], token: string): Promise<void> {
    await mapped('insert', async () => {
      const { stream } = await this.#client.exec({
        query: `INSERT INTO ${table} (${columns.join(', ')}) FORMAT Native`,
        values: Readable.from(chunks, { objectMode: false }),
        clickhouse_settings: { async_insert: 0, insert_deduplicate: 1, insert_deduplication_token: token },
      })
      await finished(stream.resume())
    })
  }

  async ping(): Promise<boolean> {
    return (await this.#client.ping({ select: false })).success
  }

  close(): Promise<void> {
    return this.#client.close()
  }

  #bounds(): ClickHouseSettings {
    return {
      readonly: '2',
      max_execution_time: Math.ceil(this.#settings.queryTimeoutMillis / 1000),
      max_memory_usage: String(this.#settings.maxQueryMemory),
      output_format_json_quote_64bit_integers: 0,
    }
  }

  /** The engine ends a query at its bound; this one is for an engine that does not answer at all. */
  #patience(): AbortSignal {
    return AbortSignal.timeout(this.#settings.queryTimeoutMillis * 2 + 10_000)
  }
}

type Operation = 'query' | 'insert' | 'command'

const mapped = async <T>(operation: Operation, task: () => Promise<T>): Promise<T> => {
  try {
    return await task()
  } catch (error) {
    throw toBulwarkError(operation, error)
  }
}

/** Codes of src/Common/ErrorCodes.cpp that say that the data or the statement is at fault: no use in trying again. */
const hopelessInserts = new Set(['26', '27', '53', '60', '62', '16', '47', '72', '117', '349'])

const toBulwarkError = (operation: Operation, error: unknown): BulwarkError => {
  if (error instanceof BulwarkError) return error
  const message = error instanceof Error ? error.message : String(error)
  const code = error instanceof ClickHouseError ? error.code : undefined
  if (code === '243' || /No space left on device/.test(message)) {
    const mend = 'Free some space, or set a shorter retention; nothing is lost as long as the spool has room'
    return new BulwarkError('STORE_UNAVAILABLE', { what: 'the disk of the store is full', mend, cause: error })
  }
  if (code === undefined || code === '202' || (operation === 'insert' && !hopelessInserts.has(code))) {
    return new BulwarkError('STORE_UNAVAILABLE', { what: `the store does not answer: ${message}`, cause: error })
  }
  const [what, mend] = failures.get(code) ?? [`the store refused the ${operation}: ${message}`, undefined]
  return new BulwarkError('STORE_QUERY_FAILED', { what, cause: error, ...(mend !== undefined && { mend }) })
}

const narrower = 'Ask for a shorter time, or add a term to the query'
const failures: ReadonlyMap<string, readonly [what: string, mend: string]> = new Map([
  ['159', ['the query took too long and was stopped', narrower]],
  ['160', ['the query would take too long', narrower]],
  ['241', ['the query needs more memory than it may take', narrower]],
  ['396', ['the answer has too many rows', narrower]],
])
