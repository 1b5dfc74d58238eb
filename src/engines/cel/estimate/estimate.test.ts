import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { isObject, type JsonObject } from '../../../model/json.ts'
import {
  compile,
  type DeclaredType,
  declaredStructs,
  declaredType,
  type Environment,
  estimate,
  extend,
  kubernetesEnvironment,
  noStructs,
} from '../index.ts'

interface Root {
  readonly type: DeclaredType
  readonly environment: Environment
}

/** `self` and `oldSelf` as a validation rule of a CRD sees them. */
function rootOf(schema: JsonObject, resource: boolean): Root {
  const type = declaredType(schema, { name: 'selfType', resource, structural: true })
  assert.ok(type !== undefined)
  const variables = [
    ['self', type.cel],
    ['oldSelf', type.cel],
  ] as const
  return { type, environment: extend(kubernetesEnvironment, variables, declaredStructs([type], noStructs)) }
}

const estimated = (expression: string, { type, environment }: Root): readonly [string, string] | string => {
  const compiled = compile(expression, environment)
  if (compiled.kind === 'error') {
    // What can be checked but never run still has an estimate upstream; here there is no program to ask.
    return compiled.text
  }
  const { min, max } = estimate(compiled.program, type)
  return [String(min), String(max)]
}

/** Schemas in the first line, then expressions with what `cel.Env.EstimateCost` of Kubernetes 1.37.2 gives for each. */
const [head = '', ...lines] = readFileSync(new URL('./cases.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')

test(`estimates ${lines.length} expressions as the API server does, to the unit`, () => {
  const schemas: unknown = JSON.parse(head)
  assert.ok(isObject(schemas))
  const roots = new Map(
    Object.entries(schemas).map(([name, one]) => {
      assert.ok(isObject(one) && isObject(one.schema))
      return [name, rootOf(one.schema, one.root === true)]
    }),
  )
  const differences: unknown[] = []
  let compared = 0
  for (const line of lines) {
    const [name, expression, min, max]: readonly string[] = JSON.parse(line)
    const root = roots.get(name ?? '')
    assert.ok(root !== undefined && expression !== undefined)
    const found = estimated(expression, root)
    if (typeof found === 'string' && found.startsWith('program instantiation failed')) continue
    compared++
    if (found[0] !== min || found[1] !== max) differences.push({ expression, found, wanted: [min, max] })
  }
  assert.deepEqual(differences, [])
  assert.ok(compared > lines.length - 10, 'nearly all of them can run')
})

test('without a schema a list may be of any length, and a literal has its own', () => {
  const environment = extend(kubernetesEnvironment, [])
  const compiled = compile("[1, 2, 3].all(x, x > 0) && 'abc'.startsWith('ab')", environment)
  assert.ok(compiled.kind === 'program')
  // The list, then three turns of 3 to 5 units, the result, and at most one for the text.
  assert.deepEqual(estimate(compiled.program), { min: 20n, max: 27n })
})

test('a bound in the schema is a bound of the estimate', () => {
  const costs = [10, 100, 1000].map((maxItems) => {
    const root = rootOf({ type: 'array', maxItems, items: { type: 'string', maxLength: 10 } }, false)
    return estimated("self.all(x, x.startsWith('a'))", root)[1]
  })
  assert.deepEqual(costs, ['52', '502', '5002'])
})
