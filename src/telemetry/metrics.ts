import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { SourceStatus } from '../model/source.ts'

/** What the metrics are made of, asked for at each scrape. */
export interface Measured {
  readonly sources: () => readonly SourceStatus[]
  readonly recorder: () => Readonly<Record<string, number>>
  readonly store: () => Readonly<Record<string, number>>
  readonly detection: () => Readonly<Record<string, number>>
}

/** Answers a scrape in the Prometheus text format. */
export type Scrape = () => Promise<{ readonly contentType: string; readonly text: string }>

/** Metrics of this process, and a gauge for each figure of the sources, the recorder, the store and detection (`bulwark_…`). */
export const createMetrics = ({ sources, recorder, store, detection }: Measured): Scrape => {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'bulwark_' })
  for (const [name, help, pick] of sourceGauges) {
    new Gauge({
      name: `bulwark_source_${name}`,
      help,
      labelNames: ['source', 'type'],
      registers: [registry],
      collect() {
        this.reset()
        for (const source of sources()) this.set({ source: source.id, type: source.type }, pick(source))
      },
    })
  }
  for (const [name, figures, help] of [
    ['bulwark_recorder', recorder, 'A figure of the recorder.'],
    ['bulwark_store', store, 'A figure of the store.'],
    ['bulwark_detection', detection, 'A figure of detection.'],
  ] as const) {
    new Gauge({
      name,
      help,
      labelNames: ['figure'],
      registers: [registry],
      collect() {
        this.reset()
        for (const [figure, value] of Object.entries(figures())) this.set({ figure }, value)
      },
    })
  }
  return async () => ({ contentType: registry.contentType, text: await registry.metrics() })
}

const sourceGauges: readonly (readonly [string, string, (source: SourceStatus) => number])[] = [
  ['records', 'Records taken since the start.', (source) => source.recordsTotal],
  ['bytes', 'Bytes taken since the start.', (source) => source.bytesTotal],
  ['gaps', 'Gaps since the start.', (source) => source.gapsTotal],
  ['quarantined', 'Parts that could not be read.', (source) => source.quarantinedTotal],
  ['missing', 'Things that it should see and does not.', (source) => source.missing.length],
  ['up', '1 when it is connected, and sees all that it should.', (source) => (source.state === 'connected' ? 1 : 0)],
]
