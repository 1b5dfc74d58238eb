/**
 * Reads `audit.k8s.io/v1` (https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/): an EventList as the
 * webhook backend sends it, one Event, or Events as JSON lines as the log backend writes them; also in the envelopes of
 * clouds (envelopes.ts), one or as lines.
 */
import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import type { BadPart, Parsed } from '../../model/parse.ts'
import type { AuditRecord } from '../../model/record.ts'
import type { SourceEntry } from '../../model/source.ts'
import { splitLines } from '../intake/lines.ts'
import { parseJson } from '../intake/parse-json.ts'
import { tidy } from '../intake/tidy.ts'
import { openEnvelope } from './envelopes.ts'
import { type Origin, toAuditRecord } from './event.ts'
import { splitItems } from './split.ts'

/**
 * The parser of the stream `audit`. Good events beside bad ones are kept; every byte that became no event is in `bad`.
 * Never throws.
 */
export const parseAudit = (entry: SourceEntry): Parsed => {
  const collected = new Collected(entry)
  const bytes = Buffer.from(entry.payload.buffer, entry.payload.byteOffset, entry.payload.length)
  const whole = parseJson(bytes)
  if (whole.kind === 'value') collected.document(whole.value, bytes)
  else collected.parts(bytes, whole.why)
  return { records: collected.records, bad: collected.bad }
}

/** The record of one event that is JSON already, or a text that says why it is none. */
export const readAuditEvent = (event: JsonObject, origin: Origin): AuditRecord | string => {
  const tidied = tidy(event)
  return typeof tidied === 'string' ? tidied : toAuditRecord(tidied, origin)
}

class Collected {
  readonly records: AuditRecord[] = []
  readonly bad: BadPart[] = []
  readonly #entry: SourceEntry

  constructor(entry: SourceEntry) {
    this.#entry = entry
  }

  /** A list of events, a single one, or an envelope; `bytes` is what `value` was read from. */
  document(value: JsonValue, bytes: Uint8Array): void {
    if (isObject(value) && value.auditID !== undefined) {
      this.event(value, bytes)
      return
    }
    const { events, bad } = openEnvelope(value)
    const [only] = events
    // A document that was no envelope goes to quarantine as it came.
    if (only === value) this.event(only, bytes)
    else for (const event of events) this.event(event, undefined)
    for (const part of bad)
      this.bad.push({ why: part.why, bytes: part.value === value ? bytes : this.#bytesOf(part.value) })
  }

  event(value: JsonValue, bytes: Uint8Array | undefined): void {
    const record = isObject(value) ? readAuditEvent(value, this.#entry) : 'it is no JSON object'
    if (typeof record !== 'string') this.records.push(record)
    else this.bad.push({ why: record, bytes: bytes ?? this.#bytesOf(value) })
  }

  /** A part as text again. One that is nested too deep to be written stands for itself in the whole entry. */
  #bytesOf(value: JsonValue): Uint8Array {
    try {
      return Buffer.from(JSON.stringify(value))
    } catch {
      return this.#entry.payload
    }
  }

  /** Bytes that are not one JSON document: each event in them is read for itself. */
  parts(bytes: Buffer, why: string): void {
    const isList = splitItems(
      bytes,
      (item) => {
        const parsed = parseJson(item)
        if (parsed.kind === 'bad') return parsed.why
        this.event(parsed.value, item)
        return undefined
      },
      (item, reason) => this.bad.push({ why: reason, bytes: item }),
    )
    if (isList) return
    const lines = splitLines(bytes)
    if (lines.length === 0) this.bad.push({ why: 'it is empty', bytes })
    for (const line of lines) {
      const parsed = lines.length === 1 ? ({ kind: 'bad', why } as const) : parseJson(line)
      if (parsed.kind === 'value') this.document(parsed.value, line)
      else this.bad.push({ why: parsed.why, bytes: line })
    }
  }
}
