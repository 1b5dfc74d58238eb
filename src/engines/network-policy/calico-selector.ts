import { allOf, anyOf, anything, not, nothing } from './match.ts'
import type { Match, Requirement } from './types.ts'

/** Nesting beyond which a selector is refused: none that a person wrote comes near. */
const maxDepth = 100

/**
 * Reads a selector of Calico: `role == 'db' && !has(old) || name in {'a', 'b'}`. A text says what is wrong.
 * Upstream: projectcalico/calico libcalico-go/lib/selector (parser and tokenizer).
 */
export const readCalicoSelector = (text: string, of: 'self' | 'namespace'): Match | string => {
  const tokens = tokenize(text)
  if (typeof tokens === 'string') return tokens
  if (tokens.length === 0) return anything
  const parser = new Parser(tokens, of)
  const match = parser.or(0)
  if (typeof match === 'string') return match
  return parser.atEnd() ? match : `has something after its end: ${parser.rest()}`
}

interface Token {
  readonly kind: 'word' | 'text' | 'sign'
  readonly text: string
}

const tokenPattern = /\s*(?:'([^']*)'|"([^"]*)"|(&&|\|\||==|!=|[!(){},])|([A-Za-z0-9_./-]+))/y

const tokenize = (text: string): readonly Token[] | string => {
  const tokens: Token[] = []
  const trimmed = text.trimEnd()
  tokenPattern.lastIndex = 0
  while (tokenPattern.lastIndex < trimmed.length) {
    const at = tokenPattern.lastIndex
    const match = tokenPattern.exec(trimmed)
    if (match === null) return `cannot be read from place ${at + 1} on`
    const [, single, double, sign, word] = match
    if (sign !== undefined) tokens.push({ kind: 'sign', text: sign })
    else if (word !== undefined) tokens.push({ kind: 'word', text: word })
    else tokens.push({ kind: 'text', text: single ?? double ?? '' })
  }
  return tokens
}

/** By recursive descent; what does not fit is a text. */
class Parser {
  readonly #tokens: readonly Token[]
  readonly #of: 'self' | 'namespace'
  #at = 0

  constructor(tokens: readonly Token[], of: 'self' | 'namespace') {
    this.#tokens = tokens
    this.#of = of
  }

  atEnd(): boolean {
    return this.#at === this.#tokens.length
  }

  rest(): string {
    return this.#tokens
      .slice(this.#at, this.#at + 3)
      .map(({ text }) => text)
      .join(' ')
  }

  or(depth: number): Match | string {
    return this.#list('||', anyOf, () => this.#and(depth))
  }

  #and(depth: number): Match | string {
    return this.#list('&&', allOf, () => this.#one(depth))
  }

  #list(sign: string, join: (...of: readonly Match[]) => Match, next: () => Match | string): Match | string {
    const parts: Match[] = []
    do {
      const part = next()
      if (typeof part === 'string') return part
      parts.push(part)
    } while (this.#take(sign))
    const [only] = parts
    return parts.length === 1 && only !== undefined ? only : join(...parts)
  }

  #one(depth: number): Match | string {
    if (depth > maxDepth) return `is nested deeper than ${maxDepth}`
    if (this.#take('!')) {
      const match = this.#one(depth + 1)
      return typeof match === 'string' ? match : not(match)
    }
    if (this.#take('(')) {
      const match = this.or(depth + 1)
      if (typeof match === 'string') return match
      return this.#take(')') ? match : 'lacks a closing bracket'
    }
    const word = this.#word()
    if (word === undefined) return `has no label where one is due: ${this.rest()}`
    if ((word === 'all' || word === 'global') && this.#take('(')) {
      if (!this.#take(')')) return `has something in ${word}()`
      return word === 'all' ? anything : nothing
    }
    if (word === 'has' && this.#take('(')) {
      const key = this.#word()
      if (key === undefined || !this.#take(')')) return 'has a has() without one label in it'
      return this.#leaf(key, 'Exists', [])
    }
    return this.#comparison(word)
  }

  #comparison(key: string): Match | string {
    if (this.#take('==')) return this.#compare(key, 'In')
    if (this.#take('!=')) return this.#compare(key, 'NotIn')
    if (this.#take('in')) return this.#compareSet(key, 'In')
    if (this.#take('not')) return this.#take('in') ? this.#compareSet(key, 'NotIn') : 'has a "not" without "in"'
    if (this.#take('contains')) return this.#compare(key, 'Contains')
    const starts = this.#take('starts')
    if (starts || this.#take('ends')) {
      return this.#take('with') ? this.#compare(key, starts ? 'StartsWith' : 'EndsWith') : 'lacks "with"'
    }
    return `does not say what label "${key}" is compared to`
  }

  #compare(key: string, operator: Requirement['operator']): Match | string {
    const value = this.#text()
    return value === undefined ? `lacks a quoted value for label "${key}"` : this.#leaf(key, operator, [value])
  }

  #compareSet(key: string, operator: Requirement['operator']): Match | string {
    const values: string[] = []
    if (!this.#take('{')) return `lacks a set in braces for label "${key}"`
    while (!this.#take('}')) {
      const value = this.#text()
      if (value === undefined) return `has a set for label "${key}" that is not closed`
      values.push(value)
      this.#take(',')
    }
    return this.#leaf(key, operator, values)
  }

  /** Calico's own labels are facts of the endpoint; `pcns.` are the labels of its namespace. */
  #leaf(key: string, operator: Requirement['operator'], values: readonly string[]): Match {
    if (this.#of === 'self' && (operator === 'In' || operator === 'NotIn')) {
      const fact: Match | undefined =
        key === 'projectcalico.org/namespace'
          ? { kind: 'namespace', names: values }
          : key === 'projectcalico.org/serviceaccount'
            ? { kind: 'serviceAccount', names: values }
            : undefined
      if (fact !== undefined) return operator === 'In' ? fact : not(fact)
    }
    if (this.#of === 'self' && key.startsWith('pcns.'))
      return { kind: 'label', of: 'namespace', requirement: { key: key.slice(5), operator, values } }
    if (this.#of === 'self' && key.startsWith('projectcalico.org/') && key !== 'projectcalico.org/name')
      return { kind: 'unknown', reason: `label ${key} is set by Calico` }
    return { kind: 'label', of: this.#of, requirement: { key, operator, values } }
  }

  #take(text: string): boolean {
    const token = this.#tokens[this.#at]
    const is = token !== undefined && token.kind !== 'text' && token.text === text
    if (is) this.#at += 1
    return is
  }

  #word(): string | undefined {
    return this.#next('word')
  }

  #text(): string | undefined {
    return this.#next('text')
  }

  #next(kind: Token['kind']): string | undefined {
    const token = this.#tokens[this.#at]
    if (token?.kind !== kind) return undefined
    this.#at += 1
    return token.text
  }
}
