/**
 * Every route of the API: what it takes in the URL and what it answers with 200. Everything else is an `ErrorAnswer`
 * with 400 (cannot be understood), 401 (not signed in), 403, 404, 429 or 503 (store not ready; try again).
 *
 * Path parameters: `{group}` and `{namespace}` are `-` where they are empty (core group, cluster-scoped kind).
 * Query parameters are texts: `from`, `to` and `at` RFC 3339; `limit` 1 to 1000, default 100; `cursor` the
 * `nextCursor` of the page before; `q` a query text (see model/query). Without `at` the answer is live.
 */
import type { EventDetail, EventPage, Facets, Histogram, ObjectVersionDetail, Timeline } from '../../model/answer.ts'
import type { Finding } from '../../model/finding.ts'
import type { NamespacePosture, WorkloadPosture, WorkloadRow } from '../../model/posture.ts'
import type {
  KindsAnswer,
  ObjectDetail,
  ObjectRow,
  ObjectVersionPage,
  OverviewAnswer,
  SourcesAnswer,
  SourceTest,
  StatePage,
  StatusAnswer,
  ValuesAnswer,
} from './answers.ts'

type Page = 'limit' | 'cursor'
type Range = 'from' | 'to'
type Events = 'q' | Range

/** `query` names the query parameters that a route knows; all are optional unless said. */
export interface Routes {
  'GET /api/v1/status': { query: never; answer: StatusAnswer }
  'GET /api/v1/overview': { query: 'at'; answer: OverviewAnswer }

  'GET /api/v1/sources': { query: never; answer: SourcesAnswer }
  'POST /api/v1/sources/{id}/test': { query: never; answer: SourceTest }

  'GET /api/v1/events': { query: Events | Page; answer: EventPage }
  'GET /api/v1/events/{id}': { query: never; answer: EventDetail }
  /** `buckets` 1 to 500, default 60; `split` one of `histogramSplits`, default `decision`. */
  'GET /api/v1/events/histogram': { query: Events | 'buckets' | 'split'; answer: Histogram }
  /** `fields` names separated by commas, at most 12; `limit` values of each, default 10, at most 100. */
  'GET /api/v1/events/facets': { query: Events | 'fields' | 'limit'; answer: Facets }
  /** Completion. `field` is required; `prefix` default empty; `limit` default 20, at most 100. */
  'GET /api/v1/events/values': { query: 'field' | 'prefix' | 'limit'; answer: ValuesAnswer }
  /** Server-sent events: see `StreamEvents`. */
  'GET /api/v1/events/stream': { query: 'q'; answer: 'text/event-stream' }
  /** A file. `format` is `csv` or `jsonl`; `limit` default and at most 100000, newest first. Header
   *  `Bulwark-Total` says how many rows match, so that a cut is seen. */
  'GET /api/v1/events/export': { query: Events | 'format' | 'limit'; answer: 'text/csv' | 'application/jsonl' }
  /** `buckets` 1 to 500, default 96. */
  'GET /api/v1/timeline': { query: Range | 'buckets'; answer: Timeline }

  'GET /api/v1/namespaces': { query: 'at' | Page; answer: StatePage<NamespacePosture> }
  /** `level` is the strictest level satisfied; `severity` keeps workloads with a finding at least as severe; `name` a part of the name. */
  'GET /api/v1/workloads': {
    query: 'at' | 'namespace' | 'kind' | 'level' | 'severity' | 'name' | Page
    answer: StatePage<WorkloadRow>
  }
  'GET /api/v1/workloads/{group}/{kind}/{namespace}/{name}': { query: 'at'; answer: WorkloadPosture }
  /** `severity` is the mildest wanted; `check` the id of a check. */
  'GET /api/v1/findings': { query: 'at' | 'namespace' | 'check' | 'severity' | Page; answer: StatePage<Finding> }

  'GET /api/v1/kinds': { query: 'at'; answer: KindsAnswer }
  /** All optional: `name` is a part of the name, so that objects can be found without knowing their kind. `group=-` is the core group. */
  'GET /api/v1/objects': {
    query: 'at' | 'group' | 'kind' | 'namespace' | 'name' | Page
    answer: StatePage<ObjectRow>
  }
  /** An object that is gone is answered with its last state and `deleted: true`; 404 when the record never saw it. */
  'GET /api/v1/objects/{group}/{kind}/{namespace}/{name}': { query: 'at'; answer: ObjectDetail }
  'GET /api/v1/objects/{group}/{kind}/{namespace}/{name}/versions': { query: Page; answer: ObjectVersionPage }
  'GET /api/v1/versions/{id}': { query: never; answer: ObjectVersionDetail }
  'GET /api/v1/changes': {
    query: Range | 'group' | 'kind' | 'namespace' | Page
    answer: ObjectVersionPage
  }

  /** A new link that signs a browser in, once: a path to put behind the server's address. */
  'POST /api/v1/links': { query: never; answer: { readonly path: string } }

  'GET /api/v1/openapi.json': { query: never; answer: 'an OpenAPI 3.1 document' }
}

/** `GET /api/v1/events` and so on. */
export type RouteId = keyof Routes

/** Every route, for what has to know them while it runs. */
export const routeIds = [
  'GET /api/v1/status',
  'GET /api/v1/overview',
  'GET /api/v1/sources',
  'POST /api/v1/sources/{id}/test',
  'GET /api/v1/events',
  'GET /api/v1/events/{id}',
  'GET /api/v1/events/histogram',
  'GET /api/v1/events/facets',
  'GET /api/v1/events/values',
  'GET /api/v1/events/stream',
  'GET /api/v1/events/export',
  'GET /api/v1/timeline',
  'GET /api/v1/namespaces',
  'GET /api/v1/workloads',
  'GET /api/v1/workloads/{group}/{kind}/{namespace}/{name}',
  'GET /api/v1/findings',
  'GET /api/v1/kinds',
  'GET /api/v1/objects',
  'GET /api/v1/objects/{group}/{kind}/{namespace}/{name}',
  'GET /api/v1/objects/{group}/{kind}/{namespace}/{name}/versions',
  'GET /api/v1/versions/{id}',
  'GET /api/v1/changes',
  'POST /api/v1/links',
  'GET /api/v1/openapi.json',
] as const satisfies readonly RouteId[]
