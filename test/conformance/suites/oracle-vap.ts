import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { compileValidatingPolicy, type Decision, validatePolicy } from '../../../src/engines/admission/validating.ts'
import type { JsonObject, JsonValue } from '../../../src/model/json.ts'
import { type OracleScenario, scenariosOf, scenarioValues } from '../admission-oracle.ts'
import { readJsonLines } from '../json-lines.ts'
import { type Suite, subset } from '../suite.ts'

interface OracleCase {
  readonly id: string
  readonly scenario: string
  readonly spec: JsonObject
  readonly decisions: readonly JsonObject[]
  readonly auditAnnotations: readonly JsonObject[]
}

/** Whole policies with the decisions of the API server's own validator: actions, evaluations, reasons, and all messages. */
export const suite: Suite = {
  name: 'oracle-vap',
  *run({ dir, data, quick }) {
    const scenarios = scenariosOf(join(data, 'oracle-cel', 'scenarios.json'))
    const cases = readJsonLines(join(dir, 'cases.jsonl.gz')) as readonly OracleCase[]
    for (const one of subset(cases, quick)) {
      const scenario = scenarios.get(one.scenario)
      if (scenario === undefined) throw new Error(`unknown scenario ${one.scenario} in ${one.id}`)
      const expected = { decisions: one.decisions.map(plain), auditAnnotations: one.auditAnnotations }
      const got = outcome(one.spec, scenario)
      yield { name: one.id, ok: isDeepStrictEqual(got, expected), expected, got }
    }
  },
}

/** A decision without what it does not have. */
function plain({ action, evaluation, message, reason }: JsonObject): JsonValue {
  return { action, evaluation, message: message ?? '', reason: reason ?? '' }
}

const ofDecision = ({ action, evaluation, message, reason }: Decision): JsonValue => ({
  action,
  evaluation,
  message,
  reason,
})

function outcome(spec: JsonObject, scenario: OracleScenario): JsonObject {
  const policy = compileValidatingPolicy({ metadata: { name: 'p' }, spec })
  const input = scenarioValues(scenario, spec.paramKind !== undefined)
  const result = validatePolicy(policy, input)
  return {
    decisions: result.decisions.map(ofDecision),
    auditAnnotations: result.auditAnnotations.map((one) => JSON.parse(JSON.stringify(one)) as JsonValue),
  }
}
