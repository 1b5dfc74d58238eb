import type { Predicate } from '../model/predicate.ts'
import type { PlacedRecord } from '../model/record.ts'
import type { Micros } from '../model/time.ts'

/** Fields whose values in a period the record can tell quickly. */
export const knownFields = [
  'verb',
  'objectRef.resource',
  'objectRef.subresource',
  'objectRef.namespace',
  'user.username',
] as const
export type KnownField = (typeof knownFields)[number]

/** The record, as a back-test asks it. Ranges are half-open. */
export interface RecordReader {
  /** Audit events that the predicate is true of, in order of time, in batches of bounded size. */
  events(predicate: Predicate, from: Micros, to: Micros): AsyncIterable<readonly PlacedRecord[]>
  /** How many audit events there are in each of `buckets` equal parts of the range. */
  counts(from: Micros, to: Micros, buckets: number): Promise<readonly number[]>
  /** Which of these values the field had in the range. */
  seen(field: KnownField, values: readonly string[], from: Micros, to: Micros): Promise<ReadonlySet<string>>
  /**
   * How many audit events of the range have the body of their request, and of how many only columns are kept any more:
   * those are not among {@link events}.
   */
  bodies(from: Micros, to: Micros): Promise<{ readonly withRequest: number; readonly notKept: number }>
}
