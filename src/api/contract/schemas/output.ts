/** Schemas of outputs: ../detection.ts. */
import { z } from '@hono/zod-openapi'
import type { OutputsAnswer, OutputTest } from '../detection.ts'
import { count } from './record.ts'
import { schemaOf } from './schema-of.ts'

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
