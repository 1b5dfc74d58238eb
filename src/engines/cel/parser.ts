/**
 * Parses a CEL expression into a tree with its macros expanded, after the grammar of cel-go v0.29.2 (`parser/gen/CEL.g4`,
 * `parser/parser.go`). Bounded: 100,000 code points, 250 levels of nesting, and time linear in the length.
 */
import { type Expr, type ListElement, type MapEntry, operators, type StructField } from './ast.ts'
import { type Issue, issueAt } from './issue.ts'
import { grammarWords, type Token, tokenize } from './lexer.ts'
import type { MacroTable } from './macros.ts'
import { NodeFactory, SyntaxFault } from './node-factory.ts'
import { unescapeBytes, unescapeString } from './unescape.ts'
import { CelUint, type CelValue, codePoints } from './values.ts'

const maxCodePoints = 100_000
const maxDepth = 250

const reserved: ReadonlySet<string> = new Set(
  'as break const continue else for function if import let loop package namespace return var void while'.split(' '),
)

const relations: Readonly<Record<string, string>> = {
  '<': operators.less,
  '<=': operators.lessEquals,
  '>=': operators.greaterEquals,
  '>': operators.greater,
  '==': operators.equals,
  '!=': operators.notEquals,
  in: operators.in,
}
const sums: Readonly<Record<string, string>> = { '+': operators.add, '-': operators.subtract }
const products: Readonly<Record<string, string>> = {
  '*': operators.multiply,
  '/': operators.divide,
  '%': operators.modulo,
}

export type Parsed =
  | { readonly kind: 'parsed'; readonly expr: Expr; readonly nextId: number }
  | { readonly kind: 'refused'; readonly issues: readonly Issue[] }

/** Parses `source`, expanding the macros of `macros`. */
export function parse(source: string, macros: MacroTable): Parsed {
  const size = codePoints(source)
  if (size > maxCodePoints) {
    const message = `expression code point size exceeds limit: size: ${size}, limit ${maxCodePoints}`
    return { kind: 'refused', issues: [issueAt(source, -1, message)] }
  }
  const { tokens, fault } = tokenize(source)
  if (fault !== undefined) return { kind: 'refused', issues: [issueAt(source, fault.at, fault.message)] }
  const parser = new Parser(tokens, macros)
  try {
    const expr = parser.start()
    if (parser.issues.length === 0) return { kind: 'parsed', expr, nextId: parser.factory.nextId }
    return { kind: 'refused', issues: parser.issues.map((issue) => issueAt(source, issue.at, issue.message)) }
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error
    const issues = parser.issues.map((issue) => issueAt(source, issue.at, issue.message))
    const last = issueAt(source, error.at, error.message)
    return { kind: 'refused', issues: [...issues, error.at < 0 ? { ...last, at: error.near } : last] }
  }
}

/** A node with its depth, counted as cel-go counts recursion: chains of operators and selections count as nesting. */
interface Deep {
  readonly expr: Expr
  readonly depth: number
}

class Parser {
  readonly issues: { readonly at: number; readonly message: string }[] = []
  readonly factory = new NodeFactory()
  readonly #tokens: readonly Token[]
  readonly #macros: MacroTable
  #position = 0
  #nesting = 0

  constructor(tokens: readonly Token[], macros: MacroTable) {
    this.#tokens = tokens
    this.#macros = macros
  }

