/** A record in memory, as a back-test asks it. */
import { isGuard } from '../detect/guards/index.ts'
import type { RuleInput } from '../detect/rule-set.ts'
import { isEventObject } from '../model/event-row.ts'
import type { BulwarkRecord, PlacedRecord } from '../model/record.ts'
import type { RecordReader } from './record-reader.ts'

const kindOf = (record: BulwarkRecord): RuleInput | undefined =>
  record.kind === 'audit' || record.kind === 'runtime'
    ? record.kind
    : record.kind === 'object' && isEventObject(record)
      ? 'events'
      : undefined

/** `all`: in the order of their time. `read`: the kinds that were asked for, in turn. */
export const readerOf = (all: readonly BulwarkRecord[], batchSize = 7) => {
  const read: string[] = []
  const within = (kind: RuleInput, begin: number, end: number) =>
    all.filter((one) => kindOf(one) === kind && one.time >= begin && one.time < end)
  const reader: RecordReader = {
    async *records(asks, begin, end) {
      const kinds = (['audit', 'runtime', 'events'] as const).filter((kind) => asks[kind] !== undefined)
      read.push(...kinds)
      const found = all.flatMap((record, seq): PlacedRecord[] => {
        const kind = kindOf(record)
        const isIn = record.time >= begin && record.time < end && kind !== undefined && kinds.includes(kind)
        return isIn ? [{ position: { seq, index: 0 }, record }] : []
      })
      for (let at = 0; at < found.length; at += batchSize) yield found.slice(at, at + batchSize)
    },
    async *objects(_, end) {
      for (const record of all) {
        if (record.kind === 'object' && !isEventObject(record) && record.time < end) yield record
      }
    },
    async *guards(begin, end) {
      const versions = all.filter((one) => one.kind === 'object' && isGuard(one.ref) && one.time < end)
      const newest = new Map<string, BulwarkRecord>()
      for (const one of versions) {
        if (one.kind === 'object' && one.time <= begin)
          newest.set(`${one.ref.resource}/${one.ref.namespace}/${one.ref.name}`, one)
      }
      for (const one of [...newest.values(), ...versions.filter(({ time }) => time > begin)])
        if (one.kind === 'object' && (one.time > begin || one.change !== 'deleted')) yield one
    },
    guardsSince: async (begin, end) => {
      const first = all.find((one) => one.kind === 'object' && isGuard(one.ref))
      return within('audit', begin, end).length === 0 ? [] : [{ cluster: 'shop', since: first?.time }]
    },
    counts: async (kind, begin, end, buckets) =>
      Array.from({ length: buckets }, (_, n) => {
        const edge = (place: number) => begin + Math.floor(((end - begin) * place) / buckets)
        return within(kind, edge(n), edge(n + 1)).length
      }),
    seen: async (_, __, values) => new Set(values),
    hasBodies: async () => true,
    notKept: async () => 0,
  }
  return { reader, read }
}
