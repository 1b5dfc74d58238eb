/** Schemas of cases, rules, suppressions, back-tests, coverage and outputs: ../detection.ts. */
import { z } from '@hono/zod-openapi'
import { type Case, type CaseStep, caseStates, closingReasons } from '../../../model/case.ts'
import { sensors } from '../../../model/record.ts'
import { type RuleHead, ruleLanguages, ruleOrigins } from '../../../model/rule.ts'
import {
  type Suppression,
  type SuppressionSpec,
  suppressionOrigins,
  suppressionStates,
} from '../../../model/suppression.ts'
import {
  type BacktestBody,
  type BacktestStatus,
  backtestKinds,
  type CaseChanged,
  type CaseDetail,
  type CasesAnswer,
  type CoverageAnswer,
  type DetectionHonesty,
  type OutputsAnswer,
  type OutputTest,
  type RuleCheck,
  type RuleCheckBody,
  type RuleCoverage,
  type RuleDetail,
  type RuleProblemRow,
  type RuleReplay,
  type RuleRow,
  type RulesAnswer,
  type SavedRules,
  type SaveRulesBody,
  type SelftestAlertsBody,
  type SelftestBody,
  type SelftestStatus,
  type SuppressionBody,
  type SuppressionsAnswer,
  type TriageBody,
} from '../detection.ts'
import { severity } from './posture.ts'
import { count, gapRow, moment } from './record.ts'
import { schemaOf } from './schema-of.ts'

const texts = z.array(z.string())

const caseRow = schemaOf<Case>()(
  'Case',
  z.object({
    id: z.string(),
    cluster: z.string(),
    title: z.string(),
    severity,
    severityReasons: z.array(z.object({ text: z.string(), steps: z.int() })),
    state: z.enum(caseStates),
    owner: z.string(),
    snoozedUntil: moment.optional(),
    closingReason: z.enum(closingReasons).optional(),
    note: z.string(),
    firstTime: moment,
    lastTime: moment,
    changedAt: moment,
    detections: count,
    rules: z.array(
      z.object({
        rule: z.string(),
        title: z.string(),
        severity,
        detections: count,
        firstTime: moment,
        lastTime: moment,
      }),
    ),
    techniques: texts,
    entities: z.array(
      z.object({
        role: z.enum(['actor', 'target', 'address', 'place']),
        kind: z.string(),
        namespace: z.string(),
        name: z.string(),
        count,
      }),
    ),
    namespaces: texts,
    mergedInto: z.string().optional(),
  }),
)

const caseStep = schemaOf<CaseStep>()(
  'CaseStep',
  z.object({
    id: z.string(),
    rule: z.string(),
    title: z.string(),
    severity,
    lane: z.enum(['requests', 'runtime', 'objects', 'flows']),
    firstTime: moment,
    lastTime: moment,
    count,
    principal: z.string(),
    sourceIp: z.string(),
    target: z.object({
      group: z.string(),
      resource: z.string(),
      subresource: z.string(),
      namespace: z.string(),
      name: z.string(),
    }),
    refused: z.boolean(),
    message: z.string(),
    containers: texts.optional(),
    images: texts.optional(),
    evidence: texts,
  }),
)

const honesty = schemaOf<DetectionHonesty>()(
  'DetectionHonesty',
  z.object({
    rulesRunning: count,
    lagMillis: z.number(),
    upTo: moment.optional(),
    silentSources: texts,
    suppressed: count,
    notes: texts,
  }),
)

export const cases = schemaOf<CasesAnswer>()(
  'Cases',
  z.object({
    items: z.array(caseRow),
    total: count,
    nextCursor: z.string().optional(),
    counts: z.record(z.enum(caseStates), count),
    honesty,
  }),
)

export const caseDetail = schemaOf<CaseDetail>()(
  'CaseDetail',
  z.object({
    case: caseRow,
    steps: z.array(caseStep),
    moreSteps: z.boolean(),
    advice: z.array(z.object({ rule: z.string(), title: z.string(), text: z.string() })),
    history: z.array(
      z.object({ id: z.string(), time: moment, by: z.string(), text: z.string(), undoable: z.boolean() }),
    ),
    gaps: z.array(gapRow),
  }),
)

