/** Schemas of suppressions: ../detection.ts. */
import { z } from '@hono/zod-openapi'
import {
  type Suppression,
  type SuppressionSpec,
  suppressionOrigins,
  suppressionStates,
} from '../../../model/suppression.ts'
import type { SuppressionBody, SuppressionsAnswer } from '../detection.ts'
import { count, moment } from './record.ts'
import { schemaOf } from './schema-of.ts'

export const suppressionShape = {
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
