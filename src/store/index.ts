import { randomUUID } from 'node:crypto'
import type {
  EventDetail,
  EventFilter,
  EventPage,
  Facets,
  GapRow,
  Histogram,
  ObjectVersionDetail,
  Timeline,
  UnusualVolume,
} from '../model/answer.ts'
import { BulwarkError } from '../model/error.ts'
import type { ObjectVersion } from '../model/object.ts'
import type { PlacedRecord } from '../model/record.ts'
import type { Micros } from '../model/time.ts'
import type { Backend } from './backend.ts'
import type { Client } from './client.ts'
import { EmbeddedBackend } from './embedded.ts'
import { BlockEncoder, type EncodedPart } from './encode.ts'
import { migrate, readMigrations } from './migrate.ts'
import { eventDetail } from './queries/event-detail.ts'
import { facets, fieldValues } from './queries/facets.ts'
import { gapsIn } from './queries/gaps-in.ts'
import { histogram } from './queries/histogram.ts'
import { matchingCounts, matchingEvents } from './queries/matching-events.ts'
import { changesIn, objectVersion, objectVersions } from './queries/object-versions.ts'
import { ownersOver } from './queries/owners-over.ts'
import { countsBySource, recordWindow, timeline } from './queries/record-window.ts'
import { searchEvents } from './queries/search-events.ts'
import { recordCounts, seenClusters, seenRequests, seenValues, withoutBodies } from './queries/seen.ts'
import { stateAt } from './queries/state-at.ts'
import { storedRecords } from './queries/stored-records.ts'
import { unusualVolume } from './queries/unusual-volume.ts'
import { firstVersions, versionsOver } from './queries/versions-over.ts'
import { clampLimit } from './questions.ts'
import { applyRetention } from './retention.ts'
import { ServerBackend } from './server.ts'
import type {
  ChangeFilter,
  FieldValue,
  HistogramOptions,
  MatchingCounts,
  MatchingEvent,
  MatchingQuestion,
  ObjectName,
  ObjectVersionPage,
  OpenStore,
  PageRequest,
  RecordKind,
  RecordWindow,
  ResourceName,
  SeenField,
  SeenRequest,
  SourceCount,
  StateFilter,
  Store,
  StoredRecord,
  StoredRecordQuestion,
  StoreHealth,
  StoreSettings,
  UnusualOptions,
  VersionsQuestion,
} from './store.ts'

export type * from './store.ts'

/** Half a year more than most rules ask for the columns; the store's memory leaves room for the rest of Bulwark. */
export const defaultStoreSettings: StoreSettings = {
  retentionDays: 395,
  bodyRetentionDays: 90,
  maxQueryMemory: 600 * 1024 * 1024,
  maxMemory: 1024 * 1024 * 1024,
  queryTimeoutMillis: 20_000,
  openTimeoutMillis: 20_000,
}

/** Opens a store in the background and returns at once; see {@link OpenStore}. */
export const openStore: OpenStore = async (place, settings = {}) => {
  const all = { ...defaultStoreSettings, ...settings }
  const backend = 'dir' in place ? await EmbeddedBackend.open(place.dir, all) : new ServerBackend(place.url, all)
  return new RecordStore(backend, all)
}

const retentionEveryMillis = 6 * 3600 * 1000

/** The {@link Store} over either kind of backend. */
export class RecordStore implements Store {
  readonly ready: Promise<void>
  readonly #backend: Backend
  readonly #settings: StoreSettings
  readonly #client: Client
  #failure = ''
  #isReady = false
  /** True until a block went in whole, and again after one did not: an earlier run may have tried the first one. */
  #isUnsure = true
  #version = ''
  #retention: NodeJS.Timeout | undefined

  constructor(backend: Backend, settings: StoreSettings) {
    this.#backend = backend
    this.#settings = settings
    this.#client = backend.client
    this.ready = this.#prepare()
    this.ready.catch((error: unknown) => {
      this.#failure = error instanceof Error ? error.message : String(error)
    })
  }

  async #prepare(): Promise<void> {
    await this.#backend.available()
    await migrate(this.#client, await readMigrations())
    await applyRetention(this.#client, this.#settings)
    const { rows } = await this.#client.select('SELECT version() AS version')
    this.#version = String(rows[0]?.version ?? '')
    this.#isReady = true
    this.#retention = setInterval(() => {
      // A store that cannot be reached now is held to its retention the next time.
      applyRetention(this.#client, this.#settings).catch(() => {})
    }, retentionEveryMillis).unref()
  }

