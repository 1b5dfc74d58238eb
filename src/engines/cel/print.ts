/**
 * Prints a tree as CEL source that parses to the same tree; macros as they were written. After cel-go v0.29.2
 * `parser/unparser.go`, but on one line.
 */
import { type Call, type Expr, operators } from './ast.ts'
import { formatF } from './go-text.ts'
import { CelUint, type CelValue } from './values.ts'

const infix: Readonly<Record<string, readonly [symbol: string, precedence: number]>> = {
  [operators.or]: ['||', 2],
  [operators.and]: ['&&', 3],
  [operators.less]: ['<', 4],
  [operators.lessEquals]: ['<=', 4],
  [operators.greater]: ['>', 4],
  [operators.greaterEquals]: ['>=', 4],
  [operators.equals]: ['==', 4],
  [operators.notEquals]: ['!=', 4],
  [operators.in]: ['in', 4],
  [operators.add]: ['+', 5],
  [operators.subtract]: ['-', 5],
  [operators.multiply]: ['*', 6],
  [operators.divide]: ['/', 6],
  [operators.modulo]: ['%', 6],
}
const conditional = 1
const unary = 7
const member = 8

/** The source of a tree. */
export function print(expr: Expr): string {
  const call = expr.macro
  if (call !== undefined) return printCall(call.fn, call.target, call.args)
  switch (expr.kind) {
    case 'literal':
      return printLiteral(expr.value)
    case 'ident':
      return expr.name
    case 'select': {
      const path = `${within(expr.operand, member)}.${fieldName(expr.field)}`
      return expr.test ? `has(${path})` : path
    }
    case 'call':
      return printOperator(expr) ?? printCall(expr.fn, expr.target, expr.args)
    case 'list':
      return `[${expr.elements.map((element) => `${element.optional ? '?' : ''}${print(element.value)}`).join(', ')}]`
    case 'map':
      return `{${expr.entries.map((e) => `${e.optional ? '?' : ''}${print(e.key)}: ${print(e.value)}`).join(', ')}}`
    case 'struct':
      return `${expr.typeName}{${expr.fields.map((f) => `${f.optional ? '?' : ''}${fieldName(f.name)}: ${print(f.value)}`).join(', ')}}`
    case 'comprehension':
      throw new Error('a fold has no source but the macro it was made from')
  }
}

const fieldName = (name: string): string =>
  /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && name !== 'in' ? name : `\`${name}\``

function printCall(fn: string, target: Expr | undefined, args: readonly Expr[]): string {
  const list = args.map(print).join(', ')
  return target === undefined ? `${fn}(${list})` : `${within(target, member)}.${fn}(${list})`
}

/** Operators in their own notation; undefined for other calls. */
function printOperator({ fn, args }: Call): string | undefined {
  const [first, second, third] = args
  if (first === undefined) return undefined
  const operator = Object.hasOwn(infix, fn) ? infix[fn] : undefined
  if (operator !== undefined) return printInfix(operator[0], operator[1], args)
  if (fn === operators.not || fn === operators.negate) return printPrefix(fn === operators.not ? '!' : '-', first)
  if (second === undefined) return undefined
  if (fn === operators.index) return `${within(first, member)}[${print(second)}]`
  if (fn === operators.optIndex) return `${within(first, member)}[?${print(second)}]`
  if (fn === operators.optSelect && second.kind === 'literal')
    return `${within(first, member)}.?${fieldName(String(second.value))}`
  if (fn !== operators.conditional || third === undefined) return undefined
  return `${within(first, conditional + 1)} ? ${within(second, conditional + 1)} : ${within(third, conditional)}`
}

/** Operators group to the left: an operand on the right of the same strength needs parentheses, in `&&` and `||` any does. */
function printInfix(symbol: string, precedence: number, args: readonly Expr[]): string {
  const logical = symbol === '&&' || symbol === '||'
  return args.map((arg, i) => within(arg, i === 0 && !logical ? precedence : precedence + 1)).join(` ${symbol} `)
}

/** Digits right after a minus would take it as their sign. */
function printPrefix(symbol: '!' | '-', operand: Expr): string {
  const text = within(operand, member)
  return symbol === '-' && /^\d/.test(text) ? `-(${text})` : `${symbol}${text}`
}

const within = (expr: Expr, precedence: number): string =>
  strength(expr) < precedence ? `(${print(expr)})` : print(expr)

function strength(expr: Expr): number {
  if (expr.macro !== undefined || expr.kind !== 'call') return isNegative(expr) ? unary : member
  if (expr.fn === operators.conditional) return conditional
  if (expr.fn === operators.not || expr.fn === operators.negate) return unary
  return (Object.hasOwn(infix, expr.fn) ? infix[expr.fn]?.[1] : undefined) ?? member
}

function isNegative(expr: Expr): boolean {
  return expr.kind === 'literal' && (typeof expr.value === 'bigint' || typeof expr.value === 'number') && expr.value < 0
}

function printLiteral(value: CelValue): string {
  if (typeof value === 'string') return printText(value)
  if (typeof value === 'number') return printDouble(value)
  if (value instanceof CelUint) return `${value.value}u`
  if (!(value instanceof Uint8Array)) return String(value)
  return `b"${[...value].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')}"`
}

function printDouble(value: number): string {
  const text = formatF(value)
  return text.includes('.') ? text : `${text}.0`
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n', '\r': '\\r', '\t': '\\t' }

function printText(text: string): string {
  const inner = [...text].map((character) => {
    const code = character.codePointAt(0) ?? 0
    const hidden = code < 0x20 || (code >= 0x7f && code < 0xa0)
    return escapes[character] ?? (hidden ? `\\u${code.toString(16).padStart(4, '0')}` : character)
  })
  return `"${inner.join('')}"`
}
