/** A record that lives in memory, and services around it, for tests of the API. */
import type { EventRow, ObjectVersionDetail, ObjectVersionRow, Searched } from '../model/answer.ts'
import { BulwarkError } from '../model/error.ts'
import { type ObjectVersion, objectKey } from '../model/object.ts'
import { matches, parseQuery } from '../model/query/index.ts'
import type { SourceStatus } from '../model/source.ts'
import { formatMicros, type Micros, parseMicros } from '../model/time.ts'
import type { ClusterView, PageRequest, RecordQueries, Services } from './services.ts'
import { createTail, type LiveTail } from './tail.ts'

export const fixtureNow: Micros = Date.UTC(2026, 0, 2, 12) * 1000

export const sampleEvent = (id: string, rest: Partial<EventRow> = {}): EventRow => ({
  id,
  kind: 'audit',
  time: formatMicros(fixtureNow - 60e6),
  receivedAt: formatMicros(fixtureNow - 59e6),
  cluster: 'shop',
  source: 'audit',
  user: 'alice',
  impersonatedUser: '',
  verb: 'delete',
  group: '',
  resource: 'pods',
  subresource: '',
  namespace: 'shop',
  name: 'web-1',
  code: 200,
  decision: 'allow',
  reason: '',
  level: 'Metadata',
  stage: 'ResponseComplete',
  sourceIp: '10.0.0.1',
  userAgent: 'kubectl',
  requestUri: '/api/v1/namespaces/shop/pods/web-1',
  node: '',
  container: '',
  image: '',
  process: '',
  summary: 'alice deleted pod shop/web-1',
  ...rest,
})

export const sampleSource = (rest: Partial<SourceStatus> = {}): SourceStatus => ({
  id: 'cluster',
  type: 'cluster',
  cluster: 'shop',
  state: 'connected',
  message: 'watches 60 kinds',
  since: fixtureNow - 3600e6,
  lastRecordAt: fixtureNow - 1e6,
  recordsTotal: 10,
  bytesTotal: 1000,
  recordsPerSecond: 1.5,
  lagMillis: 12,
  gapsTotal: 1,
  quarantinedTotal: 0,
  missing: [],
  ...rest,
})

export interface FixtureContent {
  readonly events?: readonly EventRow[]
  readonly versions?: readonly ObjectVersion[]
  readonly sources?: readonly SourceStatus[]
  readonly clusterAt: (at: Micros | undefined) => Promise<ClusterView>
  readonly record?: Partial<RecordQueries>
}

/** Services over this content. `reported` gathers the faults that were told. */
export const fixtureServices = (
  content: FixtureContent,
): Services & { readonly tail: LiveTail; readonly reported: unknown[] } => {
  const reported: unknown[] = []
  return {
    about: { version: '0.1.0', cluster: 'shop', startedAt: fixtureNow - 3600e6, recording: undefined },
    now: () => fixtureNow,
    record: { ...memoryRecord(content.events ?? [], content.versions ?? []), ...content.record },
    clusterAt: content.clusterAt,
    sources: {
      statuses: () => content.sources ?? [sampleSource()],
      setups: () => [
        { type: 'audit', title: 'Audit log', steps: [{ text: 'Write this file', copy: 'apiVersion: v1' }] },
      ],
      test: async (id) =>
        id === 'cluster'
          ? { ok: true, steps: [{ what: 'connect', ok: true, detail: 'in 3 ms', mend: '' }] }
          : undefined,
    },
    tail: createTail('run'),
    report: (error) => reported.push(error),
    reported,
    metrics: async () => ({ contentType: 'text/plain; version=0.0.4; charset=utf-8', text: 'bulwark_up 1\n' }),
  }
}

const searched: Searched = { rows: 1, elapsedMillis: 1, partial: false, gaps: [] }

const memoryRecord = (events: readonly EventRow[], versions: readonly ObjectVersion[]): RecordQueries => {
  const rows = versions.map((version, index): ObjectVersionRow => {
    const { ref, uid, resourceVersion, time, change, synthesised } = version
    const row = { id: `v${index}`, ref, uid, resourceVersion, time: formatMicros(time), change, synthesised }
    return { ...row, madeBy: events[0] }
  })
  const newest = rows.toReversed()
  return {
    health: () => ({ kind: 'embedded', state: 'ready', message: '', restarts: 0, version: '26.7' }),
    recordWindow: async () => ({
      from: formatMicros(fixtureNow - 3600e6),
      to: formatMicros(fixtureNow),
      events: events.length,
      objectVersions: versions.length,
      bytesOnDisk: 1,
    }),
    searchEvents: async (filter, page) => ({ ...pageOf(select(events, filter.query), page), searched }),
    eventDetail: async (id) => {
      const row = events.find((event) => event.id === id)
      return row && { row, raw: { auditID: id } }
    },
    histogram: async (filter, { split }) => {
      const total = select(events, filter.query).length
      const series = [{ label: split, counts: [total] }]
      return { from: '', to: '', stepSeconds: 60, series, total, searched }
    },
    facets: async (_filter, fields) => ({
      fields: fields.map((field) => ({ field, values: [{ value: 'a', count: 1 }], more: false })),
      searched,
    }),
    unusualVolume: async (filter, { field, stepSeconds }) => {
      const [total, to] = [select(events, filter.query).length, filter.to ?? '']
      const series = [{ value: 'alice', total, counts: [total], expected: [0.5], scores: [-1.25], unusual: [0] }]
      const told = { method: 'median', learning: ['too few'], more: false, searched } as const
      return { field, from: filter.from ?? '', to, stepSeconds, series, ...told }
    },
    fieldValues: async (field, prefix) => [{ value: `${prefix}…${field}`, count: 1 }],
    timeline: async (from, to, buckets) => {
      const [stepSeconds, zeros] = [(to - from) / 1e6 / buckets, Array<number>(buckets).fill(0)]
      const [first, last] = [formatMicros(from), formatMicros(to)]
      return { from: first, to: last, stepSeconds, records: zeros, forbidden: zeros, changes: zeros, gaps: [] }
    },
    gapsIn: async () => [
      {
        id: 'g',
        source: 'cluster',
        from: formatMicros(fixtureNow - 9e6),
        to: formatMicros(fixtureNow - 8e6),
        reason: 'stream-broken',
        what: 'watch of pods was cut',
        estimate: undefined,
      },
    ],
    objectVersions: async (object, page) =>
      pageOf(
        newest.filter(({ ref }) => objectKey(ref) === objectKey(object)),
        page,
      ),
    objectVersion: async (id): Promise<ObjectVersionDetail | undefined> => {
      const index = rows.findIndex((row) => row.id === id)
      const [version, body] = [rows[index], versions[index]?.body]
      return version && body && { version, body: { ...body } }
    },
    changesIn: async ({ from, to }, page) => {
      const inRange = (row: ObjectVersionRow): boolean => {
        const time = parseMicros(row.time) ?? 0
        return time >= from && time < to
      }
      return pageOf(newest.filter(inRange), page)
    },
  }
}

const select = (events: readonly EventRow[], text: string): readonly EventRow[] => {
  const parsed = parseQuery(text)
  if (!parsed.ok) throw new BulwarkError('QUERY_SYNTAX', { what: parsed.error.message })
  return events.filter((event) => matches(parsed.query, event))
}

const pageOf = <Row>(rows: readonly Row[], { limit, cursor = '0' }: PageRequest) => {
  const start = Number(cursor)
  const end = start + limit
  return { items: rows.slice(start, end), nextCursor: end < rows.length ? String(end) : undefined }
}
