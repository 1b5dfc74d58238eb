/**
 * Estimates of the functions of Kubernetes, by their names. After v1.37.2 `apiserver/pkg/cel/library/cost.go`
 * (`EstimateCallCost`).
 */
import { sameType } from '../types.ts'
import { type CallEstimate, type EstimatedCall, itemsOf, literalOf, sizeOf } from './node.ts'
import { add, exactly, multiply, nothing, one, plus, type Range, scale, wrap } from './range.ts'

const scanFactor = 0.1
const patternFactor = 0.25
const listCost = 10
const structCost = 40
/** `MaxFormatSize` and `MaxNameFormatRegexSize` of `apiserver/pkg/cel/limits.go`. */
const maxFormatSize = 64n
const maxFormatPattern = 128
/** Bytes of an address, of either family. */
const address: Range = { min: 4n, max: 16n }

type Estimate = (call: EstimatedCall) => CallEstimate | undefined

const fixed =
  (cost: Range): Estimate =>
  () => ({ cost })

const scan = (size: Range, times = 1): Range => scale(size, times * scanFactor)

const firstSize = ({ args: [first], sizes }: EstimatedCall): Range | undefined => first && sizeOf(first, sizes)
const targetSize = ({ target, sizes }: EstimatedCall): Range | undefined => target && sizeOf(target, sizes)

const scanFirst: Estimate = (call) => {
  const size = firstSize(call)
  return size && { cost: scan(size) }
}

const scanFirstWhole: Estimate = (call) => {
  const size = call.args.length === 1 ? firstSize(call) : undefined
  return size && { cost: scan(size), result: size }
}

const scanTarget: Estimate = (call) => {
  const size = targetSize(call)
  return size && { cost: scan(size), result: size }
}

const selector: Estimate = (call) => {
  const length = call.args.length === 1 ? firstSize(call) : undefined
  if (length === undefined) return undefined
  const requirements = scale(scale(length, 0.5), listCost + structCost)
  return { cost: add(add(exactly(BigInt(listCost)), scan(length)), requirements) }
}

/** A list is gone through once; comparing texts costs their length besides. A target that is no list is a text. */
const traverse: Estimate = ({ fn, target, sizes }) => {
  if (target === undefined) return undefined
  const size = sizeOf(target, sizes)
  const items = itemsOf(target)
  if (items === undefined) return { cost: fn === 'includes' ? multiply(size, one) : scan(size) }
  const textual = items.type.kind === 'string' || items.type.kind === 'bytes'
  return { cost: multiply(size, textual ? add(one, scan(sizeOf(items, sizes))) : one) }
}

const replace: Estimate = ({ target, args: [old, by], sizes }) => {
  if (target === undefined || old === undefined || by === undefined) return undefined
  const size = sizeOf(target, sizes)
  const result = replacedSize(size, sizeOf(old, sizes), sizeOf(by, sizes))
  return { cost: scan(size, 2), result }
}

/** Replacing an empty text puts the replacement around every character. */
function replacedSize(text: Range, old: Range, by: Range): Range {
  const most =
    old.min === 0n
      ? { count: plus(text.max, 1n), kept: text.max }
      : by.max <= old.min
        ? { count: 0n, kept: text.max }
        : { count: quotient(text.max, old.min), kept: 0n }
  const least =
    old.max === 0n
      ? { count: plus(text.min, 1n), kept: text.min }
      : old.max <= by.min
        ? { count: 0n, kept: text.min }
        : { count: quotient(text.min, old.max), kept: 0n }
  return add(multiply({ min: least.count, max: most.count }, by), { min: least.kept, max: most.kept })
}

/** A division in floating point, as upstream does it. */
const quotient = (a: bigint, b: bigint): bigint => {
  const value = Math.ceil(Number(a) / Number(b))
  return value >= 2 ** 64 ? overflow : BigInt(value)
}

/** What Go makes of 2^64 as an unsigned number of 64 bits on amd64. */
const overflow = 1n << 63n

const split: Estimate = (call) => {
  const size = targetSize(call)
  if (size === undefined) return undefined
  const limit = call.args[1] && literalOf(call.args[1])
  return { cost: scan(size, 2), result: { min: 0n, max: typeof limit === 'bigint' ? wrap(limit) : size.max } }
}

