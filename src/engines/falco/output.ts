/** Outputs: texts with fields in them (userspace/libsinsp/eventformatter.cpp). */
import { ConditionFault, type Operand, operandText } from './ast.ts'
import type { Extraction, Frame } from './fields.ts'
import { parseOperand } from './parse-condition.ts'
import type { FieldValue } from './types.ts'
import { cutBytes, fromBytes, toBytes } from './utf8.ts'

export interface Output {
  readonly parts: readonly OutputPart[]
  /** The plain fields that the output names, also inside transformers, by their text. */
  readonly fields: ReadonlyMap<string, Operand>
}

type OutputPart =
  | { readonly kind: 'literal'; readonly text: string }
  /** `width` in bytes; 0: as long as it is. */
  | { readonly kind: 'field'; readonly operand: Operand; readonly width: number }

/** A token is sought in that many characters behind its `%`. */
const longestToken = 2000

/**
 * Parses an output. After a `%` the longest text that is a known field or transformer is taken, be it the beginning of a
 * longer name (`%ka.verbs`). `compile` throws a ConditionFault where an operand is none. Throws a ConditionFault.
 */
export const parseOutput = (output: string, compile: (operand: Operand) => unknown): Output => {
  const text = output.startsWith('*') ? output.slice(1) : output
  const parts: OutputPart[] = []
  const fields = new Map<string, Operand>()
  let from = 0
  for (let at = text.indexOf('%'); at >= 0; at = text.indexOf('%', from)) {
    if (at > from) parts.push({ kind: 'literal', text: text.slice(from, at) })
    const width = /[0-9]*/y
    width.lastIndex = at + 1
    const digits = width.exec(text)?.[0] ?? ''
    const start = at + 1 + digits.length
    if (start >= text.length) throw new ConditionFault('the output cannot end with %', at)
    const { operand, length } = tokenAt(text, start, compile)
    parts.push({ kind: 'field', operand, width: Math.min(Number(digits), 10_000) })
    plainFields(operand, fields)
    from = start + length
  }
  if (from < text.length) parts.push({ kind: 'literal', text: text.slice(from) })
  return { parts, fields }
}

const tokenAt = (
  text: string,
  start: number,
  compile: (operand: Operand) => unknown,
): { readonly operand: Operand; readonly length: number } => {
  const rest = text.slice(start, start + longestToken)
  let first: ConditionFault | undefined
  for (let size = rest.length; size > 0; ) {
    // What lies behind the end of a token, or behind a fault of its text, changes nothing: the next cut goes into it.
    let parsed: ReturnType<typeof parseOperand> | undefined
    try {
      parsed = parseOperand(rest.slice(0, size))
      compile(parsed.operand)
      return parsed
    } catch (error) {
      if (!(error instanceof ConditionFault)) throw error
      first ??= error
      size = parsed === undefined ? Math.min(size - 1, Math.max(error.at + 1, 0)) : parsed.length - 1
    }
  }
  const word = /^[^\s,)]*/.exec(rest)?.[0] ?? ''
  throw new ConditionFault(`"%${word}" is not a field: ${first?.message ?? ''}`, start, {
    unknownField: true,
    mend: first?.mend ?? '',
  })
}

const plainFields = (operand: Operand, fields: Map<string, Operand>): void => {
  if (operand.kind === 'field') fields.set(operandText(operand), operand)
  else if (operand.kind !== 'literal') for (const inner of operand.operands) plainFields(inner, fields)
}

/** An output that is ready to be filled in. */
export interface Formatter {
  readonly text: (frame: Frame) => string
  readonly values: (frame: Frame) => Readonly<Record<string, FieldValue>>
}

export const formatterOf = (output: Output, extract: (operand: Operand) => Extraction): Formatter => {
  const parts = output.parts.map((part) => {
    if (part.kind === 'literal') return () => part.text
    const extraction = extract(part.operand)
    const digits = extraction.shape === 'number' ? extraction.digits : undefined
    return (frame: Frame): string => sized(shown(extraction.read(frame), digits), part.width)
  })
  const fields = [...output.fields].map(([name, operand]) => [name, extract(operand)] as const)
  return {
    text: (frame) => {
      let text = ''
      for (const part of parts) text += part(frame)
      return text
    },
    values: (frame) => {
      const values: Record<string, FieldValue> = Object.create(null)
      for (const [name, extraction] of fields) {
        const value = extraction.read(frame)
        values[name] = typeof value === 'bigint' ? Number(value) : (value ?? null)
      }
      return values
    },
  }
}

/** Falco shows a list in a buffer of 1024 bytes, one of which ends it. */
const longestList = 1023

const shown = (value: string | bigint | readonly string[] | undefined, digits = 1): string => {
  if (value === undefined) return '<NA>'
  if (typeof value === 'bigint') return String(value).padStart(digits, '0')
  return typeof value === 'object' ? cutBytes(`(${value.join(',')})`, longestList) : value
}

const sized = (text: string, width: number): string => {
  if (width === 0) return text
  const bytes = toBytes(text)
  return fromBytes(bytes.slice(0, width).padEnd(width, ' '))
}
