import { parseQuery } from './parse.ts'
import { printPattern, printQuery } from './print.ts'
import { type Expression, findField, type Query, type QueryField } from './query.ts'

/**
 * The text with the term `field:value` (or `-field:value`) added, for a click on a value. The opposite term and the same
 * term are taken out first. A text that cannot be read is kept, with the term behind it.
 */
export const withTerm = (text: string, field: string, value: string, negate: boolean): string => {
  const info = findField(field)
  if (info === undefined) return text
  const term = `${negate ? '-' : ''}${info.field}:${printPattern([value], false)}`
  const kept = withoutTerm(text, field, value)
  if (kept.trim() === '') return term
  const parsed = parseQuery(kept)
  const grouped = parsed.ok && parsed.query.expression?.kind === 'any' ? `(${kept})` : kept
  return `${grouped} ${term}`
}

/**
 * The text without the terms `field:value` and `-field:value` of its outermost level; a list of values loses only this
 * one. A text without such a term, or one that cannot be read, stays letter by letter.
 */
export const withoutTerm = (text: string, field: string, value: string): string => {
  const info = findField(field)
  const parsed = parseQuery(text)
  if (info === undefined || !parsed.ok || parsed.query.expression === undefined) return text
  const { expression } = parsed.query
  const terms = expression.kind === 'all' ? expression.terms : [expression]
  const kept = terms.flatMap((term) => withoutValue(term, info.field, value))
  if (kept.length === terms.length && kept.every((term, index) => term === terms[index])) return text
  return printQuery(queryOfAll(kept))
}

/** How a value of a field stands in a query: asked for, ruled out, or neither. */
export const termState = (query: Query, field: string, value: string): 'included' | 'excluded' | 'none' => {
  const info = findField(field)
  const { expression } = query
  if (info === undefined || expression === undefined) return 'none'
  for (const term of expression.kind === 'all' ? expression.terms : [expression]) {
    if (hasValue(term, info.field, value)) return 'included'
    if (term.kind === 'not' && hasValue(term.term, info.field, value)) return 'excluded'
  }
  return 'none'
}

const hasValue = (term: Expression, field: QueryField, value: string): boolean =>
  term.kind === 'field' && term.field === field && term.values.some((one) => one.length === 1 && one[0] === value)

const withoutValue = (term: Expression, field: QueryField, value: string): readonly Expression[] => {
  if (term.kind === 'not') {
    const [inner] = withoutValue(term.term, field, value)
    if (inner === term.term) return [term]
    return inner === undefined ? [] : [{ kind: 'not', term: inner }]
  }
  if (term.kind !== 'field' || !hasValue(term, field, value)) return [term]
  const values = term.values.filter((one) => one.length !== 1 || one[0] !== value)
  return values.length === 0 ? [] : [{ ...term, values }]
}

const queryOfAll = (terms: readonly Expression[]): Query => {
  const [only] = terms
  if (only === undefined) return { expression: undefined, allStages: false }
  return { expression: terms.length === 1 ? only : { kind: 'all', terms }, allStages: false }
}
