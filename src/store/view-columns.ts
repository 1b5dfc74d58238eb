import { type Predicate, patternRegex, type ValueTest } from '../model/predicate.ts'
import { columnTest, needed } from './predicate-columns.ts'
import { type Bindings, columnOf } from './where.ts'

/** Records whose rules see them under other names than those that are kept. */
export type ViewedKind = 'runtime' | 'event'

/**
 * What a predicate over a runtime record or an Event object, as rules see it, needs of the columns of `events`: true of
 * every record that it is true of, and cheap. Undefined where it needs nothing of them.
 */
export const viewColumnsNeeded = (kind: ViewedKind, predicate: Predicate, bindings: Bindings): string | undefined => {
  const conditionOf = kind === 'runtime' ? runtimeTest : eventTest
  return needed(predicate, ([name = ''], test) => conditionOf(name, test, bindings))
}

/** The columns are those of `runtimeLine` in src/model/event-row.ts. */
const runtimeTest = (name: string, test: ValueTest, bindings: Bindings): string | undefined => {
  const on = (column: string): string | undefined => columnTest(column, test, bindings)
  // What the sensor left out, the state may have told.
  const onOrUnknown = (column: string): string | undefined => orWhere(`${column} = ''`, on(column))
  switch (name) {
    case 'Image':
      return beginsWith(columnOf.process, test, bindings)
    case 'CommandLine':
      return on(columnOf.process)
    case 'sensor':
      return on(columnOf.agent)
    case 'priority':
      // Only alerts have one.
      return test.kind === 'value' ? `${columnOf.level} != ''` : on(columnOf.level)
    case 'message':
      return on('message')
    case 'rule':
      return orWhere(`${columnOf.agent} != 'falco'`, on(columnOf.reason))
    case 'type':
      return orWhere(`${columnOf.agent} != 'tetragon'`, on(columnOf.reason))
    case 'node':
      return onOrUnknown(columnOf.node)
    case 'image':
      return onOrUnknown(columnOf.image)
    default:
      return undefined
  }
}

/** The columns are those of `objectLine` in src/model/event-row.ts. */
const eventTest = (name: string, test: ValueTest, bindings: Bindings): string | undefined => {
  switch (name) {
    case 'reason':
      return columnTest(columnOf.reason, test, bindings)
    case 'type':
      return columnTest(columnOf.level, test, bindings)
    case 'involvedObject.namespace':
      return columnTest(columnOf.ns, test, bindings)
    case 'involvedObject.name':
      return columnTest(columnOf.name, test, bindings)
    default:
      return undefined
  }
}

const orWhere = (other: string, condition: string | undefined): string | undefined =>
  condition === undefined ? undefined : `(${other} OR ${condition})`

/** The column is a program and its arguments: a pattern for the program ends at a blank, or at the end. */
const beginsWith = (column: string, test: ValueTest, bindings: Bindings): string | undefined => {
  if (test.kind !== 'pattern') return undefined
  const regex = `${patternRegex(test.parts, test.cased).slice(0, -1)}(?: |$)`
  return `match(${column}, ${bindings.add(regex, 'String')})`
}
