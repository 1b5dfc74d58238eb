/**
 * JSON as fastjson keeps it: of duplicate keys the first wins, numbers keep their text, texts with escapes keep them.
 * Slower than `JSON.parse`, which agrees with it on all that an API server writes; meant for lines of unknown origin.
 */
import { type EventObject, type EventValue, isEventObject, Written } from './event.ts'

export type ExactReading =
  | { readonly kind: 'event'; readonly event: EventObject }
  /** `at` counts UTF-16 units from 0. */
  | { readonly kind: 'bad'; readonly why: string; readonly at: number }

/** fastjson refuses deeper nesting, too. */
const deepest = 300

/** Reads one JSON object. */
export const parseExactly = (text: string): ExactReading => {
  const reader = new Reader(text)
  try {
    const event = reader.document()
    return isEventObject(event) ? { kind: 'event', event } : { kind: 'bad', why: 'it is no JSON object', at: 0 }
  } catch (error) {
    if (error instanceof Refused) return { kind: 'bad', why: error.message, at: reader.at }
    throw error
  }
}

class Refused extends Error {}

class Reader {
  at = 0
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  document(): EventValue {
    const value = this.#value(0)
    this.#blank()
    if (this.at < this.#text.length) throw new Refused('there is more after the value')
    return value
  }

  #value(depth: number): EventValue {
    if (depth > deepest) throw new Refused('it is nested too deep')
    this.#blank()
    const first = this.#text[this.at]
    if (first === '{') return this.#object(depth)
    if (first === '[') return this.#list(depth)
    if (first === '"') return this.#string()
    for (const [word, value] of words) if (this.#takes(word)) return value
    return this.#number()
  }

  #object(depth: number): EventObject {
    const object: Record<string, EventValue> = Object.create(null)
    this.at += 1
    this.#blank()
    if (this.#takes('}')) return object
    for (;;) {
      this.#blank()
      if (this.#text[this.at] !== '"') throw new Refused('a key is expected')
      const written = this.#string()
      const key = typeof written === 'string' ? written : String(written.value)
      this.#blank()
      if (!this.#takes(':')) throw new Refused('":" is expected')
      const value = this.#value(depth + 1)
      if (!Object.hasOwn(object, key)) object[key] = value
      this.#blank()
      if (this.#takes('}')) return object
      if (!this.#takes(',')) throw new Refused('"," or "}" is expected')
    }
  }

  #list(depth: number): EventValue[] {
    const list: EventValue[] = []
    this.at += 1
    this.#blank()
    if (this.#takes(']')) return list
    for (;;) {
      list.push(this.#value(depth + 1))
      this.#blank()
      if (this.#takes(']')) return list
      if (!this.#takes(',')) throw new Refused('"," or "]" is expected')
    }
  }

  #string(): string | Written {
    const start = this.at
    let end = start + 1
    while (end < this.#text.length && this.#text[end] !== '"') end += this.#text[end] === '\\' ? 2 : 1
    if (end >= this.#text.length) throw new Refused('a text has no end')
    this.at = end + 1
    const source = this.#text.slice(start, end + 1)
    if (source.includes('\\')) return new Written(unescaped(source), source)
    const value = source.slice(1, -1)
    return asGoEscapes.test(value) ? new Written(value, source) : value
  }

  #number(): number | Written {
    const source = /[-+0-9.eE]+/y
    source.lastIndex = this.at
    const text = source.exec(this.#text)?.[0] ?? ''
    if (!/^-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$/.test(text)) throw new Refused('a value is expected')
    this.at += text.length
    const value = Number(text)
    return String(value) === text ? value : new Written(value, text)
  }

  #takes(word: string): boolean {
    if (!this.#text.startsWith(word, this.at)) return false
    this.at += word.length
    return true
  }

  #blank(): void {
    while (/[ \t\r\n]/.test(this.#text[this.at] ?? '')) this.at += 1
  }
}

const words = [
  ['true', true],
  ['false', false],
  ['null', null],
] as const

/** What Go's encoder writes with an escape: a text that has it without one keeps its own form. */
const asGoEscapes = /[<>&\u2028\u2029\p{Cc}]/u

/** fastjson takes control characters as they are; JSON.parse wants them escaped. */
const unescaped = (source: string): string => {
  try {
    const value: unknown = JSON.parse(source.replaceAll(/\p{Cc}/gu, (control) => JSON.stringify(control).slice(1, -1)))
    return typeof value === 'string' ? value : ''
  } catch {
    throw new Refused('a text has an escape that JSON does not know')
  }
}
