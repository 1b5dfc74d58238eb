import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { admissionEnvironment } from '../../../src/engines/admission/environment.ts'
import { compile, evaluate, typeText } from '../../../src/engines/cel/index.ts'
import { isError } from '../../../src/engines/cel/values.ts'
import type { JsonObject, JsonValue } from '../../../src/model/json.ts'
import { type OracleScenario, scenarioBindings, scenariosOf } from '../admission-oracle.ts'
import { valueForm } from '../cel-values.ts'
import { readJsonLines } from '../json-lines.ts'
import { type Suite, subset } from '../suite.ts'

interface OracleCase {
  readonly id: string
  readonly expression: string
  readonly scenario: string
  readonly compileError?: string
  readonly outputType?: string
  readonly value?: JsonValue
  readonly error?: string
  readonly cost?: number
}

/** Expressions as the API server's own CEL environment evaluates them: compile error or not, value, error text and cost. */
export const suite: Suite = {
  name: 'oracle-cel',
  *run({ dir, quick }) {
    const scenarios = scenariosOf(join(dir, 'scenarios.json'))
    const cases = readJsonLines(join(dir, 'cases.jsonl.gz')) as readonly OracleCase[]
    for (const one of subset(cases, quick)) {
      const scenario = scenarios.get(one.scenario)
      if (scenario === undefined) throw new Error(`unknown scenario ${one.scenario} in ${one.id}`)
      const expected = { ...outcomeOf(one), source: one.expression }
      const got = { ...outcome(one.expression, scenario), source: one.expression }
      yield { name: one.id, ok: isDeepStrictEqual(got, expected), expected, got }
    }
  },
}

/** Of a compile error only that there is one: the parser's own words are ANTLR's. */
function outcomeOf(one: OracleCase): JsonObject {
  if (one.compileError !== undefined) return { kind: 'compile error' }
  const { outputType, cost } = one
  if (one.error !== undefined) return { kind: 'error', error: one.error, outputType, cost }
  return { kind: 'value', value: one.value, outputType, cost }
}

const environment = admissionEnvironment({ params: true, authorizer: true })

function outcome(expression: string, scenario: OracleScenario): JsonObject {
  const compiled = compile(expression, environment)
  if (compiled.kind === 'error') return { kind: 'compile error' }
  const { value, cost } = evaluate(compiled.program, scenarioBindings(scenario))
  const outputType = typeText(compiled.program.type)
  if (isError(value)) {
    return { kind: 'error', error: `expression '${expression}' resulted in error: ${value.message}`, outputType, cost }
  }
  return { kind: 'value', value: valueForm(value), outputType, cost }
}
