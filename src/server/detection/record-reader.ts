import type { Asks } from '../../detect/detector.ts'
import { guardedMembers, guardedResources } from '../../detect/guards/index.ts'
import type { RuleInput } from '../../detect/rule-set.ts'
import { subjectPart } from '../../detect/subject-part.ts'
import type { Predicate } from '../../model/predicate.ts'
import type { BulwarkRecord, PlacedRecord } from '../../model/record.ts'
import type { Micros } from '../../model/time.ts'
import { type KnownField, type RecordReader, recordKinds } from '../../rehearse/record-reader.ts'
import { readAuditEvent } from '../../sources/audit/index.ts'
import type { RecordKind, SeenField, Store } from '../../store/index.ts'
import { everything, loosened } from './loosened.ts'
import { eventVersionOf, runtimeRecordOf } from './stored-record.ts'

/** What a reader needs of a store. */
export type ReadableRecord = Pick<
  Store,
  | 'matchingEvents'
  | 'storedRecords'
  | 'ownersOver'
  | 'versionsOver'
  | 'firstVersions'
  | 'seenRequests'
  | 'seenValues'
  | 'seenClusters'
  | 'recordCounts'
  | 'withoutBodies'
>

const batchRecords = 500
/** Whoever looks at a batch does not keep all others waiting for longer. */
const batchMillis = 5
/** A predicate whose JSON is longer makes a query longer than the store reads (256 KiB of SQL). */
const longestPredicate = 16_000
/** One that asks more than this of each body takes much memory for each event. */
const simplePredicate = 2000
const fewCandidates = 2000
/** Of several kinds, so many at most are held to be put in order. */
const mostHeld = 5000
/** Shorter ranges are not divided any more. */
const shortestMicros: Micros = 1000
const mostParts = 20

const columns: Readonly<Record<KnownField, SeenField>> = {
  verb: 'verb',
  'objectRef.resource': 'resource',
  'objectRef.subresource': 'subresource',
  'objectRef.namespace': 'ns',
  'user.username': 'user',
  // Of runtime records and Event objects: src/model/event-row.ts.
  sensor: 'agent',
  rule: 'reason',
  priority: 'level',
  reason: 'reason',
  type: 'level',
}

const kinds: Readonly<Record<RuleInput, RecordKind>> = { audit: 'audit', runtime: 'runtime', events: 'event' }

/** The record as a back-test asks it, from the store. */
export const recordReader = (store: ReadableRecord): RecordReader => ({
  records: (asks, from, to) =>
    asks.audit !== undefined && asks.runtime === undefined && asks.events === undefined
      ? batches(auditRecords(store, asks.audit, from, to))
      : inOrder(store, asks, from, to),
  objects: async function* (from, to) {
    for await (const version of store.ownersOver(from, to)) yield subjectPart(version)
  },
  guards: async function* (from, to) {
    const question = { resources: guardedResources, members: guardedMembers }
    // When it was received is written anew where a version is kept for longer than all others of its day.
    for await (const version of store.versionsOver(question, from, to)) yield { ...version, receivedAt: version.time }
  },
  guardsSince: async (from, to) => {
    const [clusters, first] = await Promise.all([
      store.seenClusters('audit', from, to),
      store.firstVersions(guardedResources),
    ])
    return clusters.map((cluster) => ({ cluster, since: first.get(cluster) }))
  },
  counts: (kind, from, to, buckets) => store.recordCounts(kinds[kind], from, to, buckets),
  seen: (kind, field, values, from, to) => store.seenValues(kinds[kind], columns[field], values, from, to),
  hasBodies: async (from, to) => {
    const seen = await store.seenRequests(from, to)
    // Reads have none, whatever the level.
    return seen.some(({ verb, withRequest }) => ['create', 'update', 'patch'].includes(verb) && withRequest > 0)
  },
  notKept: (kind, from, to) => store.withoutBodies(kinds[kind], from, to),
})

const auditQuestion = (asked: Predicate, from: Micros, to: Micros) => {
  const predicate = short(asked)
  const isSimple = JSON.stringify(predicate).length <= simplePredicate
  return { predicate, ...(!isSimple && { candidates: fewCandidates }), from, to }
}

/**
 * Records of several kinds, put in order: the range is divided until so few are in each part that all of them are read
 * before the first is handed out. A query that waits for whoever reads would run into its bound.
 */
async function* inOrder(
  store: ReadableRecord,
  asks: Asks,
  from: Micros,
  to: Micros,
): AsyncGenerator<readonly PlacedRecord[]> {
  let total = 0
  for (const kind of recordKinds) {
    if (asks[kind] !== undefined) total += (await store.recordCounts(kinds[kind], from, to, 1))[0] ?? 0
  }
  if (total === 0) return
  if (total > mostHeld && to - from > shortestMicros) {
    const parts = Math.min(mostParts, Math.ceil(total / mostHeld) + 1)
    const edge = (part: number): Micros => from + Math.floor(((to - from) * part) / parts)
    for (let part = 0; part < parts; part++) yield* inOrder(store, asks, edge(part), edge(part + 1))
    return
  }
  const found: BulwarkRecord[] = []
  const { audit, runtime, events } = asks
  if (audit !== undefined) for await (const one of auditRecords(store, audit, from, to)) found.push(one)
  if (runtime !== undefined) {
    for await (const one of store.storedRecords({ kind: 'runtime', predicate: short(runtime), from, to }))
      take(found, runtimeRecordOf(one))
  }
  if (events !== undefined) {
    for await (const one of store.storedRecords({ kind: 'event', predicate: short(events), from, to }))
      take(found, eventVersionOf(one))
  }
  // The sort is stable: versions of one Event stay as they were made.
  yield* batches(found.toSorted((a, b) => a.time - b.time || a.receivedAt - b.receivedAt))
}

/** Nothing where a record cannot be read: then it was not read the first time either. */
const take = (found: BulwarkRecord[], record: BulwarkRecord | string): void => {
  if (typeof record !== 'string') found.push(record)
}

/** True of whatever the predicate is true of, and short enough for a query. */
const short = (predicate: Predicate): Predicate => {
  const loose = loosened(predicate)
  return JSON.stringify(loose).length > longestPredicate ? everything : loose
}

async function* auditRecords(
  store: ReadableRecord,
  predicate: Predicate,
  from: Micros,
  to: Micros,
): AsyncGenerator<BulwarkRecord> {
  for await (const one of store.matchingEvents(auditQuestion(predicate, from, to))) {
    const record = readAuditEvent(one.event, one)
    if (typeof record !== 'string') yield record
  }
}

/** Positions only tell the records of a batch apart: the store does not keep those of the spool. */
async function* batches(
  records: AsyncIterable<BulwarkRecord> | Iterable<BulwarkRecord>,
): AsyncGenerator<readonly PlacedRecord[]> {
  let batch: PlacedRecord[] = []
  let seq = 1
  let began = performance.now()
  for await (const record of records) {
    batch.push({ position: { seq, index: batch.length }, record })
    if (batch.length < batchRecords && performance.now() - began < batchMillis) continue
    yield batch
    batch = []
    seq += 1
    began = performance.now()
  }
  if (batch.length > 0) yield batch
}
