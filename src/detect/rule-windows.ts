/** Correlations as the detector runs them. */
import {
  type CorrelationDetection,
  type Correlator,
  type CorrelatorCounts,
  type CorrelatorInput,
  type CorrelatorState,
  createCorrelator,
  type LinkedCorrelation,
  type LoadedRule,
} from '../engines/sigma/index.ts'
import type { Detection } from '../model/detection.ts'
import type { JsonObject } from '../model/json.ts'
import type { JsonDraft, JsonDraftObject } from '../model/json-draft.ts'
import type { PlacedRecord } from '../model/record.ts'
import type { Micros } from '../model/time.ts'
import { windowDetection } from './detections.ts'
import { RecentTold } from './recent-told.ts'
import { type Told, toldOfGroup } from './told.ts'

/** The windows of correlations, with what was told by the events that may complete them. */
export class RuleWindows {
  readonly #correlator: Correlator
  readonly #lateness: Micros
  readonly #told = new RecentTold()
  #state: CorrelatorState
  #last: Pick<Told, 'time' | 'receivedAt' | 'cluster' | 'source' | 'position'> = {
    time: 0,
    receivedAt: 0,
    cluster: '',
    source: '',
    position: { seq: 0, index: 0 },
  }

  constructor(rules: readonly LoadedRule[], correlations: readonly LinkedCorrelation[], latenessSeconds: number) {
    this.#correlator = createCorrelator({ rules, correlations }, { latenessSeconds })
    this.#lateness = latenessSeconds * 1_000_000
    this.#state = this.#correlator.start()
  }

  /** By when none of the events that wait expects an earlier one any more; undefined where none waits. */
  settlesAt(): Micros | undefined {
    const newest = this.#correlator.waitsUntil(this.#state)
    return newest === undefined ? undefined : newest + this.#lateness
  }

  /** Takes an event in with the rules that it matched, and adds to `found` what that completes. */
  add(event: JsonObject, matched: readonly LoadedRule[], told: Told, found: Detection[]): void {
    this.#told.keep(told)
    const { time, receivedAt } = told
    this.#step({ kind: 'event', time, receivedAt, event, matched, ref: told.event }, found)
  }

  /** Time went on: ends the windows that are over by then. */
  pass(now: Micros, found: Detection[]): void {
    this.#step({ kind: 'time', now }, found)
    // Only an event that still waits can complete a window that slides.
    this.#told.forgetBefore(this.#state.watermark)
  }

  /** The record that came last: a window of which no event is known any more is told as if by it. */
  see({ record: { cluster, source, time, receivedAt }, position }: PlacedRecord): void {
    this.#last = { cluster, source, time, receivedAt, position }
  }

  counts(): CorrelatorCounts {
    return this.#state.counts
  }

  /** As of now. `slowly`: long lists are made when they are asked for, while events go on. */
  checkpoint(slowly: boolean): { readonly correlator: JsonDraftObject; readonly told: JsonDraft } {
    const correlator = slowly
      ? this.#correlator.checkpointSlowly(this.#state)
      : this.#correlator.checkpoint(this.#state)
    return { correlator, told: this.#told.checkpoint() }
  }

  restore({ correlator, told }: JsonObject): void {
    if (correlator !== undefined) this.#state = this.#correlator.restore(correlator) ?? this.#state
    this.#told.restore(told)
  }

  #step(input: CorrelatorInput, found: Detection[]): void {
    const next = this.#correlator.step(this.#state, input)
    this.#state = next.state
    for (const one of next.detections) if (one.alerts) found.push(this.#detectionOf(one))
  }

  #detectionOf(window: CorrelationDetection): Detection {
    return windowDetection(
      window,
      (event, fields) => this.#told.get(event) ?? toldOfGroup(fields, { ...this.#last, time: window.time }),
    )
  }
}
