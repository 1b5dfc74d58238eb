import {
  type Comparison,
  comparisons,
  type Expression,
  fieldNames,
  findField,
  type Pattern,
  type Query,
} from './query.ts'

/** Positions are counted in UTF-16 units of the text, `from` in and `to` out. */
export interface QueryError {
  readonly message: string
  readonly from: number
  readonly to: number
  /** What to write instead, empty where nobody can say. */
  readonly mend: string
}

export type ParsedQuery =
  | { readonly ok: true; readonly query: Query }
  | { readonly ok: false; readonly error: QueryError }

/** Caps that keep a hostile text cheap, here and in the store. */
export const maxQueryLength = 4096
export const maxQueryDepth = 32
export const maxQueryValues = 256

/** Reads a query text. Never throws; a text that cannot be read gives the first error with its position. */
export const parseQuery = (text: string): ParsedQuery => {
  if (text.length > maxQueryLength) {
    const message = `the query is longer than ${maxQueryLength} characters`
    return { ok: false, error: { message, from: maxQueryLength, to: text.length, mend: 'Leave terms out.' } }
  }
  // Half of a surrogate pair cannot be asked for: the store keeps U+FFFD in its place.
  const scanned = scan(text.toWellFormed())
  if ('error' in scanned) return { ok: false, error: scanned.error }
  const reader: Reader = { tokens: scanned.tokens, at: 0, end: text.length, values: 0, stageNamed: false }
  try {
    const expression = reader.tokens.length === 0 ? undefined : readAny(reader, 0)
    const rest = reader.tokens[reader.at]
    if (rest) fail(rest, 'there is no matching “(” for this', 'Remove it.')
    return { ok: true, query: { expression, allStages: reader.stageNamed } }
  } catch (error) {
    if (error instanceof SyntaxFault) return { ok: false, error: error.error }
    throw error
  }
}

/** A piece of the text. A word's `parts` are its pattern; `bare` tells that nothing in it was quoted. */
type Token =
  | { readonly kind: '(' | ')' | '-' | ',' | 'and' | 'or' | 'not'; readonly from: number; readonly to: number }
  | {
      readonly kind: 'field'
      readonly name: string
      readonly operator: ':' | Comparison
      readonly from: number
      readonly to: number
    }
  | {
      readonly kind: 'word'
      readonly parts: Pattern
      readonly bare: boolean
      readonly from: number
      readonly to: number
    }

const keywords: ReadonlyMap<string, 'and' | 'or' | 'not'> = new Map([
  ['AND', 'and'],
  ['OR', 'or'],
  ['NOT', 'not'],
])
const fieldForm = /([A-Za-z_]+)(:|<=|>=|<|>|=)/y
const space = /\s/

const scan = (text: string): { readonly tokens: readonly Token[] } | { readonly error: QueryError } => {
  const tokens: Token[] = []
  let at = 0
  while (at < text.length) {
    const char = text[at] ?? ''
    const last = tokens.at(-1)
    const inValue = last !== undefined && last.to === at && (last.kind === 'field' || last.kind === ',')
    if (space.test(char)) {
      at++
    } else if (char === '(' || char === ')' || char === ',') {
      tokens.push({ kind: char, from: at, to: at + 1 })
      at++
    } else if (char === '-' && !inValue) {
      tokens.push({ kind: '-', from: at, to: at + 1 })
      at++
    } else {
      fieldForm.lastIndex = at
      const field = inValue ? null : fieldForm.exec(text)
      const operator = field?.[2]
      if (field?.[1] !== undefined && operator !== undefined && isOperator(operator)) {
        tokens.push({ kind: 'field', name: field[1], operator, from: at, to: at + field[0].length })
        at += field[0].length
        continue
      }
      const word = scanWord(text, at)
      if ('error' in word) return word
      const keyword = word.bare && word.parts.length === 1 && !inValue ? keywords.get(word.parts[0] ?? '') : undefined
      tokens.push(keyword === undefined ? word : { kind: keyword, from: word.from, to: word.to })
      at = word.to
    }
  }
  return { tokens }
}

const isOperator = (text: string): text is ':' | Comparison => text === ':' || comparisons.some((one) => one === text)

const scanWord = (text: string, from: number): Extract<Token, { kind: 'word' }> | { readonly error: QueryError } => {
  const parts: string[] = []
  let part = ''
  let bare = true
  let at = from
  while (at < text.length) {
    const char = text[at] ?? ''
    if (char === '"') {
      const quoted = scanQuoted(text, at)
      if (quoted === undefined) {
        const message = 'this quote is not closed'
        return { error: { message, from: at, to: text.length, mend: 'Write " at the end of the value.' } }
      }
      part += quoted.value
      at = quoted.to
      bare = false
    } else if (space.test(char) || char === '(' || char === ')' || char === ',') {
      break
    } else {
      if (char === '*') {
        // Wildcards side by side mean the same as one.
        if (part !== '' || parts.length === 0) parts.push(part)
        part = ''
      } else {
        part += char
      }
      at++
    }
  }
  return { kind: 'word', parts: [...parts, part], bare, from, to: at }
}

const scanQuoted = (text: string, from: number): { readonly value: string; readonly to: number } | undefined => {
  let value = ''
  for (let at = from + 1; at < text.length; at++) {
    const char = text[at] ?? ''
    if (char === '"') return { value, to: at + 1 }
    if (char === '\\' && at + 1 < text.length) value += text[++at]
    else value += char
  }
  return undefined
}

interface Reader {
  readonly tokens: readonly Token[]
  readonly end: number
  at: number
  values: number
  stageNamed: boolean
}

class SyntaxFault extends Error {
  readonly error: QueryError
  constructor(error: QueryError) {
    super(error.message)
    this.error = error
  }
}

