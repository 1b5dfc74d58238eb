/**
 * The condition grammar, rule by rule as upstream's recursive descent
 * (falcosecurity/libs 48dfd53cd23f, userspace/libsinsp/filter/parser.cpp), quirks included.
 */
import { ConditionFault, type Expression, type Modifier, modifiers, type Operand, type Right } from './ast.ts'
import { unquote } from './unquote.ts'

/** Upstream's limit for rules. It counts grammar rules on the stack, some five for each parenthesis. */
const deepest = 1000

export const transformers = ['tolower', 'toupper', 'b64', 'basename', 'len', 'join', 'concat', 'getopt'] as const
export const listOperators = ['intersects', 'in', 'pmatch'] as const
const numberOperators = ['<=', '<', '>=', '>'] as const
export const textOperators = [
  '==',
  '=',
  '!=',
  'glob',
  'iglob',
  'contains',
  'icontains',
  'bcontains',
  'startswith',
  'bstartswith',
  'endswith',
  'regex',
] as const
/** Every operator, as exceptions may name them. */
export const operators: readonly string[] = ['exists', ...numberOperators, ...textOperators, ...listOperators]

/** Parses a whole condition, lists already put in. Throws a ConditionFault. */
export const parseCondition = (text: string): Expression => {
  if (text === '') throw new ConditionFault('the condition is empty', 0)
  const parser = new Parser(text)
  const expression = parser.or()
  if (parser.at < text.length) {
    throw new ConditionFault(`unexpected text after "${parser.last}", expecting "or" or "and"`, parser.at, {
      mend: 'Join checks with and/or; put values with blanks or punctuation in quotes',
    })
  }
  return expression
}

/** Parses a field or transformer at the start of `text`; what follows it is not looked at. Throws a ConditionFault. */
export const parseOperand = (text: string): { readonly operand: Operand; readonly length: number } => {
  const parser = new Parser(text)
  const operand = parser.fieldOrTransformer()
  return { operand, length: parser.at }
}

