/**
 * The detector: records in, detections out. A pure machine: it never reads a clock, so the same records in the same
 * order give the same detections with the same ids, today and in a replay.
 */
import { createFalcoEngine, type FalcoEngine } from '../engines/falco/index.ts'
import {
  type CorrelatorCounts,
  judgedMoment,
  kubernetesAudit,
  kubernetesEvents,
  kubernetesRuntime,
  type LoadedRule,
} from '../engines/sigma/index.ts'
import type { Detection } from '../model/detection.ts'
import { isEventObject } from '../model/event-row.ts'
import { isObject, type JsonObject, type JsonValue } from '../model/json.ts'
import { type JsonDraftObject, wholeObject } from '../model/json-draft.ts'
import type { Predicate } from '../model/predicate.ts'
import type { AuditRecord, BulwarkRecord, PlacedRecord, RecordPosition } from '../model/record.ts'
import type { RuleHead } from '../model/rule.ts'
import type { Micros } from '../model/time.ts'
import { type BaselineStatus, type Baselines, createBaselines } from './baseline/index.ts'
import { baselineDetection, detectionOf } from './detections.ts'
import { EventObjects } from './event-objects.ts'
import { guardedWrites } from './guards/index.ts'
import { falcoKey } from './heads.ts'
import { Judged } from './judged.ts'
import { asksOf, type Lane, laneOf, type Matched } from './lane.ts'
import { asksForLowered, LoweredGuards } from './lowered.ts'
import { type RequestView, requestView } from './request-view.ts'
import type { RuleInput, RuleSet } from './rule-set.ts'
import { RuleWindows } from './rule-windows.ts'
import { runningRules } from './running.ts'
import { Sensors } from './sensors.ts'
import type { SubjectOf } from './subject.ts'
import { sentenceOf, type Told, toldOfAudit } from './told.ts'

export interface DetectorOptions {
  /** Which rules are on. A rule that is off and that a correlation asks for is still looked at, and stays silent. */
  readonly enabled: (head: RuleHead) => boolean
  /** How long events wait for earlier ones before windows count them. Rules over single events never wait. */
  readonly latenessSeconds?: number
  /**
   * True where requests are not handed over in the order in which they came in: `step` leaves out what they lowered, and
   * `compare` is asked. What is compared depends on what was seen before, and nothing else does.
   */
  readonly comparesApart?: boolean
  /** Workload and service account of runtime records and Event objects; none are known where it is missing. */
  readonly subjectOf?: SubjectOf
}

/** What a detector did since it was made, and what it could not do. */
export interface DetectorStatus extends Readonly<CorrelatorCounts> {
  readonly rulesRunning: number
  /** Audit events, runtime records and Event objects that rules looked at. */
  readonly judged: number
  readonly detections: number
  /** Events that a rule failed on: left out, with the last reason. */
  readonly failed: number
  readonly lastFailure: string
  /** Falco drops events without a readable stageTimestamp. */
  readonly droppedByFalco: number
  readonly baselines: readonly BaselineStatus[]
}

export interface Detector {
  /** Records of one entry of the spool, in order. Returns the detections that they complete, in order. */
  step(records: readonly PlacedRecord[]): readonly Detection[]
  /**
   * Requests, and versions of what guards a cluster, in the order in which they came in: of them only what was lowered is
   * judged, of requests that {@link step} was handed too. With `comparesApart`.
   */
  compare(records: readonly PlacedRecord[]): readonly Detection[]
  /** The same, of those before the ones that are judged: they are remembered, none fires, and no window counts them. */
  recall(records: readonly PlacedRecord[]): void
  /** True while events wait for earlier ones that may still come. */
  isWaiting(): boolean
  /** What records have to be for any rule to look at them: others can be left out without a difference. */
  asks(): Asks
  /** The same without the requests that are only looked at because others are compared with what they made. */
  looksFor(): Asks
  /** True where a rule looks at what was lowered: then it has to be handed the versions of what guards a cluster. */
  comparesGuards(): boolean
  /** Nothing came for as long as events wait: none is expected any more, and windows count those that waited. */
  settle(): readonly Detection[]
  /** Time went on without a record: ends the windows that are over by then. */
  pass(now: Micros): readonly Detection[]
  /** Everything it remembers, bounded; shares nothing with it. Windows are kept by what their rule says, so that a changed rule begins anew. */
  checkpoint(): JsonObject
  /**
   * The same, without holding anybody up: long lists are made when they are asked for, as they were at this moment, while
   * the detector goes on. One at a time: one that is begun anew makes the one before useless.
   */
  checkpointSlowly(): JsonDraftObject
  status(): DetectorStatus
}

/**
 * By what a record tells of: what has to be true of it, as rules see it, for any of them to look at it. Undefined: none
 * looks at such records. Alerts of sensors are detections without a rule, and not in it.
 */