export const caseChanged = schemaOf<CaseChanged>()(
  'CaseChanged',
  z.object({ cases: z.array(caseRow), undo: z.string() }),
)

/** A name of a person, as the page sends it. */
const by = z.string().max(256)

export const triageBody = schemaOf<TriageBody>()(
  'Triage',
  z.strictObject({
    state: z.enum(caseStates).exactOptional(),
    owner: by.exactOptional(),
    closingReason: z.enum(closingReasons).exactOptional(),
    note: z.string().max(10_000).exactOptional(),
    snoozedUntil: moment.exactOptional(),
    by: by.exactOptional(),
  }),
)

const ids = z.array(z.string().max(256)).min(1).max(1000)

export const byBody = z.strictObject({ by }).openapi('By')
export const mergeBody = z.strictObject({ others: ids, by }).openapi('Merge')
export const splitBody = z.strictObject({ steps: ids, by }).openapi('Split')
export const switchBody = z.strictObject({ enabled: z.boolean(), by }).openapi('Switch')
const ruleText = { text: z.string().max(1024 * 1024), by }

export const ruleCheckBody = schemaOf<RuleCheckBody>()(
  'RuleCheckBody',
  z.strictObject({ ...ruleText, name: z.string().max(64).exactOptional() }),
)

export const saveRulesBody = schemaOf<SaveRulesBody>()(
  'SaveRulesBody',
  z.strictObject({ ...ruleText, version: z.string().max(64).exactOptional() }),
)

export const savedRules = schemaOf<SavedRules>()(
  'SavedRules',
  z.object({ name: z.string(), text: z.string(), version: z.string(), by: z.string(), at: moment }),
)

const ruleHead = schemaOf<RuleHead>()(
  'RuleHead',
  z.object({
    id: z.string(),
    title: z.string(),
    language: z.enum(ruleLanguages),
    origin: z.enum(ruleOrigins),
    severity,
    description: z.string(),
    author: z.string(),
    license: z.string(),
    references: texts,
    tags: texts,
    falsePositives: texts,
    guide: z.object({ why: z.string(), normal: z.string(), respond: z.string() }),
    file: z.string(),
    line: count,
  }),
)

const ruleCoverage = schemaOf<RuleCoverage>()(
  'RuleCoverage',
  z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('fires'), lastFired: moment }),
    z.object({ kind: z.literal('could-fire') }),
    z.object({ kind: z.literal('learning'), why: z.string() }),
    z.object({ kind: z.literal('cannot'), why: z.string(), mend: z.string() }),
    z.object({ kind: z.literal('off'), why: z.string() }),
  ]),
)

const ruleRowShape = {
  rule: ruleHead,
  enabled: z.boolean(),
  fired: count,
  lastFired: moment.optional(),
  suppressed: count,
  coverage: ruleCoverage,
  problems: texts,
  lastBacktest: z.object({ time: moment, from: moment, to: moment, fired: count }).optional(),
}

const ruleRow = schemaOf<RuleRow>()('RuleRow', z.object(ruleRowShape))

const ruleProblem = schemaOf<RuleProblemRow>()(
  'RuleProblem',
  z.object({
    file: z.string(),
    line: count,
    column: count,
    rule: z.string(),
    severity: z.enum(['error', 'warning']),
    what: z.string(),
    mend: z.string(),
  }),
)

export const rules = schemaOf<RulesAnswer>()(
  'Rules',
  z.object({ items: z.array(ruleRow), refused: z.array(ruleProblem), loadedAt: moment }),
)

export const ruleDetail = schemaOf<RuleDetail>()(
  'RuleDetail',
  z.object({ ...ruleRowShape, text: z.string(), firedByHour: z.array(count), fields: texts }),
)

export const ruleCheck = schemaOf<RuleCheck>()(
  'RuleCheck',
  z.object({ rules: z.array(ruleHead), problems: z.array(ruleProblem) }),
)

const suppressionShape = {
  name: z.string().max(256),
  rules: z.array(z.string().max(512)).max(1000),
  query: z.string().max(8192),
  owner: z.string().max(256),
  reason: z.string().max(4096),
  expires: moment,
}

export const suppressionSpec = schemaOf<SuppressionSpec>()('SuppressionSpec', z.object(suppressionShape))

