import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import type { BadPart, Parsed } from '../../model/parse.ts'
import type { BulwarkRecord, RuntimeRecord } from '../../model/record.ts'
import type { SourceEntry } from '../../model/source.ts'
import { splitLines } from './lines.ts'
import { parseJson } from './parse-json.ts'
import { tidy } from './tidy.ts'

/** Where an event came from, and when. */
export type Origin = Pick<SourceEntry, 'cluster' | 'source' | 'receivedAt'>

/** How the events of one sensor are read. */
export interface EventReader {
  /** True for what is an event already: texts in it are its own, and never looked into for another one. */
  readonly isEvent: (value: JsonObject) => boolean
  /** Makes records of one event, or says why it is none. */
  readonly read: (event: JsonObject) => readonly BulwarkRecord[] | string
}

/**
 * Reads a payload of events: one JSON object, an array of them, or a line each (also lines of arrays), as log shippers
 * send them. Good events beside bad ones are kept; every byte that became no record is in `bad`. Never throws.
 */
export const readDocuments = (payload: Uint8Array, reader: EventReader): Parsed => {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.length)
  const documents = new Documents(payload, reader)
  const whole = parseJson(bytes)
  if (whole.kind === 'value') documents.add(whole.value, bytes)
  else documents.lines(bytes, whole.why)
  return { records: documents.records, bad: documents.bad }
}

/** The record of one event of a sensor that is JSON already, or a text that says why it is none. */
export const readOne = (event: JsonObject, read: EventReader['read']): RuntimeRecord | string => {
  const tidied = tidy(event)
  const records = typeof tidied === 'string' ? tidied : read(tidied)
  if (typeof records === 'string') return records
  return records.find((record) => record.kind === 'runtime') ?? 'it tells of nothing'
}

class Documents {
  readonly records: BulwarkRecord[] = []
  readonly bad: BadPart[] = []
  readonly #payload: Uint8Array
  readonly #reader: EventReader

  constructor(payload: Uint8Array, reader: EventReader) {
    this.#payload = payload
    this.#reader = reader
  }

  add(value: JsonValue, bytes: Uint8Array): void {
    if (Array.isArray(value)) for (const item of value) this.#one(item, undefined)
    else this.#one(value, bytes)
  }

  lines(bytes: Buffer, why: string): void {
    const lines = splitLines(bytes)
    if (lines.length === 0) this.bad.push({ why: 'it is empty', bytes })
    for (const line of lines) {
      const parsed = lines.length === 1 ? ({ kind: 'bad', why } as const) : parseJson(line)
      if (parsed.kind === 'value') this.add(parsed.value, line)
      else this.bad.push({ why: parsed.why, bytes: line })
    }
  }

  #one(value: JsonValue, bytes: Uint8Array | undefined): void {
    const event = isObject(value)
      ? tidy(this.#reader.isEvent(value) ? value : unwrapped(value))
      : 'it is no JSON object'
    const read = typeof event === 'string' ? event : this.#reader.read(event)
    if (typeof read === 'string') this.bad.push({ why: read, bytes: bytes ?? this.#bytesOf(value) })
    else for (const record of read) this.records.push(record)
  }

  /** A part as text again. One that is nested too deep to be written stands for itself in the whole payload. */
  #bytesOf(value: JsonValue): Uint8Array {
    try {
      return Buffer.from(JSON.stringify(value))
    } catch {
      return this.#payload
    }
  }
}

/** Where log shippers put a line that they did not parse: Fluent Bit in `log`, Vector in `message`, journald in `MESSAGE`. */
const wrappings = ['log', 'message', 'MESSAGE'] as const

const unwrapped = (value: JsonObject): JsonObject => {
  for (const key of wrappings) {
    const text = value[key]
    if (typeof text !== 'string' || !text.startsWith('{')) continue
    const inner = parseJson(Buffer.from(text))
    if (inner.kind === 'value' && isObject(inner.value)) return inner.value
  }
  return value
}
