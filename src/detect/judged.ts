import { uidDigits } from '../model/event-id.ts'
import { asString, type JsonValue } from '../model/json.ts'
import type { AuditRecord } from '../model/record.ts'

/** So many long requests that matched a rule are remembered, half of them at least for the latest. */
const most = 32_768

/**
 * Long requests (watch, exec, …) that a rule already matched when they began, so that their end does not count again.
 * Anyone may choose the id of a request by the header Audit-ID, and would otherwise hide one behind another: a request
 * is known by its moment of receipt, user, verb and address as well.
 */
export class Judged {
  #current = new Set<string>()
  #previous = new Set<string>()

  has(record: AuditRecord): boolean {
    const key = keyOf(record)
    return this.#current.has(key) || this.#previous.has(key)
  }

  add(record: AuditRecord): void {
    if (this.#current.size >= most / 2) {
      this.#previous = this.#current
      this.#current = new Set()
    }
    this.#current.add(keyOf(record))
  }

  checkpoint(): JsonValue {
    return [[...this.#previous], [...this.#current]]
  }

  restore(saved: JsonValue | undefined): void {
    const [previous, current] = (Array.isArray(saved) ? saved : []).map(
      (keys: JsonValue) => new Set((Array.isArray(keys) ? keys : []).filter((key) => typeof key === 'string')),
    )
    this.#previous = previous ?? new Set()
    this.#current = current ?? new Set()
  }
}

const keyOf = ({ auditId, verb, user, requestUri, event }: AuditRecord): string =>
  uidDigits([auditId, asString(event.requestReceivedTimestamp) ?? '', verb, user, requestUri].join('\n'))
