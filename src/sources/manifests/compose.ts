import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE, type ScalarEvent } from 'js-yaml'
import type { JsonValue } from '../../model/json.ts'
import { offsetOf } from './yaml-events.ts'
import { resolveScalar, type ScalarValue } from './yaml-scalar.ts'

/** A YAML document as the JSON value that kubectl makes of it. */
export interface Composition {
  readonly value: JsonValue
  /** Where each object and list of `value` begins: the index of its event. */
  readonly starts: ReadonlyMap<object, number>
  readonly duplicates: readonly DuplicateKey[]
}

/** A key that stands more than once in one mapping. */
export interface DuplicateKey {
  readonly key: string
  /** Offset of the second one. */
  readonly offset: number
  /** How often it stands there. */
  readonly count: number
}

/** Why a document that parses is not a JSON value. */
export interface CompositionFault {
  readonly message: string
  readonly offset: number
}

/** Which value of a duplicate key to take: the last, as kubectl does, or the one with this index. */
export type Pick = 'last' | number

/**
 * Makes the values of the documents that `events` tell of. Like go.yaml.in/yaml v2, with which kubectl reads: aliases
 * share what they point to, a merge key overrides what stands before it in its mapping, keys become texts, and a document
 * in which aliases stand for far more than is written is refused. Aliases are shared, not copied, so memory is bounded.
 */
export const compose = (
  source: string,
  events: readonly Event[],
  pick: Pick,
): readonly Composition[] | CompositionFault => {
  try {
    return new Composer(source, events, pick).documents()
  } catch (error) {
    if (error instanceof Fault) return { message: error.message, offset: error.offset }
    throw error
  }
}

class Fault extends Error {
  readonly offset: number

  constructor(message: string, offset: number) {
    super(message)
    this.offset = offset
  }
}

interface Anchored {
  readonly value: JsonValue
  /** How many nodes it holds with all aliases in it written out. */
  readonly size: number
}

class Composer {
  readonly #source: string
  readonly #events: readonly Event[]
  readonly #pick: Pick
  #at = 0
  #starts = new Map<object, number>()
  #duplicates: DuplicateKey[] = []
  /** `building` stands for a node that has begun and not ended. */
  #anchors = new Map<string, Anchored | 'building'>()
  #tagPrefixes = new Map<string, string>()
  #nodes = 0
  #aliasNodes = 0

  constructor(source: string, events: readonly Event[], pick: Pick) {
    this.#source = source
    this.#events = events
    this.#pick = pick
  }

  documents(): readonly Composition[] {
    const all: Composition[] = []
    while (this.#at < this.#events.length) {
      const event = this.#next()
      if (event.type !== EVENT_ID.DOCUMENT) continue
      this.#starts = new Map()
      this.#duplicates = []
      this.#anchors = new Map()
      this.#tagPrefixes = new Map(
        event.directives.flatMap((one) => (one.kind === 'tag' ? [[one.handle, one.prefix] as const] : [])),
      )
      const value = this.#peek()?.type === EVENT_ID.POP ? null : this.#node()
      all.push({ value, starts: this.#starts, duplicates: this.#duplicates })
    }
    return all
  }

  #peek(): Event | undefined {
    return this.#events[this.#at]
  }

  #next(): Event {
    const event = this.#events[this.#at]
    if (event === undefined) throw new Fault('the document ends too early', this.#source.length)
    this.#at += 1
    return event
  }

  #node(): JsonValue {
    const index = this.#at
    const event = this.#next()
    this.#nodes += 1
    switch (event.type) {
      case EVENT_ID.SCALAR:
        return this.#anchored(event, () => this.#scalar(event))
      case EVENT_ID.ALIAS:
        return this.#alias(event)
      case EVENT_ID.SEQUENCE:
        return this.#anchored(event, () => this.#sequence(index))
      case EVENT_ID.MAPPING:
        return this.#anchored(event, () => this.#mapping(index))
      default:
        throw new Fault('a value is missing', this.#source.length)
    }
  }

