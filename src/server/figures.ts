import type { RecorderStatus } from '../recorder/index.ts'
import type { StoreHealth } from '../store/index.ts'

type Figures = Readonly<Record<string, number>>

/** The recorder's figures for the metrics. */
export const recorderFigures = ({ spool, processed, alerts }: RecorderStatus): Figures => ({
  spool_entries: spool.entriesTotal,
  spool_bytes: spool.bytes,
  spool_segments: spool.segments,
  spool_refused: spool.refusedTotal,
  spool_failures: spool.failuresTotal,
  ...numbersOf(processed),
  alerts: alerts.length,
})

/** The store's figures for the metrics. */
export const storeFigures = ({ state, restarts }: StoreHealth): Figures => ({
  ready: state === 'ready' ? 1 : 0,
  restarts,
})

const numbersOf = (object: object): Figures =>
  Object.fromEntries(Object.entries(object).filter((entry): entry is [string, number] => typeof entry[1] === 'number'))
