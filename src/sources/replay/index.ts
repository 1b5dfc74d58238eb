import { setTimeout } from 'node:timers/promises'
import type { RecordingHeader } from '../../model/recording.ts'
import type { Append, Source, SourceState, SourceStatus, StreamId } from '../../model/source.ts'
import { formatMicros, type Micros, microsFromMillis } from '../../model/time.ts'
import { SourceMeter } from '../../telemetry/source-meter.ts'
import { moveTimes } from './move-times.ts'
import { type OpenedRecording, openRecording } from './read-recording.ts'

export { openRecording } from './read-recording.ts'
export { createRecording, type RecordingWriter } from './recording-writer.ts'

/** What to replay, and how. */
export interface ReplayOptions {
  readonly id: string
  readonly file: string
  /** 1: as slowly as it happened; 10: ten times as fast; `max`: at once. */
  readonly speed: number | 'max'
  /** Moves all times, so that the recording ends when its replay does. */
  readonly moveToNow: boolean
  readonly now?: () => Micros
}

/** A replay. Its state is `ended` when everything was handed over. */
export interface ReplaySource extends Source {
  readonly header: RecordingHeader
  /** Resolves when the replay has ended, by its end or by `stop`. */
  readonly done: Promise<void>
}

/**
 * Opens a recording for replay.
 *
 * @throws BulwarkError RECORDING_INVALID, with file and line.
 */
export const replaySource = async (options: ReplayOptions, append: Append): Promise<ReplaySource> =>
  new Replay(options, append, await openRecording(options.file))

const batchLines = 400
const batchBytes = 1024 * 1024
/** Lines of one stream within so much recorded time go over together; more of it where time goes faster. */
const batchMicros: Micros = 250_000
const mostInFlight = 64
const refusedMillis = 1000

interface Batch {
  lines: string[]
  bytes: number
  first: Micros
  last: Micros
}

class Replay implements ReplaySource {
  readonly id: string
  readonly header: RecordingHeader
  readonly #options: ReplayOptions
  readonly #append: Append
  readonly #recording: OpenedRecording
  readonly #now: () => Micros
  readonly #meter = new SourceMeter()
  readonly #stop = new AbortController()
  readonly #ended = Promise.withResolvers<void>()
  readonly #batches = new Map<StreamId, Batch>()
  #inFlight: Promise<void>[] = []
  #shift: Micros = 0
  #bad = 0
  #state: { readonly state: SourceState; readonly message: string; readonly since: Micros }

  constructor(options: ReplayOptions, append: Append, recording: OpenedRecording) {
    this.id = options.id
    this.#options = options
    this.#append = append
    this.#recording = recording
    this.header = recording.header
    this.#now = options.now ?? (() => microsFromMillis(Date.now()))
    this.#state = { state: 'starting', message: `about to replay ${options.file}`, since: this.#now() }
  }

  get done(): Promise<void> {
    return this.#ended.promise
  }

