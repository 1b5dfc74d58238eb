/** Schemas of what the API answers beyond the model: ../answers.ts. */
import { z } from '@hono/zod-openapi'
import { type ErrorCode, errorCodes } from '../../../model/error.ts'
import { sourceStates } from '../../../model/source.ts'
import type {
  ErrorAnswer,
  KindsAnswer,
  ObjectDetail,
  ObjectRow,
  OverviewAnswer,
  SourceRow,
  SourcesAnswer,
  SourceTest,
  StatusAnswer,
} from '../answers.ts'
import { clusterCounts, finding, namespacePosture, ownedObject, workloadRef } from './posture.ts'
import { count, gapRow, kindRow, moment, objectRef, objectVersionRow } from './record.ts'
import { anyJson, schemaOf } from './schema-of.ts'

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(errorCodes, code)

export const errorAnswer = schemaOf<ErrorAnswer>()(
  'Error',
  z.object({
    error: z.object({
      code: z.enum(Object.keys(errorCodes).filter(isErrorCode)),
      what: z.string(),
      where: z.string().optional(),
      mend: z.string().optional(),
      position: z.object({ from: count, to: count }).optional(),
    }),
  }),
)

export const status = schemaOf<StatusAnswer>()(
  'Status',
  z.object({
    version: z.string(),
    mode: z.enum(['live', 'recording']),
    cluster: z.string(),
    recording: z.object({ description: z.string(), recordedFrom: moment, recordedTo: moment }).optional(),
    now: moment,
    startedAt: moment,
    record: z.object({ from: moment, to: moment, events: count, objectVersions: count, bytesOnDisk: count }).optional(),
    store: z.object({
      kind: z.enum(['embedded', 'server']),
      state: z.enum(['opening', 'ready', 'restarting', 'failed', 'closed']),
      message: z.string(),
      restarts: count,
      version: z.string(),
    }),
    counts: clusterCounts,
    sources: z.object({ total: count, working: count }),
  }),
)

const sourceRow = schemaOf<SourceRow>()(
  'SourceRow',
  z.object({
    id: z.string(),
    type: z.string(),
    cluster: z.string(),
    state: z.enum(sourceStates),
    message: z.string(),
    since: moment,
    lastRecordAt: moment.optional(),
    recordsTotal: count,
    bytesTotal: count,
    recordsPerSecond: z.number(),
    lagMillis: z.number().optional(),
    gapsTotal: count,
    quarantinedTotal: count,
    missing: z.array(z.object({ what: z.string(), why: z.string(), mend: z.string() })),
    lastGap: gapRow.optional(),
  }),
)

export const sources = schemaOf<SourcesAnswer>()(
  'Sources',
  z.object({
    items: z.array(sourceRow),
    setups: z.array(
      z.object({
        type: z.string(),
        title: z.string(),
        steps: z.array(z.object({ text: z.string(), copy: z.string().optional() })),
      }),
    ),
  }),
)

export const sourceTest = schemaOf<SourceTest>()(
  'SourceTest',
  z.object({
    ok: z.boolean(),
    steps: z.array(z.object({ what: z.string(), ok: z.boolean(), detail: z.string(), mend: z.string() })),
  }),
)

export const overview = schemaOf<OverviewAnswer>()(
  'Overview',
  z.object({
    at: moment,
    counts: clusterCounts,
    namespaces: z.array(namespacePosture),
    moreNamespaces: z.boolean(),
    sources: z.array(sourceRow),
    changes: z.array(objectVersionRow),
    changesMissing: z.string(),
  }),
)

/** A page of what the state holds at a moment. */
export const statePage = <Item extends z.ZodType>(name: string, item: Item) =>
  z.object({ at: moment, items: z.array(item), total: count, nextCursor: z.string().optional() }).openapi(name)

export const objectRow = schemaOf<ObjectRow>()(
  'ObjectRow',
  z.object({ ref: objectRef, uid: z.string(), resourceVersion: z.string(), created: z.string(), changed: moment }),
)

export const objectDetail = schemaOf<ObjectDetail>()(
  'ObjectDetail',
  z.object({
    at: moment,
    object: objectRow,
    deleted: z.boolean(),
    body: anyJson,
    owners: z.array(objectRef),
    owned: z.array(ownedObject),
    workload: workloadRef.optional(),
    findings: z.array(finding),
  }),
)

export const kinds = schemaOf<KindsAnswer>()('Kinds', z.object({ at: moment, items: z.array(kindRow) }))
