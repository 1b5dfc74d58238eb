/**
 * All conditions as one graph: equal parts are one node, evaluated at most once for an event, and so are equal fields.
 */
import { type Expression, type Operand, operandText } from './ast.ts'
import { compareTest, existsTest, type Test } from './check.ts'
import { extractionOf } from './extraction.ts'
import type { Extraction, Frame } from './fields.ts'

/** Numbers the events, so that what was found for one is not taken for the next. */
export interface Turn {
  number: number
}

/** A part of a condition. `needs` says what an event has to have for it to be true. */
export interface ProgramNode {
  readonly id: number
  readonly test: Test
  readonly needs: Needs
}

/** For each indexed field the values of which it has to have one; a field that is left out may have any. */
export type Needs = Partial<Readonly<Record<IndexedField, ReadonlySet<string>>>>

export const indexedFields = ['stage', 'verb', 'resource'] as const
export type IndexedField = (typeof indexedFields)[number]

const indexedNames: ReadonlyMap<string, IndexedField> = new Map([
  ['ka.stage', 'stage'],
  ['jevt.value[/stage]', 'stage'],
  ['json.value[/stage]', 'stage'],
  ['ka.verb', 'verb'],
  ['jevt.value[/verb]', 'verb'],
  ['json.value[/verb]', 'verb'],
  ['ka.target.resource', 'resource'],
  ['jevt.value[/objectRef/resource]', 'resource'],
  ['json.value[/objectRef/resource]', 'resource'],
])

/** Builds nodes for expressions and extractions for operands; both remember what they gave during a turn. */
export class Program {
  readonly #turn: Turn
  readonly #nodes = new Map<Expression, ProgramNode>()
  readonly #byKey = new Map<string, ProgramNode>()
  readonly #extractions = new Map<string, Extraction>()

  constructor(turn: Turn) {
    this.#turn = turn
  }

  /** The node of a checked condition without macros. */
  node(expression: Expression): ProgramNode {
    const known = this.#nodes.get(expression)
    if (known !== undefined) return known
    const made = this.#interned(expression)
    this.#nodes.set(expression, made)
    return made
  }

  extract = (operand: Operand): Extraction => {
    const key = operandText(operand)
    const known = this.#extractions.get(key)
    if (known !== undefined) return known
    const made = operand.kind === 'literal' ? extractionOf(operand, 0) : this.#remembered(extractionOf(operand, 0))
    this.#extractions.set(key, made)
    return made
  }

