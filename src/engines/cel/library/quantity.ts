/** Quantities, after Kubernetes v1.37.2 `cel/library/quantity.go`. */
import {
  addQuantities,
  compareQuantities,
  negateQuantity,
  parseQuantity,
  type Quantity,
  quantityAsFloat,
  quantityAsInteger,
  wholeQuantity,
} from '../../apimachinery/quantity.ts'
import { type FunctionDeclaration, fn, type Implementation, memberBinary, memberUnary, unary } from '../environment.ts'
import { boolType, doubleType, intType, stringType, struct } from '../types.ts'
import { CelError, CelObject, type CelValue, noSuchOverload } from '../values.ts'

const quantityType = struct('kubernetes.Quantity')

export class QuantityValue extends CelObject {
  readonly type = quantityType
  readonly quantity: Quantity
  /** Results of add and sub are pointers upstream, which `==` does not accept on its right side: that comparison is an error. */
  readonly computed: boolean

  constructor(quantity: Quantity, computed = false) {
    super()
    this.quantity = quantity
    this.computed = computed
  }

  equals(other: CelValue): boolean | CelError {
    if (!(other instanceof QuantityValue) || other.computed) return noSuchOverload
    return compareQuantities(this.quantity, other.quantity) === 0
  }

  text(): string {
    return `${this.quantity.digits}e${this.quantity.scale}`
  }
}

function toQuantity(text: CelValue = null): CelValue {
  if (typeof text !== 'string') return noSuchOverload
  const parsed = parseQuantity(text)
  return parsed.kind === 'quantity' ? new QuantityValue(parsed.quantity) : new CelError(parsed.message)
}

const on =
  (f: (quantity: Quantity) => CelValue): Implementation =>
  (value) =>
    value instanceof QuantityValue ? f(value.quantity) : noSuchOverload

const onTwo =
  (f: (a: Quantity, b: Quantity) => CelValue): Implementation =>
  (a, b) => {
    const other = typeof b === 'bigint' ? wholeQuantity(b) : b instanceof QuantityValue ? b.quantity : undefined
    return a instanceof QuantityValue && other !== undefined ? f(a.quantity, other) : noSuchOverload
  }

const sum = (a: Quantity, b: Quantity): CelValue => {
  const total = addQuantities(a, b)
  return total === undefined ? new CelError('quantity out of range') : new QuantityValue(total, true)
}
const add = onTwo(sum)
const sub = onTwo((a, b) => sum(a, negateQuantity(b)))

export const quantityFunctions: readonly FunctionDeclaration[] = [
  fn('quantity', unary('string_to_quantity', [stringType], quantityType, toQuantity)),
  fn(
    'isQuantity',
    unary('is_quantity_string', [stringType], boolType, (text) =>
      typeof text === 'string' ? parseQuantity(text).kind === 'quantity' : noSuchOverload,
    ),
  ),
  // Upstream declares sign as a plain function: `sign(q)`, not `q.sign()`.
  fn(
    'sign',
    unary(
      'quantity_sign',
      [quantityType],
      intType,
      on((q) => (q.digits > 0n ? 1n : q.digits < 0n ? -1n : 0n)),
    ),
  ),
  fn(
    'isGreaterThan',
    memberBinary(
      'quantity_is_greater_than',
      [quantityType, quantityType],
      boolType,
      onTwo((a, b) => compareQuantities(a, b) > 0),
    ),
  ),
  fn(
    'isLessThan',
    memberBinary(
      'quantity_is_less_than',
      [quantityType, quantityType],
      boolType,
      onTwo((a, b) => compareQuantities(a, b) < 0),
    ),
  ),
  fn(
    'compareTo',
    memberBinary(
      'quantity_compare_to',
      [quantityType, quantityType],
      intType,
      onTwo((a, b) => BigInt(compareQuantities(a, b))),
    ),
  ),
  fn('asApproximateFloat', memberUnary('quantity_get_float', [quantityType], doubleType, on(quantityAsFloat))),
  fn(
    'asInteger',
    memberUnary(
      'quantity_get_int',
      [quantityType],
      intType,
      on((q) => quantityAsInteger(q) ?? new CelError('cannot convert value to integer')),
    ),
  ),
  fn(
    'isInteger',
    memberUnary(
      'quantity_is_integer',
      [quantityType],
      boolType,
      on((q) => quantityAsInteger(q) !== undefined),
    ),
  ),
  fn(
    'add',
    memberBinary('quantity_add', [quantityType, quantityType], quantityType, add),
    memberBinary('quantity_add_int', [quantityType, intType], quantityType, add),
  ),
  fn(
    'sub',
    memberBinary('quantity_sub', [quantityType, quantityType], quantityType, sub),
    memberBinary('quantity_sub_int', [quantityType, intType], quantityType, sub),
  ),
]
