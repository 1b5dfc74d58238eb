/** Schemas of what the record answers: src/model/answer.ts. */
import { z } from '@hono/zod-openapi'
import {
  type EventDetail,
  type EventPage,
  type EventRow,
  eventKinds,
  type Facets,
  type GapRow,
  type Histogram,
  type KindRow,
  type ObjectVersionDetail,
  type ObjectVersionRow,
  type Searched,
  type Timeline,
  type UnusualVolume,
  unusualMethods,
} from '../../../model/answer.ts'
import { changes, type ObjectRef } from '../../../model/object.ts'
import type { ObjectVersionPage, ValuesAnswer } from '../answers.ts'
import { anyJson, schemaOf } from './schema-of.ts'

export const moment = z.string().openapi({ format: 'date-time', example: '2026-01-02T03:04:05.000006Z' })
export const count = z.int().min(0)
export const texts = z.array(z.string())

export const objectRef = schemaOf<ObjectRef>()(
  'ObjectRef',
  z.object({
    group: z.string(),
    version: z.string(),
    kind: z.string(),
    resource: z.string(),
    namespace: z.string(),
    name: z.string(),
  }),
)

export const eventRow = schemaOf<EventRow>()(
  'EventRow',
  z.object({
    id: z.string(),
    kind: z.enum(eventKinds),
    time: moment,
    receivedAt: moment,
    cluster: z.string(),
    source: z.string(),
    user: z.string(),
    impersonatedUser: z.string(),
    verb: z.string(),
    group: z.string(),
    resource: z.string(),
    subresource: z.string(),
    namespace: z.string(),
    name: z.string(),
    code: z.int(),
    decision: z.enum(['allow', 'forbid', 'none']),
    reason: z.string(),
    level: z.string(),
    stage: z.string(),
    sourceIp: z.string(),
    userAgent: z.string(),
    requestUri: z.string(),
    node: z.string(),
    container: z.string(),
    image: z.string(),
    process: z.string(),
    summary: z.string(),
  }),
)

export const eventDetail = schemaOf<EventDetail>()('EventDetail', z.object({ row: eventRow, raw: anyJson }))

export const gapRow = schemaOf<GapRow>()(
  'GapRow',
  z.object({
    id: z.string(),
    source: z.string(),
    from: moment,
    to: moment,
    reason: z.string(),
    what: z.string(),
    estimate: z.number().optional(),
  }),
)

const searched = schemaOf<Searched>()(
  'Searched',
  z.object({ rows: z.number(), elapsedMillis: z.number(), partial: z.boolean(), gaps: z.array(gapRow) }),
)

const nextCursor = z.string().optional()

export const eventPage = schemaOf<EventPage>()(
  'EventPage',
  z.object({ items: z.array(eventRow), nextCursor, searched }),
)

export const histogram = schemaOf<Histogram>()(
  'Histogram',
  z.object({
    from: moment,
    to: moment,
    stepSeconds: z.number(),
    series: z.array(z.object({ label: z.string(), counts: z.array(count) })),
    total: count,
    searched,
  }),
)

const valueCount = z.object({ value: z.string(), count })

export const facets = schemaOf<Facets>()(
  'Facets',
  z.object({
    fields: z.array(z.object({ field: z.string(), values: z.array(valueCount), more: z.boolean() })),
    searched,
  }),
)

const numbers = z.array(z.number())

export const unusualVolume = schemaOf<UnusualVolume>()(
  'UnusualVolume',
  z.object({
    field: z.string(),
    from: moment,
    to: moment,
    stepSeconds: z.number(),
    method: z.enum(unusualMethods),
    learning: texts,
    series: z.array(
      z.object({
        value: z.string(),
        total: count,
        counts: z.array(count),
        expected: numbers,
        scores: numbers,
        unusual: z.array(count),
      }),
    ),
    more: z.boolean(),
    searched,
  }),
)

export const values = schemaOf<ValuesAnswer>()('Values', z.object({ items: z.array(valueCount) }))

export const timeline = schemaOf<Timeline>()(
  'Timeline',
  z.object({
    from: moment,
    to: moment,
    stepSeconds: z.number(),
    records: z.array(count),
    forbidden: z.array(count),
    changes: z.array(count),
    gaps: z.array(gapRow),
  }),
)

export const objectVersionRow = schemaOf<ObjectVersionRow>()(
  'ObjectVersionRow',
  z.object({
    id: z.string(),
    ref: objectRef,
    uid: z.string(),
    resourceVersion: z.string(),
    time: moment,
    change: z.enum(changes),
    synthesised: z.boolean(),
    madeBy: eventRow.optional(),
  }),
)

export const objectVersionPage = schemaOf<ObjectVersionPage>()(
  'ObjectVersionPage',
  z.object({ items: z.array(objectVersionRow), nextCursor }),
)

export const objectVersionDetail = schemaOf<ObjectVersionDetail>()(
  'ObjectVersionDetail',
  z.object({ version: objectVersionRow, body: anyJson }),
)

export const kindRow = schemaOf<KindRow>()(
  'KindRow',
  z.object({
    group: z.string(),
    version: z.string(),
    kind: z.string(),
    resource: z.string(),
    namespaced: z.boolean(),
    seen: z.boolean(),
    count,
    why: z.string(),
  }),
)
