/**
 * What a call costs at run time. After cel-go v0.29.2 `interpreter/runtimecost.go`, `ext/lists.go`, `ext/sets.go` and
 * Kubernetes v1.37.2 `apiserver/pkg/cel/library/cost.go`. Costs of an overload come first, then those of a function name,
 * then those of cel-go. A call whose overload is only known at run time has the overload id ''.
 */
import { GoPanic } from './frame.ts'
import { goName } from './go-names.ts'
import {
  CelDuration,
  CelMap,
  CelObject,
  CelOptional,
  CelTimestamp,
  CelUint,
  type CelValue,
  isList,
  sizeOf,
} from './values.ts'

export const selectCost = 1
export const listCost = 10
export const mapCost = 30
export const structCost = 40

/** Cost of a call from its arguments and its result. `early` ones need no result, so they are charged before a slow call. */
export interface CallCost {
  readonly of: (args: readonly CelValue[], result: CelValue) => number
  readonly early: boolean
}

type Cost = CallCost['of']

const early = (of: (args: readonly CelValue[]) => number): CallCost => ({ of, early: true })
const late = (of: Cost): CallCost => ({ of, early: false })
const fixed = (cost: number): CallCost => early(() => cost)

/** Size of an argument: 1 for what has none. */
const size = (value: CelValue | undefined): number =>
  value === undefined ? 1 : ((value instanceof CelObject ? value.size : sizeOf(value)) ?? 1)

/** As {@link size}, but an optional counts as what it holds (cel-go's own table only). */
function innerSize(value: CelValue | undefined): number {
  if (value instanceof CelOptional && value.value !== undefined) return innerSize(value.value)
  return size(value)
}

/** Reading a text of this size once costs a tenth of a unit for each character, rounded up. */
const scan = (length: number, factor = 1): number => Math.ceil(length * factor * 0.1)
const regexCost = (text: number, pattern: number): number => Math.ceil((1 + text) * 0.1) * Math.ceil(pattern * 0.25)

const allocate = (factor: number, count: number): number => Math.trunc(count * factor) + 1 + listCost

/** Upstream asserts that what it compares with itself is a list; of what is none it names the first method that is missing. */
function selfCompare(list: CelValue = null): number {
  if (!isList(list)) {
    const missing = canAdd(list) ? 'Contains' : 'Add'
    throw new GoPanic(`interface conversion: ${goName(list)} is not traits.Lister: missing method ${missing}`)
  }
  const first = list[0]
  const textual = typeof first === 'string' || first instanceof Uint8Array
  return allocate(textual ? 2.1 : 2, list.length * list.length)
}

const canAdd = (value: CelValue): boolean =>
  typeof value === 'string' ||
  typeof value === 'bigint' ||
  typeof value === 'number' ||
  value instanceof CelUint ||
  value instanceof Uint8Array ||
  value instanceof CelDuration ||
  value instanceof CelTimestamp

const flatten = early(([list, depth = 1n]) => {
  if (typeof depth !== 'bigint') {
    throw new GoPanic(`interface conversion: ref.Val is ${goName(depth)}, not types.Int`)
  }
  const levels = Number(depth)
  return allocate(levels < 0 ? 1 : levels, size(list))
})
const outputSize = late((_args, result) => allocate(1, size(result)))
const sets = (factor: number): CallCost => early(([a, b]) => 1 + Math.trunc(size(a) * size(b) * factor))
const sort = early(([list]) => selfCompare(list))
const sortBy = early(([, keys]) => selfCompare(keys))

const ofOverload: Readonly<Record<string, CallCost>> = {
  list_slice: outputSize,
  list_flatten: flatten,
  list_flatten_int: flatten,
  lists_range: outputSize,
  list_reverse: outputSize,
  list_distinct: early(([list]) => selfCompare(list)),
  list_sets_contains_list: sets(1),
  list_sets_intersects_list: sets(1),
  list_sets_equivalent_list: sets(2),
  ...Object.fromEntries(
    [
      'int',
      'uint',
      'double',
      'bool',
      'google.protobuf.Duration',
      'google.protobuf.Timestamp',
      'string',
      'bytes',
    ].flatMap((type) => [
      [`list_${type}_sort`, sort],
      [`list_${type}_sortByAssociatedKeys`, sortBy],
    ]),
  ),
}

/** Bytes of a text in UTF-8: the list functions of Kubernetes and the sizes of schemas count those, not characters. */
export function utf8Length(text: string): number {
  let length = 0
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    length += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
  }
  return length
}

function traversal(value: CelValue | undefined): number {
  if (typeof value === 'string') return Math.trunc(utf8Length(value) * 0.1)
  if (value instanceof Uint8Array) return Math.trunc(value.length * 0.1)
  if (value === undefined || value === null) return 1
  if (isList(value)) return value.reduce((sum: number, item) => sum + traversal(item), 0)
  if (!(value instanceof CelMap)) return 1
  return value.keys().reduce((sum: number, key) => sum + traversal(key) + traversal(value.find(key)), 0)
}

