/**
 * The detector: records in, detections out. A pure machine: it never reads a clock, so the same records in the same
 * order give the same detections with the same ids, today and in a replay.
 */
import { createFalcoEngine, type FalcoEngine } from '../engines/falco/index.ts'
import {
  type CorrelationDetection,
  type Correlator,
  type CorrelatorCounts,
  type CorrelatorState,
  createCorrelator,
  createMatcher,
  type EventSource,
  judgedMoment,
  kubernetesAudit,
  kubernetesEvents,
  kubernetesRuntime,
  type LoadedRule,
  type Matcher,
} from '../engines/sigma/index.ts'
import type { Detection } from '../model/detection.ts'
import { eventLineOf, isEventObject } from '../model/event-row.ts'
import { isObject, type JsonObject, type JsonValue } from '../model/json.ts'
import type { ObjectVersion } from '../model/object.ts'
import type { Predicate } from '../model/predicate.ts'
import {
  type AuditRecord,
  type PlacedRecord,
  type RecordPosition,
  type RuntimeRecord,
  severityOfPriority,
} from '../model/record.ts'
import type { RuleHead } from '../model/rule.ts'
import type { Micros } from '../model/time.ts'
import { type BaselineDetection, type BaselineStatus, type Baselines, createBaselines } from './baseline/index.ts'
import { baselineSentence, correlationSentence } from './correlation-text.ts'
import { detectionId } from './detection-id.ts'
import { eventView } from './event-view.ts'
import { documentKey, falcoKey, sensorHead, severityOfLevel } from './heads.ts'
import { Judged } from './judged.ts'
import { Occurrences } from './occurrences.ts'
import type { RuleSet } from './rule-set.ts'
import { runtimeView } from './runtime-view.ts'
import type { SubjectOf } from './subject.ts'
import { readTold, sentenceOf, type Told, toldOfAudit, toldOfEvent, toldOfGroup, toldOfRuntime } from './told.ts'

export interface DetectorOptions {
  /** Which rules are on. A rule that is off and that a correlation asks for is still looked at, and stays silent. */
  readonly enabled: (head: RuleHead) => boolean
  /** How long events wait for earlier ones before windows count them. Rules over single events never wait. */
  readonly latenessSeconds?: number
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
  /** True while events wait for earlier ones that may still come. */
  isWaiting(): boolean
  /** What an audit event has to be for any rule over them to look at it: others can be left out without a difference. */
  asks(): Predicate
  /** Nothing came for as long as events wait: none is expected any more, and windows count those that waited. */
  settle(): readonly Detection[]
  /** Time went on without a record: ends the windows that are over by then. */
  pass(now: Micros): readonly Detection[]
  /** Everything it remembers, bounded; shares nothing with it. Windows are kept by what their rule says, so that a changed rule begins anew. */
  checkpoint(): JsonObject
  status(): DetectorStatus
}

/** `saved`: a checkpoint of a detector with this or another set; what is no checkpoint is as none. */
export const createDetector = (set: RuleSet, options: DetectorOptions, saved?: JsonValue): Detector =>
  new RuleDetector(set, options, saved)

/** What of the completing events is kept for detections of windows. */
const mostTold = 40_000

interface Runnable {
  readonly loaded: LoadedRule
  readonly head: RuleHead
  readonly alerts: boolean
  /** True where a window asks for it. */
  readonly feeds: boolean
}

type JudgedRecord = AuditRecord | RuntimeRecord | ObjectVersion

/** The rules over the events of one source. */
interface Lane {
  readonly rules: readonly Runnable[]
  readonly matcher: Matcher
}

const laneOf = (all: readonly Runnable[], source: EventSource): Lane => {
  const rules = all.filter(({ loaded }) => loaded.source === source)
  return { rules, matcher: createMatcher(rules.map(({ loaded }) => loaded.predicate)) }
}

