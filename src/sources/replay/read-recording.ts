import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { PassThrough, pipeline } from 'node:stream'
import { createZstdDecompress } from 'node:zlib'
import { BulwarkError } from '../../model/error.ts'
import { isObject } from '../../model/json.ts'
import { type RecordingHeader, type RecordingLine, recordingVersion } from '../../model/recording.ts'
import { streamIds } from '../../model/source.ts'
import { type Micros, parseMicros } from '../../model/time.ts'

/** One line behind the header, counted from 1 for the header. `cut`: the file ends there, in the middle. */
export type ReadLine =
  | { readonly kind: 'line'; readonly number: number; readonly time: Micros; readonly line: RecordingLine }
  | { readonly kind: 'bad'; readonly number: number; readonly why: string }
  | { readonly kind: 'cut'; readonly number: number; readonly why: string }

/** A recording whose header is known. */
export interface OpenedRecording {
  /** As in the file, or as the lines say where the file was never finished. */
  readonly header: RecordingHeader
  readonly from: Micros
  readonly to: Micros
  /** Reads the file from its start, as slowly as the caller takes the lines. */
  lines(): AsyncGenerator<ReadLine>
}

/**
 * Opens a recording (src/model/recording.ts), compressed by zstd or as plain JSON lines.
 *
 * @throws BulwarkError RECORDING_INVALID when there is no such file, or its header cannot be used.
 */
export const openRecording = async (file: string): Promise<OpenedRecording> => {
  const first = await firstLine(file)
  const header = headerOf(first, file)
  const from = parseMicros(header.from)
  const to = parseMicros(header.to)
  const lines = () => readLines(file)
  if (from !== undefined && to !== undefined && header.records > 0) return { header, from, to, lines }
  return unfinished(header, lines)
}

/** The header of a recording that was not finished says nothing of the end: the lines do. */
const unfinished = async (header: RecordingHeader, lines: () => AsyncGenerator<ReadLine>): Promise<OpenedRecording> => {
  let from = Number.POSITIVE_INFINITY
  let to = Number.NEGATIVE_INFINITY
  let records = 0
  for await (const read of lines()) {
    if (read.kind !== 'line') continue
    records++
    from = Math.min(from, read.time)
    to = Math.max(to, read.time)
  }
  if (records > 0) return { header: { ...header, records }, from, to, lines }
  const start = parseMicros(header.from) ?? 0
  return { header, from: start, to: start, lines }
}

const longestLine = 16 * 1024 * 1024

async function* readLines(file: string): AsyncGenerator<ReadLine> {
  let number = 0
  try {
    for await (const text of textLines(file)) {
      number++
      if (number === 1) continue
      if (text === undefined) yield { kind: 'bad', number, why: `it is longer than ${longestLine} bytes` }
      else if (text.length > 0) yield readLine(text, number)
    }
  } catch (error) {
    yield { kind: 'cut', number: number + 1, why: error instanceof Error ? error.message : String(error) }
  }
}

const readLine = (text: string, number: number): ReadLine => {
  const bad = (why: string): ReadLine => ({ kind: 'bad', number, why })
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return bad('it is not valid JSON')
  }
  if (!isObject(value)) return bad('it is no JSON object')
  const { t, s, d } = value
  const stream = streamIds.find((id) => id === s)
  const time = typeof t === 'string' ? parseMicros(t) : undefined
  if (typeof t !== 'string' || time === undefined) return bad('t is no RFC 3339 time')
  if (stream === undefined) return bad('s names no stream')
  if (!isObject(d)) return bad('d is no object')
  return { kind: 'line', number, time, line: { t, s: stream, d } }
}

const firstLine = async (file: string): Promise<string> => {
  try {
    for await (const line of textLines(file)) return line ?? ''
  } catch (cause) {
    throw invalid(file, `cannot be read: ${cause instanceof Error ? cause.message : cause}`, cause)
  }
  throw invalid(file, 'is empty')
}

const headerOf = (line: string, file: string): RecordingHeader => {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (cause) {
    throw invalid(`${file}:1`, 'does not begin with the header of a recording', cause)
  }
  if (!isObject(value) || value.bulwark !== 'recording')
    throw invalid(`${file}:1`, 'does not begin with the header of a recording')
  const { version, cluster, from, to, description, records } = value
  if (version !== recordingVersion) {
    throw invalid(`${file}:1`, `has version ${version}; this Bulwark reads version ${recordingVersion}`)
  }
  if (typeof cluster !== 'string' || typeof from !== 'string' || typeof to !== 'string') {
    throw invalid(`${file}:1`, 'has a header without cluster, from or to')
  }
  return {
    bulwark: 'recording',
    version,
    cluster,
    from,
    to,
    description: typeof description === 'string' ? description : '',
    records: typeof records === 'number' ? records : 0,
  }
}

const invalid = (where: string, what: string, cause?: unknown): BulwarkError =>
  new BulwarkError('RECORDING_INVALID', {
    what: `the recording ${what}`,
    where,
    mend: 'make one with bulwark record FILE, or take the one that ships with Bulwark',
    cause,
  })

const zstdMagic = 0xfd2fb528
/** 0x184D2A50 to 0x184D2A5F start a frame to be skipped, which may come first. */
const isZstd = (bytes: Buffer): boolean => {
  const magic = bytes.length < 4 ? 0 : bytes.readUInt32LE(0)
  return magic === zstdMagic || magic >>> 4 === 0x184d2a5
}

/** The lines of a file as text; undefined for one that is too long. Throws where the file is cut off or damaged. */
async function* textLines(file: string): AsyncGenerator<string | undefined> {
  const decoder = (await startsCompressed(file)) ? createZstdDecompress({ chunkSize: 256 * 1024 }) : new PassThrough()
  // The pipeline's error comes out of reading its last stream as well, so the callback has nothing to do.
  const bytes = pipeline(createReadStream(file), decoder, () => undefined)
  let parts: Buffer[] = []
  let length = 0
  for await (const chunk of bytes) {
    let rest: Buffer = chunk
    for (let end = rest.indexOf(0x0a); end >= 0; end = rest.indexOf(0x0a)) {
      length += end
      yield length > longestLine ? undefined : Buffer.concat([...parts, rest.subarray(0, end)]).toString('utf8')
      parts = []
      length = 0
      rest = rest.subarray(end + 1)
    }
    length += rest.length
    if (length <= longestLine) parts.push(Buffer.from(rest))
    else parts = []
  }
  if (length > 0) yield length > longestLine ? undefined : Buffer.concat(parts).toString('utf8')
}

const startsCompressed = async (path: string): Promise<boolean> => {
  const file = await open(path)
  try {
    const bytes = Buffer.alloc(4)
    await file.read(bytes, 0, 4, 0)
    return isZstd(bytes)
  } finally {
    await file.close()
  }
}
