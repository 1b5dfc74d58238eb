/** Parsers of the two streams that Bulwark's own sources write: object versions and gaps, as JSON lines. */
import { isObject, type JsonObject } from '../model/json.ts'
import { type Change, changes, type ObjectRef } from '../model/object.ts'
import type { BadPart, Parsed, Parser } from '../model/parse.ts'
import { type BulwarkRecord, type Gap, gapReasons, type ObjectVersion } from '../model/record.ts'
import type { SourceEntry } from '../model/source.ts'

/**
 * The parser of the stream `objects`. Cluster, source and time of receipt are those of the entry, whatever the line
 * says.
 */
export const parseObjects: Parser = (entry) => parseLines(entry, readObjectVersion)

/** The parser of the stream `gaps`. */
export const parseGaps: Parser = (entry) => parseLines(entry, toGap)

/** Where a line came from, and when. */
type Origin = Pick<SourceEntry, 'cluster' | 'source' | 'receivedAt'>

type Read = (line: JsonObject, entry: Origin) => BulwarkRecord | string

const parseLines = (entry: SourceEntry, read: Read): Parsed => {
  const records: BulwarkRecord[] = []
  const bad: BadPart[] = []
  const bytes = Buffer.from(entry.payload.buffer, entry.payload.byteOffset, entry.payload.length)
  for (let from = 0; from < bytes.length; ) {
    const newline = bytes.indexOf(0x0a, from)
    const line = bytes.subarray(from, newline < 0 ? bytes.length : newline)
    from += line.length + 1
    if (line.length === 0) continue
    const record = readLine(line, entry, read)
    if (typeof record === 'string') bad.push({ why: record, bytes: line })
    else records.push(record)
  }
  return { records, bad }
}

const readLine = (line: Buffer, entry: SourceEntry, read: Read): BulwarkRecord | string => {
  try {
    const value: unknown = JSON.parse(line.toString('utf8'))
    return isObject(value) ? read(value, entry) : 'it is no JSON object'
  } catch {
    return 'it is not valid JSON'
  }
}

/** The version that one line tells of, or a text that says why it is none. */
export const readObjectVersion = (line: JsonObject, entry: Origin): ObjectVersion | string => {
  const { time, ref, uid, resourceVersion, change, synthesised, body } = line
  if (typeof time !== 'number' || !Number.isSafeInteger(time)) return 'time is no whole number'
  if (!isRef(ref)) return 'ref names no object'
  if (typeof uid !== 'string' || typeof resourceVersion !== 'string') return 'uid or resourceVersion is no text'
  if (!isChange(change)) return 'change is of no known kind'
  if (!isObject(body)) return 'body is no object'
  return {
    kind: 'object',
    time,
    receivedAt: entry.receivedAt,
    cluster: entry.cluster,
    source: entry.source,
    ref,
    uid,
    resourceVersion,
    change,
    synthesised: synthesised === true,
    body: body as ObjectVersion['body'],
  }
}

const refFields = ['group', 'version', 'kind', 'resource', 'namespace', 'name'] as const

const isRef = (value: unknown): value is ObjectRef & JsonObject =>
  isObject(value) && refFields.every((field) => typeof value[field] === 'string')

const isChange = (value: unknown): value is Change => changes.some((change) => change === value)

const toGap: Read = (line, entry): Gap | string => {
  const { from, to, what, estimate } = line
  const reason = gapReasons.find((known) => known === line.reason)
  if (typeof from !== 'number' || typeof to !== 'number') return 'from or to is no number'
  if (reason === undefined) return 'reason is of no known kind'
  return {
    kind: 'gap',
    time: to,
    receivedAt: entry.receivedAt,
    cluster: entry.cluster,
    source: entry.source,
    from,
    to,
    reason,
    what: typeof what === 'string' ? what : '',
    estimate: typeof estimate === 'number' ? estimate : undefined,
  }
}
