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
import { cidrContains, parseCidr } from '../apimachinery/cidr.ts'
import { type IpAddress, isMapped, parseIp } from '../apimachinery/ip.ts'
import { fold } from './fold.ts'
import { hasWildcard, textOf } from './pattern.ts'
import { searcher } from './regex.ts'
import { type FieldValues, numberOf, scalarText } from './values-of.ts'

/** The values of a field with their texts, folded once however many rules ask. */
export interface Looked {
  readonly field: FieldValues
  readonly texts: () => readonly string[]
  readonly folded: () => readonly string[]
}

export const looked = (field: FieldValues): Looked => {
  let texts: readonly string[] | undefined
  let folded: readonly string[] | undefined
  const read = (): readonly string[] => {
    texts ??= field.values.flatMap((value) => scalarText(value) ?? [])
    return texts
  }
  return {
    field,
    texts: read,
    folded: () => {
      folded ??= read().map(fold)
      return folded
    },
  }
}

/** True where some value passes some of the tests. */
export const anyTest = (tests: readonly ValueTest[]): ((looked: Looked) => boolean) => {
  const whole = new Set<string>()
  const others: ((looked: Looked) => boolean)[] = []
  for (const test of tests) {
    // Most tests are plain texts: one look into a set for all of them.
    if (test.kind === 'pattern' && !test.cased && !hasWildcard(test.parts)) whole.add(fold(textOf(test.parts)))
    else others.push(valueTest(test))
  }
  if (whole.size > 0) others.unshift((field) => field.folded().some((text) => whole.has(text)))
  const [first] = others
  return others.length === 1 && first !== undefined ? first : (field) => others.some((test) => test(field))
}

const valueTest = (test: ValueTest): ((looked: Looked) => boolean) => {
  switch (test.kind) {
    case 'pattern':
    case 'regex': {
      const { matches, folded } = textTest(test)
      return folded ? (field) => field.folded().some(matches) : (field) => field.texts().some(matches)
    }
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
    case 'cidr': {
      const contains = range(test.cidr)
      return (field) => field.texts().some(contains)
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
  return { matches: pieces(test.parts, test.cased), folded: !test.cased }
}

/** Texts with runs of anything between them: the first and last are fixed, those between are found from the left. */
const pieces = (parts: readonly PatternPart[], cased: boolean): ((text: string) => boolean) => {
  const texts: string[] = ['']
  for (const part of parts) {
    if ('wildcard' in part) texts.push('')
    else texts[texts.length - 1] += cased ? part.text : fold(part.text)
  }
  const [first = '', ...rest] = texts
  const last = rest.pop()
  if (last === undefined) return (text) => text === first
  const middle = rest.filter((piece) => piece !== '')
  return (text) => {
    if (!text.startsWith(first)) return false
    let from = first.length
    for (const piece of middle) {
      const found = text.indexOf(piece, from)
      if (found < 0) return false
      from = found + piece.length
    }
    return text.length - last.length >= from && text.endsWith(last)
  }
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

const range = (text: string): ((text: string) => boolean) => {
  const parsed = parseCidr(text)
  if (parsed.kind === 'error') return () => false
  const { cidr } = parsed
  const plain = isMapped(cidr.ip) && cidr.bits >= 96 ? { ip: unmapped(cidr.ip), bits: cidr.bits - 96 } : cidr
  return (value) => {
    const address = value.length <= 64 ? parseIp(value) : undefined
    if (address?.kind !== 'ip') return false
    return cidrContains(plain, address.ip) || (isMapped(address.ip) && cidrContains(plain, unmapped(address.ip)))
  }
}

const unmapped = (ip: IpAddress): IpAddress => ({ family: 4, value: ip.value & 0xffffffffn, zone: '' })
