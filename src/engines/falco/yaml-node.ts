/**
 * YAML as Falco's loader (yaml-cpp) sees it: every scalar is the text that was written, the first of duplicate keys
 * counts, and there are no merge keys. Positions are kept; aliases are shared and may not be cyclic.
 */
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
} from 'yaml'
import type { Place } from './types.ts'

export type YamlNode = (
  | { readonly kind: 'null' }
  | { readonly kind: 'scalar'; readonly text: string }
  | { readonly kind: 'sequence'; readonly items: readonly YamlNode[] }
  | { readonly kind: 'mapping'; readonly entries: ReadonlyMap<string, YamlNode>; readonly keys: readonly YamlKey[] }
) & { readonly place: Place }

export interface YamlKey {
  readonly text: string
  readonly place: Place
}

export type YamlReading =
  | { readonly kind: 'documents'; readonly documents: readonly YamlNode[] }
  | { readonly kind: 'bad'; readonly what: string; readonly place: Place }

const deepest = 64

/** Reads all documents of a file. */
export const readYaml = (path: string, text: string): YamlReading => {
  const lines = new LineCounter()
  const placeOf = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { file: path, line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  try {
    const parsed = parseAllDocuments(text, {
      schema: 'failsafe',
      uniqueKeys: false,
      lineCounter: lines,
      logLevel: 'silent',
    })
    const documents: YamlNode[] = []
    for (const document of Array.isArray(parsed) ? parsed : []) {
      const [error] = document.errors
      if (error !== undefined) {
        return { kind: 'bad', what: error.message.split('\n')[0] ?? '', place: placeOf(error.pos[0]) }
      }
      documents.push(new Converter(placeOf).convert(rootOf(document), 0))
    }
    return { kind: 'documents', documents }
  } catch (error) {
    if (error instanceof TooDeep) return { kind: 'bad', what: error.message, place: error.place }
    // The parser itself runs out of stack on thousands of nested brackets.
    if (error instanceof RangeError) return { kind: 'bad', what: 'it is nested too deep', place: placeOf(0) }
    throw error
  }
}

const rootOf = (document: Document.Parsed): Node | null => document.contents

class TooDeep extends Error {
  readonly place: Place

  constructor(message: string, place: Place) {
    super(message)
    this.place = place
  }
}

class Converter {
  readonly #anchors = new Map<string, YamlNode | undefined>()
  readonly #placeOf: (offset: number) => Place

  constructor(placeOf: (offset: number) => Place) {
    this.#placeOf = placeOf
  }

  convert(node: unknown, depth: number): YamlNode {
    const start = isAlias(node) || isScalar(node) || isMap(node) || isSeq(node) ? (node.range?.[0] ?? 0) : 0
    const place = this.#placeOf(start)
    if (depth > deepest) throw new TooDeep('it is nested too deep', place)
    if (isAlias(node)) return this.#alias(node, place)
    const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined
    if (anchor !== undefined) this.#anchors.set(anchor, undefined)
    const converted = this.#plain(node, place, depth)
    if (anchor !== undefined) this.#anchors.set(anchor, converted)
    return converted
  }

  #alias(node: Alias, place: Place): YamlNode {
    const target = this.#anchors.get(node.source)
    if (target === undefined) throw new TooDeep(`the alias *${node.source} refers to nothing or to itself`, place)
    return target
  }

  #plain(node: unknown, place: Place, depth: number): YamlNode {
    if (isSeq(node)) {
      return { kind: 'sequence', items: node.items.map((item) => this.convert(item, depth + 1)), place }
    }
    if (isMap(node)) {
      const entries = new Map<string, YamlNode>()
      const keys: YamlKey[] = []
      for (const pair of node.items) {
        const key = this.convert(pair.key, depth + 1)
        const text = key.kind === 'scalar' ? key.text : ''
        const value = this.convert(pair.value, depth + 1)
        keys.push({ text, place: key.place })
        if (!entries.has(text)) entries.set(text, value)
      }
      return { kind: 'mapping', entries, keys, place }
    }
    if (!isScalar(node)) return { kind: 'null', place }
    const text = typeof node.value === 'string' ? node.value : (node.source ?? '')
    const isPlain = node.type === 'PLAIN' || node.type === undefined
    return isPlain && /^(?:|~|null|Null|NULL)$/.test(text) ? { kind: 'null', place } : { kind: 'scalar', text, place }
  }
}
