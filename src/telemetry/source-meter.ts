import type { SourceStatus } from '../model/source.ts'
import type { Micros } from '../model/time.ts'

/** The figures of a source's status. */
export type Metered = Pick<
  SourceStatus,
  'lastRecordAt' | 'recordsTotal' | 'bytesTotal' | 'recordsPerSecond' | 'lagMillis' | 'gapsTotal'
>

const seconds = 60
const mostLags = 600

/** Counts what a source hands over, with the rate and the median lag of the last minute. Times are receive times. */
export class SourceMeter {
  #records = 0
  #bytes = 0
  #gaps = 0
  #last: Micros | undefined
  readonly #perSecond = new Map<number, number>()
  #lags: { readonly at: Micros; readonly millis: number }[] = []

  /** `records` handed over at `at`; `eventTime` is the moment that the newest of them tells of. */
  add(records: number, bytes: number, at: Micros, eventTime: Micros | undefined): void {
    this.#records += records
    this.#bytes += bytes
    this.#last = at
    const second = Math.floor(at / 1_000_000)
    this.#perSecond.set(second, (this.#perSecond.get(second) ?? 0) + records)
    for (const old of this.#perSecond.keys()) {
      if (old > second - seconds) break
      this.#perSecond.delete(old)
    }
    if (eventTime === undefined) return
    this.#lags.push({ at, millis: (at - eventTime) / 1000 })
    if (this.#lags.length > 2 * mostLags) this.#lags = this.#lags.slice(-mostLags)
  }

  addGap(): void {
    this.#gaps++
  }

  read(now: Micros): Metered {
    const since = Math.floor(now / 1_000_000) - seconds
    let recent = 0
    for (const [second, count] of this.#perSecond) if (second > since) recent += count
    const lags = this.#lags
      .filter(({ at }) => at > now - seconds * 1_000_000)
      .map(({ millis }) => millis)
      .sort((a, b) => a - b)
    return {
      lastRecordAt: this.#last,
      recordsTotal: this.#records,
      bytesTotal: this.#bytes,
      recordsPerSecond: recent / seconds,
      lagMillis: lags[Math.floor(lags.length / 2)],
      gapsTotal: this.#gaps,
    }
  }
}
