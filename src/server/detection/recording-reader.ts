/** A recording as a back-test asks it: read as often as it takes, never held in memory. */
import type { Asks } from '../../detect/detector.ts'
import { isGuard } from '../../detect/guards/index.ts'
import type { RuleInput } from '../../detect/rule-set.ts'
import { subjectPart } from '../../detect/subject-part.ts'
import { createMatcher } from '../../engines/sigma/index.ts'
import type { GapRow } from '../../model/answer.ts'
import { isEventObject } from '../../model/event-row.ts'
import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import type { BulwarkRecord, PlacedRecord } from '../../model/record.ts'
import type { RecordingLine } from '../../model/recording.ts'
import { formatMicros, type Micros } from '../../model/time.ts'
import { readObjectVersion } from '../../recorder/index.ts'
import { type KnownField, knownFields, type RecordReader } from '../../rehearse/record-reader.ts'
import { readAuditEvent } from '../../sources/audit/index.ts'
import { readFalcoAlert } from '../../sources/falco/index.ts'
import { openRecording } from '../../sources/replay/index.ts'
import { readTetragonEvent } from '../../sources/tetragon/index.ts'

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

  const recordOf = ({ s, d }: RecordingLine, time: Micros): BulwarkRecord | string | undefined => {
    const origin = { cluster, source: 'recording', receivedAt: time }
    switch (s) {
      case 'audit':
        return readAuditEvent(d, origin)
      case 'falco':
        return readFalcoAlert(d, origin)
      case 'tetragon':
        return readTetragonEvent(d, origin)
      case 'objects':
        return readObjectVersion(d, origin)
      case 'gaps':
        return undefined
      default:
        return s satisfies never
    }
  }

  async function* records(from: Micros, to: Micros): AsyncGenerator<Line> {
    for await (const read of recording.lines()) {
      if (read.kind !== 'line') {
        problem(read.number, read.why)
        continue
      }
      const { time, line, number } = read
      if (time < from || time >= to) continue
      const record = recordOf(line, time)
      if (typeof record === 'string') problem(number, record)
      else if (record !== undefined) yield { time, number, record }
    }
  }

  /** One pass tells all that is counted of a range. */
  const summary = remembered(async (from: Micros, to: Micros): Promise<Summary> => {
    const times: Record<RuleInput, Micros[]> = { audit: [], runtime: [], events: [] }
    const values = new Map<string, Set<string>>()
    let hasBodies = false
    for await (const { time, record } of records(from, to)) {
      const kind = kindOf(record)
      if (kind === undefined) continue
      times[kind].push(time)
      for (const field of knownFields[kind]) {
        const value = textOf(record, field)
        if (value === undefined) continue
        const key = `${kind} ${field}`
        const known = values.get(key) ?? new Set()
        if (known.size < mostValues) values.set(key, known.add(value.toLowerCase()))
      }
      if (record.kind === 'audit' && record.event.requestObject !== undefined) hasBodies = true
    }
    return { values, times, hasBodies }
  })

  const walk = new Walk(records)
  const reader: RecordReader = {
    records: (asks, from, to) => walk.records(asks, from, to),
    objects: async function* (_, to) {
      // Those that there were before stand at the beginning of the recording.
      for await (const { record } of records(Number.NEGATIVE_INFINITY, to)) {
        if (record.kind === 'object' && !isEventObject(record)) yield subjectPart(record)
      }
    },
    guards: async function* (_, to) {
      for await (const { record } of records(Number.NEGATIVE_INFINITY, to))
        if (record.kind === 'object' && isGuard(record.ref)) yield record
    },
    guardsSince: async () => {
      for await (const { time, record } of records(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY))
        if (record.kind === 'object' && isGuard(record.ref)) return [{ cluster, since: time }]
      return [{ cluster, since: undefined }]
    },
    counts: async (kind, from, to, buckets) => {
      const counts = new Array<number>(buckets).fill(0)
      for (const time of (await summary(from, to)).times[kind]) {
        const bucket = Math.floor(((time - from) * buckets) / (to - from))
        counts[bucket] = (counts[bucket] ?? 0) + 1
      }
      return counts
    },
    seen: async (kind, field, asked, from, to) => {
      const known = (await summary(from, to)).values.get(`${kind} ${field}`)
      return new Set(asked.filter((value) => known?.has(value.toLowerCase())))
    },
    hasBodies: async (from, to) => (await summary(from, to)).hasBodies,
    notKept: async () => 0,
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
  /** Of a kind and field, by both. */
  readonly values: ReadonlyMap<string, ReadonlySet<string>>
  readonly times: Readonly<Record<RuleInput, readonly Micros[]>>
  readonly hasBodies: boolean
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

type Line = { readonly time: Micros; readonly number: number; readonly record: BulwarkRecord }

const kindOf = (record: BulwarkRecord): RuleInput | undefined => {
  if (record.kind === 'audit' || record.kind === 'runtime') return record.kind
  // The removal of an Event tells of nothing that happened.
  const isTold = record.kind === 'object' && isEventObject(record) && record.change !== 'deleted'
  return isTold ? 'events' : undefined
}

/** Ranges that follow each other are read in one pass: lines stand in the order of the record. */
class Walk {
  readonly #read: (from: Micros, to: Micros) => AsyncGenerator<Line>
  #lines: AsyncGenerator<Line> | undefined
  #next: Line | undefined
  #at: Micros = Number.NEGATIVE_INFINITY

  constructor(read: (from: Micros, to: Micros) => AsyncGenerator<Line>) {
    this.#read = read
  }

  async *records(asks: Asks, from: Micros, to: Micros): AsyncGenerator<readonly PlacedRecord[]> {
    if (this.#lines === undefined || from < this.#at) {
      await this.#lines?.return(undefined)
      this.#lines = this.#read(from, Number.POSITIVE_INFINITY)
      this.#next = undefined
    }
    this.#at = to
    const matcher = createMatcher(asks.audit === undefined ? [] : [asks.audit])
    const isAsked = (record: BulwarkRecord): boolean => {
      const kind = kindOf(record)
      if (record.kind === 'audit') return matcher.matches(record.event).length > 0
      return kind !== undefined && asks[kind] !== undefined
    }
    let batch: PlacedRecord[] = []
    for (;;) {
      const line = this.#next ?? (await this.#lines.next()).value
      this.#next = line ?? undefined
      if (!isLine(line) || line.time >= to) break
      this.#next = undefined
      if (line.time < from || !isAsked(line.record)) continue
      batch.push({ position: { seq: line.number, index: 0 }, record: line.record })
      if (batch.length < batchEvents) continue
      yield batch
      batch = []
    }
    if (batch.length > 0) yield batch
  }
}

const isLine = (line: Line | undefined): line is Line => line !== undefined

const textOf = (record: BulwarkRecord, field: KnownField): string | undefined => {
  if (record.kind === 'runtime') {
    if (field === 'sensor') return record.sensor
    if (field === 'rule') return record.type
    return field === 'priority' ? record.priority : undefined
  }
  let value: JsonValue | undefined =
    record.kind === 'audit' ? record.event : record.kind === 'object' ? record.body : undefined
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
