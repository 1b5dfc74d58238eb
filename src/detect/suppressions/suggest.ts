import type { Case, CaseStep } from '../../model/case.ts'
import { printPattern, type QueryField } from '../../model/query/index.ts'
import type { SuppressionSpec } from '../../model/suppression.ts'
import { formatMicros, type Micros } from '../../model/time.ts'
import { chosenPart } from '../cases/generated-name.ts'

const day: Micros = 24 * 3_600_000_000
/** How long a suppression lasts that is filled in from a case. */
export const suggestedDays = 30
/** More different values than these, and the field is left open. */
const mostValues = 8
/** What stands in a generalised step for any value. */
const anything = '*'

/**
 * A suppression of just what a case is about, or only of some of its steps: its rules, and the exact user, namespace,
 * resource and name of each; of a generated name the part that was chosen; of what a sensor saw the container and image. As narrow as the query language can say with
 * one value or list for each field. The reason is a start, to be written by whoever saves it.
 */
export const suppressionFor = (
  one: Pick<Case, 'id' | 'title' | 'owner'>,
  steps: readonly CaseStep[],
  now: Micros,
): SuppressionSpec => {
  const rules = [...new Set(steps.map(({ rule }) => rule))]
  const terms: readonly (readonly [QueryField, (step: CaseStep) => string | readonly string[]])[] = [
    ['user', ({ principal }) => principal],
    ['ns', ({ target }) => target.namespace],
    ['resource', ({ target }) => target.resource],
    ['subresource', ({ target }) => target.subresource],
    ['name', ({ target }) => target.name],
    ['container', (step) => placesOf(step, step.containers)],
    ['image', (step) => placesOf(step, step.images)],
  ]
  const query = terms
    .map(([field, read]) => term(field, steps.flatMap(read), field === 'name'))
    .filter((text) => text !== '')
    .join(' ')
  const [first] = steps
  const name = [first?.title ?? 'case', nameOf(first?.principal ?? ''), one.id].map(slug).filter((part) => part !== '')
  return {
    name: name.join('-'),
    rules,
    query,
    owner: one.owner,
    reason: `Case ${one.id}: ${one.title}`,
    expires: formatMicros(now + suggestedDays * day),
  }
}

/** Requests have neither container nor image; of Events, and where it is not told, any will do. */
const placesOf = ({ lane }: CaseStep, told: readonly string[] = [anything]): readonly string[] =>
  lane === 'requests' ? [''] : told

/** Empty where the field is open in some step, or has too many values. Empty values of all are not worth a term. */
const term = (field: QueryField, values: readonly string[], generated: boolean): string => {
  if (values.includes(anything) || values.every((value) => value === '')) return ''
  const patterns = new Set(
    values.map((value) => {
      const chosen = generated ? chosenPart(value) : undefined
      return chosen === undefined ? printPattern([value], false) : printPattern([chosen, ''], false)
    }),
  )
  return patterns.size > mostValues ? '' : `${field}:${[...patterns].sort().join(',')}`
}

const nameOf = (principal: string): string => principal.split(':').slice(-2).join('-')

const slug = (text: string): string =>
  text
    .toLowerCase()
    .slice(0, 60)
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
