import {
  type Comparison,
  type Expression,
  type Pattern,
  printPattern,
  type QueryField,
} from '../../model/query/index.ts'
import { wildcardHolds } from '../../model/wildcard.ts'

/**
 * Why a query can match no row, for a person; empty where it may match one. Found is what contradicts itself in terms
 * that must all hold: two values at once for one field, a value that is ruled out again, a status outside of all bounds,
 * a word that the field never has.
 */
export const contradictionIn = (expression: Expression | undefined): string => {
  if (expression === undefined) return ''
  switch (expression.kind) {
    case 'all':
      return ofAll(flat(expression.terms))
    case 'any': {
      const all = expression.terms.map(contradictionIn)
      return all.every((one) => one !== '') ? (all[0] ?? '') : ''
    }
    case 'field':
      return ofAll([expression])
    case 'not':
    case 'compare':
    case 'text':
      return ''
  }
}

/** Groups of groups that must all hold are one group. */
const flat = (terms: readonly Expression[]): readonly Expression[] =>
  terms.flatMap((term) => (term.kind === 'all' ? flat(term.terms) : term))

const ofAll = (terms: readonly Expression[]): string => {
  for (const term of terms) {
    const inside = term.kind === 'any' ? contradictionIn(term) : ''
    if (inside !== '') return inside
  }
  const fields = Map.groupBy(
    terms.filter((term) => term.kind === 'field'),
    ({ field }) => field,
  )
  const ruledOut = terms.flatMap((term) => (term.kind === 'not' && term.term.kind === 'field' ? term.term : []))
  for (const [field, asked] of fields) {
    const known = words.get(field)
    const [first, ...rest] = asked.map(({ values }) => values)
    let left = first ?? []
    if (known !== undefined && !left.some((value) => known.some((word) => wildcardHolds(value, word))))
      return `${field} is never ${print(left)}`
    for (const values of rest) {
      const both = meet(left, values)
      if (both.length === 0) return `${field} cannot be ${print(left)} and ${print(values)} at once`
      left = both
    }
    const out = ruledOut.filter((term) => term.field === field).flatMap(({ values }) => values)
    if (left.every((value) => value.length === 1 && out.some((pattern) => wildcardHolds(pattern, value[0] ?? ''))))
      return `${field} is asked to be ${print(left)}, and not to be`
  }
  return codeContradiction(terms.filter((term) => term.kind === 'compare'))
}

/** Fields that have few words. */
const words: ReadonlyMap<QueryField, readonly string[]> = new Map<QueryField, readonly string[]>([
  ['decision', ['allow', 'forbid', 'none']],
])

/** Values of one list that can also be of the other; of two patterns it is not known, and both stay. */
const meet = (a: readonly Pattern[], b: readonly Pattern[]): readonly Pattern[] => [
  ...a.filter((one) => b.some((other) => canMeet(one, other))),
  ...b.filter((one) => one.length === 1 && a.some((other) => other.length > 1 && canMeet(one, other))),
]

const canMeet = (a: Pattern, b: Pattern): boolean => {
  if (a.length === 1) return wildcardHolds(b, a[0] ?? '')
  return b.length === 1 ? wildcardHolds(a, b[0] ?? '') : true
}

const print = (values: readonly Pattern[]): string =>
  values.map((value) => `“${printPattern(value, false)}”`).join(' or ')

const codeContradiction = (terms: readonly { readonly comparison: Comparison; readonly number: number }[]): string => {
  let [low, high] = [0, 65_535]
  for (const { comparison, number } of terms) {
    if (comparison === '=' || comparison === '>=') low = Math.max(low, number)
    if (comparison === '>') low = Math.max(low, number + 1)
    if (comparison === '=' || comparison === '<=') high = Math.min(high, number)
    if (comparison === '<') high = Math.min(high, number - 1)
  }
  return low > high ? 'code is asked to be inside bounds that leave no number' : ''
}
