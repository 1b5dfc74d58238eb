/**
 * Follows a file that somebody writes lines to (kube-apiserver's `--audit-log-path`, Falco's `file_output`, Tetragon's
 * export file): through rotation by rename, through truncation, and from where it stopped at the last run. The position
 * moves only after the recorder has the lines on disk. The file is looked at again and again: change notices do not work
 * on every file system.
 */
import { type FileHandle, open, stat } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import type { Append, Source, SourceState, SourceStatus, StreamId } from '../../model/source.ts'
import { type Micros, microsFromMillis } from '../../model/time.ts'
import { SourceMeter } from '../../telemetry/source-meter.ts'
import { GapNotes } from './gap-notes.ts'
import type { Glance } from './glance.ts'
import { LineReader, type Lines } from './line-reader.ts'
import { type Rotated, rotatedFiles } from './rotated.ts'
import { isSameFile, loadPosition, positionAt, savePosition, type TailPosition } from './tail-position.ts'

/** What is written to the file, and what can be told of it before it is parsed. */
export interface Written {
  readonly stream: StreamId
  /** Of the status: `audit-file`. */
  readonly type: string
  /** What to look at where there is no file. */
  readonly ask: string
  readonly glance: (lines: Buffer) => Glance
  /** A writer that works is never quiet for longer; undefined where quiet says nothing. */
  readonly silentMicros: Micros | undefined
}

/** Which file to follow. */
export interface FileTailOptions {
  readonly id: string
  readonly cluster: string
  readonly file: string
  /** The folder where the position is kept, in a file named after the id. */
  readonly stateDir: string
  /** How often the file is looked at (milliseconds). */
  readonly pollMillis?: number
  /** A longer line is left out and told as a gap (bytes). */
  readonly longestLine?: number
  readonly now?: () => Micros
}

/** A source that follows a file of lines. A file that is not there yet is waited for. */
export const fileSource = (written: Written, options: FileTailOptions, append: Append): Source =>
  new FileTail(written, options, append)

const refusedPause = 1000

/** The file in hand, which keeps its inode whatever it is renamed to. */
interface Open {
  readonly path: string
  readonly file: FileHandle
  readonly reader: LineReader
  position: TailPosition
}

class FileTail implements Source {
  readonly id: string
  readonly #written: Written
  readonly #options: FileTailOptions
  readonly #append: Append
  readonly #now: () => Micros
  readonly #meter = new SourceMeter()
  readonly #gaps: GapNotes
  readonly #stop = new AbortController()
  #running: Promise<void> = Promise.resolve()
  #open: Open | undefined
  /** Earlier files that were not read yet, oldest first. */
  #earlier: readonly Rotated[] = []
  #isFirst = true
  #state: { readonly state: SourceState; readonly message: string; readonly since: Micros }

  constructor(written: Written, options: FileTailOptions, append: Append) {
    this.id = options.id
    this.#written = written
    this.#options = options
    this.#append = append
    this.#now = options.now ?? (() => microsFromMillis(Date.now()))
    this.#gaps = new GapNotes(append, { source: options.id, cluster: options.cluster, now: this.#now })
    this.#state = { state: 'starting', message: `about to read ${options.file}`, since: this.#now() }
  }

  async start(): Promise<void> {
    this.#running = this.#run()
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
    await this.#open?.file.close()
    await this.#gaps.flush()
    this.#set('ended', 'it was stopped')
  }

  status(): SourceStatus {
    const now = this.#now()
    const metered = this.#meter.read(now)
    const { lastRecordAt } = metered
    const { silentMicros } = this.#written
    const isSilent =
      this.#state.state === 'connected' &&
      lastRecordAt !== undefined &&
      silentMicros !== undefined &&
      now - lastRecordAt > silentMicros
    const silent = {
      state: 'silent' as const,
      message: `nothing was written to ${this.#options.file} for over ${Math.round((silentMicros ?? 0) / 60_000_000)} minutes`,
    }
    return {
      id: this.id,
      type: this.#written.type,
      cluster: this.#options.cluster,
      ...this.#state,
      ...(isSilent ? silent : {}),
      ...metered,
      quarantinedTotal: 0,
      missing: [],
    }
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      let millis = this.#options.pollMillis ?? 250
      try {
        await this.#round()
      } catch (error) {
        this.#set('broken', messageOf(error, this.#options.file))
        millis = refusedPause
      }
      await pauseFor(millis, this.#stop.signal)
    }
  }