  async start(): Promise<void> {
    const { from, to } = this.#recording
    const { speed, moveToNow, file } = this.#options
    const startedAt = this.#now()
    const length = speed === 'max' ? 0 : (to - from) / speed
    // Whole seconds, as times of objects have no more: what was in the same second stays in the same second.
    this.#shift = moveToNow ? Math.floor((startedAt + length - to) / 1_000_000) * 1_000_000 : 0
    this.#set('connected', `replays ${file}${speed === 'max' ? ' at once' : ` at speed ${speed}`}`)
    this.#run(startedAt)
      .catch((error: unknown) => this.#set('broken', error instanceof Error ? error.message : String(error)))
      .finally(() => this.#ended.resolve())
  }

  async stop(): Promise<void> {
    const wasStarted = this.#state.state !== 'starting'
    this.#stop.abort()
    if (wasStarted) await this.done
    if (this.#state.state === 'connected') this.#set('ended', 'it was stopped')
  }

  status(): SourceStatus {
    return {
      id: this.id,
      type: 'replay',
      cluster: this.header.cluster,
      ...this.#state,
      ...this.#meter.read(this.#now()),
      quarantinedTotal: this.#bad,
      missing: [],
    }
  }

  async #run(startedAt: Micros): Promise<void> {
    const { speed, file } = this.#options
    const { from } = this.#recording
    for await (const read of this.#recording.lines()) {
      if (this.#stop.signal.aborted) return
      if (read.kind === 'line') {
        if (speed !== 'max') await this.#waitUntil(startedAt + (read.time - from) / speed)
        await this.#add(read.line.s, moveTimes(read.line, this.#shift), read.time)
      } else {
        if (read.kind === 'bad') this.#bad++
        await this.#tell(
          read.kind === 'cut'
            ? `the recording is cut off at line ${read.number}: ${read.why}`
            : `line ${read.number} of the recording cannot be read: ${read.why}`,
        )
      }
    }
    await this.#flush()
    await Promise.all(this.#inFlight)
    if (this.#stop.signal.aborted) return
    const left = this.#bad === 0 ? '' : `, without ${this.#bad} lines that cannot be read`
    this.#set('ended', `${file} was replayed whole${left}`)
  }

  async #add(stream: StreamId, line: string, time: Micros): Promise<void> {
    const batch = this.#batches.get(stream) ?? { lines: [], bytes: 0, first: time, last: time }
    this.#batches.set(stream, batch)
    batch.lines.push(line)
    batch.bytes += line.length
    batch.last = time
    const { speed } = this.#options
    const span = batchMicros * (speed === 'max' ? 16 : Math.max(1, Math.min(4, speed)))
    const isFull = batch.lines.length >= batchLines || batch.bytes >= batchBytes
    // Both streams go together, so that neither runs ahead of the other.
    if (isFull || time - batch.first >= span) await this.#flush()
  }

  async #flush(): Promise<void> {
    for (const [stream, batch] of this.#batches) {
      this.#batches.delete(stream)
      const payload = Buffer.from(`${batch.lines.join('\n')}\n`)
      // A moved recording looks as if it was received when it happened.
      const receivedAt = this.#options.moveToNow ? Math.min(this.#now(), batch.last + this.#shift) : this.#now()
      this.#inFlight.push(this.#handOver(stream, payload, batch.lines.length, receivedAt))
      if (this.#inFlight.length >= mostInFlight) await this.#inFlight.shift()
    }
  }

  async #tell(what: string): Promise<void> {
    await this.#flush()
    const { from, to } = this.#recording
    const gap = { from: from + this.#shift, to: to + this.#shift, reason: 'unreadable', what, estimate: 1 }
    this.#meter.addGap()
    await this.#handOver('gaps', Buffer.from(`${JSON.stringify(gap)}\n`), 0, this.#now())
  }

  /** Again and again until the recorder takes it. */
  async #handOver(stream: StreamId, payload: Buffer, records: number, receivedAt: Micros): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        await this.#append({ stream, source: this.id, cluster: this.header.cluster, receivedAt, payload })
        this.#meter.add(records, payload.length, this.#now(), undefined)
        return
      } catch {
        // The spool is full or broken, and says so itself.
        await this.#pause(refusedMillis)
      }
    }
  }

  async #waitUntil(due: Micros): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const left = (due - this.#now()) / 1000
      if (left < 20) return
      await this.#flush()
      this.#set(
        'connected',
        `replays ${this.#options.file} at speed ${this.#options.speed}, now at ${formatMicros(due)}`,
      )
      await this.#pause(Math.min(left, 60_000))
    }
  }

  /** Resolves when the time is over, or at the stop. */
  #pause(millis: number): Promise<void> {
    return setTimeout(millis, undefined, { signal: this.#stop.signal }).catch(() => undefined)
  }

  #set(state: SourceState, message: string): void {
    const since = state === this.#state.state ? this.#state.since : this.#now()
    this.#state = { state, message, since }
  }
}
