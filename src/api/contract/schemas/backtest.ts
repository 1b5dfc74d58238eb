/** Schemas of back-tests: ../detection.ts. */
import { z } from '@hono/zod-openapi'
import { type BacktestBody, type BacktestStatus, backtestKinds } from '../detection.ts'
import { count, gapRow, moment, texts } from './record.ts'
import { schemaOf } from './schema-of.ts'
import { suppressionShape } from './suppression.ts'

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