  /** Reads everything that is there now. */
  async #round(): Promise<void> {
    this.#open ??= this.#isFirst ? await this.#resume() : await this.#openNext()
    this.#isFirst = false
    while (this.#open && !this.#stop.signal.aborted) {
      if (!(await isSameFile(this.#open.file, this.#open.position))) await this.#startOver(this.#open)
      await this.#readToEnd()
      if (this.#stop.signal.aborted || (await isAt(this.#options.file, this.#open.file))) break
      await this.#finish(this.#open)
      this.#open = await this.#openNext()
    }
    if (this.#open) this.#set('connected', `follows ${this.#options.file}`)
    else this.#set('broken', `there is no ${this.#options.file}; ${this.#written.ask}`)
  }

  /** Finds the file that was read last, under whatever name it has now, and what came after it. */
  async #resume(): Promise<Open | undefined> {
    const position = await loadPosition(this.#positionFile)
    if (!position) return this.#openNext()
    const rotated = await rotatedFiles(this.#options.file)
    const candidates = [this.#options.file, ...rotated.map(({ path }) => path)]
    for (const [index, path] of candidates.entries()) {
      const file = await openOrNothing(path)
      if (file && (await isSameFile(file, position))) {
        this.#earlier = index === 0 ? [] : rotated.slice(index)
        const reader = new LineReader(file, position.offset, this.#longest)
        return { path, file, reader, position }
      }
      await file?.close()
    }
    this.#gap(
      position.savedAt,
      `the file that was read last is gone or was replaced; what was written to it after byte ${position.offset} is missing`,
    )
    this.#earlier = rotated.filter(({ modifiedAt }) => modifiedAt * 1000 > position.savedAt)
    return this.#openNext()
  }

  async #openNext(): Promise<Open | undefined> {
    const [next, ...later] = this.#earlier
    this.#earlier = later
    const path = next?.path ?? this.#options.file
    const file = await openOrNothing(path)
    if (!file) return next ? this.#openNext() : undefined
    const position = await positionAt(file, 0, this.#now())
    return { path, file, reader: new LineReader(file, 0, this.#longest), position }
  }

  async #startOver(current: Open): Promise<void> {
    this.#gap(
      current.position.savedAt,
      `${this.#options.file} was truncated or replaced; what was written to it after byte ${current.position.offset} may be missing`,
    )
    const { path, file } = current
    const position = await positionAt(file, 0, this.#now())
    this.#open = { path, file, reader: new LineReader(file, 0, this.#longest), position }
  }

  async #readToEnd(): Promise<void> {
    const current = this.#open
    if (!current) return
    for (let lines = await current.reader.next(); lines; lines = await current.reader.next()) {
      await this.#keep(current, lines)
      if (this.#stop.signal.aborted) return
    }
  }

  /** The file has another name now and nobody writes to it: its last line is whole even without an end. */
  async #finish(current: Open): Promise<void> {
    await this.#readToEnd()
    const rest = await current.reader.rest()
    if (rest) await this.#keep(current, rest)
    const { dev, ino, mtimeMs } = await current.file.stat()
    await current.file.close()
    if (this.#earlier.length > 0) return
    // More than one rotation may have happened since: those between are read before the one at the path.
    const newest = await stat(this.#options.file).catch(() => undefined)
    this.#earlier = (await rotatedFiles(this.#options.file)).filter(
      (rotated) =>
        rotated.modifiedAt > mtimeMs &&
        !(rotated.device === dev && rotated.inode === ino) &&
        !(rotated.device === newest?.dev && rotated.inode === newest.ino),
    )
  }

  /** Hands lines over, again and again until the recorder takes them, and then moves the position. */
  async #keep(current: Open, lines: Lines): Promise<void> {
    if (lines.tooLong > 0) {
      const what = `${this.#options.file} has a line of more than ${this.#longest} bytes, which was left out`
      this.#gap(this.#now(), what, 'too-large', lines.tooLong)
    }
    if (lines.bytes.length > 0 && !(await this.#handOver(lines.bytes))) return
    current.position = await positionAt(current.file, lines.offset, this.#now())
    await savePosition(this.#positionFile, current.position)
  }

  async #handOver(payload: Buffer): Promise<boolean> {
    const { id, cluster } = this.#options
    const { stream, glance } = this.#written
    const seen = glance(payload)
    while (!this.#stop.signal.aborted) {
      const receivedAt = this.#now()
      try {
        await this.#append({ stream, source: id, cluster, receivedAt, payload })
        this.#meter.add(seen.events, payload.length, receivedAt, seen.newest)
        return true
      } catch (error) {
        this.#set('broken', `the recorder takes nothing: ${error instanceof Error ? error.message : error}`)
        await pauseFor(refusedPause, this.#stop.signal)
      }
    }
    return false
  }

  #gap(
    from: Micros,
    what: string,
    reason: 'dropped-at-source' | 'too-large' = 'dropped-at-source',
    estimate?: number,
  ): void {
    this.#meter.addGap()
    this.#gaps.add({ from, to: this.#now(), reason, what, estimate })
  }

  get #positionFile(): string {
    return `${this.#options.stateDir}/${this.id}.position`
  }

  get #longest(): number {
    return this.#options.longestLine ?? 16 * 1024 * 1024
  }

  #set(state: SourceState, message: string): void {
    const since = state === this.#state.state ? this.#state.since : this.#now()
    this.#state = { state, message, since }
  }
}

const openOrNothing = async (path: string): Promise<FileHandle | undefined> => {
  try {
    return await open(path, 'r')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** True while the open file is the one that stands at the path, or nothing does: then its next name is not known yet. */
const isAt = async (path: string, file: FileHandle): Promise<boolean> => {
  const there = await stat(path).catch(() => undefined)
  const here = await file.stat()
  return there === undefined || (there.dev === here.dev && there.ino === here.ino)
}

const messageOf = (error: unknown, path: string): string => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EACCES') return `${path} may not be read; run Bulwark as a user that may, or mount it readable`
  return `${path} cannot be read: ${error instanceof Error ? error.message : error}`
}

/** Resolves when the time is over, or at the stop. */
const pauseFor = (millis: number, signal: AbortSignal): Promise<void> =>
  setTimeout(millis, undefined, { signal }).catch(() => undefined)
