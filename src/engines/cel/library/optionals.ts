/** Optional values, after cel-go v0.29.2 `cel/library.go`. */
import { operators } from '../ast.ts'
import { binary, each, type FunctionDeclaration, fn, memberBinary, memberUnary, unary } from '../environment.ts'
import { boolType, dynType, intType, listOf, mapOf, optionalOf, param, stringType } from '../types.ts'
import {
  CelDuration,
  CelError,
  CelMap,
  CelOptional,
  CelTimestamp,
  CelUint,
  type CelValue,
  isList,
  noSuchOverload,
  optionalNone,
} from '../values.ts'

const v = param('V')
const optionalV = optionalOf(v)
const listV = listOf(v)
const mapKV = mapOf(param('K'), v)

/** Zero of its type: empty, false, 0, null. */
function isZero(value: CelValue): boolean {
  if (value === null || value === false || value === '' || value === 0n || value === 0) return true
  if (isList(value)) return value.length === 0
  if (value instanceof CelMap) return value.size === 0
  if (value instanceof CelUint) return value.value === 0n
  if (value instanceof Uint8Array) return value.length === 0
  if (value instanceof CelDuration) return value.nanos === 0n
  return value instanceof CelTimestamp && value.seconds === -62135596800 && value.nanos === 0
}

const onOptional =
  (f: (optional: CelOptional) => CelValue) =>
  (value: CelValue = null) =>
    value instanceof CelOptional ? f(value) : noSuchOverload

function unwrap(list: CelValue = null): CelValue {
  if (!isList(list)) return noSuchOverload
  const values: CelValue[] = []
  for (const item of list) {
    if (!(item instanceof CelOptional)) return new CelError('value is not optional')
    if (item.value !== undefined) values.push(item.value)
  }
  return values
}

const element =
  (pick: (list: readonly CelValue[]) => CelValue | undefined) =>
  (list: CelValue = null) =>
    isList(list) ? new CelOptional(pick(list)) : noSuchOverload

export const optionalFunctions: readonly FunctionDeclaration[] = [
  fn(
    'optional.of',
    unary('optional_of', [v], optionalV, (value = null) => new CelOptional(value)),
  ),
  fn(
    'optional.ofNonZeroValue',
    unary('optional_ofNonZeroValue', [v], optionalV, (value = null) =>
      isZero(value) ? optionalNone : new CelOptional(value),
    ),
  ),
  fn(
    'optional.none',
    each('optional_none', [], optionalV, () => optionalNone),
  ),
  fn(
    'value',
    memberUnary(
      'optional_value',
      [optionalV],
      v,
      onOptional((o) => (o.value === undefined ? new CelError('optional.none() dereference') : o.value)),
    ),
  ),
  fn(
    'hasValue',
    memberUnary(
      'optional_hasValue',
      [optionalV],
      boolType,
      onOptional((o) => o.value !== undefined),
    ),
  ),
  fn('or', memberBinary('optional_or_optional', [optionalV, optionalV], optionalV)),
  fn('orValue', memberBinary('optional_orValue_value', [optionalV, v], v)),
  fn(operators.optSelect, binary('select_optional_field', [dynType, stringType], optionalV)),
  fn(
    operators.optIndex,
    binary('list_optindex_optional_int', [listV, intType], optionalV),
    binary('optional_list_optindex_optional_int', [optionalOf(listV), intType], optionalV),
    binary('map_optindex_optional_value', [mapKV, param('K')], optionalV),
    binary('optional_map_optindex_optional_value', [optionalOf(mapKV), param('K')], optionalV),
  ),
  fn(
    operators.index,
    binary('optional_list_index_int', [optionalOf(listV), intType], optionalV),
    binary('optional_map_index_value', [optionalOf(mapKV), param('K')], optionalV),
  ),
  fn(
    'last',
    memberUnary(
      'list_last',
      [listV],
      optionalV,
      element((list) => list.at(-1)),
    ),
  ),
  fn(
    'first',
    memberUnary(
      'list_first',
      [listV],
      optionalV,
      element((list) => list[0]),
    ),
  ),
  fn('optional.unwrap', unary('optional_unwrap', [listOf(optionalV)], listV, unwrap)),
  fn('unwrapOpt', memberUnary('optional_unwrapOpt', [listOf(optionalV)], listV, unwrap)),
]
