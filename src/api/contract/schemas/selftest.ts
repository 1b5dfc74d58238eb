/** Schemas of self-tests: ../detection.ts. */
import { z } from '@hono/zod-openapi'
import { caseStates } from '../../../model/case.ts'
import { sensors } from '../../../model/record.ts'
import type { SelftestAlertsBody, SelftestBody, SelftestStatus } from '../detection.ts'
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
