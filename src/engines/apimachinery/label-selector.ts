/** LabelSelector objects (`matchLabels`, `matchExpressions`). Source: k8s.io/apimachinery v0.37.2 `meta/v1/helpers.go`. */
import { asList, asObject, asText, isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import { isLabelKey, isLabelValue } from './label.ts'

export type LabelSelector =
  | { readonly kind: 'selector'; readonly requirements: readonly Requirement[] }
  | { readonly kind: 'error'; readonly message: string }

interface Requirement {
  readonly key: string
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
  readonly values: readonly string[]
}

/** Reads a selector. An absent one (null) selects nothing, an empty one everything; see {@link matchesLabels}. */
export function readLabelSelector(selector: JsonObject): LabelSelector {
  const broken = brokenPart(selector)
  if (broken !== undefined) return { kind: 'error', message: `${broken.path}: ${broken.what}` }
  const requirements: Requirement[] = []
  for (const [key, value] of Object.entries(asObject(selector.matchLabels))) {
    requirements.push({ key, operator: 'In', values: [asText(value)] })
  }
  for (const expression of asList(selector.matchExpressions)) {
    const { key, operator, values } = asObject(expression)
    if (operator !== 'In' && operator !== 'NotIn' && operator !== 'Exists' && operator !== 'DoesNotExist') {
      return { kind: 'error', message: `"${String(operator)}" is not a valid label selector operator` }
    }
    const texts = asList(values).map(asText)
    const wants = operator === 'In' || operator === 'NotIn'
    if (wants === (texts.length === 0)) {
      const rule = wants
        ? "for 'in', 'notin' operators, values set can't be empty"
        : 'values set must be empty for exists and does not exist'
      return { kind: 'error', message: `values: Invalid value: ${JSON.stringify(texts)}: ${rule}` }
    }
    requirements.push({ key: asText(key), operator, values: texts })
  }
  return { kind: 'selector', requirements }
}

/**
 * The first part that has a wrong type: the API server refuses its object, and what it would select is not known. Null
 * stands for an empty value, as Go decodes it. Undefined where there is none.
 */
export function brokenPart({
  matchLabels,
  matchExpressions,
}: JsonObject): { readonly path: string; readonly what: string } | undefined {
  if (matchLabels !== undefined && matchLabels !== null) {
    if (!isObject(matchLabels)) return { path: 'matchLabels', what: 'is not an object' }
    for (const [key, value] of Object.entries(matchLabels)) {
      if (!isTextOrNull(value)) return { path: `matchLabels[${JSON.stringify(key)}]`, what: 'is not a text' }
    }
  }
  if (matchExpressions === undefined || matchExpressions === null) return undefined
  if (!Array.isArray(matchExpressions)) return { path: 'matchExpressions', what: 'is not a list' }
  const wrong = matchExpressions.findIndex((one) => !isExpression(one))
  return wrong < 0 ? undefined : { path: `matchExpressions[${wrong}]`, what: 'is not a requirement on a label' }
}

const isExpression = (value: JsonValue): boolean => {
  if (!isObject(value) || typeof value.key !== 'string' || value.key === '') return false
  const { values } = value
  if (values === undefined || values === null) return true
  return Array.isArray(values) && values.every(isTextOrNull)
}

const isTextOrNull = (value: JsonValue | undefined): boolean => value === null || typeof value === 'string'

/** The key of the first requirement that no label can meet, by its key or a value: the API server refuses such a selector. */
export const impossibleKey = ({ requirements }: Extract<LabelSelector, { kind: 'selector' }>): string | undefined =>
  requirements.find(({ key, values }) => !isLabelKey(key) || !values.every(isLabelValue))?.key

/** True where all requirements hold; a label that is absent satisfies NotIn. */
export function matchesLabels(
  selector: Extract<LabelSelector, { kind: 'selector' }>,
  labels: Readonly<Record<string, string>>,
): boolean {
  return selector.requirements.every((requirement) => holds(requirement, labels))
}

function holds({ key, operator, values }: Requirement, labels: Readonly<Record<string, string>>): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined
  if (operator === 'In') return value !== undefined && values.includes(value)
  if (operator === 'NotIn') return value === undefined || !values.includes(value)
  return (operator === 'Exists') === (value !== undefined)
}
