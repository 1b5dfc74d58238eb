import { createBaselines } from '../../detect/baseline/index.ts'
import { baselineSentence, correlationSentence } from '../../detect/correlation-text.ts'
import type { RuleSet } from '../../detect/rule-set.ts'
import { createFalcoEngine, parseExactly } from '../../engines/falco/index.ts'
import { createCorrelator, createMatcher, judgedMoment, type LoadedRule } from '../../engines/sigma/index.ts'
import { asString, isObject, type JsonObject } from '../../model/json.ts'
import { formatMicros, type Micros, parseMicros } from '../../model/time.ts'

/** One audit event: as parsed, and the JSON text that it was parsed from. */
export interface EventLine {
  readonly event: JsonObject
  readonly text: string
}

/** A rule that matched an event, or a window of them. */
export interface RuleMatch {
  readonly rule: string
  /** By which it may also be called: of Sigma the id and the name. */
  readonly ids: readonly string[]
  readonly severity: string
  readonly time: string
  /** One line for a person. */
  readonly text: string
  /** False: only a correlation or a baseline wants to know. */
  readonly alerts: boolean
}

/** Rules over the events of a file, one after the other. */
export interface RuleRun {
  /** All rules that match the event, not only the first. Undefined: it has no time, so that it cannot be judged. */
  evaluate(line: EventLine): readonly RuleMatch[] | undefined
  /** What windows found, over all events in order of time. */
  finish(): readonly RuleMatch[]
  /** Events that were too far out of order for the windows, and were left out of them. */
  late(): number
}

export const runRules = (set: RuleSet): RuleRun => {
  const falco = createFalcoEngine(set.falco, { matching: 'all' })
  const rules = set.sigma.rules.filter((one) => one.enabled)
  const matcher = createMatcher(rules.map(({ predicate }) => predicate))
  const windows = new Windows(set)
  const judged = new Set<string>()

  const ofSigma = (event: JsonObject, time: Micros): readonly RuleMatch[] => {
    const moment = judgedMoment(event)
    // A long request is judged when it begins; its end counts only where the beginning was not seen.
    const request = `${asString(event.auditID)} ${asString(event.requestReceivedTimestamp)}`
    if (moment === 'skip' || (moment === 'once' && judged.has(request))) return []
    const matched = matcher.matches(event).flatMap((place) => rules[place] ?? [])
    if (matched.length === 0) return []
    if (moment === 'once' || event.stage === 'ResponseStarted') {
      judged.add(request)
      if (judged.size > mostJudged) judged.clear()
    }
    windows.add({ time, event, matched })
    return matched.map(({ rule, alerts }) => ({ ...labelOf(rule, time), text: sentence(event), alerts }))
  }

  return {
    evaluate: ({ event, text }) => {
      const time = parseMicros(asString(event.stageTimestamp) ?? asString(event.requestReceivedTimestamp) ?? '')
      const reading = parseExactly(text)
      if (time === undefined || reading.kind === 'bad') return undefined
      const fired = falco.evaluate(reading.event) ?? []
      return [
        ...fired.map(({ rule, priority, time: at, output }) => ({
          rule,
          ids: [],
          severity: priority,
          time: at,
          text: output,
          alerts: true,
        })),
        ...ofSigma(event, time),
      ]
    },
    finish: () => windows.finish(),
    late: () => windows.late,
  }
}

/** Long requests that are remembered. */
const mostJudged = 1_000_000

interface Matched {
  readonly time: Micros
  readonly event: JsonObject
  readonly matched: readonly LoadedRule[]
}

/** So many matched events are put in order of time before the earlier half of them is counted. */
const mostWaiting = 100_000

/** Correlations and baselines, which want events in order of time; files of several API servers are not. */
class Windows {
  readonly #feeding: ReadonlySet<LoadedRule['rule'] | object>
  readonly #correlator
  readonly #baselines
  readonly #longest: number
  readonly #found: RuleMatch[] = []
  #state
  #waiting: Matched[] = []
  #last: Micros = 0
  late = 0