  #interned(expression: Expression): ProgramNode {
    switch (expression.kind) {
      case 'and':
      case 'or': {
        const children = distinct(expression.children.map((child) => this.node(child)))
        const [only] = children
        if (children.length === 1 && only !== undefined) return only
        const key = `${expression.kind} ${children.map(({ id }) => id).join(' ')}`
        const tests = children.map(({ test }) => test)
        const needs = children.map((child) => child.needs)
        return expression.kind === 'and'
          ? this.#make(
              key,
              () => this.#once(everyTest(tests)),
              () => bothNeeds(needs),
            )
          : this.#make(
              key,
              () => this.#once(someTest(tests)),
              () => eitherNeeds(needs),
            )
      }
      case 'not': {
        const { id, test } = this.node(expression.child)
        return this.#make(
          `not ${id}`,
          () => (frame) => !test(frame),
          () => ({}),
        )
      }
      case 'exists': {
        const left = this.extract(expression.left)
        return this.#make(
          `exists ${operandText(expression.left)}`,
          () => existsTest(left),
          () => ({}),
        )
      }
      case 'compare': {
        const { left, operator, modifier, right } = expression
        const key = JSON.stringify([operandText(left), operator, modifier, right])
        const against =
          right.kind === 'values' ? right : { kind: 'extraction' as const, extraction: this.extract(right.operand) }
        const isCheap = right.kind === 'values' && right.values.length <= 1 && cheap.has(operator)
        const build = (): Test => {
          const test = compareTest({ left: this.extract(left), operator, modifier, against })
          return isCheap ? test : this.#once(test)
        }
        return this.#make(key, build, () => needsOf(expression))
      }
      case 'macro':
        throw new TypeError(`macro ${expression.name} was not put in`)
    }
  }

  #make(key: string, test: () => Test, needs: () => Needs): ProgramNode {
    const known = this.#byKey.get(key)
    if (known !== undefined) return known
    const node: ProgramNode = { id: this.#byKey.size, test: test(), needs: needs() }
    this.#byKey.set(key, node)
    return node
  }

  #once(test: Test): Test {
    const turn = this.#turn
    let at = -1
    let result = false
    return (frame) => {
      if (at !== turn.number) {
        result = test(frame)
        at = turn.number
      }
      return result
    }
  }

  #remembered(extraction: Extraction): Extraction {
    switch (extraction.shape) {
      case 'text':
        return { shape: 'text', read: this.#readOnce(extraction.read) }
      case 'list':
        return { shape: 'list', read: this.#readOnce(extraction.read) }
      case 'number':
        return { ...extraction, read: this.#readOnce(extraction.read) }
    }
  }

  #readOnce<T>(read: (frame: Frame) => T): (frame: Frame) => T | undefined {
    const turn = this.#turn
    let at = -1
    let value: T | undefined
    return (frame) => {
      if (at !== turn.number) {
        value = read(frame)
        at = turn.number
      }
      return value
    }
  }
}

/** Operators that cost no more than to remember what they gave. */
const cheap = new Set(['=', '==', '!=', 'in', 'startswith'])

const distinct = (nodes: readonly ProgramNode[]): readonly ProgramNode[] => [...new Set(nodes)]

const everyTest = (tests: readonly Test[]): Test => {
  const [a, b] = tests
  if (tests.length === 2 && a !== undefined && b !== undefined) return (frame) => a(frame) && b(frame)
  return (frame) => {
    for (const test of tests) if (!test(frame)) return false
    return true
  }
}

const someTest = (tests: readonly Test[]): Test => {
  const [a, b] = tests
  if (tests.length === 2 && a !== undefined && b !== undefined) return (frame) => a(frame) || b(frame)
  return (frame) => {
    for (const test of tests) if (test(frame)) return true
    return false
  }
}

const needsOf = ({ left, operator, modifier, right }: Extract<Expression, { kind: 'compare' }>): Needs => {
  const field = left.kind === 'field' ? indexedNames.get(operandText(left)) : undefined
  if (field === undefined || right.kind !== 'values') return {}
  const isOneOf = operator === 'in' || operator === 'intersects'
  const isEqual = (operator === '=' || operator === '==') && modifier === undefined
  return isOneOf || isEqual ? { [field]: new Set(right.values) } : {}
}

/** All hold: of each field only what all allow. */
const bothNeeds = (all: readonly Needs[]): Needs => {
  const needs: Partial<Record<IndexedField, ReadonlySet<string>>> = {}
  for (const field of indexedFields) {
    for (const one of all) {
      const allowed = one[field]
      if (allowed !== undefined) {
        const before = needs[field]
        needs[field] = before === undefined ? allowed : new Set([...before].filter((value) => allowed.has(value)))
      }
    }
  }
  return needs
}

/** Some holds: a field is needed only where every one needs it. */
const eitherNeeds = (all: readonly Needs[]): Needs => {
  const needs: Partial<Record<IndexedField, ReadonlySet<string>>> = {}
  for (const field of indexedFields) {
    let allowed: ReadonlySet<string> | undefined = new Set()
    for (const one of all) {
      const more = one[field]
      allowed = more === undefined || allowed === undefined ? undefined : new Set([...allowed, ...more])
      if (allowed === undefined) break
    }
    if (allowed !== undefined) needs[field] = allowed
  }
  return needs
}
