/** Schemas of rules, and of what can fire: ../detection.ts. */
import { z } from '@hono/zod-openapi'
import { type RuleHead, ruleLanguages, ruleOrigins } from '../../../model/rule.ts'
import type {
  CoverageAnswer,
  RuleCheck,
  RuleCheckBody,
  RuleCoverage,
  RuleDetail,
  RuleProblemRow,
  RuleReplay,
  RuleRow,
  RulesAnswer,
  SavedRules,
  SaveRulesBody,
} from '../detection.ts'
import { by } from './case.ts'
import { severity } from './posture.ts'
import { count, moment, texts } from './record.ts'
import { schemaOf } from './schema-of.ts'
import { ruleSelftest } from './selftest.ts'

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
  selftest: ruleSelftest.optional(),
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

export const ruleReplay = schemaOf<RuleReplay>()(
  'RuleReplay',
  z.object({ rule: z.string(), tests: texts, records: count, silent: texts }),
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
        origin: z.enum(ruleOrigins),
        techniques: texts,
        selftest: ruleSelftest.optional(),
        cells: z.record(z.string(), ruleCoverage),
      }),
    ),
  }),
)