  health(): StoreHealth {
    const { kind, restarts, state } = this.#backend
    const common = { kind, restarts, version: this.#version }
    if (this.#failure !== '' && state.state !== 'closed') return { ...common, state: 'failed', message: this.#failure }
    if (state.state === 'ready' && !this.#isReady) {
      return { ...common, state: 'opening', message: 'the schema is being prepared' }
    }
    return { ...common, ...state }
  }

  insertBlock(records: readonly PlacedRecord[], token: string): Promise<void> {
    const encoder = new BlockEncoder()
    encoder.add(records)
    return this.insertEncoded(encoder.parts(), token)
  }

  async insertEncoded(parts: readonly EncodedPart[], token: string): Promise<void> {
    const client = await this.#open()
    // ClickHouse notes a token before it commits the part: an engine that is killed in between would take the same token
    // for done, and the part would be lost. So a block of which nobody knows how an earlier try ended goes in under a
    // token of its own; rows that stand twice then are one by their order key (see schema/001-record.sql).
    const safe = this.#isUnsure ? `${token}/again-${randomUUID()}` : token
    this.#isUnsure = true
    for (const { table, columns, day, chunks } of parts)
      await client.insert(table, columns, chunks, `${safe}/${table}/${day}`)
    this.#isUnsure = false
  }

  async searchEvents(filter: EventFilter, page: PageRequest): Promise<EventPage> {
    return searchEvents(await this.#open(), filter, page)
  }

  async eventDetail(id: string): Promise<EventDetail | undefined> {
    return eventDetail(await this.#open(), id)
  }

  async histogram(filter: EventFilter, options: HistogramOptions): Promise<Histogram> {
    return histogram(await this.#open(), filter, options)
  }

  async facets(filter: EventFilter, fields: readonly string[], limit: number): Promise<Facets> {
    return facets(await this.#open(), filter, fields, limit)
  }

  async unusualVolume(filter: EventFilter, options: UnusualOptions): Promise<UnusualVolume> {
    return unusualVolume(await this.#open(), filter, options)
  }

  async fieldValues(field: string, prefix: string, limit: number): Promise<readonly FieldValue[]> {
    return fieldValues(await this.#open(), field, prefix, limit)
  }

  async timeline(from: Micros, to: Micros, buckets: number): Promise<Timeline> {
    return timeline(await this.#open(), from, to, buckets)
  }

  async gapsIn(from: Micros, to: Micros, limit: number): Promise<readonly GapRow[]> {
    return gapsIn(await this.#open(), from, to, clampLimit(limit, 1000))
  }

  async countsBySource(from: Micros, to: Micros): Promise<readonly SourceCount[]> {
    return countsBySource(await this.#open(), from, to)
  }

  async recordWindow(): Promise<RecordWindow | undefined> {
    return recordWindow(await this.#open())
  }

  async *matchingEvents(question: MatchingQuestion): AsyncGenerator<MatchingEvent> {
    yield* matchingEvents(await this.#open(), question)
  }

  async matchingCounts(question: MatchingQuestion, buckets: number): Promise<MatchingCounts> {
    return matchingCounts(await this.#open(), question, buckets)
  }

  async seenRequests(from: Micros, to: Micros): Promise<readonly SeenRequest[]> {
    return seenRequests(await this.#open(), from, to)
  }

  async seenValues(
    kind: RecordKind,
    field: SeenField,
    values: readonly string[],
    from: Micros,
    to: Micros,
  ): Promise<ReadonlySet<string>> {
    return seenValues(await this.#open(), kind, field, values, from, to)
  }

  async seenClusters(kind: RecordKind, from: Micros, to: Micros): Promise<readonly string[]> {
    return seenClusters(await this.#open(), kind, from, to)
  }

  async recordCounts(kind: RecordKind, from: Micros, to: Micros, parts: number): Promise<readonly number[]> {
    return recordCounts(await this.#open(), kind, from, to, parts)
  }

  async withoutBodies(kind: RecordKind, from: Micros, to: Micros): Promise<number> {
    return withoutBodies(await this.#open(), kind, from, to)
  }

  async *storedRecords(question: StoredRecordQuestion): AsyncGenerator<StoredRecord> {
    yield* storedRecords(await this.#open(), question)
  }

  async objectVersions(object: ObjectName, page: PageRequest): Promise<ObjectVersionPage> {
    return objectVersions(await this.#open(), object, page)
  }

  async objectVersion(id: string): Promise<ObjectVersionDetail | undefined> {
    return objectVersion(await this.#open(), id)
  }

  async changesIn(filter: ChangeFilter, page: PageRequest): Promise<ObjectVersionPage> {
    return changesIn(await this.#open(), filter, page)
  }

  async *ownersOver(from: Micros, to: Micros): AsyncGenerator<ObjectVersion> {
    yield* ownersOver(await this.#open(), from, to)
  }

  async *versionsOver(question: VersionsQuestion, from: Micros, to: Micros): AsyncGenerator<ObjectVersion> {
    yield* versionsOver(await this.#open(), question, from, to)
  }

  async firstVersions(resources: readonly ResourceName[]): Promise<ReadonlyMap<string, Micros>> {
    return firstVersions(await this.#open(), resources)
  }

  async *stateAt(time: Micros, filter: StateFilter = {}): AsyncGenerator<ObjectVersion> {
    yield* stateAt(await this.#open(), time, filter)
  }

  /** Waits for the store, up to the bound of the settings. */
  async #open(): Promise<Client> {
    if (this.#isReady && this.#backend.state.state === 'ready') return this.#client
    const patience = AbortSignal.timeout(this.#settings.openTimeoutMillis)
    const late = new Promise<never>((_, reject) => {
      patience.addEventListener('abort', () => {
        const { message } = this.health()
        reject(new BulwarkError('STORE_UNAVAILABLE', { what: `the store does not answer: ${message}` }))
      })
    })
    await Promise.race([Promise.all([this.ready, this.#backend.available()]), late])
    return this.#client
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#retention)
    await this.#backend[Symbol.asyncDispose]()
    await this.ready.catch(() => {})
  }
}
