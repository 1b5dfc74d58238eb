import type { Facets, Histogram } from '../../model/answer.ts'
import type { JsonObject } from '../../model/json.ts'
import type { Predicate } from '../../model/predicate.ts'
import { type Expression, printQuery, type QueryField } from '../../model/query/index.ts'
import type { PlacedRecord } from '../../model/record.ts'
import { formatMicros, type Micros, parseMicros } from '../../model/time.ts'
import type { KnownField, RecordReader } from '../../rehearse/record-reader.ts'
import { parseAudit } from '../../sources/audit/index.ts'
import type { Store } from '../../store/index.ts'

const batchEvents = 500
/** A predicate whose JSON is longer makes a query longer than the store reads (256 KiB of SQL). */
const longestPredicate = 16_000
const everything: Predicate = { kind: 'all', terms: [] }

const columns: Readonly<Record<KnownField, QueryField>> = {
  verb: 'verb',
  'objectRef.resource': 'resource',
  'objectRef.subresource': 'subresource',
  'objectRef.namespace': 'ns',
  'user.username': 'user',
}

/** The record as a back-test asks it, from the store. */
export const recordReader = (store: Store, cluster: () => string): RecordReader => ({
  events: (predicate, from, to) => batches(store, cluster(), predicate, from, to),
  counts: async (from, to, buckets) => {
    const counted = await histogram(store, from, to, [], buckets)
    const begin = parseMicros(counted.from) ?? from
    const counts = new Array<number>(buckets).fill(0)
    for (const { counts: series } of counted.series) {
      for (const [place, count] of series.entries()) {
        const moment = begin + place * counted.stepSeconds * 1_000_000
        const bucket = Math.floor(((moment - from) * buckets) / (to - from))
        const at = Math.min(Math.max(bucket, 0), buckets - 1)
        counts[at] = (counts[at] ?? 0) + count
      }
    }
    return counts
  },
  seen: async (field, values, from, to) => {
    if (values.length === 0) return new Set()
    const column = columns[field]
    const filter = filterOf(from, to, [{ kind: 'field', field: column, values: values.map((value) => [value]) }])
    const { fields }: Facets = await store.facets(filter, [column], values.length)
    return new Set(fields.flatMap((one) => one.values.map(({ value }) => value)))
  },
  // Of levels that carry the body of a request, for verbs that have one.
  withRequest: async (from, to) => {
    const levels: Expression = { kind: 'field', field: 'level', values: [['Request'], ['RequestResponse']] }
    const verbs: Expression = { kind: 'field', field: 'verb', values: [['create'], ['update'], ['patch']] }
    return (await histogram(store, from, to, [levels, verbs], 1)).total
  },
})

const histogram = (
  store: Store,
  from: Micros,
  to: Micros,
  terms: readonly Expression[],
  buckets: number,
): Promise<Histogram> => store.histogram(filterOf(from, to, terms), { buckets, split: 'kind' })

const filterOf = (from: Micros, to: Micros, terms: readonly Expression[]) => ({
  query: printQuery({
    expression: { kind: 'all', terms: [{ kind: 'field', field: 'kind', values: [['audit']] }, ...terms] },
    allStages: false,
  }),
  from: formatMicros(from),
  to: formatMicros(to),
})

/** Positions only tell the records of a batch apart: the store does not keep those of the spool. */
async function* batches(
  store: Store,
  cluster: string,
  predicate: Predicate,
  from: Micros,
  to: Micros,
): AsyncGenerator<readonly PlacedRecord[]> {
  // The detector looks at each event again: more than it asked for costs time and changes nothing.
  const asked = JSON.stringify(predicate).length > longestPredicate ? everything : predicate
  let batch: PlacedRecord[] = []
  let seq = 1
  for await (const { time, event } of store.matchingEvents({ predicate: asked, from, to })) {
    batch.push(...placed(event, time, cluster, seq, batch.length))
    if (batch.length < batchEvents) continue
    yield batch
    batch = []
    seq += 1
  }
  if (batch.length > 0) yield batch
}

const placed = (
  event: JsonObject,
  time: Micros,
  cluster: string,
  seq: number,
  first: number,
): readonly PlacedRecord[] => {
  const payload = Buffer.from(JSON.stringify(event))
  // The moment of receipt is only a bound of the event's own time.
  const { records } = parseAudit({ stream: 'audit', source: 'record', cluster, receivedAt: time, payload })
  return records.map((record, index) => ({ position: { seq, index: first + index }, record }))
}
