import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { compileMutatingPolicy, mutate } from '../../../src/engines/admission/mutating.ts'
import type { GroupVersionKind } from '../../../src/engines/admission/request.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import { mutationInput } from '../admission-oracle.ts'
import { readJsonLines } from '../json-lines.ts'
import { type Suite, subset } from '../suite.ts'

interface OracleCase {
  readonly id: string
  readonly object: JsonObject
  readonly patchType: 'JSONPatch' | 'ApplyConfiguration'
  readonly expression: string
  readonly params: JsonObject
  readonly result?: JsonObject
  readonly error?: string
}

/** Patches of the API server's own patchers on typed pods and deployments: the result, or that there is an error. */
export const suite: Suite = {
  name: 'oracle-map',
  *run({ dir, quick }) {
    const cases = readJsonLines(join(dir, 'cases.jsonl.gz')) as readonly OracleCase[]
    for (const one of subset(cases, quick)) {
      const expected = one.error === undefined ? { result: one.result } : { error: true }
      const got = outcome(one)
      const compared = 'error' in got ? { error: true } : got
      yield {
        name: one.id,
        ok: isDeepStrictEqual(compared, expected),
        expected: { ...expected, text: one.error, expression: one.expression },
        got,
      }
    }
  },
}

function outcome(one: OracleCase): JsonObject {
  const expression = { expression: one.expression }
  const mutation = one.patchType === 'JSONPatch' ? { jsonPatch: expression } : { applyConfiguration: expression }
  const spec = {
    paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
    mutations: [{ patchType: one.patchType, ...mutation }],
  }
  const { steps } = mutate(
    compileMutatingPolicy({ spec }),
    one.object,
    kindOf(one.object),
    mutationInput(one.object, one.params),
  )
  const [step] = steps
  if (step === undefined) return { error: 'nothing was evaluated' }
  return step.kind === 'error' ? { error: step.message } : { result: step.object }
}

function kindOf(object: JsonObject): GroupVersionKind {
  const [version = '', group = ''] = String(object.apiVersion).split('/').reverse()
  return { group, version, kind: String(object.kind) }
}