const patterns = {
  blank: /[ \t\b\r\n]+/y,
  not: /not[\t\n\v\f\r ]+/y,
  identifier: /[a-zA-Z]+[a-zA-Z0-9_]*/y,
  field: /[a-zA-Z]+[a-zA-Z0-9_]*(?:\.[a-zA-Z]+[a-zA-Z0-9_]*)+/y,
  argument: /[^\][\t\n\v\f\r "']+/y,
  hexNumber: /0[xX][0-9a-fA-F]+/y,
  number: /[+-]?[0-9]+[.]?[0-9]*(?:[eE][+-][0-9]+)?/y,
  bare: /[^()"'\t\n\v\f\r =,]+/y,
} as const

class Parser {
  at = 0
  /** The last token, for messages. */
  last = ''
  #depth = 0
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  or(): Expression {
    return this.#deeper(() => this.#chain('or', () => this.#and()))
  }

  fieldOrTransformer(): Operand {
    const field = this.#field()
    if (field !== undefined) return field
    const transformer = this.#transformer()
    if (transformer !== undefined) return transformer
    throw new ConditionFault('a field is expected', this.at)
  }

  #and(): Expression {
    return this.#deeper(() => this.#chain('and', () => this.#not()))
  }

  #chain(word: 'and' | 'or', next: () => Expression): Expression {
    this.#blank()
    const children = [next()]
    this.#blank()
    while (this.#takes(word)) {
      if (this.#blank()) children.push(next())
      else if (this.#takes('(')) children.push(this.#embedded())
      else throw new ConditionFault(`expected a blank or "(" after "${word}"`, this.at)
      this.#blank()
    }
    const [only] = children
    return children.length === 1 && only !== undefined ? only : { kind: word, children }
  }

  #not(): Expression {
    return this.#deeper(() => {
      this.#blank()
      let negated = false
      while (this.#matches(patterns.not)) negated = !negated
      let child: Expression
      if (this.#takes('not(')) {
        negated = !negated
        child = this.#embedded()
      } else {
        child = this.#check()
      }
      return negated ? { kind: 'not', child } : child
    })
  }

  #embedded(): Expression {
    return this.#deeper(() => {
      const child = this.or()
      this.#blank()
      if (!this.#takes(')')) throw new ConditionFault('expected a ")"', this.at)
      return child
    })
  }

  #check(): Expression {
    return this.#deeper(() => {
      this.#blank()
      const at = this.at
      if (this.#takes('(')) return this.#embedded()
      const left = this.#field() ?? this.#transformer()
      if (left !== undefined) return this.#comparison(left, at)
      if (this.#matches(patterns.identifier)) return { kind: 'macro', name: this.last, at }
      throw new ConditionFault('expected "(", a field or the name of a macro', this.at)
    })
  }

  #comparison(left: Operand, at: number): Expression {
    this.#blank()
    if (this.#takes('exists')) return { kind: 'exists', left, at }
    for (const operator of numberOperators) {
      if (this.#takes(operator))
        return { kind: 'compare', left, operator, modifier: undefined, right: this.#number(), at }
    }
    for (const operator of textOperators) {
      if (!this.#takesOperator(operator)) continue
      const modifier = this.#modifier(operator)
      const right = modifier === undefined ? this.#string() : this.#list(false)
      return { kind: 'compare', left, operator, modifier, right, at }
    }
    for (const operator of listOperators) {
      if (this.#takes(operator))
        return { kind: 'compare', left, operator, modifier: undefined, right: this.#list(true), at }
    }
    throw new ConditionFault(`expected an operator: one of ${operators.join(', ')}`, this.at)
  }

  /** An operator of letters wants a blank behind it. */
  #takesOperator(operator: string): boolean {
    const start = this.at
    if (!this.#takes(operator)) return false
    if (!/^[a-z]/.test(operator) || this.#blank()) return true
    this.at = start
    return false
  }

  /** `oneof`, `anyof` and `allof` are read as such only where a list or a name follows that is no and, or, not. */
  #modifier(operator: string): Modifier | undefined {
    const start = this.at
    const hadBlank = /^[a-z]/.test(operator) || this.#blank()
    if (hadBlank) {
      for (const modifier of modifiers) {
        if (!this.#takes(modifier) || !this.#blank()) {
          this.at = start
          this.#blank()
          continue
        }
        const rest = this.#text.slice(this.at, this.at + 4)
        if (/^[(a-zA-Z]/.test(rest) && !/^(?:and|or|not)(?![a-zA-Z0-9])/.test(rest)) return modifier
        break
      }
    }
    this.at = start
    return undefined
  }

  #number(): Right {
    this.#blank()
    const operand = this.#rightOperand()
    if (operand !== undefined) return operand
    if (this.#matches(patterns.hexNumber) || this.#matches(patterns.number))
      return { kind: 'values', values: [this.last] }
    throw new ConditionFault('expected a number after the operator', this.at, {
      mend: 'Compare texts with = or in',
    })
  }

  #string(): Right {
    this.#blank()
    return this.#rightOperand() ?? { kind: 'values', values: [this.#value()] }
  }

  #value(): string {
    this.#blank()
    const quoted = this.#quoted()
    if (quoted !== undefined) return quoted
    if (this.#matches(patterns.bare)) return this.last
    throw new ConditionFault('expected a value', this.at, { mend: 'Does a quote lack its end?' })
  }

  #list(transformersToo: boolean): Right {
    this.#blank()
    if (this.#takes('(')) return { kind: 'values', values: this.#values() }
    const operand = transformersToo ? this.#rightOperand() : undefined
    if (operand !== undefined) return operand
    if (this.#matches(patterns.identifier)) return { kind: 'values', values: [this.last] }
    throw new ConditionFault('expected a list in parentheses', this.at)
  }

  #values(): readonly string[] {
    this.#blank()
    if (this.#takes(')')) return []
    const first = this.#firstValue()
    if (first === undefined) return []
    const values = [first]
    this.#blank()
    while (this.#takes(',')) {
      values.push(this.#value())
      this.#blank()
    }
    if (!this.#takes(')')) throw new ConditionFault('expected "," or ")" in a list', this.at)
    return values
  }

  /** Upstream takes a list for empty (undefined) whose only value has an escape that it does not know: `in ("\\d")`. */
  #firstValue(): string | undefined {
    try {
      return this.#value()
    } catch (error) {
      if (error instanceof ConditionFault && this.#takes(')')) return undefined
      throw error
    }
  }

  #rightOperand(): Right | undefined {
    if (this.#takes('val(')) {
      this.#blank()
      const operand = this.#field()
      if (operand === undefined) throw new ConditionFault('expected a field within val()', this.at)
      this.#blank()
      if (!this.#takes(')')) throw new ConditionFault('expected a ")" that closes val()', this.at)
      if (this.#argument() !== undefined) throw new ConditionFault('val() takes no argument in brackets', this.at)
      return { kind: 'operand', operand }
    }
    const operand = this.#transformer()
    return operand === undefined ? undefined : { kind: 'operand', operand }
  }

  #field(): Operand | undefined {
    if (!this.#matches(patterns.field)) return undefined
    const name = this.last
    return { kind: 'field', name, argument: this.#argument() }
  }

  #argument(): string | undefined {
    if (!this.#takes('[')) return undefined
    let argument = this.#quoted()
    if (argument === undefined) {
      if (!this.#matches(patterns.argument)) {
        throw new ConditionFault('expected an argument: a quoted or a bare text', this.at)
      }
      argument = this.last
    }
    if (!this.#takes(']')) throw new ConditionFault('expected a "]"', this.at)
    return argument
  }

  #transformer(): Operand | undefined {
    const name = transformers.find((one) => this.#takes(`${one}(`))
    if (name === undefined) return undefined
    return this.#deeper((): Operand => {
      const operands: Operand[] = []
      do {
        operands.push(this.#transformerOperand(true))
        this.#blank()
      } while (this.#takes(','))
      if (!this.#takes(')')) throw new ConditionFault(`expected a ")" that closes ${name}()`, this.at)
      return { kind: 'transformer', name, operands, argument: this.#argument() }
    })
  }

  #transformerOperand(tuples: boolean): Operand {
    this.#blank()
    if (this.#matches(patterns.hexNumber) || this.#matches(patterns.number)) return { kind: 'literal', text: this.last }
    const quoted = this.#quoted()
    if (quoted !== undefined) return { kind: 'literal', text: quoted }
    if (tuples && this.#takes('(')) return this.#tuple()
    const operand = this.#transformer() ?? this.#field()
    if (operand !== undefined) return operand
    throw new ConditionFault('expected a field, a transformer, a quoted text, a number or a list', this.at)
  }

  #tuple(): Operand {
    const operands: Operand[] = []
    this.#blank()
    if (this.#takes(')')) return { kind: 'tuple', operands }
    do {
      operands.push(this.#transformerOperand(false))
      this.#blank()
    } while (this.#takes(','))
    if (!this.#takes(')')) throw new ConditionFault('expected a ")"', this.at)
    return { kind: 'tuple', operands }
  }

  /** The end is the first such quote that no backslash stands before, even a backslash that is itself escaped. */
  #quoted(): string | undefined {
    const quote = this.#text[this.at]
    if (quote !== '"' && quote !== "'") return undefined
    let end = this.#text.indexOf(quote, this.at + 1)
    while (end > 0 && this.#text[end - 1] === '\\') end = this.#text.indexOf(quote, end + 1)
    if (end < 0) return undefined
    const at = this.at
    this.at = end + 1
    this.last = unquote(this.#text.slice(at, end + 1), at)
    return this.last
  }

  #blank(): boolean {
    patterns.blank.lastIndex = this.at
    if (!patterns.blank.test(this.#text)) return false
    this.at = patterns.blank.lastIndex
    return true
  }

  #takes(word: string): boolean {
    if (!this.#text.startsWith(word, this.at)) return false
    this.at += word.length
    this.last = word
    return true
  }

  #matches(pattern: RegExp): boolean {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.#text)
    if (found === null) return false
    this.last = found[0]
    this.at = pattern.lastIndex
    return true
  }

  #deeper<T>(parse: () => T): T {
    this.#depth += 1
    if (this.#depth >= deepest) throw new ConditionFault('the condition is nested too deep', this.at)
    const parsed = parse()
    this.#depth -= 1
    return parsed
  }
}
