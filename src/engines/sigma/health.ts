import type { Predicate, ValueTest } from '../../model/predicate.ts'
import type { EventSource, PossibleValues } from './event-source.ts'
import { anyTest, looked } from './tests.ts'

/** What can be said of a rule without any event. `dead`: no event of the source makes it true. */
export interface RuleHealth {
  readonly dead: boolean
  /** Each thing that the rule asks for and that cannot be. */
  readonly notes: readonly string[]
}

/** Holds what a rule asks for against what the fields of its source can hold. */
export const healthOf = (predicate: Predicate, source: EventSource): RuleHealth => {
  const notes = new Set<string>()
  const possible = canBeTrue(predicate, source, notes)
  return { dead: !possible, notes: [...notes] }
}

const canBeTrue = (predicate: Predicate, source: EventSource, notes: Set<string>): boolean => {
  switch (predicate.kind) {
    case 'all':
      return predicate.terms.map((term) => canBeTrue(term, source, notes)).every(Boolean)
    case 'any':
      return predicate.terms.map((term) => canBeTrue(term, source, notes)).some(Boolean)
    case 'field': {
      // More than one place, or one of which nothing is known: anything can be.
      const [name = '', ...more] = predicate.field
      const values = Object.hasOwn(source.values, name) ? source.values[name] : undefined
      if (more.length > 0 || values === undefined) return true
      const impossible = predicate.tests.filter((test) => !canPass(test, values))
      for (const test of impossible) notes.add(noteOf(name, test, values))
      return impossible.length < predicate.tests.length
    }
    case 'not':
    case 'anywhere':
    case 'fields':
      return true
  }
}

const canPass = (test: ValueTest, values: PossibleValues): boolean => {
  if (test.kind !== 'pattern') return true
  if (values.kind === 'number') return /^[-+.0-9eE]*$/.test(plain(test))
  const passes = anyTest([test])
  return values.texts.some((text) => passes(looked({ present: true, filled: true, values: [text] })))
}

const plain = (test: Extract<ValueTest, { kind: 'pattern' }>): string =>
  test.parts.map((part) => ('text' in part ? part.text : '')).join('')

const noteOf = (name: string, test: ValueTest, values: PossibleValues): string => {
  const asked = test.kind === 'pattern' ? plain(test) : test.kind
  const hint = values.kind === 'number' ? 'it is a number' : values.hint
  return `${name} is never "${asked}": ${hint}`
}
