import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import { type JsonDraftObject, JsonList } from '../../model/json-draft.ts'
import type { Micros } from '../../model/time.ts'
import { type Entries, type Entry, EventEntries, LatestEntries } from './entries.ts'
import type { Hit } from './extract.ts'
import { type CorrelatorCounts, noCounts, Windows } from './window-state.ts'

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

/** 1 had an object for each entry; it is still read. */
const version = 2

/** A checkpoint as JSON, of this moment. `groupsOf`: the groups of windows as they are saved. */
export const writeCheckpoint = (
  { keys, watermark, seq, waiting, windows, counts }: Checkpoint,
  groupsOf: (windows: Windows) => Iterable<JsonObject>,
): JsonDraftObject => ({
  version,
  keys: [...keys],
  watermark,
  seq,
  counts: { ...counts },
  // What waits is never changed: it may be saved later.
  waiting: new JsonList(mapped(waiting, saveWaiting)),
  windows: windows.map((one) => new JsonList(groupsOf(one))),
})

function* mapped<T>(items: readonly T[], save: (item: T) => JsonValue): Generator<JsonValue> {
  for (const item of items) yield save(item)
}

const saveWaiting = ({ time, seq, ref, hits }: Checkpoint['waiting'][number]): JsonObject => ({
  time,
  seq,
  ref,
  hits: hits.map(({ correlation, rule, groups, values, number }) => ({
    correlation,
    rule,
    groups,
    values,
    number: number ?? null,
  })),
})

/** Undefined where it is no checkpoint of a version that is known. `isKeyed`: whether entries of a correlation have keys. */
export const readCheckpoint = (
  value: JsonObject,
  isKeyed: (correlation: string) => boolean,
): Checkpoint | undefined => {
  if (value.version !== version && value.version !== 1) return undefined
  const counts = isObject(value.counts) ? value.counts : {}
  const keys = listOf(value.keys).map(text)
  const windows = listOf(value.windows)
  return {
    keys,
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
    windows: keys.map((key, place) => readWindows(windows[place], isKeyed(key))),
  }
}

const readHit = (hit: JsonObject): Hit => ({
  correlation: number(hit.correlation),
  rule: number(hit.rule),
  groups: listOf(hit.groups).map(text),
  values: listOf(hit.values).map(text),
  number: typeof hit.number === 'number' ? hit.number : undefined,
})

const readWindows = (saved: JsonValue | undefined, isKeyed: boolean): Windows => {
  const windows = new Windows()
  for (const group of objectsOf(saved)) {
    const key = text(group.key)
    if (windows.get(key) !== undefined) continue
    windows.open(key, {
      opened: number(group.opened),
      touched: number(group.touched),
      firing: group.firing === true,
      entries: readEntries(listOf(group.entries), isKeyed),
      chains: listOf(group.chains).map((chain) => readChain(listOf(chain))),
    })
  }
  return windows
}

const readEntries = (saved: readonly JsonValue[], isKeyed: boolean): Entries => {
  const entries = isKeyed ? new LatestEntries() : new EventEntries()
  if (isObject(saved[0])) for (const entry of objectsOf(saved)) entries.put(text(entry.name), readEntry(entry))
  else for (let at = 0; at < saved.length; at += 4) entries.put(text(saved[at]), entryAt(saved, at + 1))
  return entries
}

const readChain = (saved: readonly JsonValue[]): readonly Entry[] => {
  if (isObject(saved[0])) return objectsOf(saved).map(readEntry)
  return Array.from({ length: Math.ceil(saved.length / 3) }, (_, place) => entryAt(saved, place * 3))
}

const entryAt = (saved: readonly JsonValue[], at: number): Entry => ({
  time: number(saved[at]),
  number: number(saved[at + 1]),
  ref: text(saved[at + 2]),
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
