/** Schemas of cases: ../detection.ts. */
import { z } from '@hono/zod-openapi'
import { type Case, type CaseStep, caseStates, closingReasons } from '../../../model/case.ts'
import type { CaseChanged, CaseDetail, CasesAnswer, DetectionHonesty, TriageBody } from '../detection.ts'
import { severity } from './posture.ts'
import { count, gapRow, moment, texts } from './record.ts'
import { schemaOf } from './schema-of.ts'

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
export const by = z.string().max(256)

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
