import { formatMicros, type Micros } from '../model/time.ts'
import type { RecordReader } from './record-reader.ts'

/** Objects are read one kind after another when a cluster is first connected. */
const startMicros: Micros = 60_000_000
const mostNamed = 5

/**
 * Where the record does not reach back far enough to say how what guards the clusters was before the requests of a period:
 * a sentence for each, none where it does. `rule`: the one that asks what was lowered, by its title.
 */
export const guardsUnknown = async (
  rule: string | undefined,
  record: RecordReader,
  from: Micros,
  to: Micros,
): Promise<readonly string[]> => {
  if (rule === undefined) return []
  const all = await record.guardsSince(from, to)
  const late = all.filter(({ since }) => since === undefined || since > from + startMicros)
  return late.slice(0, mostNamed).map(({ cluster, since }) => {
    const where = all.length > 1 ? ` in cluster "${cluster}"` : ''
    const only = 'only on objects of which an earlier request of the period tells how they were'
    if (since === undefined || since >= to) return `"${rule}" was tried${where} ${only}`
    const moment = `${formatMicros(since).slice(0, 19)}Z`
    return `"${rule}" was tried${where} ${only}, before ${moment}: since then the record has the objects themselves`
  })
}
