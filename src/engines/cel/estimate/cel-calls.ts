/** Estimates of the functions of CEL itself, by overload. After cel-go v0.29.2 `checker/cost.go` (`functionCost`). */
import type { Argument, CallEstimate, EstimatedCall } from './node.ts'
import { add, least, multiply, one, type Range, scale, unknown, wrap } from './range.ts'

const scanFactor = 0.1
const patternFactor = 0.25

const sizeOf = (argument: Argument): Range => argument.size ?? unknown
const scan = (argument: Argument): Range => scale(sizeOf(argument), scanFactor)

/** The estimate of a call; undefined is one unit. */
export function celEstimate({ overload, target, args }: EstimatedCall): CallEstimate | undefined {
  const [first, second] = args
  switch (overload) {
    case 'string_format':
      return target && { cost: scan(target) }
    case 'string_to_bytes':
      return first && { cost: scan(first), result: { min: sizeOf(first).min, max: wrap(sizeOf(first).max * 4n) } }
    case 'bytes_to_string':
      return first && { cost: scan(first), result: { min: sizeOf(first).min / 4n, max: sizeOf(first).max } }
    case 'strings_quote':
      return first && { cost: scan(first), result: quoted(sizeOf(first)) }
    case 'starts_with_string':
    case 'ends_with_string':
      return first && { cost: scan(first) }
    case 'in_list':
      return second && { cost: scale(sizeOf(second), 1) }
    case 'matches':
      return first && second && matches(first, second)
    case 'matches_string':
      return target && first && matches(target, first)
    case 'contains_string':
      return target && first && { cost: multiply(scan(target), scan(first)) }
    case 'add_string':
    case 'add_bytes':
    case 'add_list':
      return first && second && sum(overload, add(sizeOf(first), sizeOf(second)))
    default:
      return comparisons.has(overload) && first && second ? { cost: smaller(sizeOf(first), sizeOf(second)) } : undefined
  }
}

/** Every character may be escaped, and two quotes come around them. */
const quoted = ({ min, max }: Range): Range => ({ min: wrap(min + 2n), max: wrap(max * 2n + 2n) })

const matches = (text: Argument, pattern: Argument): CallEstimate => ({
  cost: multiply(scale(add(sizeOf(text), one), scanFactor), scale(sizeOf(pattern), patternFactor)),
})

const sum = (overload: string, result: Range): CallEstimate => ({
  cost: overload === 'add_list' ? one : scale(result, scanFactor),
  result,
})

const comparisons: ReadonlySet<string> = new Set([
  'equals',
  'not_equals',
  ...['less', 'less_equals', 'greater', 'greater_equals'].flatMap((order) => [`${order}_string`, `${order}_bytes`]),
])

/** The smaller of the two is gone through; what has no size counts as one. */
function smaller(a: Range, b: Range): Range {
  const max = least(a.max, b.max)
  return scale({ min: max > 0n ? 1n : 0n, max }, scanFactor)
}
