import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { admit, compileValidatingPolicy } from '../../../src/engines/admission/index.ts'
import type { JsonObject, JsonValue } from '../../../src/model/json.ts'
import { libraryWorld, requestFor } from '../admission-world.ts'
import type { Suite } from '../suite.ts'

interface LibraryTest {
  readonly name: string
  readonly template: string
  readonly expected: 'pass' | 'fail' | 'warn'
  readonly field_change_list?: readonly string[]
  readonly param_template?: string
  readonly binding_template?: string
}

/** Real policies of Kubescape with labelled objects, judged whole: matching, params, variables, validations, binding. */
export const suite: Suite = {
  name: 'kubescape-cel-admission-library',
  *run({ dir }) {
    const read = (path: string): JsonObject => parse(readFileSync(join(dir, path), 'utf8')) as JsonObject
    const controls = readdirSync(join(dir, 'controls'), { withFileTypes: true }).filter((entry) => entry.isDirectory())
    for (const control of controls.map((entry) => entry.name).sort()) {
      const policy = compileValidatingPolicy(read(`controls/${control}/policy.yaml`))
      const tests = JSON.parse(
        readFileSync(join(dir, 'controls', control, 'tests.json'), 'utf8'),
      ) as readonly LibraryTest[]
      for (const [i, test] of tests.entries()) {
        const params = read(`test-resources/${test.param_template ?? 'default-control-configuration.yaml'}`)
        const object = changed(read(`test-resources/${test.template}`), test.field_change_list ?? [])
        const actions =
          test.binding_template === undefined ? ['Deny'] : actionsOf(read(`test-resources/${test.binding_template}`))
        const binding = {
          metadata: { name: 'b' },
          spec: { paramRef: { name: nameOf(params) }, validationActions: actions },
        }
        const { denial, warnings } = admit(
          [{ policy, bindings: [binding] }],
          requestFor(object),
          libraryWorld([params]),
        )
        const got = denial !== undefined ? 'fail' : warnings.length > 0 ? 'warn' : 'pass'
        yield {
          name: `${control}/${i + 1} ${test.name}`,
          ok: got === test.expected,
          expected: test.expected,
          got: denial?.message ?? got,
        }
      }
    }
  },
}

function actionsOf(binding: JsonObject): JsonValue {
  const spec = binding.spec as JsonObject
  return spec.validationActions ?? []
}

function nameOf(object: JsonObject): string {
  const metadata = object.metadata as JsonObject
  return String(metadata.name)
}

type Editable = { [key: string]: JsonValue }

/** Sets fields by their paths, `spec.containers.[0].image=nginx`; missing parents are made. */
function changed(object: JsonObject, changes: readonly string[]): JsonObject {
  const copy = structuredClone(object)
  for (const change of changes) {
    const equals = change.indexOf('=')
    const path = change
      .slice(0, equals)
      .split('.')
      .map((part) => /^\[(\d+)\]$/.exec(part)?.[1] ?? part)
    set(copy as Editable, path, parsedValue(change.slice(equals + 1)))
  }
  return copy
}

function parsedValue(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue
  } catch {
    return text
  }
}

function set(object: Editable, [key = '', ...rest]: readonly string[], value: JsonValue): void {
  if (rest.length === 0) {
    object[key] = value
    return
  }
  const child = object[key]
  const next = typeof child === 'object' && child !== null ? child : /^\d+$/.test(rest[0] ?? '') ? [] : {}
  object[key] = next as JsonValue
  set(next as Editable, rest, value)
}
