/**
 * Every route of the API: what it takes in the URL and what it answers with 200. Everything else is an `ErrorAnswer`
 * with 400 (cannot be understood), 401 (not signed in), 403, 404, 429 or 503 (store not ready; try again).
 *
 * `body` is the JSON that a route takes; 409 answers a change that somebody else was faster with, or that cannot be made.
 *
 * Path parameters: `{group}` and `{namespace}` are `-` where they are empty (core group, cluster-scoped kind).
 * Query parameters are texts: `from`, `to` and `at` RFC 3339; `limit` 1 to 1000, default 100; `cursor` the
 * `nextCursor` of the page before; `q` a query text (see model/query). Without `at` the answer is live.
 */
import type {
  EventDetail,
  EventPage,
  Facets,
  Histogram,
  ObjectVersionDetail,
  Timeline,
  UnusualVolume,
} from '../../model/answer.ts'
import type { Finding } from '../../model/finding.ts'
import type { NamespacePosture, WorkloadPosture, WorkloadRow } from '../../model/posture.ts'
import type { SuppressionSpec } from '../../model/suppression.ts'
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
import type {
  BacktestBody,
  BacktestStatus,
  ByBody,
  CaseChanged,
  CaseDetail,
  CasesAnswer,
  CoverageAnswer,
  MergeBody,
  OutputsAnswer,
  OutputTest,
  RuleCheck,
  RuleCheckBody,
  RuleDetail,
  RuleReplay,
  RulesAnswer,
  SavedRules,
  SaveRulesBody,
  SelftestAlertsBody,
  SelftestBody,
  SelftestKept,
  SelftestResultsBody,
  SelftestStatus,
  SplitBody,
  SuppressionBody,
  SuppressionsAnswer,
  SwitchBody,
  TriageBody,
} from './detection.ts'

type Page = 'limit' | 'cursor'
type Range = 'from' | 'to'
type Events = 'q' | Range

/** `query` names the query parameters that a route knows; all are optional unless said. */
export interface Routes extends DetectionRoutes {
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
  /**
   * `field` default `user`; `step` seconds of a bucket, one of `unusualSteps`, default 3600; `limit` values, default 10, at
   * most 50. At most five weeks and 1,008 buckets, and as long as that without `from`.
   */
  'GET /api/v1/events/unusual': { query: Events | 'field' | 'step' | 'limit'; answer: UnusualVolume }
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

/** Cases, rules, suppressions, back-tests, coverage and outputs. `by` is the name of the one who does it. */
interface DetectionRoutes {
  /** `state` names separated by commas; `severity` the mildest wanted; `rule` an id; `owner=-` nobody; `name` a word of it. */
  'GET /api/v1/cases': {
    query: 'state' | 'severity' | 'namespace' | 'rule' | 'owner' | 'name' | Page
    answer: CasesAnswer
  }
  'GET /api/v1/cases/{id}': { query: never; answer: CaseDetail }
  /** Server-sent events: see `CaseEvents`. */
  'GET /api/v1/cases/stream': { query: never; answer: 'text/event-stream' }
  'POST /api/v1/cases/{id}/triage': { query: never; body: TriageBody; answer: CaseChanged }
  'POST /api/v1/cases/{id}/merge': { query: never; body: MergeBody; answer: CaseChanged }
  'POST /api/v1/cases/{id}/split': { query: never; body: SplitBody; answer: CaseChanged }
  'POST /api/v1/case-changes/{id}/undo': { query: never; body: ByBody; answer: CaseChanged }
  /** A suppression filled in from the case, for a person to look at and back-test. */
  'GET /api/v1/cases/{id}/suppression': { query: never; answer: SuppressionSpec }

  'GET /api/v1/rules': { query: never; answer: RulesAnswer }
  'GET /api/v1/rules/{id}': { query: never; answer: RuleDetail }
  'POST /api/v1/rules/{id}/switch': { query: never; body: SwitchBody; answer: RuleDetail }
  /** Runs the tests that stand beside a shipped rule by the rules as they run; nothing is kept. */
  'POST /api/v1/rules/{id}/replay': { query: never; answer: RuleReplay }
  'POST /api/v1/rules/check': { query: never; body: RuleCheckBody; answer: RuleCheck }
  /** Rules that people wrote here, kept under a name of theirs. */
  'GET /api/v1/saved-rules/{name}': { query: never; answer: SavedRules }
  'PUT /api/v1/saved-rules/{name}': { query: never; body: SaveRulesBody; answer: RulesAnswer }
  'DELETE /api/v1/saved-rules/{name}': { query: 'by'; answer: RulesAnswer }

