import { toText } from '../../src/engines/cel/convert.ts'
import { formatG } from '../../src/engines/cel/go-text.ts'
import { formatDuration } from '../../src/engines/cel/time.ts'
import { base64 } from '../../src/engines/cel/to-json.ts'
import { CelType } from '../../src/engines/cel/types.ts'
import {
  CelDuration,
  CelMap,
  CelObject,
  CelOptional,
  CelTimestamp,
  CelUint,
  type CelValue,
  isList,
  valueType,
} from '../../src/engines/cel/values.ts'
import type { JsonValue } from '../../src/model/json.ts'

/** A CEL value in the form of the oracle: its type, and its value as JSON. Values of Kubernetes' own types have their text. */
export function valueForm(value: CelValue): JsonValue {
  if (value === null) return { type: 'null', value: null }
  if (typeof value === 'string') return { type: 'string', value }
  if (typeof value === 'boolean') return { type: 'bool', value }
  if (typeof value === 'bigint') return { type: 'int', value: String(value) }
  if (typeof value === 'number') return { type: 'double', value: formatG(value) }
  if (value instanceof CelUint) return { type: 'uint', value: String(value.value) }
  if (value instanceof Uint8Array) return { type: 'bytes', value: base64(value) }
  if (isList(value)) return { type: 'list', value: value.map(valueForm) }
  if (value instanceof CelMap) return { type: 'map', value: mapForm(value) }
  if (value instanceof CelOptional)
    return { type: 'optional', value: value.value === undefined ? null : valueForm(value.value) }
  if (value instanceof CelDuration) return { type: 'duration', value: formatDuration(value.nanos) }
  if (value instanceof CelTimestamp) return { type: 'timestamp', value: String(toText(value)) }
  if (value instanceof CelType) return { type: 'type', value: value.name }
  if (value instanceof CelObject) return { type: value.type.name, value: objectForm(value) }
  return { type: valueType(value).name, value: null }
}

/** Upstream has no text for these types. */
const withoutText = new Set(['kubernetes.Quantity', 'kubernetes.NamedFormat'])
const objectForm = (value: CelObject): JsonValue => (withoutText.has(value.type.name) ? null : value.text())

function mapForm(map: CelMap): JsonValue {
  const entries = map.keys().map((key): JsonValue => [valueForm(key), valueForm(map.find(key) ?? null)])
  return entries.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
}
