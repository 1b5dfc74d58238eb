import type { Predicate } from '../../model/predicate.ts'
import type { PlacedRecord } from '../../model/record.ts'
import type { Micros } from '../../model/time.ts'
import type { KnownField, RecordReader } from '../../rehearse/record-reader.ts'
import { readAuditEvent } from '../../sources/audit/index.ts'
import type { MatchingEvent, SeenField, Store } from '../../store/index.ts'

/** What a reader needs of a store. */
export type ReadableRecord = Pick<Store, 'matchingEvents' | 'seenRequests' | 'seenValues' | 'auditCounts'>

const batchEvents = 500
/** Whoever looks at a batch does not keep all others waiting for longer. */
const batchMillis = 5
/** A predicate whose JSON is longer makes a query longer than the store reads (256 KiB of SQL). */
const longestPredicate = 16_000
/** One that asks more than this of each body takes much memory for each event. */
const simplePredicate = 2000
const fewCandidates = 2000
const everything: Predicate = { kind: 'all', terms: [] }

const columns: Readonly<Record<KnownField, SeenField>> = {
  verb: 'verb',
  'objectRef.resource': 'resource',
  'objectRef.subresource': 'subresource',
  'objectRef.namespace': 'ns',
  'user.username': 'user',
}

/** The record as a back-test asks it, from the store. */
export const recordReader = (store: ReadableRecord): RecordReader => ({
  events: (predicate, from, to) => batches(store, predicate, from, to),
  counts: (from, to, buckets) => store.auditCounts(from, to, buckets),
  seen: (field, values, from, to) => store.seenValues(columns[field], values, from, to),
  bodies: async (from, to) => {
    const seen = await store.seenRequests(from, to)
    return {
      // Reads have none, whatever the level.
      withRequest: seen
        .filter(({ verb }) => ['create', 'update', 'patch'].includes(verb))
        .reduce((sum, one) => sum + one.withRequest, 0),
      notKept: seen.reduce((sum, one) => sum + one.withoutBody, 0),
    }
  },
})

/**
 * True of whatever the predicate is true of, and asked with less: the detector looks at each event again, so more than it
 * asked for costs a little time and changes nothing. What must not be is left out: filters over all rules make it long.
 */
export const loosened = (predicate: Predicate): Predicate => {
  switch (predicate.kind) {
    case 'not':
      return everything
    case 'all': {
      const terms = predicate.terms.map(loosened).filter((term) => !isEverything(term))
      return { kind: 'all', terms }
    }
    case 'any': {
      const terms = predicate.terms.map(loosened)
      return terms.some(isEverything) ? everything : { kind: 'any', terms }
    }
    case 'field':
    case 'anywhere':
    case 'fields':
      return predicate
  }
}

const isEverything = (predicate: Predicate): boolean => predicate.kind === 'all' && predicate.terms.length === 0

/** Positions only tell the records of a batch apart: the store does not keep those of the spool. */
async function* batches(
  store: ReadableRecord,
  predicate: Predicate,
  from: Micros,
  to: Micros,
): AsyncGenerator<readonly PlacedRecord[]> {
  const loose = loosened(predicate)
  const length = JSON.stringify(loose).length
  const question = {
    predicate: length > longestPredicate ? everything : loose,
    ...(length > simplePredicate && length <= longestPredicate && { candidates: fewCandidates }),
    from,
    to,
  }
  let batch: PlacedRecord[] = []
  let seq = 1
  let began = performance.now()
  for await (const found of store.matchingEvents(question)) {
    batch.push(...placed(found, seq, batch.length))
    if (batch.length < batchEvents && performance.now() - began < batchMillis) continue
    yield batch
    batch = []
    seq += 1
    began = performance.now()
  }
  if (batch.length > 0) yield batch
}

/** Nothing where the event cannot be read: then it was not read the first time either. */
const placed = (found: MatchingEvent, seq: number, index: number): readonly PlacedRecord[] => {
  const record = readAuditEvent(found.event, found)
  return typeof record === 'string' ? [] : [{ position: { seq, index }, record }]
}
