import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { toDuration, toTimestamp } from '../../../src/engines/cel/convert.ts'
import { each, type FunctionDeclaration, fn, memberEach } from '../../../src/engines/cel/environment.ts'
import {
  type Bindings,
  type CelType,
  type CelValue,
  compile,
  type Environment,
  evaluate,
  extend,
  joinFunctions,
  plainEnvironment,
  typeText,
} from '../../../src/engines/cel/index.ts'
import { MacroTable } from '../../../src/engines/cel/macros.ts'
import { ValueMap } from '../../../src/engines/cel/map-values.ts'
import * as types from '../../../src/engines/cel/types.ts'
import { CelUint, isError } from '../../../src/engines/cel/values.ts'
import type { JsonValue } from '../../../src/model/json.ts'
import { valueForm } from '../cel-values.ts'
import { type CaseResult, type Suite, subset } from '../suite.ts'
import { bytesOf, messageOf, messagesOf, parseTextProto, type TextMessage, textOf } from '../textproto.ts'

interface SpecTest {
  readonly name: string
  readonly test: TextMessage
}

/** The language's own cases: the value by type and value, any error for an error, and the deduced type where one is given. */
export const suite: Suite = {
  name: 'cel-spec',
  *run({ dir, quick }) {
    for (const { name, test } of subset(testsOf(join(dir, 'simple')), quick)) yield runTest(name, test)
  },
}

function testsOf(dir: string): readonly SpecTest[] {
  return readdirSync(dir)
    .filter((file) => file.endsWith('.textproto'))
    .sort()
    .flatMap((file) => {
      const content = parseTextProto(readFileSync(join(dir, file), 'utf8'))
      return messagesOf(content, 'section').flatMap((section) =>
        messagesOf(section, 'test').map((test, i, all) => {
          const again = all.slice(0, i).filter((other) => textOf(other, 'name') === textOf(test, 'name')).length
          const name = again === 0 ? textOf(test, 'name') : `${textOf(test, 'name')} (${again + 1})`
          return { name: `${file.replace('.textproto', '')}/${textOf(section, 'name')}/${name}`, test }
        }),
      )
    })
}

function runTest(name: string, test: TextMessage): CaseResult {
  const source = textOf(test, 'expr') ?? ''
  const expected = expectation(test)
  const got = outcome(source, test)
  const withType = expected.type === undefined ? got : { ...got, type: got.type }
  const shown = expected.type === undefined ? { value: got.value } : withType
  return { name, ok: isDeepStrictEqual(shown, expected), expected: { ...expected, source }, got: { ...shown, source } }
}

interface Outcome {
  readonly value?: JsonValue
  readonly type?: string
}

function expectation(test: TextMessage): Outcome {
  if (test.eval_error !== undefined || test.any_eval_errors !== undefined) return { value: 'error' }
  const typed = messageOf(test, 'typed_result')
  const result = typed === undefined ? messageOf(test, 'value') : messageOf(typed, 'result')
  const deduced = typed === undefined ? undefined : messageOf(typed, 'deduced_type')
  const type = deduced === undefined ? undefined : typeText(typeFrom(deduced))
  if (textOf(test, 'check_only') === 'true') return { value: 'checked', ...(type === undefined ? {} : { type }) }
  const value = result === undefined ? valueForm(true) : valueForm(valueFrom(result))
  return type === undefined ? { value } : { value, type }
}

function outcome(source: string, test: TextMessage): Outcome {
  const compiled = compile(source, environmentOf(test), {
    check: textOf(test, 'disable_check') !== 'true',
    kubernetesCost: false,
  })
  if (compiled.kind === 'error') return { value: 'error', type: compiled.text }
  const type = typeText(compiled.program.type)
  if (textOf(test, 'check_only') === 'true') return { value: 'checked', type }
  const { value } = evaluate(compiled.program, bindingsOf(test), Number.POSITIVE_INFINITY)
  return { value: isError(value) ? 'error' : valueForm(value), type }
}

function environmentOf(test: TextMessage): Environment {
  const variables = messagesOf(test, 'type_env').flatMap((declaration): [string, CelType][] => {
    const ident = messageOf(declaration, 'ident')
    const type = ident === undefined ? undefined : messageOf(ident, 'type')
    return type === undefined ? [] : [[textOf(declaration, 'name') ?? '', typeFrom(type)]]
  })
  const functions = joinFunctions(
    [...plainEnvironment.functions.values()],
    messagesOf(test, 'type_env').flatMap(functionFrom),
  )
  const environment = { ...extend(plainEnvironment, variables), functions, container: textOf(test, 'container') ?? '' }
  return textOf(test, 'disable_macros') === 'true' ? { ...environment, macros: new MacroTable([]) } : environment
}

/** A function that a test declares; such tests are only checked, never run. */
function functionFrom(declaration: TextMessage): readonly FunctionDeclaration[] {
  const details = messageOf(declaration, 'function')
  if (details === undefined) return []
  const overloads = messagesOf(details, 'overloads').map((overload) => {
    const params = messagesOf(overload, 'params').map(typeFrom)
    const make = textOf(overload, 'is_instance_function') === 'true' ? memberEach : each
    return make(textOf(overload, 'overload_id') ?? '', params, typeFrom(messageOf(overload, 'result_type') ?? {}))
  })
  return [fn(textOf(declaration, 'name') ?? '', ...overloads)]
}

