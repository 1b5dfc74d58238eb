/** `'%s is %d'.format([a, b])`, after cel-go v0.29.2 `ext/formatting.go` (string library version 2). */
import { quote } from '../../apimachinery/quote.ts'
import { durationSeconds, toText } from '../convert.ts'
import { compareStrings } from '../equality.ts'
import { formatF, formatFixed, formatG, formatScientific } from '../go-text.ts'
import { formatTimestamp } from '../time.ts'
import { CelType } from '../types.ts'
import { utf8 } from '../unescape.ts'
import {
  CelDuration,
  CelError,
  CelMap,
  CelTimestamp,
  CelUint,
  type CelValue,
  isError,
  isList,
  valueType,
} from '../values.ts'
import { maxTextLength, textTooLong } from './operators.ts'

/** A clause such as `%s` or `%.3f`; `verb` is its last letter. */
export interface Clause {
  readonly verb: string
  readonly precision: number | undefined
}

/** Go accepts any precision; a few hundred digits are all that a double has. */
const maxPrecision = 1000
/** The decimals of the smallest double. */
const maxDecimals = 1074

/** A clause that cannot be read: it is met when its argument has been taken, and nothing after it is read. */
export interface UnreadableClause {
  readonly fault: string
}

/** Splits a format string into plain texts and clauses; the last of them may be one that cannot be read. */
export function parseFormat(text: string): readonly (string | Clause | UnreadableClause)[] {
  const parts: (string | Clause | UnreadableClause)[] = []
  let plain = ''
  for (let i = 0; i < text.length; ) {
    if (text[i] !== '%') {
      plain += text[i++]
      continue
    }
    if (text[i + 1] === '%') {
      plain += '%'
      i += 2
      continue
    }
    const clause = readClause(text, i + 1)
    if (typeof clause === 'string') return [...parts, plain, { fault: clause }]
    parts.push(plain, clause.clause)
    plain = ''
    i = clause.end
  }
  return [...parts, plain]
}

/** The fault of a `%` at the end. */
export const endOfText = 'unexpected end of string'

function readClause(text: string, start: number): { readonly clause: Clause; readonly end: number } | string {
  if (start >= text.length) return endOfText
  const precision = /^\.([0-9]*)/.exec(text.slice(start, start + 40))
  const end = start + (precision?.[0].length ?? 0)
  const prefix = 'could not parse formatting clause: '
  if (precision !== null && end >= text.length)
    return `${prefix}error while parsing precision: could not find end of precision specifier`
  if (precision?.[1] === '')
    return `${prefix}error while parsing precision: error while converting precision to integer: strconv.Atoi: parsing "": invalid syntax`
  if (Number(precision?.[1] ?? 0) > 2 ** 62) {
    return `${prefix}error while parsing precision: error while converting precision to integer: strconv.Atoi: parsing "${precision?.[1]}": value out of range`
  }
  const verb = text[end] ?? ''
  if (!'sdfebxXo'.includes(verb)) {
    // Upstream looks at a byte of the text, and shows it as a character.
    const [byte = 0] = utf8(String.fromCodePoint(text.codePointAt(end) ?? 0))
    return `${prefix}unrecognized formatting clause "${String.fromCharCode(byte)}"`
  }
  return { clause: { verb, precision: precision === null ? undefined : Number(precision[1]) }, end: end + 1 }
}

/** Formats a text; an error for a bad clause, a missing argument, or one of the wrong type. */
export function formatText(text: string, args: readonly CelValue[]): CelValue {
  let out = ''
  let next = 0
  for (const part of parseFormat(text)) {
    if (typeof part === 'string') out += part
    else {
      const arg = args[next]
      if (arg === undefined) return new CelError(`index ${next} out of range`)
      if ('fault' in part) return new CelError(part.fault)
      next++
      const shown = formatClause(part, arg)
      if (isError(shown)) return new CelError(`error during formatting: ${shown.message}`)
      out += shown
    }
    if (out.length > maxTextLength) return textTooLong
  }
  return out
}

function formatClause({ verb, precision = 6 }: Clause, value: CelValue): string | CelError {
  switch (verb) {
    case 's':
      return formatString(value)
    case 'd':
      return formatDecimal(value)
    case 'f':
    case 'e':
      return formatReal(verb, precision, value)
    case 'b':
      if (typeof value === 'boolean') return value ? '1' : '0'
      return inBase(value, 2) ?? wrongType('only integers and bools can be formatted as binary', value)
    case 'o':
      return inBase(value, 8) ?? wrongType('octal clause can only be used on integers', value)
    default:
      return formatHex(value, verb === 'X')
  }
}

const wrongType = (rule: string, value: CelValue): CelError =>
  new CelError(`${rule}, was given ${valueType(value).name}`)

export const stringRule =
  'string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps'

function formatString(value: CelValue): string | CelError {
  if (value === null) return 'null'
  if (isList(value)) return formatList(value)
  if (value instanceof CelMap) return formatMap(value)
  if (value instanceof CelType) return value.name
  const text = toText(value)
  if (typeof text === 'string') return text
  if (value instanceof Uint8Array) {
    return new CelError(`could not convert argument "${isError(text) ? text.message : ''}" to string`)
  }
  return wrongType(stringRule, value)
}

