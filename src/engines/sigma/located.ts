import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseAllDocuments, Scalar } from 'yaml'

/** Where something stands in a file, counted from 1. */
export interface Position {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** A YAML value that knows its place. `plain` tells a scalar without quotes. Keys of maps are texts. */
export type Located =
  | {
      readonly kind: 'scalar'
      readonly at: Position
      readonly value: string | number | boolean | null
      readonly plain: boolean
      /** As it is written, where it is a scalar without quotes. */
      readonly source: string
    }
  | { readonly kind: 'list'; readonly at: Position; readonly items: readonly Located[] }
  | { readonly kind: 'map'; readonly at: Position; readonly entries: ReadonlyMap<string, Located> }

/** What is wrong with a file or a document, and where. */
export class Refused extends Error {
  readonly at: Position
  readonly what: string
  constructor(at: Position, what: string) {
    super(`${at.file}:${at.line}:${at.column}: ${what}`)
    this.name = 'Refused'
    this.at = at
    this.what = what
  }
}

/** Bounds of what is read of one file. A rule of the largest kind upstream has some 2,000 values. */
export const limits = { characters: 32 * 1024 * 1024, values: 2_000_000, documentValues: 100_000, depth: 32 } as const

/** One document of a file, or why it cannot be read. Undefined documents (only comments) are left out. */
export type LocatedDocument = Located | Refused

/**
 * Reads the documents of a file by YAML 1.2's core schema. Aliases are followed; what they come to is bounded like all
 * else, so a cycle or a bomb of them refuses the document and not the file.
 */
export const readDocuments = (text: string, file: string): readonly LocatedDocument[] => {
  const start: Position = { file, line: 1, column: 1 }
  if (text.length > limits.characters)
    return [new Refused(start, `the file has more than ${limits.characters} characters`)]
  if (isTooDeep(text)) return [new Refused(start, 'brackets are nested too deeply')]
  const lines = new LineCounter()
  const place = (offset: number | undefined): Position => {
    const { line, col } = lines.linePos(offset ?? 0)
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const read: LocatedDocument[] = []
  let total = 0
  try {
    // Repeated keys are looked for below: the parser's own check is quadratic.
    const options = { version: '1.2', uniqueKeys: false, prettyErrors: false, logLevel: 'silent' } as const
    const documents = parseAllDocuments(text, { ...options, lineCounter: lines })
    for (const document of 'empty' in documents ? [] : documents) {
      const [error] = document.errors
      if (error !== undefined) {
        read.push(new Refused(place(error.pos[0]), `is not YAML: ${error.message}`))
        continue
      }
      if (document.contents === null) continue
      let values = 0
      // The parser's own look-up goes through the whole document for each alias.
      const anchors = new Map<string, Node>()
      let aliases = 0
      const count = (at: Position, depth: number): void => {
        values += 1
        total += 1
        if (depth > limits.depth) throw new Refused(at, `is nested more than ${limits.depth} deep (or holds itself)`)
        if (values > limits.documentValues || total > limits.values)
          throw new Refused(at, 'has too many values (aliases count as what they stand for)')
      }
      const locate = (node: Node | null, depth: number, near: Position): Located => {
        const at = node?.range ? place(node.range[0]) : near
        count(at, depth)
        if (isAlias(node)) {
          const target = anchors.get(node.source)
          if (target === undefined) throw new Refused(at, `there is no anchor "${node.source}"`)
          aliases += 1
          const located = locate(target, depth + 1, at)
          aliases -= 1
          return located
        }
        // Inside of what an alias stands for, anchors were seen before.
        if (node?.anchor !== undefined && aliases === 0) anchors.set(node.anchor, node)
        if (isMap(node)) {
          const entries = new Map<string, Located>()
          for (const { key, value } of node.items) {
            const name = isScalar(key) ? keyText(key) : undefined
            const where = isScalar(key) && key.range ? place(key.range[0]) : at
            if (name === undefined) throw new Refused(where, 'a key has to be a text')
            if (entries.has(name)) throw new Refused(where, `the key "${name}" is there twice`)
            entries.set(name, locate(nodeOf(value), depth + 1, where))
          }
          return { kind: 'map', at, entries }
        }
        if (isSeq(node)) {
          return { kind: 'list', at, items: node.items.map((item) => locate(nodeOf(item), depth + 1, at)) }
        }
        return scalarOf(node, at)
      }
      try {
        read.push(locate(document.contents, 0, start))
      } catch (error) {
        if (!(error instanceof Refused)) throw error
        read.push(error)
      }
    }
  } catch (error) {
    // The parser itself gives up with a RangeError on nesting that it cannot follow.
    if (!(error instanceof RangeError || error instanceof Error)) throw error
    read.push(new Refused(start, `cannot be read: ${error.message}`))
  }
  return read
}

const nodeOf = (value: unknown): Node | null =>
  isAlias(value) || isMap(value) || isSeq(value) || isScalar(value) ? value : null

const scalarOf = (node: Node | null, at: Position): Located => {
  const value: unknown = isScalar(node) ? node.value : null
  const known = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null
  const plain = isScalar(node) && (node.type === Scalar.PLAIN || node.type === undefined)
  return { kind: 'scalar', at, value: known, plain, source: isScalar(node) ? (node.source ?? '') : '' }
}

const keyText = (key: Scalar): string | undefined => {
  if (typeof key.value === 'string') return key.value
  return key.value === null ? undefined : (key.source ?? String(key.value))
}

/** The parser recurses, and its time grows with the square of the depth of brackets: look before. */
const isTooDeep = (text: string): boolean => {
  let depth = 0
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i)
    if (code === 0x5b || code === 0x7b) depth += 1
    else if (code === 0x5d || code === 0x7d) depth = Math.max(0, depth - 1)
    else if (code === 0x0a && text.startsWith('---', i + 1)) depth = 0
    // Brackets in texts are no nesting, and mostly closed: a wide margin, for each document anew.
    if (depth > 1000) return true
  }
  return false
}