  #anchored(event: { readonly anchorStart: number; readonly anchorEnd: number }, make: () => JsonValue): JsonValue {
    if (event.anchorStart < 0) return make()
    const name = this.#source.slice(event.anchorStart, event.anchorEnd)
    const before = this.#nodes
    this.#anchors.set(name, 'building')
    const value = make()
    this.#anchors.set(name, { value, size: this.#nodes - before + 1 })
    return value
  }

  #alias(event: { readonly anchorStart: number; readonly anchorEnd: number }): JsonValue {
    const name = this.#source.slice(event.anchorStart, event.anchorEnd)
    const anchored = this.#anchors.get(name)
    if (anchored === undefined) throw new Fault(`the alias *${name} points to no anchor`, event.anchorStart)
    if (anchored === 'building') throw new Fault(`the anchor &${name} contains itself`, event.anchorStart)
    this.#nodes += anchored.size
    this.#aliasNodes += anchored.size
    // Upstream: decode.go, allowedAliasRatio.
    if (this.#aliasNodes > 100 && this.#nodes > 1000 && this.#aliasNodes / this.#nodes > allowedRatio(this.#nodes)) {
      throw new Fault(
        'its aliases stand for far more than is written (an alias bomb); kubectl refuses it',
        event.anchorStart,
      )
    }
    return anchored.value
  }

  #scalar(event: ScalarEvent): ScalarValue {
    const text = event.fast ? this.#source.slice(event.valueStart, event.valueEnd) : this.#text(event)
    if (event.tagStart < 0) return event.style === SCALAR_STYLE.PLAIN ? this.#plain(text, event) : text
    const tag = this.#tag(event.tagStart, event.tagEnd)
    if (tag === '!') return text
    const value = resolveScalar(text, tag)
    if (value === undefined) throw new Fault(`the value does not fit its tag ${tag}`, event.valueStart)
    return checkNumber(value, event)
  }

  #text(event: ScalarEvent): string {
    const text = getScalarValue(this.#source, event)
    // A block at the very end of a file without a last newline has none either, for kubectl's parser.
    const isBlock = event.style === SCALAR_STYLE.LITERAL_BLOCK || event.style === SCALAR_STYLE.FOLDED_BLOCK
    const isCut = isBlock && event.valueEnd >= this.#source.length && !/[\r\n]$/.test(this.#source)
    return isCut && text.endsWith('\n') ? text.slice(0, -1) : text
  }

  #plain(text: string, event: ScalarEvent): ScalarValue {
    return checkNumber(resolveScalar(text, undefined) ?? null, event)
  }

  #tag(start: number, end: number): string {
    const written = this.#source.slice(start, end)
    if (written.startsWith('!<')) return written.slice(2, -1)
    const handle = /^!([\w-]*!)?/.exec(written)?.[0] ?? '!'
    const prefix = this.#tagPrefixes.get(handle) ?? (handle === '!!' ? 'tag:yaml.org,2002:' : handle)
    return prefix + written.slice(handle.length)
  }

  #sequence(index: number): JsonValue {
    const list: JsonValue[] = []
    this.#starts.set(list, index)
    while (this.#peek()?.type !== EVENT_ID.POP) list.push(this.#node())
    this.#at += 1
    return list
  }

  #mapping(index: number): JsonValue {
    const object: Record<string, JsonValue> = {}
    this.#starts.set(object, index)
    // Keys that came by a merge: to write them again is what merges are for.
    const merged = new Set<string>()
    const duplicates = new Map<string, DuplicateKey>()
    for (let event = this.#peek(); event !== undefined && event.type !== EVENT_ID.POP; event = this.#peek()) {
      if (isMergeKey(this.#source, event)) {
        this.#at += 1
        this.#nodes += 1
        this.#merge(object, merged, offsetOf(event))
        continue
      }
      const key = this.#key(event)
      const value = this.#node()
      if (Object.hasOwn(object, key) && !merged.delete(key)) {
        const before = duplicates.get(key)
        const count = (before?.count ?? 1) + 1
        duplicates.set(key, { key, offset: before?.offset ?? offsetOf(event), count })
        if (this.#pick !== 'last' && count - 1 > this.#pick) continue
      }
      put(object, key, value)
    }
    this.#at += 1
    for (const duplicate of duplicates.values()) this.#duplicates.push(duplicate)
    return object
  }

  #key(event: Event): string {
    const value = this.#node()
    if (typeof value === 'string') return value.charCodeAt(0) === 0xfeff ? value.slice(1) : value
    if (typeof value === 'number' || typeof value === 'boolean') return String(value)
    throw new Fault('a key is not a text', offsetOf(event))
  }

  #merge(object: Record<string, JsonValue>, keys: Set<string>, offset: number): void {
    const merged = this.#node()
    // Of a list the earlier ones win, so they come last.
    const sources: readonly JsonValue[] = Array.isArray(merged) ? [...merged].reverse() : [merged]
    for (const source of sources) {
      if (typeof source !== 'object' || source === null || Array.isArray(source)) {
        throw new Fault('a merge key (<<) needs a mapping', offset)
      }
      for (const [key, value] of Object.entries(source)) {
        if (value === undefined) continue
        put(object, key, value)
        keys.add(key)
      }
    }
  }
}

/** `__proto__` becomes a key like any other. */
const put = (object: Record<string, JsonValue>, key: string, value: JsonValue): void => {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true })
  } else object[key] = value
}

const checkNumber = (value: ScalarValue, event: ScalarEvent): ScalarValue => {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new Fault('JSON has no such number', event.valueStart)
  }
  return value
}

const allowedRatio = (nodes: number): number => {
  if (nodes <= 400_000) return 0.99
  if (nodes >= 4_000_000) return 0.1
  return 0.99 - 0.89 * ((nodes - 400_000) / 3_600_000)
}

const isMergeKey = (source: string, event: Event): boolean =>
  event.type === EVENT_ID.SCALAR &&
  event.style === SCALAR_STYLE.PLAIN &&
  event.valueEnd - event.valueStart === 2 &&
  source.startsWith('<<', event.valueStart)
