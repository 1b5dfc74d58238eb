/** A recording as a back-test asks it: read as often as it takes, never held in memory. */
import { createMatcher } from '../../engines/sigma/index.ts'
import type { GapRow } from '../../model/answer.ts'
import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import type { Predicate } from '../../model/predicate.ts'
import type { AuditRecord, PlacedRecord } from '../../model/record.ts'
import { formatMicros, type Micros } from '../../model/time.ts'
import { type KnownField, knownFields, type RecordReader } from '../../rehearse/record-reader.ts'
import { readAuditEvent } from '../../sources/audit/index.ts'
import { openRecording } from '../../sources/replay/index.ts'

export interface RecordedAudit {
  readonly reader: RecordReader
  /** The moment of the first line, and one behind that of the last. */
  readonly from: Micros
  readonly to: Micros
  gapsIn(from: Micros, to: Micros): Promise<readonly GapRow[]>
  /** What could not be read so far, for a person, each a line; the first hundred. */
  problems(): readonly string[]
}

const batchEvents = 500
const mostProblems = 100
const mostGaps = 100
/** Names of users are as many as an attacker likes. */
const mostValues = 100_000

/** Throws BulwarkError RECORDING_INVALID. */
export const recordingReader = async (file: string): Promise<RecordedAudit> => {
  const recording = await openRecording(file)
  const { cluster } = recording.header
  const problems = new Set<string>()
  const problem = (number: number, why: string): void => {
    if (problems.size < mostProblems) problems.add(`line ${number}: ${why}`)
  }

  async function* audit(
    from: Micros,
    to: Micros,
  ): AsyncGenerator<{ time: Micros; number: number; record: AuditRecord }> {
    for await (const read of recording.lines()) {
      if (read.kind !== 'line') {
        problem(read.number, read.why)
        continue
      }
      const { time, line, number } = read
      if (line.s !== 'audit' || time < from || time >= to) continue
      const record = readAuditEvent(line.d, { cluster, source: 'recording', receivedAt: time })
      if (typeof record === 'string') problem(number, record)
      else yield { time, number, record }
    }
  }

  /** One pass tells all that is counted of a range. */
  const summary = remembered(async (from: Micros, to: Micros): Promise<Summary> => {
    const values = new Map<KnownField, Set<string>>(knownFields.map((field) => [field, new Set()]))
    const times: Micros[] = []
    let withRequest = 0
    for await (const { time, record } of audit(from, to)) {
      times.push(time)
      for (const [field, known] of values) {
        const value = textAt(record.event, field)
        if (value !== undefined && known.size < mostValues) known.add(value.toLowerCase())
      }
      if (record.event.requestObject !== undefined) withRequest += 1
    }
    return { values, times, withRequest }
  })

  const walk = new Walk(audit)
  const reader: RecordReader = {
    events: (predicate, from, to) => walk.events(predicate, from, to),
    counts: async (from, to, buckets) => {
      const counts = new Array<number>(buckets).fill(0)
      for (const time of (await summary(from, to)).times) {
        const bucket = Math.floor(((time - from) * buckets) / (to - from))
        counts[bucket] = (counts[bucket] ?? 0) + 1
      }
      return counts
    },
    seen: async (field, asked, from, to) => {
      const known = (await summary(from, to)).values.get(field)
      return new Set(asked.filter((value) => known?.has(value.toLowerCase())))
    },
    bodies: async (from, to) => ({ withRequest: (await summary(from, to)).withRequest, notKept: 0 }),
  }
  const gapsIn = async (from: Micros, to: Micros): Promise<readonly GapRow[]> => {
    const gaps: GapRow[] = []
    for await (const read of recording.lines()) {
      if (read.kind !== 'line' || read.line.s !== 'gaps' || read.time < from || read.time >= to) continue
      if (gaps.length < mostGaps) gaps.push(gapOf(read.line.d, read.number))
    }
    return gaps
  }
  return { reader, from: recording.from, to: recording.to + 1, gapsIn, problems: () => [...problems] }
}

interface Summary {
  readonly values: ReadonlyMap<KnownField, ReadonlySet<string>>
  readonly times: readonly Micros[]
  readonly withRequest: number
}

/** The last answer: the same range is asked for several times in a row. */
const remembered = <T>(make: (from: Micros, to: Micros) => Promise<T>): ((from: Micros, to: Micros) => Promise<T>) => {
  let key = ''
  let last: Promise<T> | undefined
  return (from, to) => {
    const asked = `${from} ${to}`
    if (last === undefined || key !== asked) {
      key = asked
      last = make(from, to)
    }
    return last
  }
}

type Line = { readonly time: Micros; readonly number: number; readonly record: AuditRecord }

/** Ranges that follow each other are read in one pass: lines stand in order of time. */
class Walk {
  readonly #audit: (from: Micros, to: Micros) => AsyncGenerator<Line>
  #lines: AsyncGenerator<Line> | undefined
  #next: Line | undefined
  #at: Micros = Number.NEGATIVE_INFINITY

  constructor(audit: (from: Micros, to: Micros) => AsyncGenerator<Line>) {
    this.#audit = audit
  }

  async *events(predicate: Predicate, from: Micros, to: Micros): AsyncGenerator<readonly PlacedRecord[]> {
    if (this.#lines === undefined || from < this.#at) {
      await this.#lines?.return(undefined)
      this.#lines = this.#audit(from, Number.POSITIVE_INFINITY)
      this.#next = undefined
    }
    this.#at = to
    const matcher = createMatcher([predicate])
    let batch: PlacedRecord[] = []
    for (;;) {
      const line = this.#next ?? (await this.#lines.next()).value
      this.#next = line ?? undefined
      if (!isLine(line) || line.time >= to) break
      this.#next = undefined
      if (line.time < from || matcher.matches(line.record.event).length === 0) continue
      batch.push({ position: { seq: line.number, index: 0 }, record: line.record })
      if (batch.length < batchEvents) continue
      yield batch
      batch = []
    }
    if (batch.length > 0) yield batch
  }
}

const isLine = (line: Line | undefined): line is Line => line !== undefined

const textAt = (event: JsonObject, field: KnownField): string | undefined => {
  let value: JsonValue | undefined = event
  for (const part of field.split('.')) value = isObject(value) ? value[part] : undefined
  return typeof value === 'string' ? value : undefined
}

const moment = (value: JsonValue | undefined): string =>
  typeof value === 'number' ? formatMicros(value) : typeof value === 'string' ? value : ''

const gapOf = (gap: JsonObject, number: number): GapRow => {
  const text = (key: string): string => (typeof gap[key] === 'string' ? gap[key] : '')
  return {
    id: `line-${number}`,
    source: 'recording',
    from: moment(gap.from),
    to: moment(gap.to),
    reason: text('reason'),
    what: text('what'),
    estimate: typeof gap.estimate === 'number' ? gap.estimate : undefined,
  }
}
