/** The terms of a query's outermost level as texts, so that each can be taken out by a click. Pure. */
import { type Expression, parseQuery, printQuery } from '../../../model/query/index.ts'

/** Each outermost term as text; a query that cannot be read is one term, a query of alternatives too. */
export const outerTerms = (q: string): readonly string[] => {
  const terms = termsOf(q)
  return terms ? terms.map(print) : q === '' ? [] : [q]
}

/** The query without its outermost term at `index`. */
export const withoutOuter = (q: string, index: number): string =>
  (termsOf(q) ?? [])
    .filter((_, at) => at !== index)
    .map(print)
    .join(' ')

const termsOf = (q: string): readonly Expression[] | undefined => {
  const parsed = parseQuery(q)
  if (!parsed.ok) return undefined
  const { expression } = parsed.query
  if (!expression) return []
  return expression.kind === 'all' ? expression.terms : [expression]
}

/** Alternatives keep their parentheses beside other terms. */
const print = (expression: Expression): string => {
  const text = printQuery({ expression, allStages: false })
  return expression.kind === 'any' ? `(${text})` : text
}