  constructor({ sigma, baselines }: RuleSet) {
    const running = baselines.filter(({ status }) => status !== 'deprecated' && status !== 'unsupported')
    const asked = new Set(running.flatMap((one) => one.rules))
    const learned = sigma.rules.filter(({ rule }) => asked.has(rule.id ?? '') || asked.has(rule.name ?? ''))
    const correlations = sigma.correlations.filter((one) => one.enabled)
    this.#feeding = new Set([...correlations.flatMap(({ inputs }) => inputs), ...learned.map(({ rule }) => rule)])
    this.#baselines = createBaselines(running, sigma).baselines
    this.#correlator = createCorrelator(sigma, { latenessSeconds: 0 })
    this.#state = this.#correlator.start()
    this.#longest = Math.max(0, ...correlations.map(({ correlation }) => correlation.timespanSeconds))
  }

  add(one: Matched): void {
    if (!one.matched.some(({ rule }) => this.#feeding.has(rule))) return
    this.#waiting.push(one)
    if (this.#waiting.length >= 2 * mostWaiting) this.#count(mostWaiting)
  }

  /** Nothing comes after the last event: windows that are decided at their end are decided. */
  finish(): readonly RuleMatch[] {
    this.#count(this.#waiting.length)
    this.#step({ kind: 'time', now: this.#last + this.#longest * 1_000_000 })
    return this.#found
  }

  #count(many: number): void {
    this.#waiting.sort((a, b) => a.time - b.time)
    for (const { time, event, matched } of this.#waiting.slice(0, many)) {
      if (time < this.#last) this.late += 1
      this.#last = Math.max(this.#last, time)
      const input = { time, receivedAt: time, event, matched, ref: asString(event.auditID) ?? '' }
      for (const unusual of this.#baselines.step(input)) {
        const text = baselineSentence(unusual)
        this.#found.push({ ...labelOf(unusual.rule, unusual.time), text, alerts: true })
      }
      this.#step({ kind: 'event', ...input })
    }
    this.#waiting = this.#waiting.slice(many)
  }

  #step(input: Parameters<ReturnType<typeof createCorrelator>['step']>[1]): void {
    const { state, detections } = this.#correlator.step(this.#state, input)
    this.#state = state
    for (const { correlation, alerts, time, group, measured } of detections) {
      const text = correlationSentence(correlation, textsOf(group), measured)
      this.#found.push({ ...labelOf(correlation, time), text, alerts })
    }
  }
}

type Labelled = Pick<LoadedRule['rule'], 'title' | 'id' | 'name' | 'level'>

const labelOf = ({ title, id, name, level }: Labelled, time: Micros): Omit<RuleMatch, 'text' | 'alerts'> => ({
  rule: title,
  ids: [id, name].filter((one) => one !== undefined),
  severity: level ?? '',
  time: formatMicros(time),
})

const textsOf = (group: JsonObject): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(group).map(([field, value]) => [field, typeof value === 'string' ? value : JSON.stringify(value)]),
  )

/** Who did what, and what the answer was. */
const sentence = (event: JsonObject): string => {
  const part = (object: unknown, key: string): string => {
    const value = isObject(object) ? object[key] : undefined
    return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
  }
  const reference = event.objectRef
  const joined = (keys: readonly string[]): string =>
    keys
      .map((key) => part(reference, key))
      .filter((text) => text !== '')
      .join('/')
  const target = joined(['resource', 'subresource'])
  const code = part(event.responseStatus, 'code')
  return [
    part(event.user, 'username'),
    part(event, 'verb'),
    target === '' ? part(event, 'requestURI') : target,
    joined(['namespace', 'name']),
    code === '' ? '' : `(${code})`,
  ]
    .filter((text) => text !== '')
    .join(' ')
}
