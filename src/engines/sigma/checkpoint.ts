import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import type { Micros } from '../../model/time.ts'
import type { Hit } from './extract.ts'
import { type CorrelatorCounts, type Entry, type Group, noCounts, type Windows } from './window-state.ts'

/** The state of a correlator with the keys of its correlations, in the order of their windows. */
export interface Checkpoint {
  readonly keys: readonly string[]
  readonly watermark: Micros
  readonly seq: number
  readonly waiting: {
    readonly time: Micros
    readonly seq: number
    readonly ref: string
    readonly hits: readonly Hit[]
  }[]
  readonly windows: readonly Windows[]
  readonly counts: CorrelatorCounts
}

const version = 1

/** A checkpoint as JSON, which shares nothing with the state. */
export const writeCheckpoint = ({ keys, watermark, seq, waiting, windows, counts }: Checkpoint): JsonValue => ({
  version,
  keys: [...keys],
  watermark,
  seq,
  counts: { ...counts },
  waiting: waiting.map((item) => ({ ...item, hits: item.hits.map((hit) => ({ ...hit, number: hit.number ?? null })) })),
  windows: windows.map(({ groups }) =>
    [...groups].map(([key, group]) => ({
      key,
      opened: group.opened,
      touched: group.touched,
      firing: group.firing,
      entries: [...group.entries].map(([name, entry]) => ({ name, ...entry })),
      chains: group.chains.map((chain) => chain.map((entry) => ({ ...entry }))),
    })),
  ),
})

/** Undefined where it is no checkpoint of this version. */
export const readCheckpoint = (value: JsonObject): Checkpoint | undefined => {
  if (value.version !== version) return undefined
  const counts = isObject(value.counts) ? value.counts : {}
  return {
    keys: listOf(value.keys).map(text),
    watermark: number(value.watermark),
    seq: number(value.seq),
    counts: {
      ...noCounts(),
      late: number(counts.late),
      ahead: number(counts.ahead),
      evictedGroups: number(counts.evictedGroups),
      droppedEntries: number(counts.droppedEntries),
      cutCombinations: number(counts.cutCombinations),
    },
    waiting: objectsOf(value.waiting).map((item) => ({
      time: number(item.time),
      seq: number(item.seq),
      ref: text(item.ref),
      hits: objectsOf(item.hits).map(readHit),
    })),
    windows: listOf(value.windows).map(readWindows),
  }
}

const readHit = (hit: JsonObject): Hit => ({
  correlation: number(hit.correlation),
  rule: number(hit.rule),
  groups: listOf(hit.groups).map(text),
  values: listOf(hit.values).map(text),
  number: typeof hit.number === 'number' ? hit.number : undefined,
})

const readWindows = (value: JsonValue): Windows => {
  const groups = new Map(objectsOf(value).map((group) => [text(group.key), readGroup(group)]))
  let entries = 0
  for (const group of groups.values()) {
    entries += group.entries.size
    for (const chain of group.chains) entries += chain.length
  }
  return { groups, entries }
}

const readGroup = (group: JsonObject): Group => ({
  opened: number(group.opened),
  touched: number(group.touched),
  firing: group.firing === true,
  entries: new Map(objectsOf(group.entries).map((entry) => [text(entry.name), readEntry(entry)])),
  chains: listOf(group.chains).map((chain) => objectsOf(chain).map(readEntry)),
})

const readEntry = (entry: JsonObject): Entry => ({
  time: number(entry.time),
  number: number(entry.number),
  ref: text(entry.ref),
})

const listOf = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : [])
const objectsOf = (value: JsonValue | undefined): readonly JsonObject[] => listOf(value).filter(isObject)
const text = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')
const number = (value: JsonValue | undefined): number => (typeof value === 'number' ? value : 0)
