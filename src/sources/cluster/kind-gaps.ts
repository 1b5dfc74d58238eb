import type { GapReason } from '../../model/record.ts'
import type { Micros } from '../../model/time.ts'
import type { Interval } from './hand-over.ts'
import { pause } from './pacing.ts'

/** A stretch of time that one kind cannot speak for. */
export interface KindGap {
  readonly from: Micros
  readonly to: Micros
  readonly reason: GapReason
  /** As kubectl names it. */
  readonly kind: string
  /** What happened, with `{kinds}` for the kinds to which it did and `{differences}` for what the new lists found. */
  readonly what: string
  readonly differences: number
}

/** Resolves when the gap is on disk. */
export type TellGap = (gap: KindGap) => Promise<void>

/**
 * Tells gaps of many kinds with one cause as one: when an API server is started anew, some sixty kinds have to be
 * listed anew at once, and sixty rows would hide the one next to them. Gaps of one reason and text that come within
 * `mergeMillis` of the first become one, from the earliest `from` to the latest `to`.
 */
export function mergeGaps(write: (gap: Interval) => Promise<void>, mergeMillis: number, signal: AbortSignal): TellGap {
  const waiting = new Map<string, { readonly gaps: KindGap[]; readonly written: Promise<void> }>()
  return (gap) => {
    const cause = `${gap.reason} ${gap.what}`
    const open = waiting.get(cause)
    if (open) {
      open.gaps.push(gap)
      return open.written
    }
    const gaps = [gap]
    const writeAll = async (): Promise<void> => {
      await pause(mergeMillis, signal).catch(() => undefined) // at the end it is written at once
      waiting.delete(cause)
      await write(joined(gaps))
    }
    const written = writeAll()
    waiting.set(cause, { gaps, written })
    return written
  }
}

const maxNames = 20

function joined(gaps: readonly KindGap[]): Interval {
  const names = [...new Set(gaps.map(({ kind }) => kind))].sort()
  const listed = names.slice(0, maxNames).join(', ')
  const more = names.length > maxNames ? ` and ${names.length - maxNames} more` : ''
  const kinds = names.length === 1 ? listed : `${names.length} kinds (${listed}${more})`
  const differences = gaps.reduce((sum, gap) => sum + gap.differences, 0)
  const found = differences === 1 ? '1 difference' : `${differences} differences`
  const [first] = gaps
  const to = Math.max(...gaps.map((gap) => gap.to))
  return {
    from: Math.min(to, ...gaps.map(({ from }) => from)), // a clock may have been set back
    to,
    reason: first?.reason ?? 'stream-broken',
    what: (first?.what ?? '').replace('{kinds}', () => kinds).replace('{differences}', () => found),
  }
}
