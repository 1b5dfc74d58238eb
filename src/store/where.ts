import { parseEventId, uidDigits } from '../model/event-id.ts'
import {
  type Expression,
  hiddenStage,
  lowerAscii,
  type Pattern,
  type Query,
  type QueryField,
  tokensOf,
} from '../model/query/index.ts'
import type { Params } from './client.ts'

/** Collects the values of a statement, so that none of them ever stands in its text. */
export class Bindings {
  readonly #values = new Map<string, string | number>()

  /** The placeholder to write in the statement. */
  add(value: string | number, type: 'String' | 'Int64' | 'UInt32' | 'UInt64' | 'UUID'): string {
    const name = `p${this.#values.size}`
    this.#values.set(name, value)
    return `{${name}:${type}}`
  }

  /** Placeholder of a moment in microseconds. */
  time(micros: number): string {
    return `fromUnixTimestamp64Micro(${this.add(Math.trunc(micros), 'Int64')}, 'UTC')`
  }

  get params(): Params {
    return Object.fromEntries(this.#values)
  }
}

/** The column of a field; of the number `code` too. */
export const columnOf: Readonly<Record<Exclude<QueryField, 'id'>, string>> = {
  kind: 'kind',
  source: 'source',
  cluster: 'cluster',
  user: 'user',
  impersonated: 'impersonated_user',
  group: 'api_group',
  verb: 'verb',
  resource: 'resource',
  subresource: 'subresource',
  ns: 'namespace',
  name: 'name',
  code: 'code',
  decision: 'decision',
  reason: 'reason',
  level: 'level',
  stage: 'stage',
  ip: 'source_ip',
  agent: 'user_agent',
  uri: 'request_uri',
  node: 'node',
  container: 'container',
  image: 'image',
  process: 'process',
}

/** The text that free words are looked for in: letter by letter the expression of the index `words`. */
const words = `lower(concat(user, '\\n', request_uri, '\\n', name, '\\n', user_agent, '\\n', reason, '\\n', process))`

/** The condition on table `events` that says what `matches` says of a row. */
export const whereOf = (query: Query, bindings: Bindings): string => {
  const terms = query.expression === undefined ? [] : [conditionOf(query.expression, bindings)]
  if (!query.allStages) terms.push(`stage != '${hiddenStage}'`)
  return terms.length === 0 ? '1' : terms.join(' AND ')
}

const conditionOf = (expression: Expression, bindings: Bindings): string => {
  switch (expression.kind) {
    case 'all':
      return `(${expression.terms.map((term) => conditionOf(term, bindings)).join(' AND ')})`
    case 'any':
      return `(${expression.terms.map((term) => conditionOf(term, bindings)).join(' OR ')})`
    case 'not':
      return `NOT (${conditionOf(expression.term, bindings)})`
    case 'compare':
      return `code ${expression.comparison} ${bindings.add(expression.number, 'UInt32')}`
    case 'text':
      return textCondition(expression.value, bindings)
    case 'field': {
      const { field, values } = expression
      const any = values.map((value) =>
        field === 'id' ? idCondition(value[0] ?? '', bindings) : valueCondition(field, value, bindings),
      )
      return any.length === 1 ? (any[0] ?? '0') : `(${any.join(' OR ')})`
    }
  }
}

const valueCondition = (field: Exclude<QueryField, 'id'>, value: Pattern, bindings: Bindings): string => {
  const column = columnOf[field]
  const [only = ''] = value
  if (field === 'code') {
    return value.length === 1
      ? `code = ${bindings.add(Number(only), 'UInt32')}`
      : `toString(code) LIKE ${bindings.add(likeOf(value), 'String')}`
  }
  return value.length === 1
    ? `${column} = ${bindings.add(only, 'String')}`
    : `${column} LIKE ${bindings.add(likeOf(value), 'String')}`
}

const likeOf = (pattern: Pattern): string =>
  pattern.map((part) => part.replace(/[\\%_]/g, (char) => `\\${char}`)).join('%')

const idCondition = (value: string, bindings: Bindings): string => {
  const byUid = `uid = ${bindings.add(uuidOf(uidDigits(value)), 'UUID')}`
  const identity = parseEventId(value)
  if (identity === undefined) return byUid
  const { kind, time, uid, mark } = identity
  return `(${byUid} OR (time = ${bindings.time(time)} AND uid = ${bindings.add(uuidOf(uid), 'UUID')} AND mark = ${bindings.add(mark, 'UInt32')} AND kind = ${bindings.add(kind, 'String')}))`
}

/** 32 hex digits in the usual form of a UUID. */
export const uuidOf = (digits: string): string =>
  [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join('-')

const textCondition = (value: Pattern, bindings: Bindings): string => {
  const lower = value.map(lowerAscii)
  const [text = ''] = lower
  if (lower.length > 1) return `${words} LIKE ${bindings.add(likeOf(['', ...lower, '']), 'String')}`
  const tokens = tokensOf(text)
  const conditions = [...new Set(tokens)].map((token) => `hasToken(${words}, ${bindings.add(token, 'String')})`)
  // The words alone could stand apart: the text as a whole has to be there too.
  if (tokens.length !== 1 || tokens[0] !== text) {
    conditions.push(`position(${words}, ${bindings.add(text, 'String')}) > 0`)
  }
  return conditions.length === 1 ? (conditions[0] ?? '1') : `(${conditions.join(' AND ')})`
}
