import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { compile, evaluate, extend, fromJson, kubernetesEnvironment, toJson } from './index.ts'
import { dynType } from './types.ts'
import { isError } from './values.ts'

const environment = extend(kubernetesEnvironment, [
  ['object', dynType],
  ['oldObject', dynType],
])
const bindings = { object: fromJson({ kind: 'Pod', metadata: { name: 'web-0' }, spec: {} }), oldObject: null }

/** Expressions, each with what the evaluator of admission policies of Kubernetes 1.37.2 gave for it. */
const lines = readFileSync(new URL('./corners.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')

for (const line of lines) {
  const [expression, expected]: readonly [string, unknown] = JSON.parse(line)
  test(`${expression} is what the API server makes of it`, () => {
    const compiled = compile(expression, environment)
    if (compiled.kind === 'error') {
      assert.deepEqual({ refused: compiled.text }, expected)
      return
    }
    const { value, cost } = evaluate(compiled.program, bindings)
    const shown = typeof value === 'boolean' ? value : String(toJson(value))
    assert.deepEqual(isError(value) ? { error: value.message, cost } : { value: shown, cost }, expected)
  })
}