function formatDecimal(value: CelValue): string | CelError {
  if (typeof value === 'bigint') return String(value)
  return value instanceof CelUint
    ? String(value.value)
    : wrongType('decimal clause can only be used on integers', value)
}

const specialNumbers: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
}

function formatReal(verb: 'f' | 'e', precision: number, value: CelValue): string | CelError {
  const number = typeof value === 'string' && Object.hasOwn(specialNumbers, value) ? specialNumbers[value] : value
  if (typeof number !== 'number')
    return wrongType(`${verb === 'f' ? 'fixed-point' : 'scientific'} clause can only be used on doubles`, value)
  const shown = printReal(verb, precision, number === 0 ? 0 : number)
  return verb === 'f' ? shown : shown.padStart(Math.min(precision, maxPrecision))
}

/** In scientific form always with six digits: cel-go takes the precision of the clause for a width there. */
function printReal(verb: 'f' | 'e', precision: number, number: number): string {
  if (Number.isNaN(number)) return 'NaN'
  if (!Number.isFinite(number)) return number > 0 ? '∞' : '-∞'
  if (verb === 'f') return grouped(fixedText(number, precision))
  const [mantissa, exponent = '+00'] = formatScientific(number, 6).split('e')
  return `${mantissa}×10${superscript(exponent)}`
}

/** Of the precision, upstream keeps one byte as the least number of decimals; so many zeros at the end are left. */
function fixedText(number: number, precision: number): string {
  const text = formatFixed(number, Math.min(precision, maxDecimals))
  if (precision < 256) return text
  const [whole = '', fraction = ''] = text.split('.')
  const kept = fraction.replace(/0+$/, '').padEnd(precision % 256, '0')
  return kept === '' ? whole : `${whole}.${kept}`
}

/** The English locale, which cel-go prints numbers in, groups thousands. */
function grouped(text: string): string {
  const [whole = '', fraction] = text.split('.')
  const shown = whole.replace(/\B(?=(?:[0-9]{3})+$)/g, ',')
  return fraction === undefined ? shown : `${shown}.${fraction}`
}

/** The exponent of `1.5 × 10⁰³`, as golang.org/x/text prints it. */
const superscript = (exponent: string): string =>
  [...exponent.replace('+', '')].map((c) => (c === '-' ? '⁻' : ('⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(c)] ?? c))).join('')

function inBase(value: CelValue, base: 2 | 8 | 16): string | undefined {
  if (typeof value === 'bigint') return value.toString(base)
  return value instanceof CelUint ? value.value.toString(base) : undefined
}

function formatHex(value: CelValue, upper: boolean): string | CelError {
  const bytes = typeof value === 'string' ? utf8(value) : value instanceof Uint8Array ? [...value] : undefined
  const hex = bytes?.map((byte) => byte.toString(16).padStart(2, '0')).join('') ?? inBase(value, 16)
  if (hex === undefined) return wrongType('only integers, byte buffers, and strings can be formatted as hex', value)
  return upper ? hex.toUpperCase() : hex
}

/** An element of a list or map: texts in quotes, times as calls. */
function formatElement(value: CelValue): string | CelError {
  if (typeof value === 'string') return quote(value)
  if (typeof value === 'number') return formatElementNumber(value)
  if (value instanceof CelTimestamp) return `timestamp(${quote(formatTimestamp(value))})`
  if (value instanceof CelDuration) return `duration(${quote(`${formatF(durationSeconds(value))}s`)})`
  if (value instanceof Uint8Array) {
    const text = toText(value)
    return typeof text === 'string' ? `b${quote(text)}` : wrongType('could not convert argument', value)
  }
  const shown = formatString(value)
  return isError(shown) ? new CelError(`no formatting function for ${valueType(value).name}`) : shown
}

const formatElementNumber = (value: number): string =>
  Number.isFinite(value) ? formatFixed(value, 6) : quote(formatG(value))

function formatList(list: readonly CelValue[]): string | CelError {
  const shown = list.map(formatElement)
  return shown.find((item) => item instanceof CelError) ?? `[${shown.join(', ')}]`
}

function formatMap(map: CelMap): string | CelError {
  const entries: (readonly [string, string])[] = []
  for (const key of map.keys()) {
    if (typeof key !== 'string' && typeof key !== 'boolean' && typeof key !== 'bigint' && !(key instanceof CelUint)) {
      return new CelError(`no formatting function for map key of type ${valueType(key).name}`)
    }
    const shownKey = formatElement(key)
    const shownValue = formatElement(map.find(key) ?? null)
    if (shownKey instanceof CelError) return shownKey
    if (shownValue instanceof CelError) return shownValue
    entries.push([shownKey, shownValue])
  }
  return `{${entries
    .sort((a, b) => compareStrings(a[0], b[0]))
    .map(([key, value]) => `${key}:${value}`)
    .join(', ')}}`
}
