/**
 * Checks beyond types: literals of durations, timestamps and patterns, lists and maps of one type, and format strings.
 * After cel-go v0.29.2 `cel/validator.go` and the format validator of `ext/formatting.go`.
 */
import { type Call, children, type Expr } from './ast.ts'
import type { Checked } from './check.ts'
import { toDuration, toTimestamp } from './convert.ts'
import type { Environment } from './environment.ts'
import { type Issue, issueAt } from './issue.ts'
import { endOfText, parseFormat, stringRule } from './library/format.ts'
import { compileRegex } from './regex.ts'
import { type CelType, dynType, sameType, showType } from './types.ts'
import { isError } from './values.ts'

interface Fault {
  readonly at: number
  readonly message: string
}

/** Faults that the checker does not see. Kubernetes refuses an expression that has one. */
export function validate(source: string, expr: Expr, checked: Checked, environment: Environment): readonly Issue[] {
  if (!environment.homogeneousLiterals) return []
  const faults: Fault[] = []
  visit(expr, false, (node, insideFormat) => {
    if (node.kind === 'call') faults.push(...literalFaults(node), ...formatFaults(node, checked))
    if (!insideFormat && node.kind === 'list') faults.push(...listFaults(node, checked))
    if (!insideFormat && node.kind === 'map') faults.push(...mapFaults(node, checked))
  })
  return faults.map((fault) => issueAt(source, fault.at, fault.message))
}

/** Arguments of format() may be of any type, so lists and maps below it may mix types. */
function visit(expr: Expr, insideFormat: boolean, on: (node: Expr, insideFormat: boolean) => void): void {
  on(expr, insideFormat)
  const inside = insideFormat || (expr.kind === 'call' && expr.fn === 'format')
  for (const child of children(expr)) visit(child, inside, on)
}

function literalFaults(call: Call): readonly Fault[] {
  const literal = call.args[0]
  if (literal?.kind !== 'literal') return []
  const fault = [{ at: literal.at, message: `invalid ${call.fn} argument` }]
  if (call.fn === 'duration') return isError(toDuration(literal.value)) ? fault : []
  if (call.fn === 'timestamp') return isError(toTimestamp(literal.value)) ? fault : []
  if (call.fn === 'matches' && typeof literal.value === 'string')
    return isError(compileRegex(literal.value)) ? fault : []
  return []
}

const typeOf = (expr: Expr, checked: Checked): CelType => checked.types.get(expr.id) ?? dynType

const inner = (type: CelType, optional: boolean): CelType => (optional ? (type.params[0] ?? dynType) : type)

const mismatch = (expr: Expr, wanted: CelType, found: CelType): Fault => ({
  at: expr.at,
  message: `expected type '${showType(wanted)}' but found '${showType(found)}'`,
})

function listFaults(list: Extract<Expr, { kind: 'list' }>, checked: Checked): readonly Fault[] {
  const [first, ...rest] = list.elements
  if (first === undefined) return []
  const wanted = inner(typeOf(first.value, checked), first.optional)
  const wrong = rest.find((element) => !sameType(wanted, inner(typeOf(element.value, checked), element.optional), true))
  return wrong === undefined ? [] : [mismatch(wrong.value, wanted, inner(typeOf(wrong.value, checked), wrong.optional))]
}

function mapFaults(map: Extract<Expr, { kind: 'map' }>, checked: Checked): readonly Fault[] {
  const [first, ...rest] = map.entries
  if (first === undefined) return []
  const key = typeOf(first.key, checked)
  const value = inner(typeOf(first.value, checked), first.optional)
  const faults: Fault[] = []
  for (const entry of rest) {
    const entryKey = typeOf(entry.key, checked)
    const entryValue = inner(typeOf(entry.value, checked), entry.optional)
    if (!sameType(key, entryKey, true)) faults.push(mismatch(entry.key, key, entryKey))
    if (!sameType(value, entryValue, true)) faults.push(mismatch(entry.value, value, entryValue))
  }
  return faults
}

function formatFaults(call: Call, checked: Checked): readonly Fault[] {
  const { target, args, fn } = call
  const list = args[0]
  if (fn !== 'format' || target?.kind !== 'literal' || typeof target.value !== 'string' || list?.kind !== 'list')
    return []
  const clauses = parseFormat(target.value).filter((part) => typeof part !== 'string')
  for (const [i, clause] of clauses.entries()) {
    const arg = list.elements[i]?.value
    if ('fault' in clause && clause.fault === endOfText) return [{ at: call.at, message: endOfText }]
    if (arg === undefined) return [{ at: call.at, message: `index ${i} out of range` }]
    if ('fault' in clause) return [{ at: call.at, message: clause.fault }]
    const fault = clauseFault(clause.verb, arg, checked)
    if (fault !== undefined) return [{ at: fault.at, message: `error during formatting: ${fault.message}` }]
  }
  if (list.elements.length <= clauses.length) return []
  const message = `too many arguments supplied to string.format (expected ${clauses.length}, got ${list.elements.length})`
  return [{ at: call.at, message }]
}

const clauseRules: Readonly<Record<string, readonly [kinds: readonly string[], rule: string]>> = {
  d: [['int', 'uint'], 'decimal clause can only be used on integers'],
  f: [['double', 'string'], 'fixed-point clause can only be used on doubles'],
  e: [['double', 'string'], 'scientific clause can only be used on doubles'],
  b: [['int', 'uint', 'bool'], 'only integers and bools can be formatted as binary'],
  x: [['int', 'uint', 'string', 'bytes'], 'only integers, byte buffers, and strings can be formatted as hex'],
  X: [['int', 'uint', 'string', 'bytes'], 'only integers, byte buffers, and strings can be formatted as hex'],
  o: [['int', 'uint'], 'octal clause can only be used on integers'],
}

const stringKinds = 'list map int uint double bool string timestamp bytes duration type null'.split(' ')

function clauseFault(verb: string, arg: Expr, checked: Checked): Fault | undefined {
  if (verb === 's') return stringFault(arg, checked)
  const [kinds, rule] = clauseRules[verb] ?? [[], '']
  return kindFault(arg, kinds, rule, checked)
}

function kindFault(arg: Expr, kinds: readonly string[], rule: string, checked: Checked): Fault | undefined {
  const type = typeOf(arg, checked)
  if (type.kind === 'dyn' || kinds.includes(type.kind)) return undefined
  return { at: arg.at, message: `${rule}, was given ${type.name}` }
}

/** Elements of list and map literals must be printable too. */
function stringFault(arg: Expr, checked: Checked): Fault | undefined {
  const fault = kindFault(arg, stringKinds, stringRule, checked)
  if (fault !== undefined || (arg.kind !== 'list' && arg.kind !== 'map')) return fault
  for (const child of children(arg)) {
    const below = stringFault(child, checked)
    if (below !== undefined) return below
  }
  return undefined
}