class RuleDetector implements Detector {
  readonly #requests: Lane
  readonly #runtime: Lane
  readonly #events: Lane
  readonly #falco: FalcoEngine
  readonly #correlator: Correlator | undefined
  readonly #baselines: Baselines
  readonly #heads: ReadonlyMap<string, RuleHead>
  readonly #judged = new Judged()
  readonly #occurrences = new Occurrences()
  readonly #subjectOf: SubjectOf
  /** Of events that windows may be completed by, by the id of their row. */
  readonly #told = new Map<string, Told>()
  readonly #running: number
  readonly #enabled: (head: RuleHead) => boolean
  readonly #lateness: Micros
  #state: CorrelatorState | undefined
  #last: Pick<Told, 'time' | 'receivedAt' | 'cluster' | 'source' | 'position'> = {
    time: 0,
    receivedAt: 0,
    cluster: '',
    source: '',
    position: { seq: 0, index: 0 },
  }
  #counts = { judged: 0, detections: 0, failed: 0, lastFailure: '', droppedByFalco: 0 }

  constructor(set: RuleSet, options: DetectorOptions, saved: JsonValue | undefined) {
    const { enabled, latenessSeconds = 10, subjectOf = () => undefined } = options
    this.#enabled = enabled
    this.#subjectOf = subjectOf
    this.#lateness = latenessSeconds * 1_000_000
    this.#heads = new Map(set.heads.map((head) => [head.id, head]))
    const isOn = (id: string): boolean => {
      const head = this.#heads.get(id)
      return head !== undefined && enabled(head)
    }
    const correlations = set.sigma.correlations.filter((one) => one.enabled)
    // A correlation that is off still runs for those that ask for it.
    const wanted = correlations.map((one) => ({ ...one, alerts: one.alerts && isOn(documentKey(one.correlation)) }))
    const inputs = new Set(wanted.flatMap((one) => one.inputs))
    const running = wanted.filter((one) => isOn(documentKey(one.correlation)) || inputs.has(one.correlation))
    const learning = set.baselines.filter((one) => isOn(documentKey(one)))
    const references = new Set(learning.flatMap((one) => [...one.rules, ...one.learnFrom]))
    const asked = new Set(running.flatMap((one) => one.inputs))
    const rules = set.sigma.rules.flatMap((loaded): readonly Runnable[] => {
      const head = this.#heads.get(documentKey(loaded.rule))
      if (head === undefined || !loaded.enabled) return []
      const { id = '', name = '' } = loaded.rule
      const feeds = asked.has(loaded.rule) || references.has(id) || references.has(name)
      const alerts = loaded.alerts && enabled(head)
      return alerts || feeds ? [{ loaded, head, alerts, feeds }] : []
    })
    this.#requests = laneOf(rules, kubernetesAudit)
    this.#runtime = laneOf(rules, kubernetesRuntime)
    this.#events = laneOf(rules, kubernetesEvents)
    this.#falco = createFalcoEngine(set.falco, { isEnabled: (rule) => rule.enabled && isOn(falcoKey(rule.name)) })
    this.#baselines = createBaselines(learning, set.sigma).baselines
    this.#running = rules.length + running.length + learning.length + this.#falco.size
    if (running.length > 0) {
      this.#correlator = createCorrelator({ rules: set.sigma.rules, correlations: running }, { latenessSeconds })
      this.#state = this.#correlator.start()
    }
    if (isObject(saved)) this.#restore(saved)
  }

  step(records: readonly PlacedRecord[]): readonly Detection[] {
    const found: Detection[] = []
    let newest: Micros = 0
    for (const { record, position } of records) {
      newest = Math.max(newest, Math.min(record.time, record.receivedAt))
      try {
        if (record.kind === 'audit') this.#audit(record, position, found)
        else if (record.kind === 'runtime') this.#sensed(record, position, found)
        else if (record.kind === 'object' && isEventObject(record)) this.#event(record, position, found)
      } catch (error) {
        this.#counts.failed += 1
        this.#counts.lastFailure = `record ${position.seq}/${position.index}: ${error instanceof Error ? error.message : String(error)}`
      }
    }
    const last = records.at(-1)
    if (last !== undefined) {
      const { cluster, source, time, receivedAt } = last.record
      this.#last = { cluster, source, time, receivedAt, position: last.position }
    }
    this.#advance(newest, found)
    this.#counts.detections += found.length
    return found
  }

  pass(now: Micros): readonly Detection[] {
    const found: Detection[] = []
    this.#advance(now, found)
    this.#counts.detections += found.length
    return found
  }

  isWaiting(): boolean {
    return this.#waitsUntil() !== undefined
  }

  settle(): readonly Detection[] {
    const newest = this.#waitsUntil()
    return newest === undefined ? [] : this.pass(newest + this.#lateness)
  }

  #waitsUntil(): Micros | undefined {
    return this.#state && this.#correlator?.waitsUntil(this.#state)
  }

  asks(): Predicate {
    // Falco's conditions are no predicates.
    if (this.#falco.size > 0) return { kind: 'all', terms: [] }
    return { kind: 'any', terms: this.#requests.rules.map(({ loaded }) => loaded.predicate) }
  }

  checkpoint(): JsonObject {
    return {
      version: 1,
      judged: this.#judged.checkpoint(),
      occurrences: this.#occurrences.checkpoint(),
      correlator: this.#correlator && this.#state && this.#correlator.checkpoint(this.#state),
      baselines: this.#baselines.checkpoint(),
      told: [...this.#told.values()].map((told) => ({
        ...told,
        target: { ...told.target },
        position: { ...told.position },
      })),
    }
  }

  status(): DetectorStatus {
    const counts = this.#state?.counts ?? noCounts
    return { ...this.#counts, ...counts, rulesRunning: this.#running, baselines: this.#baselines.status() }
  }

  #restore(saved: JsonObject): void {
    this.#judged.restore(saved.judged)
    this.#occurrences.restore(saved.occurrences)
    if (saved.baselines !== undefined) this.#baselines.restore(saved.baselines)
    if (this.#correlator !== undefined && saved.correlator !== undefined) {
      this.#state = this.#correlator.restore(saved.correlator) ?? this.#state
    }
    for (const one of Array.isArray(saved.told) ? saved.told : []) {
      const told = readTold(one)
      if (told !== undefined) this.#told.set(told.event, told)
    }
  }

  /** Falco judged on the node: its alert is a detection. Tetragon only tells what happened. Rules look at both. */
  #sensed(record: RuntimeRecord, position: RecordPosition, found: Detection[]): void {
    this.#counts.judged += 1
    if (record.priority === undefined && this.#runtime.rules.length === 0) return
    const subject = this.#subjectOf(record)
    let told: Told | undefined
    const tell = (): Told => {
      told ??= toldOfRuntime(record, position, subject)
      return told
    }
    if (record.priority !== undefined) {
      const head = sensorHead(record.type, severityOfPriority[record.priority], record.tags)
      if (this.#enabled(head)) found.push(detectionOf(head, tell(), record.message || head.title))
    }
    if (this.#runtime.rules.length === 0) return
    const event = runtimeView(record, subject)
    const places = this.#runtime.matcher.matches(event)
    if (places.length > 0) this.#matched(this.#runtime, places, record, event, tell(), found)
  }

  /** An Event object: each time that it tells of something that happened (again). */
  #event(version: ObjectVersion, position: RecordPosition, found: Detection[]): void {
    const lane = this.#events
    const line = eventLineOf(version)
    if (lane.rules.length === 0 || line === undefined) return
    const occurrences = this.#occurrences.count(version, line.identity.time)
    if (occurrences === 0) return
    this.#counts.judged += 1
    const subject = this.#subjectOf(version)
    const event = eventView(version, subject, occurrences)
    const places = lane.matcher.matches(event)
    if (places.length > 0) this.#matched(lane, places, version, event, toldOfEvent(version, position, subject), found)
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
    if (moment === 'judge' || (moment === 'once' && !this.#judged.has(record))) {
      const places = this.#requests.matcher.matches(event)
      if (places.length > 0) {
        if (moment === 'once' || record.stage === 'ResponseStarted') this.#judged.add(record)
        this.#matched(this.#requests, places, record, event, tell(), found)
      }
    }
    const fired = this.#falco.evaluate(event)
    if (fired === undefined) this.#counts.droppedByFalco += 1
    else {
      for (const { rule, output } of fired) {
        const head = this.#heads.get(falcoKey(rule))
        if (head !== undefined) found.push(detectionOf(head, tell(), output))
      }
    }
  }

  /** `event`: the record as the rules of its source see it. */
  #matched(
    { rules }: Lane,
    places: readonly number[],
    record: JudgedRecord,
    event: JsonObject,
    told: Told,
    found: Detection[],
  ): void {
    const matched: LoadedRule[] = []
    let sentence: string | undefined
    for (const place of places) {
      const rule = rules[place]
      if (rule === undefined) continue
      if (rule.alerts) {
        sentence ??= sentenceOf(record)
        found.push(detectionOf(rule.head, told, `${rule.head.title}: ${sentence}`))
      }
      if (rule.feeds) matched.push(rule.loaded)
    }
    if (matched.length === 0) return
    const { time, receivedAt } = told
    for (const unusual of this.#baselines.step({ time, receivedAt, event, matched, ref: told.event })) {
      found.push(this.#ofBaseline(unusual, told))
    }
    if (this.#correlator === undefined || this.#state === undefined) return
    this.#keep(told)
    const next = this.#correlator.step(this.#state, {
      kind: 'event',
      time,
      receivedAt,
      event,
      matched,
      ref: told.event,
    })
    this.#state = next.state
    for (const one of next.detections) if (one.alerts) found.push(this.#ofWindow(one))
  }

  #advance(moment: Micros, found: Detection[]): void {
    if (this.#correlator === undefined || this.#state === undefined || moment === 0) return
    const next = this.#correlator.step(this.#state, { kind: 'time', now: moment })
    this.#state = next.state
    for (const one of next.detections) if (one.alerts) found.push(this.#ofWindow(one))
    // Only an event that still waits can complete a window that slides.
    for (const [event, { time, receivedAt }] of this.#told) {
      if (Math.min(time, receivedAt) >= this.#state.watermark) break
      this.#told.delete(event)
    }
  }

  #keep(told: Told): void {
    this.#told.set(told.event, told)
    if (this.#told.size <= mostTold) return
    for (const event of this.#told.keys()) {
      this.#told.delete(event)
      break
    }
  }

  #ofBaseline(unusual: BaselineDetection, told: Told): Detection {
    const { rule, time, group, values, measured, refs } = unusual
    const id = documentKey(rule)
    return {
      ...contextOf(told),
      id: detectionId(id, { ...group, ...values }, told.event),
      rule: id,
      title: rule.title,
      severity: severityOfLevel(rule.level),
      tags: rule.tags,
      time,
      message: baselineSentence(unusual),
      group: { ...group, ...values },
      measured,
      evidence: refs,
    }
  }

  #ofWindow({ correlation, time, group, measured, refs }: CorrelationDetection): Detection {
    const fields = Object.fromEntries(
      Object.entries(group).map(([field, value]) => [field, typeof value === 'string' ? value : JSON.stringify(value)]),
    )
    const [completing = ''] = refs
    const told = this.#told.get(completing) ?? toldOfGroup(fields, { ...this.#last, time })
    const id = documentKey(correlation)
    return {
      ...contextOf(told),
      // Of a window that was decided at its end, the end: two windows of one group may hold the same events.
      id: detectionId(id, fields, `${completing}@${time}`),
      rule: id,
      title: correlation.title,
      severity: severityOfLevel(correlation.level),
      tags: correlation.tags,
      time,
      message: correlationSentence(correlation, fields, measured),
      group: fields,
      measured,
      evidence: refs,
    }
  }
}

const detectionOf = (head: RuleHead, told: Told, message: string): Detection => ({
  ...contextOf(told),
  id: detectionId(head.id, noGroup, told.event),
  rule: head.id,
  title: head.title,
  severity: head.severity,
  tags: head.tags,
  message,
  group: noGroup,
  measured: 1,
  evidence: [told.event],
})

const noGroup: Readonly<Record<string, string>> = {}

/** Member by member: the rest of an object is made several times more slowly. */
const contextOf = (told: Told): Omit<Told, 'event'> => ({
  time: told.time,
  receivedAt: told.receivedAt,
  cluster: told.cluster,
  source: told.source,
  principal: told.principal,
  groups: told.groups,
  impersonated: told.impersonated,
  sourceIp: told.sourceIp,
  userAgent: told.userAgent,
  verb: told.verb,
  target: told.target,
  grants: told.grants,
  code: told.code,
  refused: told.refused,
  node: told.node,
  pod: told.pod,
  container: told.container,
  image: told.image,
  workload: told.workload,
  serviceAccount: told.serviceAccount,
  position: told.position,
})

const noCounts: CorrelatorCounts = { late: 0, ahead: 0, evictedGroups: 0, droppedEntries: 0, cutCombinations: 0 }
