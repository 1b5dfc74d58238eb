import type { BacktestStatus } from '../../api/contract/detection.ts'

/** A line that is written over itself on a terminal, and nothing elsewhere. */
export interface ProgressLine {
  /** To be told of at any time: it is asked only when the line is due, since to gather an answer takes long. */
  readonly tell: (ask: () => Pick<BacktestStatus, 'scanned' | 'toScan' | 'before' | 'after'>) => void
  readonly clear: () => void
}

const often = 100

export const progressLine = (stream: { readonly isTTY?: boolean; write(text: string): unknown }): ProgressLine => {
  let told = Number.NEGATIVE_INFINITY
  let isShown = false
  return {
    tell: (ask) => {
      if (stream.isTTY !== true || performance.now() - told < often) return
      told = performance.now()
      isShown = true
      const { scanned, toScan, before, after } = ask()
      const share = toScan === 0 ? 100 : Math.floor((scanned / toScan) * 100)
      stream.write(
        `\r\u001b[K${share} % of ${toScan.toLocaleString('en-US')} records, fired ${before} before, ${after} after`,
      )
    },
    clear: () => {
      if (isShown) stream.write('\r\u001b[K')
    },
  }
}
