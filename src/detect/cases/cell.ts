import type { Case } from '../../model/case.ts'
import { type Severity, severities } from '../../model/finding.ts'
import type { JsonObject } from '../../model/json.ts'
import type { Micros } from '../../model/time.ts'
import { type Claims, claimsMemory, noClaims, readClaims } from './claims.ts'
import { numberAt, objectAt, objectsAt, oneOf, textAt } from './decode.ts'
import { type Facts, factsMemory, noFacts, readFacts } from './facts.ts'
import type { ChangeRow } from './rows.ts'
import { type StepCounts, StepList } from './step-list.ts'
import { readTriage, type TriageState, triageMemory, untouched } from './triage-state.ts'
import type { CaseLimits } from './types.ts'

/**
 * One case by itself. A merge only says in which other case it is shown: what belongs to it still comes to it, so that
 * undoing the merge loses nothing.
 */
export interface Cell {
  readonly id: string
  readonly cluster: string
  /** The rule that opened it. */
  readonly rule: string
  /** Holds many actors of one rule, because the rule opened too many cases. */
  readonly crowd: boolean
  readonly steps: StepList
  readonly claims: Claims
  readonly facts: Facts
  /** Keys of steps that were split out, with the case that they went to. */
  readonly moved: Map<string, string>
  /** The case that it was split out of; empty where it was not. */
  readonly splitFrom: string
  readonly follows: string
  /** The time of the detection that opened it. */
  readonly opened: Micros
  first: Micros
  /** Of the last detection that is grave enough to keep the case going: {@link Cell.floor} or more. */
  lastAlarm: Micros
  readonly floor: number
  changedAt: Micros
  triage: TriageState
  /** Where it is merged into; empty where it is not. */
  parent: string
  readonly children: Set<string>
  /** The gravest that was told as news. */
  told: Severity
  shown: Case | undefined
  readonly history: ChangeRow[]
  /** Makes ids of changes differ. */
  changes: number
}

export const newCell = (
  fixed: Pick<Cell, 'id' | 'cluster' | 'rule' | 'crowd' | 'splitFrom' | 'follows' | 'floor'>,
  time: Micros,
  limits: CaseLimits,
  counts: StepCounts,
): Cell => ({
  ...fixed,
  steps: new StepList(limits, limits.stepsPerCase, counts),
  claims: noClaims(),
  facts: noFacts(),
  moved: new Map(),
  opened: time,
  first: time,
  lastAlarm: time,
  changedAt: 0,
  triage: untouched,
  parent: '',
  children: new Set(),
  told: 'info',
  shown: undefined,
  history: [],
  changes: 0,
})

/** All but the steps, the history and the children, which have rows of their own. */
export const cellMemory = (cell: Cell): JsonObject => ({
  cluster: cell.cluster,
  rule: cell.rule,
  crowd: cell.crowd,
  claims: claimsMemory(cell.claims),
  facts: factsMemory(cell.facts),
  moved: [...cell.moved].map(([key, to]) => ({ key, to })),
  splitFrom: cell.splitFrom,
  follows: cell.follows,
  opened: cell.opened,
  first: cell.first,
  lastAlarm: cell.lastAlarm,
  floor: cell.floor,
  changedAt: cell.changedAt,
  triage: triageMemory(cell.triage),
  parent: cell.parent,
  told: cell.told,
  changes: cell.changes,
})

export const readCell = (
  id: string,
  shown: Case,
  memory: JsonObject,
  limits: CaseLimits,
  counts: StepCounts,
): Cell => ({
  id,
  cluster: textAt(memory, 'cluster'),
  rule: textAt(memory, 'rule'),
  crowd: memory.crowd === true,
  steps: new StepList(limits, limits.stepsPerCase, counts),
  claims: readClaims(objectAt(memory, 'claims')),
  facts: readFacts(objectAt(memory, 'facts')),
  moved: new Map(objectsAt(memory, 'moved').map((one) => [textAt(one, 'key'), textAt(one, 'to')])),
  splitFrom: textAt(memory, 'splitFrom'),
  follows: textAt(memory, 'follows'),
  opened: numberAt(memory, 'opened'),
  first: numberAt(memory, 'first'),
  lastAlarm: numberAt(memory, 'lastAlarm'),
  floor: numberAt(memory, 'floor'),
  changedAt: numberAt(memory, 'changedAt'),
  triage: readTriage(objectAt(memory, 'triage')),
  parent: textAt(memory, 'parent'),
  children: new Set(),
  told: oneOf<Severity>(memory.told, severities),
  shown,
  history: [],
  changes: numberAt(memory, 'changes'),
})
