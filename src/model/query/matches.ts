import type { EventRow } from '../answer.ts'
import { parseEventId, uidDigits } from '../event-id.ts'
import { wildcardHolds } from '../wildcard.ts'
import { type Comparison, type Expression, findField, type Pattern, type Query } from './query.ts'

/** Whether a row is one that the query means. The store's SQL says the same of the same row. */
export const matches = (query: Query, row: EventRow): boolean =>
  (query.allStages || row.stage !== hiddenStage) && (query.expression === undefined || holds(query.expression, row))

/** The audit stage that is shown only to queries that name `stage`. */
export const hiddenStage = 'RequestReceived'

const holds = (expression: Expression, row: EventRow): boolean => {
  switch (expression.kind) {
    case 'all':
      return expression.terms.every((term) => holds(term, row))
    case 'any':
      return expression.terms.some((term) => holds(term, row))
    case 'not':
      return !holds(expression.term, row)
    case 'compare':
      return compare(row.code, expression.comparison, expression.number)
    case 'text':
      return textHolds(expression.value, wordsOf(row))
    case 'field': {
      const { field, values } = expression
      if (field === 'id') return values.some((value) => idHolds(value[0] ?? '', row.id))
      const column = findField(field)?.column ?? 'id'
      return values.some((value) => wildcardHolds(value, String(row[column])))
    }
  }
}

const compare = (left: number, comparison: Comparison, right: number): boolean => {
  switch (comparison) {
    case '=':
      return left === right
    case '<':
      return left < right
    case '<=':
      return left <= right
    case '>':
      return left > right
    case '>=':
      return left >= right
  }
}

const idHolds = (value: string, id: string): boolean => value === id || parseEventId(id)?.uid === uidDigits(value)

/** What free text is looked for in, a line each, ASCII letters small as ClickHouse's `lower` makes them. */
const wordsOf = (row: EventRow): string =>
  lowerAscii([row.user, row.requestUri, row.name, row.userAgent, row.reason, row.process].join('\n'))

export const lowerAscii = (text: string): string => text.replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase())

/**
 * The words of a text as ClickHouse's tokenizer `splitByNonAlpha` makes them: runs of ASCII letters and digits and of
 * any character outside ASCII.
 */
export const tokensOf = (text: string): readonly string[] => text.match(/[0-9A-Za-z\u0080-\uffff]+/g) ?? []

const textHolds = (value: Pattern, words: string): boolean => {
  const lower = value.map(lowerAscii)
  if (lower.length > 1) return wildcardHolds(['', ...lower, ''], words)
  const [text = ''] = lower
  const tokens = tokensOf(text)
  if (!words.includes(text)) return false
  const there = new Set(tokensOf(words))
  return tokens.every((token) => there.has(token))
}
