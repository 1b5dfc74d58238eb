/** LabelSelector objects (`matchLabels`, `matchExpressions`). Source: k8s.io/apimachinery v0.37.2 `meta/v1/helpers.go`. */
import { isObject, type JsonObject } from '../../model/json.ts'

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
  const requirements: Requirement[] = []
  for (const [key, value] of Object.entries(isObject(selector.matchLabels) ? selector.matchLabels : {})) {
    requirements.push({ key, operator: 'In', values: [typeof value === 'string' ? value : ''] })
  }
  const expressions = Array.isArray(selector.matchExpressions) ? selector.matchExpressions.filter(isObject) : []
  for (const { key, operator, values } of expressions) {
    if (operator !== 'In' && operator !== 'NotIn' && operator !== 'Exists' && operator !== 'DoesNotExist') {
      return { kind: 'error', message: `"${String(operator)}" is not a valid label selector operator` }
    }
    const texts = Array.isArray(values) ? values.filter((value) => typeof value === 'string') : []
    const wants = operator === 'In' || operator === 'NotIn'
    if (wants === (texts.length === 0)) {
      const rule = wants
        ? "for 'in', 'notin' operators, values set can't be empty"
        : 'values set must be empty for exists and does not exist'
      return { kind: 'error', message: `values: Invalid value: ${JSON.stringify(texts)}: ${rule}` }
    }
    requirements.push({ key: typeof key === 'string' ? key : '', operator, values: texts })
  }
  return { kind: 'selector', requirements }
}

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