  start(): Expr {
    const { expr } = this.#expr()
    if (this.#peek().kind !== 'end') this.#unexpected()
    return expr
  }

  #expr(): Deep {
    this.#nesting++
    if (this.#nesting > maxDepth) {
      throw new SyntaxFault(-1, `expression recursion limit exceeded: ${maxDepth}`, this.#peek().at)
    }
    const condition = this.#logic('||')
    const question = this.#peek()
    if (!this.#take('?')) {
      this.#nesting--
      return condition
    }
    const yes = this.#logic('||')
    this.#expect(':')
    const no = this.#expr()
    this.#nesting--
    const expr = this.#call(question.at, operators.conditional, undefined, [condition.expr, yes.expr, no.expr])
    return this.#deeper(expr, condition, yes, no)
  }

  #logic(operator: '||' | '&&'): Deep {
    const next = (): Deep => (operator === '||' ? this.#logic('&&') : this.#relation())
    const first = next()
    let depth = first.depth
    const terms = [first.expr]
    const at = this.#peek().at
    while (this.#take(operator)) {
      const term = next()
      depth = Math.max(depth, term.depth)
      terms.push(term.expr)
    }
    if (terms.length === 1) return first
    const fn = operator === '||' ? operators.or : operators.and
    return { expr: this.#call(at, fn, undefined, terms), depth }
  }

  #relation(): Deep {
    return this.#leftAssociative(relations, () => this.#sum())
  }

  #sum(): Deep {
    return this.#leftAssociative(sums, () => this.#product())
  }

