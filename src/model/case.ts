import type { DetectionTarget } from './detection.ts'
import type { Severity } from './finding.ts'

/** `open`: nobody looked at it. `acknowledged`: somebody does. `snoozed` opens again by itself. */
export const caseStates = ['open', 'acknowledged', 'snoozed', 'closed'] as const
export type CaseState = (typeof caseStates)[number]

/** Why a case was closed: a fixed list, so that closing can be counted. */
export const closingReasons = [
  'true-positive-remediated',
  'true-positive-accepted',
  'benign-expected',
  'testing-or-maintenance',
  'false-positive',
  'duplicate',
] as const
export type ClosingReason = (typeof closingReasons)[number]

/** One reason why a case has its severity, with how many steps it went up or down by it. */
export interface SeverityReason {
  readonly text: string
  readonly steps: number
}

/** One rule inside a case, with its count. */
export interface CaseRule {
  readonly rule: string
  readonly title: string
  readonly severity: Severity
  readonly detections: number
  readonly firstTime: string
  readonly lastTime: string
}

/** Something that a case touches. `role`: the one who acts, what it acted on, where it came from, where it ran. */
export interface CaseEntity {
  readonly role: 'actor' | 'target' | 'address' | 'place'
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly count: number
}

/** The one thing a person triages: detections and findings that belong together. Times are RFC 3339 in UTC. */
export interface Case {
  /** Stable, short, safe in a URL. */
  readonly id: string
  readonly cluster: string
  /** One sentence: who did what to what, from where, since when. */
  readonly title: string
  readonly severity: Severity
  readonly severityReasons: readonly SeverityReason[]
  readonly state: CaseState
  /** Empty where nobody owns it. */
  readonly owner: string
  /** RFC 3339; undefined unless snoozed. */
  readonly snoozedUntil: string | undefined
  readonly closingReason: ClosingReason | undefined
  readonly note: string
  readonly firstTime: string
  readonly lastTime: string
  /** When the case last changed by a new detection or by a person. */
  readonly changedAt: string
  /** How often its rules fired. Detections that say the same are counted, not listed. */
  readonly detections: number
  readonly rules: readonly CaseRule[]
  readonly techniques: readonly string[]
  readonly entities: readonly CaseEntity[]
  readonly namespaces: readonly string[]
  /** Set where a person merged this case into another. */
  readonly mergedInto: string | undefined
  /** The earlier case of the same actor, where it was closed or quiet when this one began. */
  readonly follows?: string
}

/** What happened at one moment of a case, or many times over a stretch that says the same. Newest evidence first. */
export interface CaseStep {
  /** Id of the first detection of the step. */
  readonly id: string
  readonly rule: string
  readonly title: string
  readonly severity: Severity
  readonly lane: 'requests' | 'runtime' | 'objects' | 'flows'
  readonly firstTime: string
  readonly lastTime: string
  readonly count: number
  readonly principal: string
  readonly sourceIp: string
  readonly target: DetectionTarget
  readonly refused: boolean
  readonly message: string
  /** Of what a sensor saw: names of the containers that it happened in, and their images. Missing where not known, or too many. */
  readonly containers?: readonly string[]
  readonly images?: readonly string[]
  /** Ids of event rows. */
  readonly evidence: readonly string[]
}
