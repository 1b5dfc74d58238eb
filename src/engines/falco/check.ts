/** One check: an extraction, an operator and the values it is held against. */
import { ConditionFault, type Modifier } from './ast.ts'
import type { Extraction, Frame } from './fields.ts'
import { compileGlob } from './glob.ts'
import { compilePathPrefix } from './path-prefix.ts'
import { compilePosixRegex } from './posix-regex.ts'
import { byteLength, compareBytes, lowerAscii } from './utf8.ts'

export type Test = (frame: Frame) => boolean

/** The right side: values that stand in the condition, or another field. */
export type Against =
  | { readonly kind: 'values'; readonly values: readonly string[] }
  | { readonly kind: 'extraction'; readonly extraction: Extraction }

export interface Comparison {
  readonly left: Extraction
  readonly operator: string
  readonly modifier: Modifier | undefined
  readonly against: Against
}

/** True where the event has the value. */
export const existsTest =
  (left: Extraction): Test =>
  (frame) =>
    left.read(frame) !== undefined

/**
 * Compiles a check. A value that is missing makes it false, whatever the operator.
 * Throws a ConditionFault (at 0) where the field does not take the operator or the value.
 */
export const compareTest = ({ left, operator, modifier, against }: Comparison): Test => {
  checkOperator(left, operator)
  if (against.kind === 'extraction') return fieldTest(left, operator, against.extraction)
  const { values } = against
  for (const value of values) checkValue(value)
  switch (left.shape) {
    case 'list':
      return listTest(left.read, operator === 'in', new Set(values))
    case 'number':
      return numberTest(left.read, operator, modifier, values.map(numberOf))
    case 'text': {
      const { read } = left
      const test = textTest(operator, modifier, values)
      return (frame) => {
        const text = read(frame)
        return text !== undefined && test(text)
      }
    }
  }
}

const numeric = new Set(['=', '==', '!=', '<', '<=', '>', '>=', 'in', 'intersects'])

const checkOperator = (left: Extraction, operator: string): void => {
  if (left.shape === 'list' && operator !== 'in' && operator !== 'intersects') {
    throw new ConditionFault(`"${operator}" cannot be used on a field that is a list`, 0, {
      mend: 'Lists take exists, in (every element is one of) and intersects (some element is one of)',
    })
  }
  if (left.shape === 'number' && !numeric.has(operator)) {
    throw new ConditionFault(`"${operator}" cannot be used on a number`, 0)
  }
  if (operator === 'bcontains' || operator === 'bstartswith') {
    throw new ConditionFault(`"${operator}" is for fields of bytes, and there is none in k8s_audit`, 0, {
      mend: `Use ${operator.slice(1)}`,
    })
  }
}

/** Upstream keeps a value as a C string of 256 bytes with its end (value_parser.cpp, sinsp_filtercheck.cpp). */
const longestValue = 255

const checkValue = (value: string): void => {
  if (value.includes('\0')) throw new ConditionFault('a value cannot hold a NUL (\\x00)', 0)
  const length = byteLength(value)
  if (length > longestValue) {
    throw new ConditionFault(`a value of ${length} bytes is too long: at most ${longestValue} are compared`, 0, {
      mend: 'Compare with its beginning or end: startswith, endswith, contains',
    })
  }
}

/** `in`: every element is among the values. `intersects`: some element is. */
const listTest = (
  read: (frame: Frame) => readonly string[] | undefined,
  every: boolean,
  values: ReadonlySet<string>,
): Test => {
  const isMember = (element: string): boolean => values.has(element)
  return (frame) => {
    const list = read(frame)
    if (list === undefined) return false
    return every ? list.every(isMember) : list.some(isMember)
  }
}

type TextTest = (text: string) => boolean

const textTest = (operator: string, modifier: Modifier | undefined, values: readonly string[]): TextTest => {
  if (operator === 'in' || operator === 'intersects') {
    const members = new Set(values)
    const [only] = values
    return members.size === 1 && only !== undefined ? (text) => text === only : (text) => members.has(text)
  }
  if (operator === 'pmatch') return compilePathPrefix(values)
  return modified(
    modifier,
    values.map((value) => singleTest(operator, value)),
  )
}

