import type { JsonValue } from '../../model/json.ts'
import {
  type Comparison,
  type PatternPart,
  patternRegex,
  type TextTest,
  type TimePart,
  type ValueTest,
} from '../../model/predicate.ts'
import { parseMicros } from '../../model/time.ts'
import { wildcardTest } from '../../model/wildcard.ts'
import { type IpAddress, parseIp } from '../apimachinery/ip.ts'
import { fold } from './fold.ts'
import { hasWildcard, textOf } from './pattern.ts'
import { inRanges } from './ranges.ts'
import { searcher } from './regex.ts'
import { type FieldValues, foldedOf, numberOf, textsOf } from './values-of.ts'

/** The values of a field with their texts, folded once however many rules ask. */
export interface Looked {
  readonly field: FieldValues
  readonly texts: () => readonly string[]
  readonly folded: () => readonly string[]
  /** Those of the texts that are addresses. */
  readonly addresses: () => readonly IpAddress[]
}

export const looked = (field: FieldValues): Looked => {
  let texts: readonly string[] | undefined
  let folded: readonly string[] | undefined
  const read = (): readonly string[] => {
    texts ??= textsOf(field.values)
    return texts
  }
  return {
    field,
    texts: read,
    folded: () => {
      folded ??= foldedOf(read())
      return folded
    },
    addresses: () => addressesOf(read()),
  }
}

export const addressesOf = (texts: readonly string[]): readonly IpAddress[] => {
  const addresses: IpAddress[] = []
  for (const text of texts) {
    const address = text.length <= 64 ? addressOf(text) : undefined
    if (address !== undefined) addresses.push(address)
  }
  return addresses
}

/** The addresses read last: the same few come again and again, and to read one takes longer than most rules. */
const known = new Map<string, IpAddress | undefined>()
const mostKnown = 4096

const addressOf = (text: string): IpAddress | undefined => {
  if (known.has(text)) return known.get(text)
  const parsed = parseIp(text)
  const address = parsed.kind === 'ip' ? parsed.ip : undefined
  if (known.size >= mostKnown) known.clear()
  known.set(text, address)
  return address
}

/** The folded text of a test that is for this one text in any case; undefined where it is for more, or for something else. */
export const wholeText = (test: ValueTest): string | undefined =>
  test.kind === 'pattern' && !test.cased && !hasWildcard(test.parts) ? fold(textOf(test.parts)) : undefined

/** True where some value passes some of the tests. */
export const anyTest = (tests: readonly ValueTest[]): ((looked: Looked) => boolean) => {
  const whole = new Set<string>()
  const onFolded: ((text: string) => boolean)[] = []
  const onTexts: ((text: string) => boolean)[] = []
  const ranges: string[] = []
  const others: ((looked: Looked) => boolean)[] = []
  for (const test of tests) {
    // Most tests are plain texts: one look into a set for all of them.
    const text = wholeText(test)
    if (text !== undefined) whole.add(text)
    else if (test.kind === 'pattern' || test.kind === 'regex') {
      const { matches, folded } = textTest(test)
      const on = folded ? onFolded : onTexts
      on.push(matches)
    } else if (test.kind === 'cidr') ranges.push(test.cidr)
    else others.push(valueTest(test))
  }
  if (ranges.length > 0) {
    const inside = inRanges(ranges)
    others.push((field) => field.addresses().some(inside))
  }
  if (onTexts.length > 0) others.unshift((field) => some(field.texts(), onTexts))
  if (onFolded.length > 0) others.unshift((field) => some(field.folded(), onFolded))
  if (whole.size > 0) others.unshift(oneOf(whole))
  const [first] = others
  return others.length === 1 && first !== undefined ? first : (field) => others.some((test) => test(field))
}

const oneOf = (texts: ReadonlySet<string>): ((looked: Looked) => boolean) => {
  const [only] = texts
  if (texts.size === 1 && only !== undefined) return (field) => field.folded().includes(only)
  return (field) => {
    for (const text of field.folded()) if (texts.has(text)) return true
    return false
  }
}

/** True where one of the texts passes one of the tests. */
const some = (texts: readonly string[], tests: readonly ((text: string) => boolean)[]): boolean => {
  for (const text of texts) {
    for (const test of tests) if (test(text)) return true
  }
  return false
}

const valueTest = (test: Exclude<ValueTest, TextTest | { readonly kind: 'cidr' }>): ((looked: Looked) => boolean) => {
  switch (test.kind) {
    case 'number': {
      const compare = comparisons[test.comparison]
      return onValues((value) => {
        const number = numberOf(value)
        return number !== undefined && compare(number, test.number)
      })
    }
    case 'time': {
      const compare = comparisons[test.comparison]
      return onValues((value) => {
        const micros = typeof value === 'string' ? parseMicros(value) : undefined
        return micros !== undefined && compare(timePart(micros, test.part), test.number)
      })
    }
    case 'value':
      return ({ field }) => field.filled
    case 'null':
      return ({ field }) => !field.present || field.values.includes(null)
    case 'exists':
      return ({ field }) => field.present === test.exists
  }
}

const onValues =
  (check: (value: JsonValue) => boolean) =>
  ({ field }: Looked): boolean =>
    field.values.some(check)

/** `folded` tells whether the text has to be folded before. */
export const textTest = (test: TextTest): { readonly matches: (text: string) => boolean; readonly folded: boolean } => {
  if (test.kind === 'regex') return { matches: searcher(test.source), folded: false }
  // One unknown character in many places is work for a regular expression, whose time is linear.
  if (test.parts.some((part) => 'wildcard' in part && part.wildcard === 'one'))
    return { matches: searcher(patternRegex(test.parts, test.cased)), folded: false }
  return { matches: wildcardTest(piecesOf(test.parts, test.cased)), folded: !test.cased }
}

/** The texts between runs of anything, as a test compares them. */
const piecesOf = (parts: readonly PatternPart[], cased: boolean): readonly string[] => {
  const texts: string[] = ['']
  for (const part of parts) {
    if ('wildcard' in part) texts.push('')
    else texts[texts.length - 1] += cased ? part.text : fold(part.text)
  }
  return texts
}

const comparisons: Readonly<Record<Comparison, (a: number, b: number) => boolean>> = {
  '=': (a, b) => a === b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
}

const day = 86_400_000

const timePart = (micros: number, part: TimePart): number => {
  const date = new Date(Math.floor(micros / 1000))
  switch (part) {
    case 'minute':
      return date.getUTCMinutes()
    case 'hour':
      return date.getUTCHours()
    case 'day':
      return date.getUTCDate()
    case 'month':
      return date.getUTCMonth() + 1
    case 'year':
      return date.getUTCFullYear()
    case 'week': {
      // ISO 8601: a week belongs to the year of its Thursday.
      const thursday = new Date(Math.floor(date.getTime() / day) * day + (3 - ((date.getUTCDay() + 6) % 7)) * day)
      const january = Date.UTC(thursday.getUTCFullYear(), 0, 1)
      return 1 + Math.floor((thursday.getTime() - january) / (7 * day))
    }
  }
}