const join: Estimate = ({ target, args: [separator], sizes }) => {
  if (target === undefined) return undefined
  const count = sizeOf(target, sizes)
  const items = itemsOf(target)
  const texts = items === undefined ? nothing : multiply(count, sizeOf(items, sizes))
  const between = { min: count.min > 0n ? count.min - 1n : 0n, max: count.max > 0n ? count.max - 1n : 0n }
  const result = separator === undefined ? texts : add(texts, multiply(sizeOf(separator, sizes), between))
  return { cost: scan(result), result }
}

const find: Estimate = (call) => {
  const size = targetSize(call)
  const pattern = firstSize(call)
  if (size === undefined || pattern === undefined) return undefined
  const cost = multiply(scan(add(size, one)), scale(pattern, patternFactor))
  return { cost, result: { min: 0n, max: size.max } }
}

const contains =
  (own: Range, text: string): Estimate =>
  (call) => {
    const size = firstSize(call)
    return size && { cost: call.overload === text ? add(own, scan(size)) : own }
  }

const twoAddresses = scan(add(address, address))
const containsCidr = add(add(twoAddresses, scan(address)), one)

const validate: Estimate = (call) => {
  const size = firstSize(call)
  return size && { cost: scale(scan(size), maxFormatPattern * patternFactor) }
}

/** Objects of Kubernetes' libraries are compared at once. Those that are told by name are the ones upstream tells. */
const equals: Estimate = ({ args: [a, b] }) => {
  if (a === undefined || b === undefined || !sameType(a.type, b.type)) return undefined
  const { name } = a.type
  if (atOnce.has(name)) return { cost: one }
  if (name === 'kubernetes.NamedFormat') return { cost: scale({ min: 1n, max: maxFormatSize }, scanFactor) }
  if (name === 'kubernetes.URL') return { cost: scale({ min: 1n, max: b.size?.max ?? 1n }, scanFactor) }
  return undefined
}

const atOnce: ReadonlySet<string> = new Set([
  'net.IP',
  'net.CIDR',
  'kubernetes.Quantity',
  'kubernetes.Semver',
  'kubernetes.authorization.Authorizer',
  'kubernetes.authorization.PathCheck',
  'kubernetes.authorization.GroupCheck',
  'kubernetes.authorization.ResourceCheck',
  'kubernetes.authorization.Decision',
])

const named = (names: string, estimate: Estimate): readonly (readonly [string, Estimate])[] =>
  names.split(' ').map((name) => [name, estimate])

const byName: ReadonlyMap<string, Estimate> = new Map([
  ['check', fixed(exactly(350_000n))],
  ...named(
    'serviceAccount path group resource subresource namespace name allowed reason error errored format.named',
    fixed(one),
  ),
  ...named('masked prefixLength family isUnspecified isLoopback isLinkLocalMulticast', fixed(one)),
  ...named('isLinkLocalUnicast isGlobalUnicast sign asInteger isInteger asApproximateFloat', fixed(one)),
  ...named('isGreaterThan isLessThan compareTo add sub major minor patch', fixed(one)),
  ...named('getScheme getHostname getHost getPort getEscapedPath getQuery', fixed(one)),
  ...named('fieldSelector labelSelector', selector),
  ...named('isSorted sum max min indexOf lastIndexOf includes', traverse),
  ...named('url jsonpatch.escapeKey', scanFirstWhole),
  ...named('lowerAscii upperAscii substring trim', scanTarget),
  ...named('find findAll', find),
  ...named('cidr isIP isCIDR quantity isQuantity semver isSemver', scanFirst),
  ['replace', replace],
  ['split', split],
  ['join', join],
  ['ip', (call) => (call.overload === 'cidr_ip' ? { cost: one } : scanFirst(call))],
  [
    'ip.isCanonical',
    (call) => {
      const size = firstSize(call)
      return size && { cost: scan(size, 2) }
    },
  ],
  ['containsIP', contains(twoAddresses, 'cidr_contains_ip_string')],
  ['containsCIDR', contains(containsCidr, 'cidr_contains_cidr_string')],
  ['validate', validate],
  ['_==_', equals],
])

/** The estimate of Kubernetes for a call, whatever its overload; undefined where cel-go's own holds. */
export const kubernetesEstimate: Estimate = (call) => byName.get(call.fn)?.(call)
