import type { SourceTest } from '../api/contract/answers.ts'
import type { Sources } from '../api/services.ts'
import type { Source, SourceStatus } from '../model/source.ts'
import type { Recorder } from '../recorder/index.ts'
import { sourceSetups } from './setups.ts'
import type { Watching } from './watching.ts'

/** Status of each source, with what the recorder set aside of it: parsing comes after the source is done with a batch. */
export const sourceStatuses = (watching: Watching, recorder: Recorder): readonly SourceStatus[] => {
  const set = recorder.status().sources
  return watching.sources().map((source) => {
    const status = source.status()
    return { ...status, quarantinedTotal: status.quarantinedTotal + (set.get(source.id)?.quarantined ?? 0) }
  })
}

/** The sources as the API serves them. */
export const servedSources = (watching: Watching, recorder: Recorder): Sources => ({
  statuses: () => sourceStatuses(watching, recorder),
  setups: () => sourceSetups(watching.audit()?.url, watching.sensors()),
  test: async (id) => {
    const source = watching.sources().find((one) => one.id === id)
    return source && testOf(source)
  },
})

/** A source is judged by what it knows of itself at this moment, and by what it should see and does not. */
const testOf = (source: Source): SourceTest => {
  const status = source.status()
  const working = status.state === 'connected' || status.state === 'ended' || status.state === 'partial'
  const steps = [
    { what: 'It works', ok: working, detail: status.message, mend: '' },
    {
      what: 'Records came in',
      ok: status.recordsTotal > 0,
      detail: status.recordsTotal > 0 ? `${status.recordsTotal} since its start` : 'none since its start',
      mend: status.recordsTotal > 0 ? '' : 'Connect it as described below, then do something in the cluster',
    },
    ...status.missing.map(({ what, why, mend }) => ({ what: `It sees ${what}`, ok: false, detail: why, mend })),
  ]
  return { ok: steps.every(({ ok }) => ok), steps }
}
