import type { Micros } from '../../model/time.ts'
import type { LeftOut } from '../intake/left-out.ts'

const second: Micros = 1_000_000
/** `metrics.interval` at its default; the real one is told only where something was dropped. */
const longest: Micros = 3600 * second
/** Falco runs no longer than that without a restart that counts from 0. */
const longestRun: Micros = 366 * 24 * 3600 * second

/**
 * What Falco's own notices say of drops; none for other alerts and where nothing was dropped.
 * - `Falco internal: syscall event drop`: the differences of the last second (userspace/falco/event_drops.cpp);
 * - `Falco internal: metrics snapshot`: counters with their last values (userspace/falco/stats_writer.cpp).
 *
 * `time` is that of the notice; `field` gives a number of `output_fields`.
 */
export const droppedEvents = (
  rule: string,
  time: Micros,
  field: (name: string) => number | undefined,
): readonly LeftOut[] => {
  if (rule === 'Falco internal: syscall event drop') {
    const events = field('n_drops') ?? 0
    return events > 0 ? [{ what: tooSlow, events, micros: second }] : []
  }
  if (rule !== 'Falco internal: metrics snapshot') return []
  return [...systemCalls(field), ...alerts(time, field)]
}

const tooSlow = 'could not keep up and dropped system calls'

const systemCalls = (field: (name: string) => number | undefined): readonly LeftOut[] => {
  const now = field('scap.n_drops')
  const before = field('scap.n_drops_prev')
  if (now === undefined || before === undefined) return byShare(field)
  if (now <= before) return []
  const events = now - before
  const perSecond = field('scap.evts_drop_rate_sec') ?? 0
  return [{ what: tooSlow, events, micros: span(events, perSecond) }]
}

/** Without `kernel_event_counters_enabled` there is the share of what was dropped since the last snapshot, in percent. */
const byShare = (field: (name: string) => number | undefined): readonly LeftOut[] => {
  const share = field('scap.n_drops_perc') ?? 0
  const seen = (field('falco.num_evts') ?? 0) - (field('falco.num_evts_prev') ?? 0)
  if (share <= 0 || share >= 100 || seen <= 0) return []
  const events = Math.round((seen * share) / (100 - share))
  return events === 0 ? [] : [{ what: tooSlow, events, micros: span(seen, field('falco.evts_rate_sec') ?? 0) }]
}

const span = (events: number, perSecond: number): Micros =>
  perSecond > 0 ? Math.round(Math.min((events / perSecond) * second, longest)) : 0

/**
 * Alerts that found no room in the queue of outputs: a counter since Falco started, without its value before. So each
 * snapshot tells of all of them again, over all the time.
 */
const alerts = (time: Micros, field: (name: string) => number | undefined): readonly LeftOut[] => {
  const events = field('falco.outputs_queue_num_drops') ?? 0
  if (events <= 0) return []
  const started = field('falco.start_ts')
  const run = started === undefined ? (field('falco.duration_sec') ?? 0) * second : time - started / 1000
  const micros = Math.round(Math.min(Math.max(run, 0), longestRun))
  return [{ what: 'lost alerts since it started, because the queue of its outputs was full', events, micros }]
}
