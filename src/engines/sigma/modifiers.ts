import { type Comparison, type PatternPart, timeParts } from '../../model/predicate.ts'
import { parseCidr } from '../apimachinery/cidr.ts'
import { bitsOf, parseIp } from '../apimachinery/ip.ts'
import { base64, base64Offsets, utf8, utf16 } from './encode.ts'
import { hasWildcard, plainPattern, readPattern, textOf, widen } from './pattern.ts'
import type { RuleValue, TextValue } from './values.ts'

/** Values for `%name%` under the modifier `expand`. They are taken as they are, without wildcards. */
export type Placeholders = ReadonlyMap<string, readonly string[]>

/** What a modifier makes of one value: several are alternatives. A text says why it cannot be done. */
export type Modified = readonly RuleValue[] | string

interface Context {
  readonly placeholders: Placeholders
  /** Modifiers that were applied before. */
  readonly before: readonly string[]
}

type Modifier = (value: RuleValue, context: Context) => Modified

/** Alternatives that one value may come to, by `expand` and `windash`. */
const maxAlternatives = 1000

/** Modifiers of the item as a whole, not of a value. */
export const itemModifiers: readonly string[] = ['all', 'neq']

/** All modifiers that stand for something done to a value. */
export const isModifier = (name: string): boolean => Object.hasOwn(modifiers, name) || itemModifiers.includes(name)

/** Applies the modifiers from left to right. Sigma specification 2.1.0, appendix Modifiers; sigma/modifiers.py of pySigma. */
export const modify = (value: RuleValue, names: readonly string[], placeholders: Placeholders): Modified => {
  let values: readonly RuleValue[] = [value]
  for (const [index, name] of names.entries()) {
    const modifier = modifiers[name]
    if (modifier === undefined) continue
    const context = { placeholders, before: names.slice(0, index) }
    const next: RuleValue[] = []
    for (const one of values) {
      const modified = modifier(one, context)
      if (typeof modified === 'string') return `modifier "${name}": ${modified}`
      next.push(...modified)
      if (next.length > maxAlternatives) return `modifier "${name}": one value becomes more than ${maxAlternatives}`
    }
    values = next
  }
  return values
}

/** A number or boolean under a modifier of texts is taken as its text. */
const onText =
  (change: (text: TextValue, context: Context) => Modified): Modifier =>
  (value, context) => {
    if (value.kind === 'text') return change(value, context)
    if (value.kind === 'number') return change(textValue(String(value.number)), context)
    if (value.kind === 'boolean') return change(textValue(String(value.value)), context)
    return `needs a text, not ${describe(value)}`
  }

const textValue = (text: string): TextValue => ({
  kind: 'text',
  parts: plainPattern(text),
  raw: text,
  cased: false,
  bytes: false,
})

/** `contains` and its like. Regular expressions are searched for anyway: there `.*` around them changes nothing. */
const sided =
  (sides: { readonly before: boolean; readonly after: boolean }): Modifier =>
  (value, context) => {
    if (value.kind === 'regex') return [value]
    if (value.kind === 'field')
      return [{ ...value, starts: value.starts || sides.after, ends: value.ends || sides.before }]
    return onText((text) => [{ ...text, parts: widen(text.parts, sides) }])(value, context)
  }

const encoded = (change: (bytes: string) => readonly string[]): Modifier =>
  onText((text) => {
    if (hasWildcard(text.parts)) return 'cannot encode wildcards'
    const plain = textOf(text.parts)
    return change(text.bytes ? plain : utf8(plain)).map((one) => ({ ...text, parts: plainPattern(one), bytes: false }))
  })

const wide = (order: 'little' | 'big', mark: string): Modifier =>
  onText((text) => {
    if (text.bytes) return 'the text is encoded already'
    const parts = text.parts.map((part): PatternPart => ('text' in part ? { text: utf16(part.text, order) } : part))
    return [{ ...text, parts: mark === '' ? parts : joined([{ text: mark }, ...parts]), bytes: true }]
  })

const compared =
  (comparison: Comparison): Modifier =>
  (value) => {
    if (value.kind === 'number') return [{ kind: 'compare', comparison, number: value.number }]
    if (value.kind === 'time' && value.comparison === '=') return [{ ...value, comparison }]
    return `needs a number, not ${describe(value)}`
  }

const timed =
  (part: (typeof timeParts)[number]): Modifier =>
  (value) => {
    if (value.kind === 'number') return [{ kind: 'time', part, comparison: '=', number: value.number }]
    if (value.kind === 'compare') return [{ kind: 'time', part, comparison: value.comparison, number: value.number }]
    return `needs a number, not ${describe(value)}`
  }

const flag =
  (letter: string): Modifier =>
  (value) =>
    value.kind === 'regex' ? [{ ...value, flags: value.flags + letter }] : 'stands only after "re"'

const regex: Modifier = onText((text, { before }) => {
  if (before.some((name) => !itemModifiers.includes(name))) return 'has to be the first modifier'
  return [{ kind: 'regex', source: text.raw, flags: '' }]
})

/** An address by itself is the network of that address, as in pySigma. */
const cidr: Modifier = (value, { before }) => {
  if (value.kind !== 'text') return `needs a network such as 10.0.0.0/8, not ${describe(value)}`
  if (before.some((name) => !itemModifiers.includes(name))) return 'has to be the first modifier'
  const address = parseIp(value.raw)
  const network = address.kind === 'ip' ? `${value.raw}/${bitsOf(address.ip)}` : value.raw
  const parsed = parseCidr(network)
  if (parsed.kind === 'error') return `"${value.raw}" is not a network such as 10.0.0.0/8: ${parsed.message}`
  return [{ kind: 'cidr', cidr: network }]
}

