/** Schemas of findings and posture: src/model/finding.ts and posture.ts. */
import { z } from '@hono/zod-openapi'
import { type Finding, severities, type WorkloadRef } from '../../../model/finding.ts'
import {
  type ClusterCounts,
  type NamespacePosture,
  type OwnedObject,
  podSecurityLevels,
  type SeverityCounts,
  type WorkloadPosture,
  type WorkloadRow,
} from '../../../model/posture.ts'
import { count } from './record.ts'
import { anyJsonObject, schemaOf } from './schema-of.ts'

export const severity = z.enum(severities)
export const level = z.enum(podSecurityLevels)

export const workloadRef = schemaOf<WorkloadRef>()(
  'WorkloadRef',
  z.object({ group: z.string(), kind: z.string(), namespace: z.string(), name: z.string() }),
)

export const finding = schemaOf<Finding>()(
  'Finding',
  z.object({
    id: z.string(),
    check: z.string(),
    title: z.string(),
    severity,
    object: workloadRef,
    message: z.string(),
    paths: z.array(z.string()),
    remediation: z.string(),
    reference: z.string(),
  }),
)

const severityCounts = schemaOf<SeverityCounts>()(
  'SeverityCounts',
  z.object({ info: count, low: count, medium: count, high: count, critical: count }),
)

export const clusterCounts = schemaOf<ClusterCounts>()(
  'ClusterCounts',
  z.object({
    namespaces: count,
    workloads: count,
    pods: count,
    findings: severityCounts,
    levels: z.object({ privileged: count, baseline: count, restricted: count }),
  }),
)

export const workloadRow = schemaOf<WorkloadRow>()(
  'WorkloadRow',
  z.object({ workload: workloadRef, level, pods: count, findings: severityCounts }),
)

/** It holds itself, so its type cannot be inferred and stands beside it. */
export const ownedObject: z.ZodType<OwnedObject> = z
  .object({
    group: z.string(),
    version: z.string(),
    kind: z.string(),
    name: z.string(),
    phase: z.string(),
    children: z.lazy(() => z.array(ownedObject)),
  })
  .openapi('OwnedObject')

export const workloadPosture = schemaOf<WorkloadPosture>()(
  'WorkloadPosture',
  z.object({
    workload: workloadRef,
    level,
    pods: count,
    tree: z.array(ownedObject),
    findings: z.array(finding),
    patch: anyJsonObject.optional(),
  }),
)

export const namespacePosture = schemaOf<NamespacePosture>()(
  'NamespacePosture',
  z.object({
    name: z.string(),
    enforce: level,
    enforceVersion: z.string(),
    audit: level,
    warn: level,
    unlabelled: z.boolean(),
    labelError: z.string(),
    possible: level,
    blockers: z.array(workloadRef),
    exempt: z.string(),
    workloads: count,
    pods: count,
    findings: severityCounts,
    lastChange: z.string(),
  }),
)
