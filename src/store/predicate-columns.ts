import { type FieldNames, type Predicate, patternRegex, type ValueTest } from '../model/predicate.ts'
import { type Bindings, columnOf } from './where.ts'

/**
 * What a predicate over an audit event needs of the columns of `events`: true of every event that it is true of, and
 * cheap, so that few bodies have to be opened. Undefined where it needs nothing of them.
 *
 * The columns are what the event's own fields hold (src/sources/audit/event.ts), and empty where it has none. A field
 * written as one key with dots at the top of the event, which no API server does, is not seen in its column.
 */
export const columnsNeeded = (predicate: Predicate, bindings: Bindings): string | undefined =>
  needed(predicate, (names, test) => {
    const [name = '', ...others] = names
    const column = Object.hasOwn(columnOfField, name) ? columnOfField[name] : undefined
    return column === undefined || others.length > 0 ? undefined : columnTest(column, test, bindings)
  })

/** What a predicate needs, where `conditionOf` says what one test of a field does; undefined where it needs nothing. */
export const needed = (
  predicate: Predicate,
  conditionOf: (names: FieldNames, test: ValueTest) => string | undefined,
): string | undefined => {
  switch (predicate.kind) {
    case 'all': {
      const terms = predicate.terms.flatMap((term) => needed(term, conditionOf) ?? [])
      return terms.length === 0 ? undefined : `(${terms.join(' AND ')})`
    }
    case 'any': {
      const terms = predicate.terms.map((term) => needed(term, conditionOf))
      return terms.length === 0 || terms.includes(undefined) ? undefined : `(${terms.join(' OR ')})`
    }
    case 'field': {
      const tests = predicate.tests.map((test) => conditionOf(predicate.field, test))
      return tests.length === 0 || tests.includes(undefined) ? undefined : `(${tests.join(' OR ')})`
    }
    case 'not':
    case 'anywhere':
    case 'fields':
      return undefined
  }
}

/** Only those that redaction leaves alone, or changes beyond recognition. */
const columnOfField: Readonly<Record<string, string>> = {
  verb: columnOf.verb,
  stage: columnOf.stage,
  level: columnOf.level,
  'user.username': columnOf.user,
  'impersonatedUser.username': columnOf.impersonated,
  'objectRef.apiGroup': columnOf.group,
  'objectRef.resource': columnOf.resource,
  'objectRef.subresource': columnOf.subresource,
  'objectRef.namespace': columnOf.ns,
  'objectRef.name': columnOf.name,
  'responseStatus.code': columnOf.code,
}

/** The test on a column that holds what the field does; undefined where it says nothing of it. */
export const columnTest = (column: string, test: ValueTest, bindings: Bindings): string | undefined => {
  if (column === columnOf.code) {
    const isStatus = test.kind === 'number' && Number.isInteger(test.number) && test.number > 0 && test.number < 1000
    return isStatus ? `${column} ${test.comparison} ${bindings.add(test.number, 'UInt32')}` : undefined
  }
  switch (test.kind) {
    case 'pattern': {
      const [part, ...more] = test.parts
      if (test.cased && more.length === 0 && part !== undefined && 'text' in part)
        return `${column} = ${bindings.add(part.text, 'String')}`
      return `match(${column}, ${bindings.add(patternRegex(test.parts, test.cased), 'String')})`
    }
    case 'regex':
      return `match(${column}, ${bindings.add(test.source, 'String')})`
    case 'value':
    case 'null':
    case 'exists':
    case 'number':
    case 'time':
    case 'cidr':
      return undefined
  }
}
