/**
 * Selectors as texts of a URL: `labelSelector=app in (a,b),!old` and `fieldSelector=metadata.name=x`.
 * Upstream: k8s.io/apimachinery/pkg/labels/selector.go and pkg/fields/selector.go (v0.37.2).
 */
import { isLabelKey, isLabelValue } from './label.ts'

/** One term of a label selector. `values` is empty for `Exists` and `DoesNotExist`. */
export interface LabelTerm {
  readonly key: string
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt'
  readonly values: readonly string[]
}

/** The terms of a label selector, all of which must hold; undefined when the API server would refuse the text. */
export const parseLabelSelector = (text: string): readonly LabelTerm[] | undefined => {
  const tokens = tokenize(text)
  const terms: LabelTerm[] = []
  let position = 0
  const at = (): string | undefined => tokens[position]
  while (position < tokens.length) {
    const read = readTerm(tokens, position)
    if (read === undefined || !isValidTerm(read.term)) return undefined
    terms.push(read.term)
    position = read.next
    if (at() === undefined) return terms
    if (at() !== ',') return undefined
    position += 1
    // A comma at the end, or two in a row, name nothing.
    if (!startsTerm(at())) return undefined
  }
  return terms
}

const symbols = new Set(['=', '==', '!=', '!', '(', ')', ',', '<', '>'])
const startsTerm = (token: string | undefined): boolean => token === '!' || (token !== undefined && !symbols.has(token))

/** Words, and the longest symbols; white space separates and means nothing else. */
const tokenize = (text: string): readonly string[] =>
  (text.match(/[^\s=!(),<>]+|==|!=|[=!(),<>]/g) ?? []).map((token) => token)

interface ReadTerm {
  readonly term: LabelTerm
  readonly next: number
}

const readTerm = (tokens: readonly string[], start: number): ReadTerm | undefined => {
  const negated = tokens[start] === '!'
  const keyAt = negated ? start + 1 : start
  const key = tokens[keyAt]
  if (key === undefined || symbols.has(key)) return undefined
  const after = tokens[keyAt + 1]
  if (after === undefined || after === ',') {
    return { term: { key, operator: negated ? 'DoesNotExist' : 'Exists', values: [] }, next: keyAt + 1 }
  }
  // `!key=value` is no term: the sign leaves nothing to compare.
  if (negated) return undefined
  if (after === 'in' || after === 'notin') {
    const list = readValues(tokens, keyAt + 2)
    return list && { term: { key, operator: after === 'in' ? 'In' : 'NotIn', values: list.values }, next: list.next }
  }
  const operator = comparison(after)
  if (operator === undefined) return undefined
  const value = tokens[keyAt + 2]
  if (value === undefined || value === ',') return { term: { key, operator, values: [''] }, next: keyAt + 2 }
  return symbols.has(value) ? undefined : { term: { key, operator, values: [value] }, next: keyAt + 3 }
}

const comparison = (token: string): LabelTerm['operator'] | undefined => {
  if (token === '=' || token === '==') return 'In'
  if (token === '!=') return 'NotIn'
  if (token === '>') return 'Gt'
  return token === '<' ? 'Lt' : undefined
}

/** `(a,b)`; a place between commas that holds nothing is the empty value. */
const readValues = (
  tokens: readonly string[],
  start: number,
): { readonly values: readonly string[]; readonly next: number } | undefined => {
  if (tokens[start] !== '(') return undefined
  const end = tokens.indexOf(')', start)
  if (end < 0) return undefined
  const values = new Set<string>()
  let expectsValue = true
  for (const token of tokens.slice(start + 1, end)) {
    if (token === ',') {
      if (expectsValue) values.add('')
      expectsValue = true
    } else if (symbols.has(token) || !expectsValue) {
      return undefined
    } else {
      values.add(token)
      expectsValue = false
    }
  }
  if (expectsValue) values.add('')
  return { values: [...values].sort(), next: end + 1 }
}

const isValidTerm = ({ key, operator, values }: LabelTerm): boolean =>
  isLabelKey(key) &&
  values.every((value) => isLabelValue(value) && ((operator !== 'Gt' && operator !== 'Lt') || isInt64(value)))

/** What Go's strconv.ParseInt(text, 10, 64) takes. */
export const isInt64 = (text: string): boolean => {
  if (!/^[+-]?\d{1,40}$/.test(text)) return false
  const value = BigInt(text.replace(/^\+/, ''))
  return value >= -(2n ** 63n) && value < 2n ** 63n
}

/** One term of a field selector. */
export interface FieldTerm {
  readonly field: string
  readonly operator: '=' | '!='
  readonly value: string
}

/** The terms of a field selector, sorted as upstream sorts them; undefined when the API server would refuse the text. */
export const parseFieldSelector = (text: string): readonly FieldTerm[] | undefined => {
  const terms: FieldTerm[] = []
  for (const part of splitAtCommas(text).sort((a, b) => (a < b ? -1 : 1))) {
    if (part === '') continue
    const match = /!=|==|=/.exec(part)
    if (match === null) return undefined
    const value = unescapeValue(part.slice(match.index + match[0].length))
    if (value === undefined) return undefined
    terms.push({ field: part.slice(0, match.index), operator: match[0] === '!=' ? '!=' : '=', value })
  }
  return terms
}

/** A backslash keeps the character after it from separating. */
const splitAtCommas = (text: string): string[] => {
  const parts: string[] = []
  let start = 0
  for (let index = 0; index < text.length; index += 1) {
    if (text[index] === '\\') index += 1
    else if (text[index] === ',') {
      parts.push(text.slice(start, index))
      start = index + 1
    }
  }
  return [...parts, text.slice(start)]
}

const unescapeValue = (text: string): string | undefined => {
  if (/\\(?![\\,=])/.test(text.replaceAll('\\\\', ''))) return undefined
  if (/[,=]/.test(text.replaceAll(/\\[\\,=]/g, ''))) return undefined
  return text.replaceAll(/\\([\\,=])/g, '$1')
}
