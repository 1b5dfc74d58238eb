/** One figure of a benchmark. `gate` is what it has to reach or stay below, where the design names one. */
export interface BenchRow {
  /** What was measured: `spool: events acknowledged`. */
  readonly name: string
  readonly value: number
  /** `events/s`, `ms`, `MiB`, `B/event`, … */
  readonly unit: string
  readonly gate?: { readonly atLeast: number } | { readonly atMost: number }
  /** Conditions of the figure: sizes, the peer it is a ratio to, why it was left out. */
  readonly note?: string
}

/** A benchmark reports its figures one by one, as it has them. */
export type Bench = (report: (row: BenchRow) => void) => Promise<void>

/** At the end of a `*.bench.ts`: prints the figures as JSON lines when the file is the program that runs. */
export const runBench = async (meta: ImportMeta, bench: Bench): Promise<void> => {
  if (meta.main) await bench((row) => console.log(JSON.stringify(row)))
}

/** How a figure stands to its gate; `–` where there is none. */
export const standing = ({ value, gate }: BenchRow): 'reached' | 'missed' | '–' => {
  if (gate === undefined) return '–'
  const reached = 'atLeast' in gate ? value >= gate.atLeast : value <= gate.atMost
  return reached ? 'reached' : 'missed'
}
