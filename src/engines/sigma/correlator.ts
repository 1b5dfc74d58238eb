import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import { type JsonDraftObject, wholeObject } from '../../model/json-draft.ts'
import type { Micros } from '../../model/time.ts'
import { type Checkpoint, readCheckpoint, writeCheckpoint } from './checkpoint.ts'
import { namesIn } from './event-source.ts'
import { type Extract, extractor, type Hit } from './extract.ts'
import type { LinkedCorrelation } from './link.ts'
import type { SigmaRules } from './load.ts'
import type { LoadedRule } from './loaded-rule.ts'
import type { SigmaCorrelation } from './types.ts'
import { canSlide, type Fired, hasKeys, type WindowMachine, windowMachine } from './window.ts'
import { type CorrelatorCounts, type CorrelatorLimits, defaultLimits, noCounts, Windows } from './window-state.ts'

/** One event with the rules that it matched, or that time went on without one. */
export type CorrelatorInput =
  | {
      readonly kind: 'event'
      /** When it happened. */
      readonly time: Micros
      /** When it came: an event that claims to be later is taken for this moment. */
      readonly receivedAt: Micros
      readonly event: JsonObject
      readonly matched: readonly LoadedRule[]
      /** What a detection names the event by, such as the id of its row. */
      readonly ref: string
    }
  | { readonly kind: 'time'; readonly now: Micros }

export interface CorrelationDetection {
  readonly correlation: SigmaCorrelation
  /** False: only other correlations want to know. */
  readonly alerts: boolean
  /** Of the event that made the condition true, or the end of the window. */
  readonly time: Micros
  readonly group: JsonObject
  /** The count, sum, average … that was compared. */
  readonly measured: number
  /** The events of the window, the newest first, at most 100; of a correlation of correlations, their events. */
  readonly refs: readonly string[]
}

/** An event on its way: waits for those that happened before it and come later. */
export interface Waiting {
  readonly time: Micros
  readonly seq: number
  readonly ref: string
  readonly hits: readonly Hit[]
}

/** What a correlator remembers. Handed from step to step; {@link Correlator.checkpoint} makes data of it. */
export interface CorrelatorState {
  /** Events before this moment come too late. */
  watermark: Micros
  seq: number
  readonly waiting: Waiting[]
  /** So many at the start of `waiting` wait no longer: taking each out at once would move all others. */
  released: number
  readonly windows: readonly Windows[]
  readonly counts: CorrelatorCounts
}

export interface Correlator {
  readonly start: () => CorrelatorState
  /**
   * The next state and what was found. The state that was handed in is used up (a copy of all groups for each event
   * would cost more than the event): keep the returned one, and make a checkpoint of what has to last.
   */
  readonly step: (
    state: CorrelatorState,
    input: CorrelatorInput,
  ) => { readonly state: CorrelatorState; readonly detections: readonly CorrelationDetection[] }
  /** The time of the newest event that waits for earlier ones; undefined where none does. */
  readonly waitsUntil: (state: CorrelatorState) => Micros | undefined
  readonly checkpoint: (state: CorrelatorState) => JsonObject
  /** The checkpoint of now, of which long lists are made when they are asked for; the state may go on meanwhile. */
  readonly checkpointSlowly: (state: CorrelatorState) => JsonDraftObject
  /** Correlations that are new or were changed since begin anew. Undefined where it is no checkpoint. */
  readonly restore: (checkpoint: JsonValue) => CorrelatorState | undefined
}

