import type { Finding, Severity, WorkloadRef } from './finding.ts'
import type { JsonObject } from './json.ts'

/** The three Pod Security levels, mildest first. Upstream: k8s.io/pod-security-admission/api. */
export const podSecurityLevels = ['privileged', 'baseline', 'restricted'] as const
export type PodSecurityLevel = (typeof podSecurityLevels)[number]

/** How many findings of each severity. */
export type SeverityCounts = Readonly<Record<Severity, number>>

/** One workload (top owner of pods) with what the checks say of it. */
export interface WorkloadPosture {
  readonly workload: WorkloadRef
  /** The strictest level that its pod template, and each of its running pods, satisfies at the latest version. */
  readonly level: PodSecurityLevel
  readonly pods: number
  /** Pods and owners below the workload: `ReplicaSet/web-5d8`, then its pods. */
  readonly tree: readonly OwnedObject[]
  readonly findings: readonly Finding[]
  /** A strategic-merge patch of the pod template that would reach the next level, undefined when at restricted or when no setting can mend it. */
  readonly patch: JsonObject | undefined
}

/** A workload in one line: see {@link WorkloadPosture}. */
export interface WorkloadRow {
  readonly workload: WorkloadRef
  readonly level: PodSecurityLevel
  readonly pods: number
  readonly findings: SeverityCounts
}

/** Sums over the whole cluster at one moment. */
export interface ClusterCounts {
  readonly namespaces: number
  readonly workloads: number
  readonly pods: number
  readonly findings: SeverityCounts
  /** Workloads by the strictest level they satisfy. */
  readonly levels: Readonly<Record<PodSecurityLevel, number>>
}

/** An object below a workload, with those below it. */
export interface OwnedObject {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly name: string
  readonly phase: string
  readonly children: readonly OwnedObject[]
}

/** One namespace: what it enforces, and what it could. */
export interface NamespacePosture {
  readonly name: string
  readonly enforce: PodSecurityLevel
  readonly enforceVersion: string
  readonly audit: PodSecurityLevel
  readonly warn: PodSecurityLevel
  /** True when no pod-security label is set at all. */
  readonly unlabelled: boolean
  /** Why the label cannot be read, empty when fine. A bad enforce label means restricted, as upstream fails closed. */
  readonly labelError: string
  /** The strictest level that it could enforce today with nothing breaking. */
  readonly possible: PodSecurityLevel
  /** The workloads that keep it from the level above `possible`: the first 20 by name. */
  readonly blockers: readonly WorkloadRef[]
  /** Known to be exempt from Pod Security admission, with the reason; empty otherwise. */
  readonly exempt: string
  readonly workloads: number
  readonly pods: number
  readonly findings: SeverityCounts
  /** RFC 3339 of the newest object version seen in it, empty when none. */
  readonly lastChange: string
}
