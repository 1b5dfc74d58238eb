import type { Micros } from '../../model/time.ts'

/** How many events of the kernel Falco lost, in the time up to the alert that says so. */
export interface Dropped {
  readonly events: number
  readonly micros: Micros
}

const second: Micros = 1_000_000
/** `metrics.interval` at its default; the real one is told only where something was dropped. */
const longest: Micros = 3600 * second

/**
 * What Falco's own notices say of drops; undefined for other alerts and where nothing was dropped.
 * - `Falco internal: syscall event drop`: the differences of the last second (userspace/falco/event_drops.cpp);
 * - `Falco internal: metrics snapshot`: counters with their last values (userspace/falco/stats_writer.cpp).
 *
 * `field` gives a number of `output_fields`.
 */
export const droppedEvents = (rule: string, field: (name: string) => number | undefined): Dropped | undefined => {
  if (rule === 'Falco internal: syscall event drop') {
    const events = field('n_drops') ?? 0
    return events > 0 ? { events, micros: second } : undefined
  }
  if (rule !== 'Falco internal: metrics snapshot') return undefined
  const now = field('scap.n_drops')
  const before = field('scap.n_drops_prev')
  if (now === undefined || before === undefined || now <= before) return undefined
  const events = now - before
  const perSecond = field('scap.evts_drop_rate_sec') ?? 0
  const micros = perSecond > 0 ? Math.min((events / perSecond) * second, longest) : 0
  return { events, micros: Math.round(micros) }
}