const suppression = schemaOf<Suppression>()(
  'Suppression',
  z.object({
    ...suppressionShape,
    id: z.string(),
    origin: z.enum(suppressionOrigins),
    where: z.string(),
    state: z.enum(suppressionStates),
    why: z.string(),
    created: moment,
    uses: count,
    lastUsed: moment.optional(),
  }),
)

export const suppressions = schemaOf<SuppressionsAnswer>()('Suppressions', z.object({ items: z.array(suppression) }))

export const suppressionBody = schemaOf<SuppressionBody>()(
  'SuppressionBody',
  z.strictObject({ ...suppressionShape, backtest: z.string().max(256) }),
)

const span = { from: moment, to: moment }

const period = { from: moment.exactOptional(), to: moment.exactOptional() }

export const backtestBody = schemaOf<BacktestBody>()(
  'BacktestBody',
  z.discriminatedUnion('kind', [
    z.strictObject({
      ...period,
      kind: z.literal('rule'),
      text: z.string().max(1024 * 1024),
      replaces: z.string().max(512).exactOptional(),
      replacesSaved: z.string().max(64).exactOptional(),
    }),
    z.strictObject({ ...period, kind: z.literal('suppression'), suppression: z.strictObject(suppressionShape) }),
  ]),
)

export const backtest = schemaOf<BacktestStatus>()(
  'Backtest',
  z.object({
    id: z.string(),
    state: z.enum(['running', 'done', 'failed', 'cancelled']),
    error: z.string().optional(),
    ...span,
    scanned: count,
    toScan: count,
    read: z.array(z.object({ kind: z.enum(backtestKinds), records: count })),
    before: count,
    after: count,
    byDay: z.array(z.object({ day: z.string(), before: count, after: count })),
    byPrincipal: z.array(z.object({ principal: z.string(), before: count, after: count })),
    samples: z.array(
      z.object({ change: z.enum(['new', 'gone', 'kept']), event: z.string(), time: moment, message: z.string() }),
    ),
    gaps: z.array(gapRow),
    unexercised: texts,
  }),
)

export const coverage = schemaOf<CoverageAnswer>()(
  'Coverage',
  z.object({
    at: moment,
    sources: z.array(z.object({ id: z.string(), title: z.string(), state: z.string() })),
    rows: z.array(
      z.object({
        rule: z.string(),
        title: z.string(),
        severity,
        techniques: texts,
        cells: z.record(z.string(), ruleCoverage),
      }),
    ),
  }),
)

export const outputs = schemaOf<OutputsAnswer>()(
  'Outputs',
  z.object({
    items: z.array(
      z.object({
        id: z.string(),
        type: z.string(),
        to: z.string(),
        state: z.enum(['ok', 'failing', 'never-used', 'digest']),
        message: z.string(),
        sent: count,
        failed: count,
        waiting: count,
        dead: count,
        budgetPerHour: count,
      }),
    ),
  }),
)

export const outputTest = schemaOf<OutputTest>()(
  'OutputTest',
  z.object({ sent: z.boolean(), payload: z.string(), answer: z.string() }),
)

export const ruleReplay = schemaOf<RuleReplay>()(
  'RuleReplay',
  z.object({ rule: z.string(), tests: texts, records: count, silent: texts }),
)

export const selftestBody = schemaOf<SelftestBody>()(
  'SelftestBody',
  z.strictObject({
    namespace: z.string().regex(/^[a-z0-9]([a-z0-9-]{0,55}[a-z0-9])?$/),
    tellOutputs: z.boolean().exactOptional(),
    by,
  }),
)

export const selftestAlertsBody = schemaOf<SelftestAlertsBody>()(
  'SelftestAlerts',
  z.strictObject({ sensor: z.enum(sensors), alerts: z.array(z.string().max(8192)).min(1).max(100) }),
)

export const selftest = schemaOf<SelftestStatus>()(
  'Selftest',
  z.object({
    id: z.string(),
    marker: z.string(),
    state: z.enum(['running', 'over']),
    began: moment,
    until: moment,
    fired: z.array(
      z.object({ rule: z.string(), act: z.string(), detections: count, suppression: z.string(), case: z.string() }),
    ),
    cases: z.array(z.object({ id: z.string(), title: z.string(), isShared: z.boolean(), state: z.enum(caseStates) })),
  }),
)