  'GET /api/v1/suppressions': { query: never; answer: SuppressionsAnswer }
  'POST /api/v1/suppressions': { query: never; body: SuppressionBody; answer: SuppressionsAnswer }
  'DELETE /api/v1/suppressions/{id}': { query: 'by'; answer: SuppressionsAnswer }

  'POST /api/v1/backtests': { query: never; body: BacktestBody; answer: BacktestStatus }
  'GET /api/v1/backtests/{id}': { query: never; answer: BacktestStatus }
  'POST /api/v1/backtests/{id}/cancel': { query: never; answer: BacktestStatus }
  /** Server-sent events: see `BacktestEvents`. Ends when the back-test does. */
  'GET /api/v1/backtests/{id}/stream': { query: never; answer: 'text/event-stream' }

  'POST /api/v1/selftests': { query: never; body: SelftestBody; answer: SelftestStatus }
  'GET /api/v1/selftests/{id}': { query: never; answer: SelftestStatus }
  'POST /api/v1/selftests/{id}/alerts': { query: never; body: SelftestAlertsBody; answer: SelftestStatus }
  /** Keeps what it found of each rule, for the coverage; what is not to be believed is refused, and the others are kept. */
  'POST /api/v1/selftests/{id}/results': { query: never; body: SelftestResultsBody; answer: SelftestKept }
  /** Closes the cases that are its alone. */
  'POST /api/v1/selftests/{id}/end': { query: never; answer: SelftestStatus }

  'GET /api/v1/coverage': { query: never; answer: CoverageAnswer }
  /** A file, a line for each rule. `format` is `csv` or `jsonl`. */
  'GET /api/v1/coverage/export': { query: 'format'; answer: 'text/csv' | 'application/jsonl' }

  'GET /api/v1/outputs': { query: never; answer: OutputsAnswer }
  /** `dryRun=true` only shows what would be sent. */
  'POST /api/v1/outputs/{id}/test': { query: 'dryRun'; answer: OutputTest }
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
  'GET /api/v1/events/unusual',
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
  'GET /api/v1/cases',
  'GET /api/v1/cases/{id}',
  'GET /api/v1/cases/stream',
  'POST /api/v1/cases/{id}/triage',
  'POST /api/v1/cases/{id}/merge',
  'POST /api/v1/cases/{id}/split',
  'POST /api/v1/case-changes/{id}/undo',
  'GET /api/v1/cases/{id}/suppression',
  'GET /api/v1/rules',
  'GET /api/v1/rules/{id}',
  'POST /api/v1/rules/{id}/switch',
  'POST /api/v1/rules/check',
  'POST /api/v1/rules/{id}/replay',
  'GET /api/v1/saved-rules/{name}',
  'PUT /api/v1/saved-rules/{name}',
  'DELETE /api/v1/saved-rules/{name}',
  'GET /api/v1/suppressions',
  'POST /api/v1/suppressions',
  'DELETE /api/v1/suppressions/{id}',
  'POST /api/v1/backtests',
  'GET /api/v1/backtests/{id}',
  'POST /api/v1/backtests/{id}/cancel',
  'GET /api/v1/backtests/{id}/stream',
  'POST /api/v1/selftests',
  'GET /api/v1/selftests/{id}',
  'POST /api/v1/selftests/{id}/alerts',
  'POST /api/v1/selftests/{id}/results',
  'POST /api/v1/selftests/{id}/end',
  'GET /api/v1/coverage',
  'GET /api/v1/coverage/export',
  'GET /api/v1/outputs',
  'POST /api/v1/outputs/{id}/test',
  'POST /api/v1/links',
  'GET /api/v1/openapi.json',
] as const satisfies readonly RouteId[]
