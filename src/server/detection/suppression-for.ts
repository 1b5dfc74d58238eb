import type { Case, CaseStep } from '../../model/case.ts'
import { type Expression, printQuery, type QueryField } from '../../model/query/index.ts'
import type { SuppressionSpec } from '../../model/suppression.ts'
import { formatMicros, type Micros } from '../../model/time.ts'

const lifeMicros: Micros = 30 * 86_400_000_000
/** More values than this would make a list that nobody reads: the field is left out. */
const mostValues = 10

/** A suppression as narrow as a case lets it be: its rules, for its actors, on what they touched. */
export const suppressionFor = (one: Case, steps: readonly CaseStep[], now: Micros): SuppressionSpec => {
  const terms = [
    field(
      'user',
      steps.map(({ principal }) => principal),
    ),
    field(
      'ns',
      steps.map(({ target }) => target.namespace),
    ),
    field(
      'resource',
      steps.map(({ target }) => target.resource),
    ),
    field(
      'name',
      steps.map(({ target }) => target.name),
    ),
  ].filter((term) => term !== undefined)
  return {
    name: `like case ${one.id}`,
    rules: one.rules.map(({ rule }) => rule),
    query: terms.length === 0 ? '' : printQuery({ expression: { kind: 'all', terms }, allStages: false }),
    owner: one.owner,
    reason: '',
    expires: formatMicros(now + lifeMicros),
  }
}

/** Undefined where a step lacks the value: an exception for it would then not cover the case. */
const field = (name: QueryField, values: readonly string[]): Expression | undefined => {
  const found = [...new Set(values)]
  if (found.length === 0 || found.length > mostValues || found.includes('')) return undefined
  return { kind: 'field', field: name, values: found.map((value) => [value]) }
}