  #product(): Deep {
    return this.#leftAssociative(products, () => this.#unary())
  }

  #leftAssociative(table: Readonly<Record<string, string>>, operand: () => Deep): Deep {
    let left = operand()
    for (;;) {
      const token = this.#peek()
      const fn = this.#isOperator(token) && Object.hasOwn(table, token.text) ? table[token.text] : undefined
      if (fn === undefined) return left
      this.#position++
      const right = operand()
      left = this.#deeper(this.#call(token.at, fn, undefined, [left.expr, right.expr]), left, right)
    }
  }

  #unary(): Deep {
    const token = this.#peek()
    if (token.text === '!' && token.kind === 'operator') {
      return this.#prefixed('!', operators.not)
    }
    const next = this.#tokens[this.#position + 1]
    const signed = next?.kind === 'int' || next?.kind === 'double'
    if (token.text === '-' && token.kind === 'operator' && !signed) {
      return this.#prefixed('-', operators.negate)
    }
    return this.#member()
  }

  /** An even number of `!` or `-` cancels out; only a single minus before a number belongs to the number. */
  #prefixed(operator: '!' | '-', fn: string): Deep {
    const at = this.#peek().at
    let count = 0
    while (this.#peek().text === operator && this.#peek().kind === 'operator') {
      this.#position++
      count++
    }
    const target = this.#member()
    if (count % 2 === 0) return target
    return { expr: this.#call(at, fn, undefined, [target.expr]), depth: target.depth }
  }

  #member(): Deep {
    let left = this.#primary()
    for (;;) {
      const token = this.#peek()
      if (this.#take('.')) left = this.#selection(left, token.at)
      else if (this.#take('[')) left = this.#indexing(left, token.at)
      else return left
    }
  }

  #selection(operand: Deep, at: number): Deep {
    const optional = this.#take('?')
    const name = this.#fieldName()
    const open = this.#peek()
    if (!optional && !name.quoted && this.#take('(')) {
      const args = this.#arguments()
      const expr = this.#call(
        open.at,
        name.text,
        operand.expr,
        args.map((arg) => arg.expr),
      )
      return this.#deeper(expr, operand, ...args)
    }
    if (optional) {
      const field = this.factory.literal(name.at, name.text)
      return this.#deeper(this.factory.call(at, operators.optSelect, undefined, [operand.expr, field]), operand)
    }
    return this.#deeper(this.factory.select(at, operand.expr, name.text, false), operand)
  }

  #fieldName(): { readonly text: string; readonly at: number; readonly quoted: boolean } {
    const token = this.#peek()
    if (token.kind === 'quoted-identifier') {
      this.#position++
      return { text: token.text.slice(1, -1), at: token.at, quoted: true }
    }
    if (token.kind !== 'identifier' || grammarWords.has(token.text)) this.#unexpected('IDENTIFIER')
    this.#position++
    return { text: token.text, at: token.at, quoted: false }
  }

  #indexing(operand: Deep, at: number): Deep {
    const optional = this.#take('?')
    const index = this.#expr()
    this.#expect(']')
    const fn = optional ? operators.optIndex : operators.index
    return this.#deeper(this.#call(at, fn, undefined, [operand.expr, index.expr]), operand, index)
  }

  #primary(): Deep {
    const token = this.#peek()
    if (token.kind === 'operator') {
      if (this.#take('(')) {
        const nested = this.#expr()
        this.#expect(')')
        return nested
      }
      if (this.#take('[')) return this.#list(token.at)
      if (this.#take('{')) return this.#map(token.at)
      if (token.text === '.') return this.#name()
      if (token.text === '-') return { expr: this.#number(), depth: 0 }
      return this.#unexpected()
    }
    if (token.kind === 'identifier') {
      if (token.text === 'true' || token.text === 'false' || token.text === 'null') {
        this.#position++
        return { expr: this.factory.literal(token.at, token.text === 'null' ? null : token.text === 'true'), depth: 0 }
      }
      return this.#name()
    }
    if (token.kind === 'string' || token.kind === 'bytes') return { expr: this.#text(token), depth: 0 }
    if (token.kind === 'end' || token.kind === 'quoted-identifier') return this.#unexpected()
    return { expr: this.#number(), depth: 0 }
  }

  #name(): Deep {
    const dot = this.#take('.')
    const token = this.#peek()
    if (token.kind !== 'identifier' || grammarWords.has(token.text)) return this.#unexpected('IDENTIFIER')
    const message = this.#messageName()
    if (message !== undefined) return this.#struct(dot ? `.${message}` : message)
    this.#position++
    const start = dot ? token.at - 1 : token.at
    const name = dot ? `.${token.text}` : token.text
    if (reserved.has(token.text)) this.issues.push({ at: start, message: `reserved identifier: ${token.text}` })
    const open = this.#peek()
    if (!this.#take('(')) return { expr: this.factory.ident(token.at, name), depth: 0 }
    const args = this.#arguments()
    const expr = this.#call(
      open.at,
      name,
      undefined,
      args.map((arg) => arg.expr),
    )
    return { expr, depth: Math.max(0, ...args.map((arg) => arg.depth)) }
  }

  /** `a.b.C{` ahead: the dotted name, with the position moved to the brace; undefined, and nothing moved, otherwise. */
  #messageName(): string | undefined {
    let position = this.#position
    const names: string[] = []
    for (;;) {
      const token = this.#tokens[position]
      if (token?.kind !== 'identifier' || grammarWords.has(token.text)) return undefined
      names.push(token.text)
      const next = this.#tokens[position + 1]
      if (next?.kind !== 'operator') return undefined
      if (next.text === '{') {
        this.#position = position + 1
        return names.join('.')
      }
      if (next.text !== '.') return undefined
      position += 2
    }
  }

  #struct(typeName: string): Deep {
    const open = this.#peek()
    this.#expect('{')
    const fields: StructField[] = []
    let depth = 0
    while (this.#peek().text !== '}') {
      const optional = this.#take('?')
      const name = this.#fieldName()
      const colon = this.#peek()
      this.#expect(':')
      const id = this.factory.newId()
      const value = this.#expr()
      depth = Math.max(depth, value.depth)
      fields.push({ id, at: colon.at, name: name.text, value: value.expr, optional })
      if (!this.#take(',')) break
    }
    this.#expect('}')
    return { expr: { kind: 'struct', id: this.factory.newId(), at: open.at, typeName, fields }, depth }
  }

  #list(at: number): Deep {
    const elements: ListElement[] = []
    let depth = 0
    if (this.#peek().text === ',') this.#position++
    else {
      while (this.#peek().text !== ']') {
        const optional = this.#take('?')
        const value = this.#expr()
        depth = Math.max(depth, value.depth)
        elements.push({ value: value.expr, optional })
        if (!this.#take(',')) break
      }
    }
    this.#expect(']')
    return { expr: { kind: 'list', id: this.factory.newId(), at, elements }, depth }
  }

  #map(at: number): Deep {
    const entries: MapEntry[] = []
    let depth = 0
    if (this.#peek().text === ',') this.#position++
    else {
      while (this.#peek().text !== '}') {
        const optional = this.#take('?')
        const key = this.#expr()
        const colon = this.#peek()
        this.#expect(':')
        const value = this.#expr()
        depth = Math.max(depth, key.depth, value.depth)
        entries.push({ id: this.factory.newId(), at: colon.at, key: key.expr, value: value.expr, optional })
        if (!this.#take(',')) break
      }
    }
    this.#expect('}')
    return { expr: { kind: 'map', id: this.factory.newId(), at, entries }, depth }
  }

  #arguments(): readonly Deep[] {
    const args: Deep[] = []
    if (this.#take(')')) return args
    do args.push(this.#expr())
    while (this.#take(','))
    this.#expect(')')
    return args
  }

  #number(): Expr {
    const start = this.#peek()
    const negative = this.#take('-')
    const token = this.#peek()
    if (token.kind !== 'int' && token.kind !== 'double' && (token.kind !== 'uint' || negative)) this.#unexpected()
    this.#position++
    const value = numberValue(token, negative)
    if (value !== undefined) return this.factory.literal(start.at, value)
    this.issues.push({ at: start.at, message: `invalid ${token.kind} literal` })
    return this.factory.literal(start.at, 0n)
  }

  #text(token: Token): Expr {
    this.#position++
    const result = token.kind === 'bytes' ? unescapeBytes(token.text.slice(1)) : unescapeString(token.text)
    if ('value' in result) return this.factory.literal(token.at, result.value)
    this.issues.push({ at: token.at, message: result.error })
    return this.factory.literal(token.at, '')
  }

  #call(at: number, fn: string, target: Expr | undefined, args: readonly Expr[]): Expr {
    const macro = this.#macros.find(fn, args.length, target !== undefined)
    if (macro === undefined) return this.factory.call(at, fn, target, args)
    const expanded = macro(this.factory.at(at), target, args)
    if (expanded === undefined) return this.factory.call(at, fn, target, args)
    if ('message' in expanded) {
      this.issues.push(expanded)
      return this.factory.literal(at, null)
    }
    return { ...expanded, macro: { fn, target, args } }
  }

  #deeper(expr: Expr, ...below: readonly Deep[]): Deep {
    let depth = 0
    for (const node of below) depth = Math.max(depth, node.depth)
    if (depth + 1 > maxDepth) throw new SyntaxFault(-1, 'max recursion depth exceeded', this.#peek().at)
    return { expr, depth: depth + 1 }
  }

  #peek(): Token {
    return this.#tokens[this.#position] ?? endOfInput
  }

  #isOperator(token: Token): boolean {
    return token.kind === 'operator' || (token.kind === 'identifier' && token.text === 'in')
  }

  #take(text: string): boolean {
    const token = this.#peek()
    if (token.kind !== 'operator' || token.text !== text) return false
    this.#position++
    return true
  }

  #expect(text: string): void {
    if (!this.#take(text)) this.#unexpected(`'${text}'`)
  }

  #unexpected(wanted?: string): never {
    const { text, at } = this.#peek()
    const expected = wanted === undefined ? '' : ` expecting ${wanted}`
    throw new SyntaxFault(at, `Syntax error: mismatched input '${text}'${expected}`)
  }
}

const endOfInput: Token = { kind: 'end', text: '<EOF>', at: 0 }

/** The value of a number token, or undefined where it does not fit its type. */
function numberValue(token: Token, negative: boolean): CelValue | undefined {
  if (token.kind === 'double') {
    const value = Number(token.text)
    return Number.isFinite(value) ? (negative ? -value : value) : undefined
  }
  const digits = BigInt(token.kind === 'uint' ? token.text.slice(0, -1) : token.text)
  if (token.kind === 'uint') return digits < 1n << 64n ? new CelUint(digits) : undefined
  const value = negative ? -digits : digits
  return BigInt.asIntN(64, value) === value ? value : undefined
}
