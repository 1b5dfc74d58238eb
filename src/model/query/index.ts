/** The query language of events: one text for pages, command line, API and store. */
export { type Completion, completions } from './completions.ts'
export { termState, withoutTerm, withTerm } from './edit.ts'
export { hiddenStage, lowerAscii, matches, tokensOf } from './matches.ts'
export { maxQueryLength, type ParsedQuery, parseQuery, type QueryError } from './parse.ts'
export { printPattern, printQuery } from './print.ts'
export {
  type Comparison,
  type Expression,
  findField,
  type Pattern,
  type Query,
  type QueryField,
  type QueryFieldInfo,
  queryFieldNames,
  queryFields,
} from './query.ts'
