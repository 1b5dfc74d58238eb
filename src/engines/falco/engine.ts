/** Runs rules over audit events. */
import { type EventObject, type EventValue, get, isEventObject, stringOf, textOf } from './event.ts'
import type { Frame } from './fields.ts'
import type { LoadedRules, ServedRule } from './load.ts'
import { type Formatter, formatterOf } from './output.ts'
import { type IndexedField, indexedFields, Program, type ProgramNode } from './program.ts'
import { isoTime, parseEventTime, rawTime } from './time.ts'
import { type Detection, type FalcoRule, type Priority, priorities } from './types.ts'

export interface FalcoEngineOptions {
  /** Falco's `rule_matching`: only the first rule that matches, in order of definition, or all. First by default. */
  readonly matching?: 'first' | 'all'
  /** Rules of a milder priority neither match nor stand before others. */
  readonly minimumPriority?: Priority
  /** Whether a rule is run; by default what its `enabled` says. */
  readonly isEnabled?: (rule: FalcoRule) => boolean
}

/** Rules compiled for one caller. It remembers the last event that it saw, so it is not for two at once. */
export interface FalcoEngine {
  /**
   * The detections of one `audit.k8s.io/v1` Event, as parsed by `JSON.parse` or `parseExactly`, in order of definition.
   * Falco drops events without a readable stageTimestamp; so `undefined` says that the event was not judged.
   */
  evaluate(event: EventObject): readonly Detection[] | undefined
  /** Number of rules that are run. */
  readonly size: number
}

export const createFalcoEngine = (loaded: LoadedRules, options: FalcoEngineOptions = {}): FalcoEngine => {
  const least = priorities.indexOf(options.minimumPriority ?? 'Debug')
  const isEnabled = options.isEnabled ?? ((rule: FalcoRule) => rule.enabled)
  const turn = { number: 0 }
  const program = new Program(turn)
  const rules = loaded.served
    .filter(({ rule }) => isEnabled(rule) && priorities.indexOf(rule.priority) <= least)
    .map((rule) => readyRule(rule, program))
  const index = new RuleIndex(rules)
  const onlyFirst = (options.matching ?? 'first') === 'first'
  const frame: Frame = { event: {}, time: { seconds: 0, fraction: '', clock: '' }, number: 0, first: 0n }
  return {
    size: rules.length,
    evaluate: (event) => {
      const stamp = stringOf(event.stageTimestamp)
      const time = stamp === undefined ? undefined : parseEventTime(stamp)
      if (time === undefined) return undefined
      turn.number += 1
      frame.event = event
      frame.time = time
      frame.number = turn.number
      if (turn.number === 1) frame.first = rawTime(time)
      let found: Detection[] | undefined
      for (const rule of index.candidates(event)) {
        if (!rule.node.test(frame)) continue
        found ??= []
        found.push(rule.detect(frame))
        if (onlyFirst) break
      }
      return found ?? none
    },
  }
}

const none: readonly Detection[] = []

interface ReadyRule {
  readonly node: ProgramNode
  readonly detect: (frame: Frame) => Detection
}

const readyRule = ({ rule, condition, output }: ServedRule, program: Program): ReadyRule => {
  const node = program.node(condition)
  // Most rules never match: their outputs are made ready when they first do.
  let formatter: Formatter | undefined
  return {
    node,
    detect: (frame) => {
      formatter ??= formatterOf(output, program.extract)
      return {
        rule: rule.name,
        priority: rule.priority,
        source: rule.source,
        tags: rule.tags,
        output: formatter.text(frame),
        fields: formatter.values(frame),
        time: isoTime(frame.time),
      }
    },
  }
}

/** So many combinations of stage, verb and resource are remembered; anyone can make up more. */
const keptCombinations = 4096

/** The rules that can match an event, by its stage, verb and resource. */
class RuleIndex {
  readonly #rules: readonly ReadyRule[]
  /** For each field the values that rules name, numbered from 1; 0 stands for all others. */
  readonly #numbers: Readonly<Record<IndexedField, ReadonlyMap<string, number>>>
  readonly #kept = new Map<number, readonly ReadyRule[]>()

  constructor(rules: readonly ReadyRule[]) {
    this.#rules = rules
    this.#numbers = {
      stage: numbered(rules, 'stage'),
      verb: numbered(rules, 'verb'),
      resource: numbered(rules, 'resource'),
    }
  }

  candidates(event: EventObject): readonly ReadyRule[] {
    const { stage, verb, resource } = this.#numbers
    const stageText = asText(event.stage)
    const verbText = asText(event.verb)
    const resourceText = isEventObject(event.objectRef) ? asText(get(event.objectRef, 'resource')) : undefined
    const key =
      (numberIn(stage, stageText) * (verb.size + 1) + numberIn(verb, verbText)) * (resource.size + 1) +
      numberIn(resource, resourceText)
    const known = this.#kept.get(key)
    if (known !== undefined) return known
    const values = { stage: stageText, verb: verbText, resource: resourceText }
    const made = this.#rules.filter(({ node: { needs } }) =>
      indexedFields.every((field) => {
        const allowed = needs[field]
        const value = values[field]
        return allowed === undefined || (value !== undefined && allowed.has(value))
      }),
    )
    if (this.#kept.size >= keptCombinations) this.#kept.clear()
    this.#kept.set(key, made)
    return made
  }
}

const asText = (value: EventValue | undefined): string | undefined => (value === undefined ? undefined : textOf(value))

const numberIn = (numbers: ReadonlyMap<string, number>, text: string | undefined): number =>
  text === undefined ? 0 : (numbers.get(text) ?? 0)

const numbered = (rules: readonly ReadyRule[], field: IndexedField): ReadonlyMap<string, number> => {
  const numbers = new Map<string, number>()
  for (const { node } of rules) {
    for (const value of node.needs[field] ?? []) if (!numbers.has(value)) numbers.set(value, numbers.size + 1)
  }
  return numbers
}
