import type { Asks } from '../detect/detector.ts'
import type { RuleInput } from '../detect/rule-set.ts'
import type { ObjectVersion } from '../model/object.ts'
import type { PlacedRecord } from '../model/record.ts'
import type { Micros } from '../model/time.ts'

/** Kinds of records that a back-test reads: requests, what runtime sensors tell, objects of kind Event. */
export const recordKinds = ['audit', 'runtime', 'events'] as const satisfies readonly RuleInput[]

/** Fields whose values in a period the record can tell quickly. */
export const knownFields = {
  audit: ['verb', 'objectRef.resource', 'objectRef.subresource', 'objectRef.namespace', 'user.username'],
  runtime: ['sensor', 'rule', 'priority'],
  events: ['reason', 'type'],
} as const satisfies Readonly<Record<RuleInput, readonly string[]>>
export type KnownField<Kind extends RuleInput = RuleInput> = (typeof knownFields)[Kind][number]

export interface GuardsSince {
  readonly cluster: string
  /** Undefined: it has none of them. */
  readonly since: Micros | undefined
}

/** The record, as a back-test asks it. Ranges are half-open. */
export interface RecordReader {
  /**
   * Records of all kinds that are asked for, in order of time, in batches of bounded size. Those of one moment come in the
   * order in which they were received. All that a predicate is true of are among them; there may be more.
   */
  records(asks: Asks, from: Micros, to: Micros): AsyncIterable<readonly PlacedRecord[]>
  /**
   * Pods and what may own them: those that there were at the beginning of the range, then their versions in it, in order. They say where
   * runtime records and Event objects happened. Of bodies only what that takes.
   */
  objects(from: Micros, to: Micros): AsyncIterable<ObjectVersion>
  /**
   * What guards the clusters (src/detect/guards): the objects that there were at the beginning of the range, then their
   * versions in it, in the order in which they came in, which their `receivedAt` says. Of bodies at least the
   * `guardedMembers`; a version in which none of these changed may be left out.
   */
  guards(from: Micros, to: Micros): AsyncIterable<ObjectVersion>
  /** The clusters of which there are requests in the range, with the moment since which the record has what guards them. */
  guardsSince(from: Micros, to: Micros): Promise<readonly GuardsSince[]>
  /** How many records of a kind there are in each of `buckets` equal parts of the range. */
  counts(kind: RuleInput, from: Micros, to: Micros, buckets: number): Promise<readonly number[]>
  /** Which of these values the field had in the range. */
  seen<Kind extends RuleInput>(
    kind: Kind,
    field: KnownField<Kind>,
    values: readonly string[],
    from: Micros,
    to: Micros,
  ): Promise<ReadonlySet<string>>
  /** Whether audit events of the range have the body of their request. */
  hasBodies(from: Micros, to: Micros): Promise<boolean>
  /** Of how many records of a kind only columns are kept any more: those are not among {@link records}. */
  notKept(kind: RuleInput, from: Micros, to: Micros): Promise<number>
}
