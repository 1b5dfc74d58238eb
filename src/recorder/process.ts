import type { Parsed, Parsers } from '../model/parse.ts'
import type { BulwarkRecord, Gap, PlacedRecord } from '../model/record.ts'
import type { SourceEntry } from '../model/source.ts'
import type { Dedup } from './dedup.ts'
import type { Quarantine } from './quarantine.ts'
import type { Redactor } from './redact.ts'
import type { CommittedEntry } from './spool/committer.ts'

/** The records of one entry, ready for everybody. `bytes` is the size of its payload. */
export interface Processed {
  readonly seq: number
  readonly receivedAt: number
  readonly records: readonly PlacedRecord[]
  readonly bytes: number
}

/** What has been left out, since the start. */
export interface ProcessTotals {
  readonly records: number
  readonly gaps: number
  readonly duplicateEntries: number
  readonly duplicateEvents: number
  readonly quarantined: number
}

/** What became of the entries of one source, since the start. */
export interface SourceTotals {
  readonly records: number
  readonly gaps: number
  readonly quarantined: number
}

/**
 * Entry to records: parse once, leave out what came before, redact. Gives the same records however often it is asked
 * for an entry; only the first time counts and quarantines.
 */
export class Processor {
  readonly #parsers: Parsers
  readonly #dedup: Dedup
  readonly #redact: Redactor
  readonly #quarantine: Pick<Quarantine, 'put'>
  readonly #sources = new Map<string, SourceTotals>()
  #totals: ProcessTotals = { records: 0, gaps: 0, duplicateEntries: 0, duplicateEvents: 0, quarantined: 0 }

  constructor(parsers: Parsers, dedup: Dedup, redact: Redactor, quarantine: Pick<Quarantine, 'put'>) {
    this.#parsers = parsers
    this.#dedup = dedup
    this.#redact = redact
    this.#quarantine = quarantine
  }

  /** By the id of the source. */
  sources(): ReadonlyMap<string, SourceTotals> {
    return this.#sources
  }

  totals(): ProcessTotals {
    return this.#totals
  }

  process(committed: CommittedEntry, isFirst: boolean): Processed {
    const { seq, entry } = committed
    const processed = { seq, receivedAt: entry.receivedAt, bytes: entry.payload.length }
    if (this.#dedup.isKnownContent(contentKey(entry, committed.digest), seq, entry.receivedAt)) {
      if (isFirst) this.#count({ duplicateEntries: 1 })
      return { ...processed, records: [] }
    }
    const parsed = this.#parse(entry)
    const records: PlacedRecord[] = []
    let duplicateEvents = 0
    for (const [index, record] of parsed.records.entries()) {
      const isEvent = record.kind === 'audit' || record.kind === 'runtime'
      if (isEvent && this.#dedup.isKnownEvent(record, seq, index)) duplicateEvents++
      else records.push({ position: { seq, index }, record: this.#redact(record) })
    }
    if (parsed.bad.length > 0) {
      const record = unreadable(entry, parsed)
      records.push({ position: { seq, index: parsed.records.length }, record })
      if (isFirst) this.#setAside(seq, entry, parsed)
    }
    if (isFirst) {
      const gaps = records.reduce((sum, { record }) => sum + (record.kind === 'gap' ? 1 : 0), 0)
      const quarantined = parsed.bad.length
      this.#count({ records: records.length, gaps, duplicateEvents, quarantined })
      const known = this.#sources.get(entry.source) ?? { records: 0, gaps: 0, quarantined: 0 }
      this.#sources.set(entry.source, {
        records: known.records + records.length,
        gaps: known.gaps + gaps,
        quarantined: known.quarantined + quarantined,
      })
    }
    return { ...processed, records }
  }

  #parse(entry: SourceEntry): Parsed {
    const parser = this.#parsers[entry.stream]
    if (parser === undefined) {
      return { records: [], bad: [{ why: `nothing here reads the stream ${entry.stream}`, bytes: entry.payload }] }
    }
    try {
      return parser(entry)
    } catch (error) {
      // A parser that throws is a fault of ours; the entry must neither stop the flow nor vanish.
      const why = `the parser failed: ${error instanceof Error ? error.name : 'unknown error'}`
      return { records: [], bad: [{ why, bytes: entry.payload }] }
    }
  }

  #setAside(seq: number, entry: SourceEntry, parsed: Parsed): void {
    parsed.bad.forEach(({ why, bytes }, index) => {
      this.#quarantine.put({ name: `${seq}-${index}`, source: entry.source, why, bytes })
    })
  }

  #count(more: Partial<ProcessTotals>): void {
    const { records, gaps, duplicateEntries, duplicateEvents, quarantined } = this.#totals
    this.#totals = {
      records: records + (more.records ?? 0),
      gaps: gaps + (more.gaps ?? 0),
      duplicateEntries: duplicateEntries + (more.duplicateEntries ?? 0),
      duplicateEvents: duplicateEvents + (more.duplicateEvents ?? 0),
      quarantined: quarantined + (more.quarantined ?? 0),
    }
  }
}

/** What makes two entries the same delivery. */
export const contentKey = (entry: Pick<SourceEntry, 'stream' | 'cluster'>, digest: Buffer): string =>
  `${entry.stream}/${entry.cluster}/${digest.toString('latin1')}`

const unreadable = (entry: SourceEntry, parsed: Parsed): BulwarkRecord => {
  const count = parsed.bad.length
  const parts = count === 1 ? 'a part' : `${count} parts`
  const gap: Gap = {
    kind: 'gap',
    time: entry.receivedAt,
    receivedAt: entry.receivedAt,
    cluster: entry.cluster,
    source: entry.source,
    from: entry.receivedAt,
    to: entry.receivedAt,
    reason: 'unreadable',
    what: `${parts} of what ${entry.source} sent could not be read and is in quarantine: ${parsed.bad[0]?.why ?? ''}`,
    estimate: count,
  }
  return gap
}
