import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { asString, isObject, type JsonObject, type JsonValue, jsonOf } from '../../model/json.ts'
import { openRecording } from '../../sources/replay/index.ts'
import type { EventLine } from './run-rules.ts'

/** An audit event, or a line that is none. */
export type ReadEvent =
  | { readonly kind: 'event'; readonly line: EventLine }
  | { readonly kind: 'bad'; readonly at: number; readonly why: string }

/** No event of an API server comes near; a line without end is not kept. */
const longestDocument = 64 * 1024 * 1024

/**
 * Audit events of a file, or of standard input for `-`: one JSON value a line, each an Event, an EventList or a list of
 * Events; or all of it one such value over many lines.
 */
export async function* readEvents(path: string, stdin: AsyncIterable<Uint8Array>): AsyncGenerator<ReadEvent> {
  const input = path === '-' ? Readable.from(stdin) : createReadStream(path)
  let number = 0
  let found = false
  // Lines from the start that are no JSON on their own: perhaps one value over many lines.
  let document = ''
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    number += 1
    if (line.trim() === '') continue
    const value = document === '' ? jsonOf(line) : undefined
    if (value === undefined) {
      if (found) yield { kind: 'bad', at: number, why: 'it is not JSON' }
      else if (document.length + line.length > longestDocument) {
        yield { kind: 'bad', at: number, why: 'the value is too large' }
        return
      } else document += `${line}\n`
      continue
    }
    found = true
    yield* eventsOf(value, line, number)
  }
  if (document === '') return
  const whole = jsonOf(document)
  if (whole === undefined) yield { kind: 'bad', at: 1, why: 'it is not JSON' }
  else yield* eventsOf(whole, document, 1)
}

/**
 * Audit events of a recording (src/model/recording.ts), in order of time.
 *
 * @throws BulwarkError RECORDING_INVALID when there is no such file, or it is no recording.
 */
export async function* recordedEvents(path: string): AsyncGenerator<ReadEvent> {
  const recording = await openRecording(path)
  for await (const read of recording.lines()) {
    if (read.kind !== 'line') yield { kind: 'bad', at: read.number, why: read.why }
    else if (read.line.s === 'audit') yield eventOf(read.line.d, JSON.stringify(read.line.d), read.number)
  }
}

function* eventsOf(value: JsonValue, text: string, at: number): Generator<ReadEvent> {
  const items = isObject(value) && asString(value.kind) === 'EventList' ? value.items : value
  if (isList(items)) {
    for (const item of items) yield eventOf(item, JSON.stringify(item), at)
    return
  }
  yield eventOf(items, text, at)
}

const eventOf = (value: JsonValue | undefined, text: string, at: number): ReadEvent =>
  isEvent(value)
    ? { kind: 'event', line: { event: value, text } }
    : { kind: 'bad', at, why: 'it is not an audit event' }

const isEvent = (value: JsonValue | undefined): value is JsonObject =>
  isObject(value) && typeof value.auditID === 'string' && typeof value.stage === 'string'

const isList = (value: JsonValue | undefined): value is readonly JsonValue[] => Array.isArray(value)
