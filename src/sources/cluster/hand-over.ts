import type { Change, KubernetesObject, ObjectRef, ObjectVersion } from '../../model/object.ts'
import type { Gap, GapReason } from '../../model/record.ts'
import type { Append, StreamId } from '../../model/source.ts'
import type { Micros } from '../../model/time.ts'
import { backoff, pause } from './pacing.ts'

/** An object version before it has a time and a source. */
export interface Version {
  readonly ref: ObjectRef
  readonly uid: string
  readonly resourceVersion: string
  readonly change: Change
  readonly synthesised: boolean
  readonly body: KubernetesObject
}

/** A gap before it has a source. */
export interface Interval {
  readonly from: Micros
  readonly to: Micros
  readonly reason: GapReason
  readonly what: string
}

export interface HandOver {
  /** Resolves when all of them are on disk. Tries until the recorder takes them; throws only when the signal aborts. */
  objects(versions: readonly Version[]): Promise<void>
  gap(gap: Interval): Promise<void>
  totals(): Totals
}

export interface Totals {
  readonly records: number
  readonly bytes: number
  readonly gaps: number
  /** How often something came that could not be read. */
  readonly unreadable: number
  readonly perSecond: number
  readonly lastRecordAt: Micros | undefined
  /** Why the recorder takes nothing now, empty when it does. */
  readonly trouble: string
}

export interface HandOverOptions {
  readonly id: string
  readonly cluster: string
  readonly append: Append
  readonly clock: () => Micros
  readonly random: () => number
  readonly signal: AbortSignal
}

const maxVersions = 500
const maxBytes = 1024 * 1024

/**
 * Gives object versions and gaps to the recorder as JSON lines, in entries of at most 500 versions and 1 MiB (one
 * larger object is an entry by itself). Who calls waits until they are on disk, so a full disk slows the watches down
 * instead of filling the memory, and a kind's versions stay in order.
 */
export function handOver(options: HandOverOptions): HandOver {
  const { clock, signal } = options
  const meter = rate(clock)
  let records = 0
  let bytes = 0
  let gaps = 0
  let unreadable = 0
  let lastRecordAt: Micros | undefined
  let trouble = ''

  const append = async (stream: StreamId, lines: readonly Buffer[], receivedAt: Micros): Promise<void> => {
    const delays = backoff(500, 10_000, options.random)
    const payload = Buffer.concat(lines)
    for (;;) {
      try {
        await options.append({ stream, source: options.id, cluster: options.cluster, receivedAt, payload })
        break
      } catch (error) {
        trouble = error instanceof Error ? error.message : String(error)
        await pause(delays.next(), signal) // throws once we are stopped: one attempt is made all the same
      }
    }
    trouble = ''
    records += lines.length
    bytes += payload.length
    lastRecordAt = clock()
    meter.count(lines.length)
  }

  return {
    async objects(versions) {
      let lines: Buffer[] = []
      let size = 0
      const receivedAt = clock()
      for (const version of versions) {
        const line = encode({
          kind: 'object',
          time: receivedAt,
          receivedAt,
          cluster: options.cluster,
          source: options.id,
          ...version,
        })
        if (lines.length > 0 && (lines.length === maxVersions || size + line.length > maxBytes)) {
          await append('objects', lines, receivedAt)
          lines = []
          size = 0
        }
        lines.push(line)
        size += line.length
      }
      if (lines.length > 0) await append('objects', lines, receivedAt)
    },
    async gap(gap) {
      const receivedAt = clock()
      const { cluster, id: source } = options
      await append(
        'gaps',
        [encode({ kind: 'gap', time: gap.to, receivedAt, cluster, source, ...gap, estimate: undefined })],
        receivedAt,
      )
      gaps++
      if (gap.reason === 'unreadable' || gap.reason === 'too-large') unreadable++
    },
    totals: () => ({ records, bytes, gaps, unreadable, perSecond: meter.perSecond(), lastRecordAt, trouble }),
  }
}

const encode = (record: ObjectVersion | Gap): Buffer => Buffer.from(`${JSON.stringify(record)}\n`)

/** Counts of the last 60 seconds. */
function rate(clock: () => Micros): { count(records: number): void; perSecond(): number } {
  const buckets = new Float64Array(60)
  let newest = 0
  const move = (): number => {
    const second = Math.floor(clock() / 1_000_000)
    for (let at = Math.max(newest + 1, second - 59); at <= second; at++) buckets[at % 60] = 0
    newest = Math.max(newest, second)
    return newest % 60
  }
  return {
    count(records) {
      const place = move()
      buckets[place] = (buckets[place] ?? 0) + records
    },
    perSecond() {
      move()
      return buckets.reduce((sum, each) => sum + each, 0) / 60
    },
  }
}
