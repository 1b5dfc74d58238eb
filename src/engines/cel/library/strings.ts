/** String functions, after cel-go v0.29.2 `ext/strings.go` version 2. Positions count code points. */
import { escapes } from '../../apimachinery/quote.ts'
import {
  type FunctionDeclaration,
  fn,
  type Implementation,
  memberBinary,
  memberEach,
  memberUnary,
  type Overload,
  unary,
} from '../environment.ts'
import { dynType, intType, listOf, stringType } from '../types.ts'
import { CelError, type CelValue, isList, noSuchOverload } from '../values.ts'
import { formatText } from './format.ts'
import { maxTextLength, textTooLong } from './operators.ts'
import { showInError } from './show.ts'

const outOfRange = (index: bigint): CelError => new CelError(`index out of range: ${index}`)

/** A text as an array of its characters; a text without surrogates needs none, as its units are its characters. */
interface Characters {
  readonly length: number
  readonly slice: (start: number, end?: number) => string
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: finds texts that need no splitting
const ascii = /^[\x00-\x7f]*$/

function characters(text: string): Characters {
  if (ascii.test(text)) return text
  const list = [...text]
  return { length: list.length, slice: (start, end) => list.slice(start, end).join('') }
}

const charAt = onText((text, index) => {
  if (typeof index !== 'bigint') return noSuchOverload
  const all = characters(text)
  return index < 0n || index > BigInt(all.length) ? outOfRange(index) : all.slice(Number(index), Number(index) + 1)
})

/** Position in characters of a position in UTF-16 units. */
const position = (text: string, unit: number): bigint => BigInt(unit < 0 ? -1 : characters(text.slice(0, unit)).length)

const indexOf = onText((text, part, offset = 0n) => {
  if (typeof part !== 'string' || typeof offset !== 'bigint') return noSuchOverload
  if (offset < 0n) return outOfRange(offset)
  const all = characters(text)
  if (part === '') return offset > BigInt(all.length) ? BigInt(all.length) : offset
  if (offset >= BigInt(all.length)) return -1n
  const start = all.slice(0, Number(offset)).length
  return position(text, text.indexOf(part, start))
})

const lastIndexOf = onText((text, part, offset) => {
  if (typeof part !== 'string') return noSuchOverload
  const all = characters(text)
  if (offset === undefined) {
    if (part === '') return BigInt(all.length)
    return position(text, text.lastIndexOf(part))
  }
  if (typeof offset !== 'bigint') return noSuchOverload
  if (offset < 0n) return outOfRange(offset)
  if (part === '') return offset > BigInt(all.length) ? BigInt(all.length) : offset
  if (offset >= BigInt(all.length)) return -1n
  return position(text, text.lastIndexOf(part, all.slice(0, Number(offset)).length))
})

const replace = onText((text, old, replacement, limit = -1n) => {
  if (typeof old !== 'string' || typeof replacement !== 'string' || typeof limit !== 'bigint') return noSuchOverload
  if (limit === 0n || old === replacement) return text
  const parts = old === '' ? ['', ...text, ''] : text.split(old)
  const found = BigInt(parts.length - 1)
  const count = limit < 0n || limit > found ? found : limit
  if (text.length + Number(count) * replacement.length > maxTextLength) return textTooLong
  const replaced = parts.slice(0, Number(count) + 1).join(replacement)
  const rest = parts.slice(Number(count) + 1)
  return rest.length === 0 ? replaced : [replaced, ...rest].join(old)
})

const split = onText((text, separator, limit = -1n) => {
  if (typeof separator !== 'string' || typeof limit !== 'bigint') return noSuchOverload
  if (limit === 0n) return []
  const parts = separator === '' ? [...text] : text.split(separator)
  if (limit < 0n || BigInt(parts.length) <= limit) return parts
  const kept = Number(limit) - 1
  return [...parts.slice(0, kept), parts.slice(kept).join(separator)]
})

const substring = onText((text, start, end) => {
  if (typeof start !== 'bigint' || (end !== undefined && typeof end !== 'bigint')) return noSuchOverload
  const all = characters(text)
  const length = BigInt(all.length)
  if (end !== undefined && start > end) return new CelError(`invalid substring range. start: ${start}, end: ${end}`)
  if (start < 0n || start > length) return outOfRange(start)
  if (end !== undefined && (end < 0n || end > length)) return outOfRange(end)
  return all.slice(Number(start), end === undefined ? undefined : Number(end))
})

const join: Implementation = (list, separator = '') => {
  if (list === undefined || !isList(list) || typeof separator !== 'string') return noSuchOverload
  let length = 0
  for (const item of list) {
    if (typeof item !== 'string') return new CelError(`join: invalid input: ${showInError(item)}`)
    length += item.length + separator.length
    if (length > maxTextLength) return textTooLong
  }
  return list.join(separator)
}

const quote = onText((text) => `"${[...text.toWellFormed()].map((c) => escapes[c] ?? c).join('')}"`)

const format = onText((text, args = []) => (isList(args) ? formatText(text, args) : noSuchOverload))

/** The space characters of Unicode, which Go trims; JavaScript's own trim also takes U+FEFF and not U+0085. */
const trim = onText((text) => text.replace(/^[\p{White_Space}]+/u, '').replace(/[\p{White_Space}]+$/u, ''))

function onText(f: (text: string, ...rest: readonly CelValue[]) => CelValue): Implementation {
  return (text = null, ...rest) => (typeof text === 'string' ? f(text, ...rest) : noSuchOverload)
}

const texts = listOf(stringType)
const each = (id: string, params: Overload['params'], result: Overload['result'], f: Implementation): Overload =>
  memberEach(id, [stringType, ...params], result, f)

export const stringFunctions: readonly FunctionDeclaration[] = [
  fn('charAt', memberBinary('string_char_at_int', [stringType, intType], stringType, charAt)),
  fn(
    'indexOf',
    memberBinary('string_index_of_string', [stringType, stringType], intType, indexOf),
    each('string_index_of_string_int', [stringType, intType], intType, indexOf),
  ),
  fn(
    'lastIndexOf',
    memberBinary('string_last_index_of_string', [stringType, stringType], intType, lastIndexOf),
    each('string_last_index_of_string_int', [stringType, intType], intType, lastIndexOf),
  ),
  fn(
    'lowerAscii',
    memberUnary(
      'string_lower_ascii',
      [stringType],
      stringType,
      onText((t) => t.replace(/[A-Z]+/g, (a) => a.toLowerCase())),
    ),
  ),
  fn(
    'upperAscii',
    memberUnary(
      'string_upper_ascii',
      [stringType],
      stringType,
      onText((t) => t.replace(/[a-z]+/g, (a) => a.toUpperCase())),
    ),
  ),
  fn(
    'replace',
    each('string_replace_string_string', [stringType, stringType], stringType, replace),
    each('string_replace_string_string_int', [stringType, stringType, intType], stringType, replace),
  ),
  fn(
    'split',
    memberBinary('string_split_string', [stringType, stringType], texts, split),
    each('string_split_string_int', [stringType, intType], texts, split),
  ),
  fn(
    'substring',
    memberBinary('string_substring_int', [stringType, intType], stringType, substring),
    each('string_substring_int_int', [intType, intType], stringType, substring),
  ),
  fn('trim', memberUnary('string_trim', [stringType], stringType, trim)),
  fn('format', each('string_format', [listOf(dynType)], stringType, format)),
  fn('strings.quote', unary('strings_quote', [stringType], stringType, quote)),
  fn(
    'join',
    memberUnary('list_join', [texts], stringType, join),
    memberBinary('list_join_string', [texts, stringType], stringType, join),
  ),
]

/** `reverse` of strings came with version 3, which Kubernetes does not enable; plain CEL has it. */
export const stringReverse: readonly FunctionDeclaration[] = [
  fn(
    'reverse',
    memberUnary(
      'string_reverse',
      [stringType],
      stringType,
      onText((text) => [...text].reverse().join('')),
    ),
  ),
]
