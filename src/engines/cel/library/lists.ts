/** List functions: cel-go v0.29.2 `ext/lists.go` (version 3) and Kubernetes v1.37.2 `cel/library/lists.go` (version 1). */

import {
  binary,
  each,
  type FunctionDeclaration,
  fn,
  type Implementation,
  memberBinary,
  memberEach,
  memberUnary,
  paramA,
  paramT,
  unary,
} from '../environment.ts'
import { compare, equal, isComparable, isEqual } from '../equality.ts'
import { ValueMap } from '../map-values.ts'
import { formatTimestamp } from '../time.ts'
import {
  boolType,
  bytesType,
  CelType,
  doubleType,
  durationType,
  dynType,
  intType,
  listOf,
  mapOf,
  param,
  stringType,
  timestampType,
  typeText,
  uintType,
} from '../types.ts'
import {
  CelDuration,
  CelError,
  CelMap,
  CelTimestamp,
  CelUint,
  type CelValue,
  isError,
  isList,
  noSuchOverload,
  valueType,
} from '../values.ts'
import { add } from './operators.ts'
import { showInError } from './show.ts'

const comparable: readonly (readonly [name: string, type: CelType])[] = [
  ['int', intType],
  ['uint', uintType],
  ['double', doubleType],
  ['bool', boolType],
  ['duration', durationType],
  ['timestamp', timestampType],
  ['string', stringType],
  ['bytes', bytesType],
]
const summable = comparable.filter(([name]) => ['int', 'uint', 'double', 'duration'].includes(name))

const listT = listOf(paramT)
const maxRange = 1_000_000n

const onList =
  (f: (list: readonly CelValue[], ...rest: readonly CelValue[]) => CelValue): Implementation =>
  (list = null, ...rest) =>
    isList(list) ? f(list, ...rest) : noSuchOverload

const slice = onList((list, start, end) => {
  if (typeof start !== 'bigint' || typeof end !== 'bigint') return noSuchOverload
  const call = `cannot slice(${start}, ${end})`
  if (start < 0n || end < 0n) return new CelError(`${call}, negative indexes not supported`)
  if (start > end) return new CelError(`${call}, start index must be less than or equal to end index`)
  if (BigInt(list.length) < end) return new CelError(`${call}, list is length ${list.length}`)
  return list.slice(Number(start), Number(end))
})

const flatten: Implementation = (list = null, ...rest) => {
  const [depth = 1n] = rest
  if (!isList(list) || typeof depth !== 'bigint') {
    return new CelError(
      `no such overload: ${typeText(valueType(list))}.flatten(${rest.map((v) => typeText(valueType(v))).join(', ')})`,
    )
  }
  if (depth < 0n) return new CelError('level must be non-negative')
  return flattened(list, depth)
}

function flattened(list: readonly CelValue[], depth: bigint): readonly CelValue[] {
  const out: CelValue[] = []
  for (const item of list) {
    if (!isList(item) || depth === 0n) out.push(item)
    else for (const inner of flattened(item, depth - 1n)) out.push(inner)
  }
  return out
}

/** Sorts items by keys of one comparable type; equal keys keep their order. */
function sortedBy(items: readonly CelValue[], keys: readonly CelValue[]): CelValue {
  if (items.length !== keys.length) {
    const text = 'expected a list of the same size as the associated keys list, but got'
    return new CelError(`@sortByAssociatedKeys() ${text} ${items.length} and ${keys.length} elements respectively`)
  }
  const first = keys[0]
  if (first === undefined) return items
  if (!isComparable(first)) return new CelError('list elements must be comparable')
  const type = valueType(first)
  if (keys.length > 1 && keys.some((key) => valueType(key) !== type))
    return new CelError('list elements must have the same type')
  const order = keys.map((_key, i) => i)
  order.sort((i, j) => {
    const result = compare(keys[i] ?? null, keys[j] ?? null)
    return typeof result === 'number' ? result : 0
  })
  return order.map((i) => items[i] ?? null)
}

/** The first of each set of equal elements. Strings are found by a look-up, so that long lists of them stay cheap. */
const distinct = onList((list) => {
  const texts = new Set<string>()
  const others: CelValue[] = []
  return list.filter((item) => {
    if (typeof item === 'string') {
      if (texts.has(item)) return false
      texts.add(item)
      return true
    }
    if (others.some((other) => isEqual(item, other))) return false
    others.push(item)
    return true
  })
})

const range: Implementation = (count) => {
  if (typeof count !== 'bigint') return noSuchOverload
  if (count < 0n) return new CelError(`lists.range: size must be non-negative, got ${count}`)
  if (count > maxRange) return new CelError(`lists.range: size ${count} exceeds maximum allowed (${maxRange})`)
  return Array.from({ length: Number(count) }, (_, i) => BigInt(i))
}

const isSorted = onList((list) => {
  for (const [i, item] of list.entries()) {
    if (!isComparable(item)) return noSuchOverload
    const previous = list[i - 1]
    if (previous !== undefined && compare(previous, item) === 1) return false
  }
  return true
})

const zeros: Readonly<Record<string, CelValue>> = {
  int: 0n,
  uint: new CelUint(0n),
  double: 0,
  duration: new CelDuration(0n),
}

const sum = (zero: CelValue): Implementation =>
  onList((list) => {
    let total = zero
    for (const item of list) {
      total = add(total, item)
      if (isError(total)) return total
    }
    return total
  })

const extreme = (name: 'min' | 'max'): Implementation =>
  onList((list) => {
    let best: CelValue | undefined
    for (const item of list) {
      if (!isComparable(item)) return noSuchOverload
      if (best === undefined || compare(best, item) === (name === 'min' ? 1 : -1)) best = item
    }
    return best ?? new CelError(`${name} called on empty list`)
  })

