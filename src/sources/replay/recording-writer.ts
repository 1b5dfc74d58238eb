/**
 * Writes a recording so that the file can be read whenever the writer is stopped, by Ctrl-C or by kill -9: every
 * second's lines are a zstd frame of their own, and a torn last frame takes nothing of the others with it. The header
 * stands in a slot of fixed size (its frame, then a frame to be skipped), so that it can be finished in place.
 */
import { type FileHandle, open } from 'node:fs/promises'
import { constants, zstdCompressSync } from 'node:zlib'
import { BulwarkError } from '../../model/error.ts'
import type { JsonObject } from '../../model/json.ts'
import type { BulwarkRecord } from '../../model/record.ts'
import { type RecordingHeader, recordingVersion } from '../../model/recording.ts'
import { formatMicros, type Micros, microsFromMillis } from '../../model/time.ts'

/** A recording that is being made. */
export interface RecordingWriter {
  /** Takes records that are redacted already. Resolves when they are on their way to the disk. */
  write(records: readonly BulwarkRecord[]): Promise<void>
  /** Writes what waits, and finishes the header. */
  close(): Promise<RecordingHeader>
}

/** What the header says of a recording from its start. */
export interface RecordingAbout {
  readonly file: string
  readonly cluster: string
  readonly description: string
  readonly now?: () => Micros
}

const headerSlot = 4096
const frameBytes = 512 * 1024
const frameMillis = 1000
const level = { params: { [constants.ZSTD_c_compressionLevel]: 9, [constants.ZSTD_c_checksumFlag]: 1 } }

/**
 * Starts a recording in a new file.
 *
 * @throws BulwarkError CONFIG_INVALID when the file is there already.
 */
export const createRecording = async (about: RecordingAbout): Promise<RecordingWriter> => {
  const now = about.now ?? (() => microsFromMillis(Date.now()))
  const header: RecordingHeader = {
    bulwark: 'recording',
    version: recordingVersion,
    cluster: about.cluster,
    from: formatMicros(now()),
    to: formatMicros(now()),
    description: about.description.slice(0, 1000),
    records: 0,
  }
  const file = await createFile(about.file)
  await file.write(headerFrames(header), 0, headerSlot, 0)
  return new Writer(file, header)
}

const createFile = async (path: string): Promise<FileHandle> => {
  try {
    return await open(path, 'wx', 0o600)
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause
    throw new BulwarkError('CONFIG_INVALID', {
      what: 'the file for the recording is there already',
      where: path,
      mend: 'choose another name, or remove the file first',
      cause,
    })
  }
}

class Writer implements RecordingWriter {
  readonly #file: FileHandle
  #header: RecordingHeader
  #offset = headerSlot
  #lines: string[] = []
  #bytes = 0
  #timer: NodeJS.Timeout | undefined
  #from = Number.POSITIVE_INFINITY
  #to = Number.NEGATIVE_INFINITY
  #records = 0
  #writing: Promise<void> = Promise.resolve()

  constructor(file: FileHandle, header: RecordingHeader) {
    this.#file = file
    this.#header = header
  }

  async write(records: readonly BulwarkRecord[]): Promise<void> {
    for (const record of records) {
      const line = JSON.stringify({ t: formatMicros(record.time), ...lineOf(record) })
      this.#lines.push(line)
      this.#bytes += line.length
      this.#from = Math.min(this.#from, record.time)
      this.#to = Math.max(this.#to, record.time)
    }
    this.#records += records.length
    if (this.#bytes >= frameBytes) await this.#flush()
    // A failure of a flush by the timer comes out of the next call.
    else this.#timer ??= setTimeout(() => void this.#flush().catch(() => undefined), frameMillis)
  }

  async close(): Promise<RecordingHeader> {
    try {
      await this.#flush()
      if (this.#records > 0) {
        const header = { ...this.#header, from: formatMicros(this.#from), to: formatMicros(this.#to) }
        this.#header = { ...header, records: this.#records }
      }
      await this.#file.write(headerFrames(this.#header), 0, headerSlot, 0)
      await this.#file.sync()
      return this.#header
    } finally {
      clearTimeout(this.#timer)
      await this.#file.close()
    }
  }

  async #flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const lines = this.#lines
    this.#lines = []
    this.#bytes = 0
    this.#writing = this.#writing.then(async () => {
      if (lines.length === 0) return
      const frame = zstdCompressSync(`${lines.join('\n')}\n`, level)
      await this.#file.write(frame, 0, frame.length, this.#offset)
      this.#offset += frame.length
    })
    await this.#writing
  }
}

/** The header's frame and a frame that decoders skip, together as long as the slot. */
const headerFrames = (header: RecordingHeader): Buffer => {
  const frame = zstdCompressSync(`${JSON.stringify(header)}\n`, level)
  const slot = Buffer.alloc(headerSlot)
  frame.copy(slot)
  slot.writeUInt32LE(0x184d2a50, frame.length)
  slot.writeUInt32LE(headerSlot - frame.length - 8, frame.length + 4)
  return slot
}

const lineOf = (record: BulwarkRecord): { readonly s: string; readonly d: JsonObject | object } => {
  switch (record.kind) {
    case 'audit':
      return { s: 'audit', d: record.event }
    case 'runtime':
      return { s: record.sensor, d: record.event }
    case 'object': {
      const { kind, receivedAt, cluster, source, ...d } = record
      return { s: 'objects', d }
    }
    case 'gap': {
      const { kind, receivedAt, cluster, source, ...d } = record
      return { s: 'gaps', d }
    }
    default:
      return record satisfies never
  }
}