const fail = (place: { readonly from: number; readonly to: number }, message: string, mend: string): never => {
  throw new SyntaxFault({ message, from: place.from, to: place.to, mend })
}

const readAny = (reader: Reader, depth: number): Expression => {
  const terms = [readAll(reader, depth)]
  while (reader.tokens[reader.at]?.kind === 'or') {
    reader.at++
    terms.push(readAll(reader, depth))
  }
  return joined('any', terms)
}

const readAll = (reader: Reader, depth: number): Expression => {
  const terms = [readTerm(reader, depth)]
  for (;;) {
    const next = reader.tokens[reader.at]
    if (next === undefined || next.kind === 'or' || next.kind === ')') return joined('all', terms)
    if (next.kind === 'and') reader.at++
    terms.push(readTerm(reader, depth))
  }
}

/** Nested groups of one kind are one group, so that a query has one form. */
const joined = (kind: 'all' | 'any', terms: readonly Expression[]): Expression => {
  const flat = terms.flatMap((term) => (term.kind === kind ? term.terms : [term]))
  const [only] = flat
  return flat.length === 1 && only !== undefined ? only : { kind, terms: flat }
}

const readTerm = (reader: Reader, depth: number): Expression => {
  const token = reader.tokens[reader.at]
  if (token === undefined) {
    return fail(
      { from: reader.end, to: reader.end },
      'a term is missing at the end',
      'Write a term, or remove the last word.',
    )
  }
  if (depth >= maxQueryDepth)
    return fail(token, `more than ${maxQueryDepth} groups inside each other`, 'Use fewer parentheses.')
  reader.at++
  switch (token.kind) {
    case '-':
    case 'not':
      return { kind: 'not', term: readTerm(reader, depth + 1) }
    case '(': {
      const inner = readAny(reader, depth + 1)
      if (reader.tokens[reader.at]?.kind !== ')') return fail(token, 'this parenthesis is not closed', 'Write “)”.')
      reader.at++
      return inner
    }
    case 'word':
      countValue(reader, token)
      if (token.parts.every((part) => part === '') && token.parts.length === 1) {
        return fail(token, 'an empty text matches nothing', 'Write a word between the quotes.')
      }
      return { kind: 'text', value: token.parts }
    case 'field':
      return readField(reader, token)
    case ',':
      return fail(token, 'a comma stands only between values', 'Write field:first,second.')
    case ')':
    case 'and':
    case 'or':
      return fail(token, 'a term is missing before this', 'Write a term, or remove it.')
  }
}

const countValue = (reader: Reader, token: Token): void => {
  if (++reader.values > maxQueryValues) fail(token, `more than ${maxQueryValues} values`, 'Leave some out.')
}

const readField = (reader: Reader, token: Extract<Token, { kind: 'field' }>): Expression => {
  const info = findField(token.name)
  if (info === undefined) return fail(token, `there is no field “${token.name}”`, mendOfField(token.name))
  if (info.field === 'stage') reader.stageNamed = true
  if (token.operator !== ':') {
    const value = readWord(reader, token)
    const number = numberOf(value.parts)
    if (info.field !== 'code') {
      const mend = `Write ${info.field}:value; only code is compared.`
      return fail(token, `“${token.operator}” needs a number, and ${info.field} is none`, mend)
    }
    if (number === undefined)
      return fail(value, '“code” is compared with a whole number', `For example ${info.example}.`)
    return { kind: 'compare', field: 'code', comparison: token.operator, number }
  }
  const values: Pattern[] = []
  for (;;) {
    const value = readWord(reader, token)
    if (info.type === 'number' && value.parts.length === 1 && numberOf(value.parts) === undefined) {
      fail(value, `“${info.field}” is a whole number`, `For example ${info.example}.`)
    }
    if (info.type === 'id' && value.parts.length > 1)
      fail(value, 'an id is asked whole, without “*”', 'Write the whole id.')
    values.push(info.type === 'number' && value.parts.length === 1 ? [String(numberOf(value.parts))] : value.parts)
    const next = reader.tokens[reader.at]
    if (next?.kind !== ',' || next.from !== value.to) return { kind: 'field', field: info.field, values }
    reader.at++
  }
}

/** The value that stands right behind a field, an operator or a comma. */
const readWord = (reader: Reader, field: Token): Extract<Token, { kind: 'word' }> => {
  const before = reader.tokens[reader.at - 1] ?? field
  const value = reader.tokens[reader.at]
  if (value?.kind !== 'word' || value.from !== before.to) {
    return fail(
      { from: field.from, to: before.to },
      'a value is missing',
      'Write the value right behind it, or "" for empty.',
    )
  }
  countValue(reader, value)
  reader.at++
  return value
}

const numberOf = (parts: Pattern): number | undefined => {
  const [only = ''] = parts
  return parts.length === 1 && /^\d{1,9}$/.test(only) ? Number(only) : undefined
}

const mendOfField = (name: string): string => {
  const lower = name.toLowerCase()
  const near = fieldNames.find((known) => known === lower) ?? fieldNames.find((known) => oneEditApart(known, lower))
  return near === undefined
    ? `Fields are ${fieldNames.join(', ')}. To look for the text itself, put it in quotes.`
    : `Did you mean ${near}? To look for the text itself, put it in quotes.`
}

/** True where one letter more, less, different or two swapped make `a` of `b`. */
const oneEditApart = (a: string, b: string): boolean => {
  if (Math.abs(a.length - b.length) > 1) return false
  let start = 0
  while (start < a.length && a[start] === b[start]) start++
  const restA = a.slice(start)
  const restB = b.slice(start)
  return (
    restA.slice(1) === restB.slice(1) ||
    restA === restB.slice(1) ||
    restA.slice(1) === restB ||
    (restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2))
  )
}