const indexOf = onList((list, item = null) => BigInt(list.findIndex((element) => isEqual(element, item))))
const lastIndexOf = onList((list, item = null) => BigInt(list.findLastIndex((element) => isEqual(element, item))))

const includes: Implementation = (target = null, item = null) =>
  isList(target) ? target.some((element) => isEqual(element, item)) : equal(target, item) === true

const contains = (outer: readonly CelValue[], inner: readonly CelValue[]): boolean =>
  inner.every((item) => outer.some((element) => isEqual(item, element)))

const sets = (f: (a: readonly CelValue[], b: readonly CelValue[]) => boolean): Implementation =>
  onList((a, b = null) => (isList(b) ? f(a, b) : noSuchOverload))

export const listFunctions: readonly FunctionDeclaration[] = [
  fn('slice', memberEach('list_slice', [listT, intType, intType], listT, slice)),
  {
    name: 'flatten',
    guarded: false,
    overloads: [
      memberUnary('list_flatten', [listOf(listT)], listT, flatten),
      memberBinary('list_flatten_int', [listOf(dynType), intType], listOf(dynType), flatten),
    ],
  },
  {
    name: 'sort',
    guarded: true,
    overloads: comparable.map(([, type]) => memberUnary(`list_${type.name}_sort`, [listOf(type)], listOf(type))),
    singleton: { style: 'unary', implementation: onList((list) => sortedBy(list, list)), accepts: isList },
  },
  {
    name: '@sortByAssociatedKeys',
    guarded: true,
    overloads: comparable.map(([, type]) =>
      memberBinary(`list_${type.name}_sortByAssociatedKeys`, [listT, listOf(type)], listT),
    ),
    singleton: {
      style: 'binary',
      implementation: onList((list, keys = null) => (isList(keys) ? sortedBy(list, keys) : noSuchOverload)),
      accepts: isList,
    },
  },
  fn('lists.range', unary('lists_range', [intType], listOf(intType), range)),
  fn(
    'reverse',
    memberUnary(
      'list_reverse',
      [listT],
      listT,
      onList((list) => list.toReversed()),
    ),
  ),
  fn('distinct', memberUnary('list_distinct', [listT], listT, distinct)),
  fn(
    'isSorted',
    ...comparable.map(([name, type]) => memberUnary(`list_${name}_is_sorted_bool`, [listOf(type)], boolType, isSorted)),
  ),
  fn(
    'sum',
    ...summable.map(([name, type]) =>
      memberUnary(`list_${name}_sum_${name}`, [listOf(type)], type, sum(zeros[name] ?? 0n)),
    ),
  ),
  fn(
    'max',
    ...comparable.map(([name, type]) => memberUnary(`list_${name}_max_${name}`, [listOf(type)], type, extreme('max'))),
  ),
  fn(
    'min',
    ...comparable.map(([name, type]) => memberUnary(`list_${name}_min_${name}`, [listOf(type)], type, extreme('min'))),
  ),
  fn('indexOf', memberBinary('list_a_index_of_int', [listOf(paramA), paramA], intType, indexOf)),
  fn('lastIndexOf', memberBinary('list_a_last_index_of_int', [listOf(paramA), paramA], intType, lastIndexOf)),
  fn('includes', memberBinary('list_includes_dyn_dyn', [dynType, dynType], boolType, includes)),
]

/** Sets, after cel-go `ext/sets.go`. */
export const setFunctions: readonly FunctionDeclaration[] = [
  fn('sets.contains', binary('list_sets_contains_list', [listT, listT], boolType, sets(contains))),
  fn(
    'sets.equivalent',
    binary(
      'list_sets_equivalent_list',
      [listT, listT],
      boolType,
      sets((a, b) => contains(a, b) && contains(b, a)),
    ),
  ),
  fn(
    'sets.intersects',
    binary(
      'list_sets_intersects_list',
      [listT, listT],
      boolType,
      sets((a, b) => a.some((item) => b.some((other) => isEqual(item, other)))),
    ),
  ),
]

const mapKV = mapOf(param('K'), param('V'))

function insert(target: CelValue | undefined, entries: readonly (readonly [CelValue, CelValue])[]): CelValue {
  if (!(target instanceof CelMap)) return noSuchOverload
  const map = target instanceof ValueMap && target.growing ? target : copyOf(target)
  for (const [key, value] of entries) {
    if (map.find(key) !== undefined) return new CelError(`insert failed: key ${showKey(key)} already exists`)
    map.set(key, value)
  }
  return map
}

/** A key as Go's `%v` prints it. */
function showKey(key: CelValue): string {
  if (key === null) return '0'
  if (key instanceof CelTimestamp) return formatTimestamp(key).replace('T', ' ').replace('Z', ' +0000 UTC')
  return key instanceof CelType ? key.name : showInError(key)
}

function copyOf(map: CelMap): ValueMap {
  const copy = new ValueMap()
  for (const key of map.keys()) copy.set(key, map.find(key) ?? null)
  return copy
}

/** The hidden function behind transformMap and transformMapEntry, after cel-go `ext/comprehensions.go`. */
export const mapFunctions: readonly FunctionDeclaration[] = [
  fn(
    'cel.@mapInsert',
    each('@mapInsert_map_key_value', [mapKV, param('K'), param('V')], mapKV, (map, key = null, value = null) =>
      insert(map, [[key, value]]),
    ),
    binary('@mapInsert_map_map', [mapKV, mapKV], mapKV, (map, update) =>
      update instanceof CelMap
        ? insert(
            map,
            update.keys().map((key) => [key, update.find(key) ?? null]),
          )
        : noSuchOverload,
    ),
  ),
]