export type Asks = Readonly<Record<RuleInput, Predicate | undefined>>

/** `saved`: a checkpoint of a detector with this or another set; what is no checkpoint is as none. */
export const createDetector = (set: RuleSet, options: DetectorOptions, saved?: JsonValue): Detector =>
  new RuleDetector(set, options, saved)

class RuleDetector implements Detector {
  readonly #requests: Lane
  readonly #view: RequestView
  /** Undefined where no rule looks at what was lowered: then nothing is remembered for it. */
  readonly #lowered: LoweredGuards | undefined
  readonly #comparesApart: boolean
  readonly #sensors: Sensors
  readonly #events: EventObjects
  readonly #falco: FalcoEngine
  /** Undefined where no correlation runs. */
  readonly #windows: RuleWindows | undefined
  readonly #baselines: Baselines
  readonly #heads: ReadonlyMap<string, RuleHead>
  readonly #judged = new Judged()
  readonly #running: number
  #counts = { judged: 0, detections: 0, failed: 0, lastFailure: '', droppedByFalco: 0 }

  constructor(set: RuleSet, options: DetectorOptions, saved: JsonValue | undefined) {
    const { enabled, latenessSeconds = 10, comparesApart = false, subjectOf = () => undefined } = options
    this.#comparesApart = comparesApart
    this.#heads = new Map(set.heads.map((head) => [head.id, head]))
    const isOn = (id: string): boolean => {
      const head = this.#heads.get(id)
      return head !== undefined && enabled(head)
    }
    const { rules, correlations, baselines } = runningRules(set, enabled)
    const ofLowered = rules.filter(asksForLowered)
    const ofRequests = rules.filter((rule) => !ofLowered.includes(rule))
    this.#requests = laneOf(ofRequests, kubernetesAudit)
    this.#view = requestView({ correlations, baselines }, subjectOf)
    this.#lowered = ofLowered.length === 0 ? undefined : new LoweredGuards(laneOf(ofLowered, kubernetesAudit))
    this.#sensors = new Sensors(laneOf(ofRequests, kubernetesRuntime), enabled, subjectOf)
    this.#events = new EventObjects(laneOf(ofRequests, kubernetesEvents), subjectOf)
    this.#falco = createFalcoEngine(set.falco, { isEnabled: (rule) => rule.enabled && isOn(falcoKey(rule.name)) })
    this.#baselines = createBaselines(baselines, set.sigma).baselines
    this.#running = rules.length + correlations.length + baselines.length + this.#falco.size
    if (correlations.length > 0) this.#windows = new RuleWindows(set.sigma.rules, correlations, latenessSeconds)
    if (isObject(saved)) this.#restore(saved)
  }