const selector = early(([, text]) => {
  const length = size(text)
  const requirements = Math.ceil(length * 0.5)
  return listCost + scan(length) + requirements * (listCost + structCost)
})
const scanFirst = early(([text]) => scan(size(text)))
const scanTwice = early(([text]) => scan(size(text), 2))
const traverse = early(([value]) => traversal(value))
const find = early(([text, pattern]) => regexCost(size(text), size(pattern)))

const names = (list: string, cost: CallCost): readonly (readonly [string, CallCost])[] =>
  list.split(' ').map((name) => [name, cost])

const ofFunction: ReadonlyMap<string, CallCost> = new Map([
  ['check', fixed(350_000)],
  ...names('serviceAccount path group resource subresource namespace name allowed reason error errored', fixed(1)),
  ...names('fieldSelector labelSelector', selector),
  ...names('isSorted sum max min indexOf lastIndexOf includes', traverse),
  ...names('url lowerAscii upperAscii substring trim jsonpatch.escapeKey cidr isIP isCIDR', scanFirst),
  ...names('quantity isQuantity semver isSemver', scanFirst),
  ...names('replace split ip.isCanonical', scanTwice),
  ['join', late((_args, result) => scan(size(result), 2))],
  ...names('find findAll', find),
  ...names('masked prefixLength family isUnspecified isLoopback isLinkLocalMulticast', fixed(1)),
  ...names('isLinkLocalUnicast isGlobalUnicast format.named', fixed(1)),
  ...names(
    'sign asInteger isInteger asApproximateFloat isGreaterThan isLessThan compareTo add sub major minor patch',
    fixed(1),
  ),
  ...names('getScheme getHostname getHost getPort getEscapedPath getQuery', fixed(1)),
])

/** Functions whose cost in Kubernetes depends on the overload or on the kind of their first argument. */
function ofKubernetes(fn: string, overload: string): CallCost | undefined {
  switch (fn) {
    case 'ip':
      return overload === 'cidr_ip' ? fixed(1) : scanFirst
    case 'containsIP': {
      const text = overload === 'cidr_contains_ip_string'
      return early(([cidr, other]) => scan(size(cidr) * 2) + (text ? scan(size(other)) : 0))
    }
    case 'containsCIDR': {
      const text = overload === 'cidr_contains_cidr_string'
      return early(([cidr, other]) => scan(size(cidr) * 2) + scan(size(cidr)) + 1 + (text ? scan(size(other)) : 0))
    }
    case 'validate':
      return early(([format, text]) => {
        const known = format instanceof CelObject && 'maxRegexSize' in format ? format.maxRegexSize : undefined
        return typeof known === 'number' ? regexCost(size(text), known) : 1
      })
    case '_==_':
      return early((args) => (args[0] instanceof CelObject ? 1 : equality(args)))
    default:
      return ofFunction.get(fn)
  }
}

const equality = (args: readonly CelValue[]): number => scan(Math.min(innerSize(args[0]), innerSize(args[1])))
const smaller = early(equality)
const sum = early(([a, b]) => scan(innerSize(a) + innerSize(b)))
const scanInner = early(([text]) => scan(innerSize(text)))
const matches = early(([text, pattern]) => regexCost(innerSize(text), innerSize(pattern)))
const scanSecond = early(([, text]) => scan(innerSize(text)))

const ofCel: Readonly<Record<string, CallCost>> = {
  starts_with_string: scanSecond,
  ends_with_string: scanSecond,
  string_to_bytes: scanInner,
  bytes_to_string: scanInner,
  strings_quote: scanInner,
  string_format: scanInner,
  in_list: early(([, list]) => innerSize(list)),
  ...Object.fromEntries(
    ['less', 'less_equals', 'greater', 'greater_equals'].flatMap((id) => [
      [`${id}_string`, smaller],
      [`${id}_bytes`, smaller],
    ]),
  ),
  equals: smaller,
  not_equals: smaller,
  add_string: sum,
  add_bytes: sum,
  matches,
  matches_string: matches,
  contains_string: early(([text, part]) => scan(innerSize(text)) * scan(innerSize(part))),
}

const one = fixed(1)

/** The cost of calling a function. `kubernetes` is false for plain CEL, without the API server's own table. */
export function callCost(fn: string, overload: string, kubernetes: boolean): CallCost {
  const known = Object.hasOwn(ofOverload, overload) ? ofOverload[overload] : undefined
  const special = kubernetes ? ofKubernetes(fn, overload) : undefined
  return known ?? special ?? (Object.hasOwn(ofCel, overload) ? ofCel[overload] : undefined) ?? one
}