/** Makes the machine for all correlations that are enabled. Lateness: how long an event waits for earlier ones. */
export const createCorrelator = (
  { rules, correlations }: Pick<SigmaRules, 'rules' | 'correlations'>,
  {
    latenessSeconds = 10,
    limits = defaultLimits,
  }: { readonly latenessSeconds?: number; readonly limits?: CorrelatorLimits } = {},
): Correlator => {
  const enabled = correlations.filter((one) => one.enabled)
  const ofRule = new Map(
    rules.map((rule) => [rule, extractorsOf(enabled, rule.rule, (field) => namesIn(rule.source)(field))]),
  )
  const ofCorrelation = enabled.map(({ correlation }) => extractorsOf(enabled, correlation, (field) => [field]))
  let counts = noCounts()
  const machines = enabled.map(({ correlation }) => windowMachine(correlation, limits, () => counts))
  const ending = enabled.flatMap(({ correlation }, place) => (canSlide(correlation) ? [] : [place]))
  const keys = enabled.map(keyOf)
  const keyed = new Set(keys.filter((_, place) => hasKeys(enabled[place]?.correlation.type)))
  const lateness = latenessSeconds * 1_000_000
  const start = (): CorrelatorState => ({
    watermark: 0,
    seq: 0,
    waiting: [],
    released: 0,
    windows: enabled.map(() => new Windows()),
    counts: noCounts(),
  })

  const extract = (extracts: readonly Extract[], event: JsonObject): readonly Hit[] =>
    extracts.flatMap((one) => {
      const { hit, cut } = one(event)
      if (cut) counts.cutCombinations += 1
      return hit ?? []
    })

  return {
    start,
    step: (state, input) => {
      counts = state.counts
      const detections: CorrelationDetection[] = []
      /** Takes detections up, and hands them to the correlations that ask for them. */
      const found = (place: number, all: readonly Fired[]): void => {
        const one = enabled[place]
        if (one === undefined) return
        for (const { group, time, measured, entries } of all) {
          const refs = entries.map(({ ref }) => ref)
          const fields = groupOf(one.correlation, group)
          detections.push({ correlation: one.correlation, alerts: one.alerts, time, group: fields, measured, refs })
          state.seq += 1
          const hits = extract(ofCorrelation[place] ?? [], fields)
          deliver({ time, seq: state.seq, ref: refs[0] ?? '', hits })
        }
      }
      const deliver = (item: Waiting): void => {
        for (const hit of item.hits) {
          const [machine, windows] = [machines[hit.correlation], state.windows[hit.correlation]]
          if (machine !== undefined && windows !== undefined) found(hit.correlation, machine.add(windows, hit, item))
        }
      }
      /** Ends windows, the earliest first, so that those who ask for the outcome hear in order of time. */
      const closeUntil = (moment: Micros): void => {
        for (
          let next = earliest(machines, ending, state);
          next !== undefined && next.end <= moment;
          next = earliest(machines, ending, state)
        ) {
          const { machine, windows, place, end } = next
          found(place, machine.close(windows, end))
        }
      }
      const advance = (moment: Micros): void => {
        state.watermark = Math.max(state.watermark, moment)
        const { waiting } = state
        for (let item = waiting[state.released]; item !== undefined; item = waiting[state.released]) {
          const tooMany = waiting.length - state.released > limits.waiting
          if (item.time > state.watermark && !tooMany) break
          state.watermark = Math.max(state.watermark, item.time)
          closeUntil(item.time)
          state.released += 1
          deliver(item)
        }
        if (state.released > 1000 && state.released * 2 > waiting.length) {
          waiting.splice(0, state.released)
          state.released = 0
        }
        closeUntil(state.watermark)
      }

      if (input.kind === 'time') advance(input.now - lateness)
      else {
        const time = Math.min(input.time, input.receivedAt)
        if (time < input.time) counts.ahead += 1
        if (time < state.watermark) counts.late += 1
        else {
          const hits = input.matched.flatMap((rule) => extract(ofRule.get(rule) ?? [], input.event))
          if (hits.length > 0) {
            state.seq += 1
            // Of an ordered correlation the later rule first: one event is not two steps of a chain.
            const sorted = hits.toSorted((a, b) => a.correlation - b.correlation || b.rule - a.rule)
            insert(state.waiting, { time, seq: state.seq, ref: input.ref, hits: sorted })
          }
          advance(time - lateness)
        }
      }
      return { state, detections }
    },
    waitsUntil: ({ waiting, released }) => (waiting.length > released ? waiting.at(-1)?.time : undefined),
    checkpoint: (state) => wholeObject(writeCheckpoint(checkpointOf(keys, state), (windows) => windows.save())),
    checkpointSlowly: (state) => writeCheckpoint(checkpointOf(keys, state), (windows) => windows.saveSlowly()),
    restore: (value) => {
      const read = isObject(value) ? readCheckpoint(value, (key) => keyed.has(key)) : undefined
      return read === undefined ? undefined : restored(keys, read)
    },
  }
}

const extractorsOf = (
  enabled: readonly LinkedCorrelation[],
  input: LoadedRule['rule'] | SigmaCorrelation,
  names: (field: string) => readonly string[],
): readonly Extract[] =>
  enabled.flatMap((one, place) => (one.inputs.includes(input) ? [extractor(place, one, input, names)] : []))

/** `ending`: the places of those whose windows are decided at their end. */
const earliest = (machines: readonly WindowMachine[], ending: readonly number[], { windows }: CorrelatorState) => {
  let first: { machine: WindowMachine; windows: Windows; place: number; end: Micros } | undefined
  for (const place of ending) {
    const [machine, own] = [machines[place], windows[place]]
    const end = own && machine?.nextEnd(own)
    if (
      machine !== undefined &&
      own !== undefined &&
      end !== undefined &&
      end < (first?.end ?? Number.POSITIVE_INFINITY)
    )
      first = { machine, windows: own, place, end }
  }
  return first
}

/** In order of time, and of arrival where times are equal. Most belong at the end. */
const insert = (waiting: Waiting[], item: Waiting): void => {
  let at = waiting.length
  while (at > 0 && (waiting[at - 1]?.time ?? 0) > item.time) at -= 1
  if (at === waiting.length) waiting.push(item)
  else waiting.splice(at, 0, item)
}

const groupOf = ({ groupBy }: SigmaCorrelation, group: string): JsonObject => {
  const values: unknown = JSON.parse(group)
  return Object.fromEntries(groupBy.map((field, index) => [field, Array.isArray(values) ? values[index] : null]))
}

/** By what a correlation is known in a checkpoint: changed in anything that counts, it is another one. */
const keyOf = ({ correlation: one }: LinkedCorrelation): string =>
  JSON.stringify([
    one.id ?? one.name ?? one.title,
    one.type,
    one.rules,
    one.groupBy,
    one.timespanSeconds,
    one.condition,
    one.fields,
    one.percentile ?? null,
    [...one.aliases].map(([alias, fields]) => [alias, [...fields]]),
  ])

const checkpointOf = (keys: readonly string[], state: CorrelatorState): Checkpoint => ({
  ...state,
  keys,
  waiting: state.waiting.slice(state.released),
})

const restored = (keys: readonly string[], saved: Checkpoint): CorrelatorState => {
  const windows = keys.map((key) => saved.windows[saved.keys.indexOf(key)] ?? new Windows())
  const waiting = saved.waiting.map((item) => ({
    ...item,
    hits: item.hits.flatMap((hit) => {
      const correlation = keys.indexOf(saved.keys[hit.correlation] ?? '')
      return correlation < 0 ? [] : [{ ...hit, correlation }]
    }),
  }))
  return { watermark: saved.watermark, seq: saved.seq, waiting, released: 0, windows, counts: saved.counts }
}
