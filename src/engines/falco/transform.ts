/** Transformers of values (userspace/libsinsp/sinsp_filter_transformers and …_multivalue_transformer.cpp). */
import { ConditionFault } from './ast.ts'
import type { Extraction, Frame } from './fields.ts'
import { getopt } from './getopt.ts'
import { byteLength, cutAtNul, fromBytes, lowerAscii, upperAscii } from './utf8.ts'

/** Applies a transformer to what its operands give. Throws a ConditionFault (at 0) where it does not take them. */
export const transformed = (
  name: string,
  operands: readonly Extraction[],
  argument: string | undefined,
): Extraction => {
  const [first, second] = operands
  if (first === undefined) throw new ConditionFault(`${name}() wants an operand`, 0)
  if (operands.length === 1 && name in single) {
    if (argument !== undefined) throw new ConditionFault(`${name}() takes no argument in brackets`, 0)
    return name === 'len' ? length(first) : each(name, first)
  }
  if (name !== 'getopt' && argument !== undefined) {
    throw new ConditionFault(`${name}() takes no argument in brackets`, 0)
  }
  if (name === 'join' && operands.length === 2 && first.shape === 'text' && second?.shape === 'list') {
    return join(first.read, second.read)
  }
  if (name === 'concat' && operands.length >= 2) return concat(operands)
  if (name === 'getopt' && operands.length === 2 && first.shape === 'list' && second?.shape === 'text') {
    return getopt(first.read, second.read, argument)
  }
  throw new ConditionFault(`${name}() does not take these operands`, 0, { mend: usage[name] ?? '' })
}

const usage: Readonly<Record<string, string>> = {
  join: 'Write join("separator", (value, …)) or join("separator", list.field)',
  concat: 'Write concat(text, text, …)',
  getopt: 'Write getopt(list.field, "options")',
}

/** Each gives undefined for a text that it cannot transform: the value is then missing. */
const single: Readonly<Record<string, (text: string) => string | undefined>> = {
  tolower: lowerAscii,
  toupper: upperAscii,
  basename: (text) => text.slice(text.lastIndexOf('/') + 1),
  b64: (text) => {
    const decoded = decodeBase64(text)
    return decoded === undefined ? undefined : cutAtNul(decoded)
  },
  len: (text) => text,
}

const each = (name: string, operand: Extraction): Extraction => {
  const apply = single[name] ?? (() => undefined)
  if (operand.shape === 'text') {
    return {
      shape: 'text',
      read: (frame) => {
        const text = operand.read(frame)
        return text === undefined ? undefined : apply(text)
      },
    }
  }
  if (operand.shape === 'number') throw new ConditionFault(`${name}() takes texts, not numbers`, 0)
  return {
    shape: 'list',
    read: (frame) => {
      const texts = operand.read(frame)
      if (texts === undefined) return undefined
      const done: string[] = []
      for (const text of texts) {
        const one = apply(text)
        if (one === undefined) return undefined
        done.push(one)
      }
      return done
    },
  }
}

/** Number of elements of a list, number of bytes of a text. */
const length = (operand: Extraction): Extraction => {
  if (operand.shape === 'number') throw new ConditionFault('len() takes a text or a list, not a number', 0)
  return {
    shape: 'number',
    unit: 'count',
    read: (frame) => {
      const value = operand.read(frame)
      if (value === undefined) return undefined
      return BigInt(typeof value === 'string' ? byteLength(value) : value.length)
    },
  }
}

const join = (
  separator: (frame: Frame) => string | undefined,
  list: (frame: Frame) => readonly string[] | undefined,
): Extraction => ({
  shape: 'text',
  read: (frame) => {
    const between = separator(frame)
    return between === undefined ? undefined : list(frame)?.join(between)
  },
})

const concat = (operands: readonly Extraction[]): Extraction => {
  const reads = operands.map((operand) => {
    if (operand.shape !== 'text') throw new ConditionFault('concat() takes texts', 0, { mend: usage.concat ?? '' })
    return operand.read
  })
  return {
    shape: 'text',
    read: (frame) => {
      let all = ''
      for (const read of reads) {
        const text = read(frame)
        if (text === undefined) return undefined
        all += text
      }
      return all
    },
  }
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Base64 with one, two or no signs of padding, however many there should be. Bits that are left over have to be zero. */
const decodeBase64 = (text: string): string | undefined => {
  if (text === '') return ''
  const digits = text.replace(/={1,2}$/, '')
  if (digits.length % 4 === 1 || digits === '') return undefined
  let bytes = ''
  let bits = 0
  let held = 0
  for (const digit of digits) {
    const value = alphabet.indexOf(digit)
    if (value < 0) return undefined
    bits = ((bits << 6) | value) & 0xffff
    held += 6
    if (held >= 8) {
      held -= 8
      bytes += String.fromCharCode((bits >> held) & 0xff)
    }
  }
  return (bits & ((1 << held) - 1)) === 0 ? fromBytes(bytes) : undefined
}
