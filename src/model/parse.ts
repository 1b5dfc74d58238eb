import type { BulwarkRecord } from './record.ts'
import type { SourceEntry, StreamId } from './source.ts'

/** A part of an entry that is no record: why, for a person, and its bytes, which may hold secrets. */
export interface BadPart {
  readonly why: string
  readonly bytes: Uint8Array
}

/** What a parser made of one entry: nothing of the entry is in neither list. */
export interface Parsed {
  readonly records: readonly BulwarkRecord[]
  readonly bad: readonly BadPart[]
}

/** Turns the bytes of an entry into records, once. Pure; never throws, whatever the bytes are. */
export type Parser = (entry: SourceEntry) => Parsed

/** One parser for each stream that is read. */
export type Parsers = Readonly<Partial<Record<StreamId, Parser>>>
