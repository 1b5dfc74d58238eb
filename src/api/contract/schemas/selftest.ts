/** Schemas of self-tests: ../detection.ts. */
import { z } from '@hono/zod-openapi'
import { caseStates } from '../../../model/case.ts'
import { sensors } from '../../../model/record.ts'
import { type RuleSelftest, selftestKinds } from '../../../model/selftest.ts'
import type {
  SelftestAlertsBody,
  SelftestBody,
  SelftestKept,
  SelftestResultsBody,
  SelftestStatus,
} from '../detection.ts'
import { by } from './case.ts'
import { count, moment } from './record.ts'
import { schemaOf } from './schema-of.ts'

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

const notFired = z.enum(selftestKinds).exclude(['fired'])

const result = {
  rule: z.string().min(1).max(512),
  why: z.string().max(1000),
  act: z.string().regex(/^[a-z0-9-]{0,64}$/),
}

export const selftestResultsBody = schemaOf<SelftestResultsBody>()(
  'SelftestResults',
  z.strictObject({
    results: z
      .array(
        z.discriminatedUnion('kind', [
          z.strictObject({ kind: z.literal('fired'), seconds: z.number().min(0).max(86_400), ...result }),
          z.strictObject({ kind: notFired, ...result }),
        ]),
      )
      .max(1000),
  }),
)

export const selftestKept = schemaOf<SelftestKept>()(
  'SelftestKept',
  z.object({ kept: count, refused: z.array(z.object({ rule: z.string(), why: z.string() })) }),
)

const found = { why: z.string(), act: z.string(), at: moment, by: z.string(), isOutdated: z.boolean() }

export const ruleSelftest = schemaOf<RuleSelftest>()(
  'RuleSelftest',
  z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('fired'), seconds: z.number(), ...found }),
    z.object({ kind: notFired, ...found }),
  ]),
)