  step(records: readonly PlacedRecord[]): readonly Detection[] {
    const found: Detection[] = []
    let newest: Micros = 0
    for (const { record, position } of records) {
      newest = Math.max(newest, Math.min(record.time, record.receivedAt))
      try {
        if (record.kind === 'audit') this.#audit(record, position, found)
        else if (record.kind === 'runtime') {
          this.#counts.judged += 1
          this.#matched(this.#sensors.judge(record, position, found), found)
        } else if (record.kind === 'object' && isEventObject(record)) {
          const judged = this.#events.judge(record, position)
          if (judged === 'skipped') continue
          this.#counts.judged += 1
          if (judged !== 'quiet') this.#matched(judged, found)
        } else if (!this.#comparesApart) this.#compare(record, position, found)
      } catch (error) {
        this.#failed(position, error)
      }
    }
    const last = records.at(-1)
    if (last !== undefined) this.#windows?.see(last)
    if (newest > 0) this.#windows?.pass(newest, found)
    this.#counts.detections += found.length
    return found
  }

  compare(records: readonly PlacedRecord[]): readonly Detection[] {
    const found: Detection[] = []
    for (const { record, position } of records) {
      try {
        this.#compare(record, position, found)
      } catch (error) {
        this.#failed(position, error)
      }
    }
    this.#counts.detections += found.length
    return found
  }

  recall(records: readonly PlacedRecord[]): void {
    for (const { record, position } of records) {
      try {
        if (record.kind === 'audit') this.#lowered?.recall(record, position)
        else if (record.kind === 'object') this.#lowered?.learn(record)
      } catch (error) {
        this.#failed(position, error)
      }
    }
  }

  comparesGuards(): boolean {
    return this.#lowered !== undefined
  }

  pass(now: Micros): readonly Detection[] {
    const found: Detection[] = []
    if (now > 0) this.#windows?.pass(now, found)
    this.#counts.detections += found.length
    return found
  }

  isWaiting(): boolean {
    return this.#windows?.settlesAt() !== undefined
  }

  settle(): readonly Detection[] {
    const moment = this.#windows?.settlesAt()
    return moment === undefined ? [] : this.pass(moment)
  }

  asks(): Asks {
    // What a request lowered shows only beside those before it.
    return this.#asksWith(this.#lowered && guardedWrites)
  }

  looksFor(): Asks {
    return this.#asksWith(this.#lowered?.asks())
  }

  #asksWith(ofLowered: Predicate | undefined): Asks {
    const terms = [asksOf(this.#requests), ofLowered].filter((one) => one !== undefined)
    const [only, ...more] = terms
    const asked: Predicate | undefined = more.length === 0 ? only : { kind: 'any', terms }
    // Falco's conditions are no predicates.
    const audit: Predicate | undefined = this.#falco.size > 0 ? { kind: 'all', terms: [] } : asked
    return { audit, runtime: this.#sensors.asks(), events: this.#events.asks() }
  }

  checkpoint(): JsonObject {
    return wholeObject(this.#saved(false))
  }

  checkpointSlowly(): JsonDraftObject {
    return this.#saved(true)
  }

  #saved(slowly: boolean): JsonDraftObject {
    return {
      version: 1,
      judged: this.#judged.checkpoint(),
      occurrences: this.#events.checkpoint(),
      lowered: this.#lowered?.checkpoint(),
      baselines: slowly ? this.#baselines.checkpointSlowly() : this.#baselines.checkpoint(),
      ...this.#windows?.checkpoint(slowly),
    }
  }

  status(): DetectorStatus {
    const counts = this.#windows?.counts() ?? noCounts
    return { ...this.#counts, ...counts, rulesRunning: this.#running, baselines: this.#baselines.status() }
  }

  #restore(saved: JsonObject): void {
    this.#judged.restore(saved.judged)
    this.#events.restore(saved.occurrences)
    this.#lowered?.restore(saved.lowered)
    if (saved.baselines !== undefined) this.#baselines.restore(saved.baselines)
    this.#windows?.restore(saved)
  }

  #failed({ seq, index }: RecordPosition, error: unknown): void {
    this.#counts.failed += 1
    this.#counts.lastFailure = `record ${seq}/${index}: ${error instanceof Error ? error.message : String(error)}`
  }

  #audit(record: AuditRecord, position: RecordPosition, found: Detection[]): void {
    const { event } = record
    this.#counts.judged += 1
    let told: Told | undefined
    const tell = (): Told => {
      told ??= toldOfAudit(record, position)
      return told
    }
    const moment = judgedMoment(event)
    if (moment !== 'skip') {
      const places = this.#requests.matcher.matches(event)
      // Few match, and to know a request again takes as long as to ask the rules.
      if (places.length > 0 && (moment === 'judge' || !this.#judged.has(record))) {
        if (moment === 'once' || record.stage === 'ResponseStarted') this.#judged.add(record)
        const sentence = (): string => sentenceOf(record)
        this.#matched({ lane: this.#requests, places, event: this.#view(record), told: tell(), sentence }, found)
      }
    }
    if (!this.#comparesApart) this.#compare(record, position, found)
    const fired = this.#falco.evaluate(event)
    if (fired === undefined) this.#counts.droppedByFalco += 1
    else {
      for (const { rule, output } of fired) {
        const head = this.#heads.get(falcoKey(rule))
        if (head !== undefined) found.push(detectionOf(head, tell(), output))
      }
    }
  }

  #compare(record: BulwarkRecord, position: RecordPosition, found: Detection[]): void {
    if (this.#lowered === undefined) return
    if (record.kind === 'audit') this.#matched(this.#lowered.judge(record, position), found)
    else if (record.kind === 'object') for (const match of this.#lowered.learn(record)) this.#matched(match, found)
  }

  #matched(match: Matched | undefined, found: Detection[]): void {
    if (match === undefined) return
    const { lane, places, event, told } = match
    const matched: LoadedRule[] = []
    let sentence: string | undefined
    for (const place of places) {
      const rule = lane.rules[place]
      if (rule === undefined) continue
      if (rule.alerts) {
        sentence ??= match.sentence()
        found.push(detectionOf(rule.head, told, `${rule.head.title}: ${sentence}`))
      }
      if (rule.feeds) matched.push(rule.loaded)
    }
    if (matched.length === 0) return
    const { time, receivedAt } = told
    for (const unusual of this.#baselines.step({ time, receivedAt, event, matched, ref: told.event })) {
      found.push(baselineDetection(unusual, told))
    }
    this.#windows?.add(event, matched, told, found)
  }
}

const noCounts: CorrelatorCounts = { late: 0, ahead: 0, evictedGroups: 0, droppedEntries: 0, cutCombinations: 0 }
