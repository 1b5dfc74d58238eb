/** Estimates by overload, which come before those by name. After cel-go v0.29.2 `ext/lists.go` and `ext/sets.go`. */
import { type Argument, type CallEstimate, type EstimatedCall, literalOf, sizeOf } from './node.ts'
import { add, exactly, multiply, one, type Range, scale, unbounded, wrap } from './range.ts'

type Estimate = (call: EstimatedCall) => CallEstimate | undefined

const dispatchAndList = exactly(11n)

/** A call that makes a list of this size. */
const allocating = (factor: number, size: Range): CallEstimate => ({
  cost: add(scale(size, factor), dispatchAndList),
  result: size,
})

/** A literal as a number that is not negative; anything else is `otherwise`. */
function numberOf(argument: Argument, otherwise: bigint): bigint {
  const value = literalOf(argument)
  return typeof value !== 'bigint' ? otherwise : value < 0n ? 0n : value
}

const slice: Estimate = ({ target, args: [from, to], sizes }) => {
  if (target === undefined || from === undefined || to === undefined) return undefined
  // Where it ends before it begins the difference wraps around upstream.
  const length = wrap(numberOf(to, sizeOf(target, sizes).max) - numberOf(from, 0n))
  return allocating(1, exactly(length))
}

const range: Estimate = ({ args: [count] }) => count && allocating(1, exactly(numberOf(count, unbounded)))

const reverse: Estimate = ({ target, sizes }) => target && allocating(1, sizeOf(target, sizes))

const flatten: Estimate = ({ target, args: [depth], sizes }) =>
  target && allocating(Number(depth === undefined ? 1n : numberOf(depth, unbounded)), sizeOf(target, sizes))

const compareAll = (factor: number, size: Range): CallEstimate => allocating(factor, multiply(size, size))

const distinct: Estimate = ({ target, sizes }) => target && compareAll(2, sizeOf(target, sizes))

const sort =
  (factor: number): Estimate =>
  ({ target, sizes }) =>
    target && compareAll(factor, sizeOf(target, sizes))

const sortBy =
  (factor: number): Estimate =>
  ({ args: [keys], sizes }) =>
    keys && compareAll(factor, sizeOf(keys, sizes))

const sets =
  (factor: number): Estimate =>
  ({ args: [a, b], sizes }) =>
    a && b && { cost: add(scale(multiply(sizeOf(a, sizes), sizeOf(b, sizes)), factor), one) }

const scalars = ['int', 'uint', 'double', 'bool', 'google.protobuf.Duration', 'google.protobuf.Timestamp'] as const

const byOverload: ReadonlyMap<string, Estimate> = new Map<string, Estimate>([
  ['list_slice', slice],
  ['list_flatten', flatten],
  ['list_flatten_int', flatten],
  ['lists_range', range],
  ['list_reverse', reverse],
  ['list_distinct', distinct],
  ...[...scalars.map((type) => [type, 2] as const), ['string', 2.1] as const, ['bytes', 2.1] as const].flatMap(
    ([type, factor]): readonly (readonly [string, Estimate])[] => [
      [`list_${type}_sort`, sort(factor)],
      [`list_${type}_sortByAssociatedKeys`, sortBy(factor)],
    ],
  ),
  ['list_sets_contains_list', sets(1)],
  ['list_sets_intersects_list', sets(1)],
  ['list_sets_equivalent_list', sets(2)],
])

export const libraryEstimate: Estimate = (call) => byOverload.get(call.overload)?.(call)