const exists: Modifier = (value, { before }) => {
  if (value.kind !== 'boolean') return `needs true or false, not ${describe(value)}`
  return before.length > 0 ? 'has to be the only modifier' : [{ kind: 'exists', exists: value.value }]
}

const fieldref: Modifier = onText((text) => {
  if (hasWildcard(text.parts)) return 'the name of a field has no wildcards'
  return [{ kind: 'field', name: textOf(text.parts), starts: false, ends: false, cased: text.cased }]
})

const cased: Modifier = (value, context) =>
  value.kind === 'field' ? [{ ...value, cased: true }] : onText((text) => [{ ...text, cased: true }])(value, context)

/**
 * `%name%`, with any characters in the name; `\%` is a percent sign. A name without values is an error: the rule must not
 * run on the bare text.
 */
const expand: Modifier = onText((text, { placeholders }) => {
  let alternatives: readonly (readonly PatternPart[])[] = [[]]
  for (const part of text.parts) {
    for (const piece of 'text' in part ? piecesOf(part.text) : [part]) {
      const choices = 'name' in piece ? placeholders.get(piece.name)?.map((value) => ({ text: value })) : [piece]
      if (choices === undefined || choices.length === 0)
        return `there is no value for the placeholder %${'name' in piece ? piece.name : ''}%`
      if (alternatives.length * choices.length > maxAlternatives)
        return `one value becomes more than ${maxAlternatives}`
      alternatives = alternatives.flatMap((start) => choices.map((choice) => [...start, choice]))
    }
  }
  return alternatives.map((parts) => ({ ...text, parts: joined(parts) }))
})

const piecesOf = (text: string): readonly (PatternPart | { readonly name: string })[] => {
  const pieces: (PatternPart | { readonly name: string })[] = []
  let from = 0
  for (const match of text.matchAll(/(?<!\\)%([^%\\]+)%/g)) {
    pieces.push({ text: text.slice(from, match.index).replaceAll('\\%', '%') }, { name: match[1] ?? '' })
    from = match.index + match[0].length
  }
  pieces.push({ text: text.slice(from).replaceAll('\\%', '%') })
  return pieces
}

const dashes = ['-', '/', '–', '—', '―']
/** A dash between a character that is no letter (or the start) and a letter. Python's `\w` knows all letters. */
const dash = /(?<![\p{L}\p{N}_])[-/](?=[\p{L}\p{N}_])/gu

const windash: Modifier = onText((text) => {
  let alternatives: readonly (readonly PatternPart[])[] = [[]]
  for (const part of text.parts) {
    const pieces = 'text' in part ? part.text.split(dash) : []
    const choices = 'text' in part ? join(pieces, maxAlternatives / alternatives.length) : [part]
    if (choices === undefined) return `has too many dashes: one value becomes more than ${maxAlternatives}`
    alternatives = alternatives.flatMap((start) => choices.map((choice) => [...start, choice]))
  }
  return alternatives.map((parts) => ({ ...text, parts }))
})

const join = (pieces: readonly string[], most: number): readonly PatternPart[] | undefined => {
  if (dashes.length ** (pieces.length - 1) > most) return undefined
  const [first = '', ...rest] = pieces
  let texts: readonly string[] = [first]
  for (const piece of rest) texts = texts.flatMap((start) => dashes.map((one) => start + one + piece))
  return texts.map((text) => ({ text }))
}

/** Joins texts that stand side by side, and leaves out empty ones. */
const joined = (parts: readonly PatternPart[]): readonly PatternPart[] => {
  const result: PatternPart[] = []
  for (const part of parts) {
    const last = result.at(-1)
    if (!('text' in part)) result.push(part)
    else if (last !== undefined && 'text' in last) result[result.length - 1] = { text: last.text + part.text }
    else if (part.text !== '') result.push(part)
  }
  return result
}

const modifiers: Readonly<Record<string, Modifier | undefined>> = {
  contains: sided({ before: true, after: true }),
  startswith: sided({ before: false, after: true }),
  endswith: sided({ before: true, after: false }),
  exists,
  cased,
  re: regex,
  i: flag('i'),
  ignorecase: flag('i'),
  m: flag('m'),
  multiline: flag('m'),
  s: flag('s'),
  dotall: flag('s'),
  cidr,
  base64: encoded((bytes) => [base64(bytes)]),
  base64offset: encoded(base64Offsets),
  wide: wide('little', ''),
  utf16le: wide('little', ''),
  utf16be: wide('big', ''),
  utf16: wide('little', '\xff\xfe'),
  windash,
  lt: compared('<'),
  lte: compared('<='),
  gt: compared('>'),
  gte: compared('>='),
  fieldref,
  expand,
  ...Object.fromEntries(timeParts.map((part) => [part, timed(part)])),
}

const describe = (value: RuleValue): string => {
  if (value.kind === 'text') return `the text "${value.raw.slice(0, 60)}"`
  if (value.kind === 'null') return 'null'
  return `a ${value.kind}`
}

/** The value that a scalar of a rule stands for. */
export const ruleValue = (value: string | number | boolean | null): RuleValue => {
  if (value === null) return { kind: 'null' }
  if (typeof value === 'number') return { kind: 'number', number: value }
  if (typeof value === 'boolean') return { kind: 'boolean', value }
  return { kind: 'text', parts: readPattern(value), raw: value, cased: false, bytes: false }
}
