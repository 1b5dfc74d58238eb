import { parseDocument } from 'yaml'
import { isObject, type JsonObject, type JsonValue } from '../../src/model/json.ts'
import { formatMicros, type Micros, parseMicros } from '../../src/model/time.ts'

/** One test of a file of rules: the events in order, and the names of that file's rules that fire, each once or more. */
export interface RuleCase {
  readonly name: string
  readonly fires: readonly string[]
  readonly events: readonly JsonObject[]
}

/**
 * Reads a file of tests (rules/README.md, "Tests"). Events are written short: what every audit event has is filled in.
 * Throws where the file is not what it should be: these files are ours.
 */
export const readCases = (text: string, file: string): readonly RuleCase[] => {
  const document = parseDocument(text)
  const [error] = document.errors
  if (error !== undefined) throw new Error(`${file}: ${error.message}`)
  const value: unknown = document.toJS()
  if (!Array.isArray(value)) throw new Error(`${file} holds no list of tests`)
  return value.map((one: unknown) => {
    if (!isObject(one)) throw new Error(`${file}: a test is no map`)
    const { name, fires, events, ...rest } = one
    if (typeof name !== 'string' || !isTexts(fires) || !Array.isArray(events) || events.length === 0)
      throw new Error(`${file}: a test has a name, fires (a list of names) and events, at least one`)
    if (Object.keys(rest).length > 0)
      throw new Error(`${file}, "${name}": unknown keys ${Object.keys(rest).join(', ')}`)
    return { name, fires, events: eventsOf(events, `${file}, "${name}"`) }
  })
}

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string')

/** A Monday. */
const began = parseMicros('2026-01-05T08:00:00Z') ?? 0
const second: Micros = 1_000_000

/** An element is an event, or `{event, times, every, after}`: so many of it, so far apart, after a pause. */
const eventsOf = (elements: readonly unknown[], where: string): readonly JsonObject[] => {
  const events: JsonObject[] = []
  let time = began
  for (const element of elements) {
    if (!isJsonObject(element)) throw new Error(`${where}: an event is no map`)
    const repeated = isObject(element.event)
    const { event, times = 1, every = '1s', after = '0s', ...rest } = repeated ? element : { event: element }
    if (!isJsonObject(event) || typeof times !== 'number' || (repeated && Object.keys(rest).length > 0))
      throw new Error(`${where}: an event stands alone, or as event with times, every and after`)
    time += micros(after, where)
    for (let n = 0; n < times; n++) {
      events.push(whole(numbered(event, n), events.length, time))
      time += micros(every, where)
    }
  }
  return events
}

const isJsonObject = (value: unknown): value is JsonObject => isObject(value)

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

const micros = (text: unknown, where: string): Micros => {
  const [, number = '', unit = ''] = /^(\d+)([smhd])$/.exec(String(text)) ?? []
  const seconds = units[unit]
  if (seconds === undefined) throw new Error(`${where}: "${text}" is no time such as 30s, 5m, 2h or 1d`)
  return Number(number) * seconds * second
}

/** `{n}` in a text is the number of the repetition, from 0. */
const numbered = (value: JsonValue, n: number): JsonValue => {
  if (typeof value === 'string') return value.replaceAll('{n}', String(n))
  if (Array.isArray(value)) return value.map((one: JsonValue) => numbered(one, n))
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, numbered(one as JsonValue, n)]))
}

const whole = (event: JsonValue, index: number, time: Micros): JsonObject => ({
  kind: 'Event',
  apiVersion: 'audit.k8s.io/v1',
  level: 'RequestResponse',
  auditID: `test-${index}`,
  stage: 'ResponseComplete',
  requestReceivedTimestamp: formatMicros(time),
  stageTimestamp: formatMicros(time),
  ...(isObject(event) ? event : {}),
})