function bindingsOf(test: TextMessage): Bindings {
  const bindings: Record<string, CelValue> = {}
  for (const binding of messagesOf(test, 'bindings')) {
    const outer = messageOf(binding, 'value')
    const value = outer === undefined ? undefined : messageOf(outer, 'value')
    if (value !== undefined) bindings[textOf(binding, 'key') ?? ''] = valueFrom(value)
  }
  return bindings
}

const primitives: Readonly<Record<string, CelType>> = {
  BOOL: types.boolType,
  INT64: types.intType,
  UINT64: types.uintType,
  DOUBLE: types.doubleType,
  STRING: types.stringType,
  BYTES: types.bytesType,
}
const wellKnown: Readonly<Record<string, CelType>> = {
  ANY: types.anyType,
  TIMESTAMP: types.timestampType,
  DURATION: types.durationType,
}

const messageTypes: Readonly<Record<string, CelType>> = {
  'google.protobuf.Duration': types.durationType,
  'google.protobuf.Timestamp': types.timestampType,
}

function typeFrom(type: TextMessage): CelType {
  const list = messageOf(type, 'list_type')
  if (list !== undefined) return types.listOf(typeFrom(messageOf(list, 'elem_type') ?? {}))
  const map = messageOf(type, 'map_type')
  if (map !== undefined)
    return types.mapOf(typeFrom(messageOf(map, 'key_type') ?? {}), typeFrom(messageOf(map, 'value_type') ?? {}))
  const inner = messageOf(type, 'type')
  if (inner !== undefined) return types.typeOf(typeFrom(inner))
  const abstract = messageOf(type, 'abstract_type')
  if (abstract !== undefined) {
    return types.opaque(textOf(abstract, 'name') ?? '', ...messagesOf(abstract, 'parameter_types').map(typeFrom))
  }
  const parameter = textOf(type, 'type_param')
  if (parameter !== undefined) return types.param(parameter)
  if (type.null !== undefined) return types.nullType
  const message = textOf(type, 'message_type')
  if (message !== undefined) return messageTypes[message] ?? types.struct(message)
  return primitives[textOf(type, 'primitive') ?? ''] ?? wellKnown[textOf(type, 'well_known') ?? ''] ?? types.dynType
}

function valueFrom(value: TextMessage): CelValue {
  const text = (field: string): string | undefined => textOf(value, field)
  if (value.bool_value !== undefined) return text('bool_value') === 'true'
  if (value.int64_value !== undefined) return BigInt(text('int64_value') ?? '0')
  if (value.uint64_value !== undefined) return new CelUint(BigInt(text('uint64_value') ?? '0'))
  if (value.double_value !== undefined) return doubleFrom(text('double_value') ?? '0')
  if (value.string_value !== undefined) return text('string_value') ?? ''
  if (value.bytes_value !== undefined) return bytesOf(value, 'bytes_value') ?? new Uint8Array()
  if (value.null_value !== undefined) return null
  if (value.type_value !== undefined)
    return plainEnvironment.typeNames.get(text('type_value') ?? '') ?? types.struct(text('type_value') ?? '')
  const list = messageOf(value, 'list_value')
  if (list !== undefined) return messagesOf(list, 'values').map(valueFrom)
  const map = messageOf(value, 'map_value')
  if (map !== undefined) return mapFrom(map)
  return objectFrom(messageOf(value, 'object_value') ?? {})
}

const doubleFrom = (text: string): number =>
  /^-?inf/i.test(text)
    ? text.startsWith('-')
      ? Number.NEGATIVE_INFINITY
      : Number.POSITIVE_INFINITY
    : /^nan$/i.test(text)
      ? Number.NaN
      : Number(text)

function mapFrom(map: TextMessage): CelValue {
  const out = new ValueMap()
  for (const entry of messagesOf(map, 'entries')) {
    out.set(valueFrom(messageOf(entry, 'key') ?? {}), valueFrom(messageOf(entry, 'value') ?? {}))
  }
  return out
}

/** Of messages only durations and timestamps have a value in plain CEL without protobuf. */
function objectFrom(object: TextMessage): CelValue {
  const duration = messageOf(object, '[type.googleapis.com/google.protobuf.Duration]')
  if (duration !== undefined) return toDuration(`${secondsText(duration)}s`)
  const timestamp = messageOf(object, '[type.googleapis.com/google.protobuf.Timestamp]')
  if (timestamp === undefined) return types.struct(Object.keys(object)[0] ?? '')
  const whole = toTimestamp(BigInt(textOf(timestamp, 'seconds') ?? '0'))
  const nanos = Number(textOf(timestamp, 'nanos') ?? '0')
  return typeof whole === 'object' && whole !== null && 'seconds' in whole
    ? Object.assign(Object.create(Object.getPrototypeOf(whole)), whole, { nanos })
    : whole
}

function secondsText(message: TextMessage): string {
  const seconds = BigInt(textOf(message, 'seconds') ?? '0')
  const nanos = BigInt(textOf(message, 'nanos') ?? '0')
  const total = seconds * 1_000_000_000n + nanos
  const magnitude = total < 0n ? -total : total
  return `${total < 0n ? '-' : ''}${magnitude / 1_000_000_000n}.${String(magnitude % 1_000_000_000n).padStart(9, '0')}`
}
