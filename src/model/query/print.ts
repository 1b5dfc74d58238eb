import type { Expression, Pattern, Query } from './query.ts'

/** The shortest usual text of a query: reading it gives the same query again. Empty for the query that matches all. */
export const printQuery = (query: Query): string =>
  query.expression === undefined ? '' : printExpression(query.expression, 'any')

/** `around` is the kind of group that the text will stand in: what binds looser is put in parentheses. */
const printExpression = (expression: Expression, around: 'any' | 'all' | 'not'): string => {
  switch (expression.kind) {
    case 'any': {
      const text = expression.terms.map((term) => printExpression(term, 'all')).join(' OR ')
      return around === 'any' ? text : `(${text})`
    }
    case 'all': {
      const text = expression.terms.map((term) => printExpression(term, 'all')).join(' ')
      return around === 'not' ? `(${text})` : text
    }
    case 'not':
      return `-${printExpression(expression.term, 'not')}`
    case 'field':
      return `${expression.field}:${expression.values.map((value) => printPattern(value, false)).join(',')}`
    case 'compare':
      return `${expression.field}${expression.comparison}${expression.number}`
    case 'text':
      return printPattern(expression.value, true)
  }
}

/** The text of a value. `alone` where it stands as a term: then it must not look like a keyword, a field or a minus. */
export const printPattern = (pattern: Pattern, alone: boolean): string =>
  pattern.map((part, index) => printPart(part, alone && index === 0, pattern.length)).join('*')

const printPart = (part: string, startsTerm: boolean, parts: number): string => {
  const mustQuote =
    /[\s"*(),]/.test(part) ||
    (part === '' && parts === 1) ||
    (startsTerm && (/^-|^(?:AND|OR|NOT)$|^[A-Za-z_]+[:<>=]/.test(part) || part === ''))
  if (!mustQuote) return part
  return part === '' && parts > 1 ? '' : `"${part.replace(/[\\"]/g, (char) => `\\${char}`)}"`
}