const modified = <T>(modifier: Modifier | undefined, tests: readonly ((value: T) => boolean)[]) => {
  const [only] = tests
  if (only === undefined) return () => false
  switch (modifier) {
    case undefined:
      return only
    case 'anyof':
      return (value: T) => tests.some((test) => test(value))
    case 'allof':
      return (value: T) => tests.every((test) => test(value))
    case 'oneof':
      return (value: T) => {
        let matched = 0
        for (const test of tests) if (test(value) && ++matched > 1) return false
        return matched === 1
      }
  }
}

const singleTest = (operator: string, value: string): TextTest => {
  switch (operator) {
    case '=':
    case '==':
      return (text) => text === value
    case '!=':
      return (text) => text !== value
    case '<':
      return (text) => compareBytes(text, value) < 0
    case '<=':
      return (text) => compareBytes(text, value) <= 0
    case '>':
      return (text) => compareBytes(text, value) > 0
    case '>=':
      return (text) => compareBytes(text, value) >= 0
    case 'contains':
      return (text) => text.includes(value)
    case 'icontains': {
      const lower = lowerAscii(value)
      return (text) => lowerAscii(text).includes(lower)
    }
    case 'startswith':
      return (text) => text.startsWith(value)
    case 'endswith':
      return (text) => text.endsWith(value)
    case 'glob':
      return compileGlob(value, false)
    case 'iglob':
      return compileGlob(value, true)
    case 'regex':
      return compilePosixRegex(value)
    default:
      throw new ConditionFault(`"${operator}" is no operator`, 0)
  }
}

const mostOf64Bits = 0xffff_ffff_ffff_ffffn

/** As C's scanf reads an unsigned number: a minus is taken from 2^64, and what is too large is the largest. */
const numberOf = (value: string): bigint => {
  const [, sign, digits] = /^[ \t\n\v\f\r]*([+-]?)([0-9]+)$/.exec(value) ?? []
  if (digits === undefined) throw new ConditionFault(`"${value}" is not a whole number`, 0)
  const size = BigInt(digits)
  if (size > mostOf64Bits) return mostOf64Bits
  return sign === '-' ? BigInt.asUintN(64, -size) : size
}

const numberTest = (
  read: (frame: Frame) => bigint | undefined,
  operator: string,
  modifier: Modifier | undefined,
  values: readonly bigint[],
): Test => {
  const isIn = operator === 'in' || operator === 'intersects'
  const test = modified(
    isIn ? 'anyof' : modifier,
    values.map((value) => (left: bigint) => holds(isIn ? '=' : operator, left < value ? -1 : left > value ? 1 : 0)),
  )
  return (frame) => {
    const left = read(frame)
    return left !== undefined && test(left)
  }
}

const holds = (operator: string, order: number): boolean => {
  switch (operator) {
    case '=':
    case '==':
      return order === 0
    case '!=':
      return order !== 0
    case '<':
      return order < 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    default:
      return order >= 0
  }
}

/** Both sides are read from the event. They have to be of one type; where the right one is missing the check is false. */
const fieldTest = (left: Extraction, operator: string, right: Extraction): Test => {
  if (operator === 'pmatch' || operator === 'regex') {
    throw new ConditionFault(`"${operator}" takes values only, not a field`, 0)
  }
  if (left.shape === 'list' && right.shape === 'list') {
    return (frame) => {
      const [list, values] = [left.read(frame), right.read(frame)]
      if (list === undefined || values === undefined) return false
      const members = new Set(values)
      const isMember = (element: string): boolean => members.has(element)
      return operator === 'in' ? list.every(isMember) : list.some(isMember)
    }
  }
  if (left.shape === 'number' && right.shape === 'number' && left.unit === right.unit) {
    const symbol = operator === 'in' || operator === 'intersects' ? '=' : operator
    return (frame) => {
      const [one, two] = [left.read(frame), right.read(frame)]
      return one !== undefined && two !== undefined && holds(symbol, one < two ? -1 : one > two ? 1 : 0)
    }
  }
  if (left.shape === 'text' && right.shape === 'text') {
    const symbol = operator === 'in' || operator === 'intersects' ? '=' : operator
    return (frame) => {
      const [one, two] = [left.read(frame), right.read(frame)]
      return one !== undefined && two !== undefined && singleTest(symbol, two)(one)
    }
  }
  throw new ConditionFault(`a ${left.shape} cannot be compared with a ${right.shape}`, 0)
}
