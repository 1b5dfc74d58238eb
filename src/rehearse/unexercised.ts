/** What a candidate asks for and the period never had: of that a back-test can say nothing. */
import type { Predicate, ValueTest } from '../model/predicate.ts'
import type { Micros } from '../model/time.ts'
import { type KnownField, knownFields, type RecordReader } from './record-reader.ts'

/** One sentence each. */
export const unexercised = async (
  predicate: Predicate,
  record: RecordReader,
  from: Micros,
  to: Micros,
): Promise<readonly string[]> => {
  const asked = new Map<KnownField, Set<string>>()
  let asksForBodies = false
  collect(predicate, (names, tests) => {
    if (names.some((name) => /^(requestObject|responseObject)\b/.test(name))) asksForBodies = true
    const field = knownFields.find((known) => names.includes(known))
    if (field === undefined) return
    const values = asked.get(field) ?? new Set()
    for (const value of tests.flatMap(exactText)) values.add(value)
    asked.set(field, values)
  })
  const sentences: string[] = []
  for (const [field, values] of asked) {
    const seen = await record.seen(field, [...values], from, to)
    const missing = [...values].filter((value) => !seen.has(value))
    if (missing.length > 0) sentences.push(`no event has ${field} ${listed(missing)}`)
  }
  const { withRequest, notKept } = await record.bodies(from, to)
  if (asksForBodies && withRequest === 0)
    sentences.push('no event has the body of its request: the audit policy leaves it out')
  if (notKept > 0) sentences.push(`${notKept} events are too old to be looked at: only their columns are kept`)
  return sentences
}

const listed = (values: readonly string[]): string =>
  values.length <= 5
    ? values.map((value) => `"${value}"`).join(', ')
    : `${listed(values.slice(0, 5))} and ${values.length - 5} others`

/** Fields of tests that have to be true; those below a `not` ask for absence. */
const collect = (predicate: Predicate, take: (names: readonly string[], tests: readonly ValueTest[]) => void): void => {
  switch (predicate.kind) {
    case 'all':
    case 'any':
      for (const term of predicate.terms) collect(term, take)
      return
    case 'field':
      take(predicate.field, predicate.tests)
      return
    case 'not':
    case 'anywhere':
    case 'fields':
      return
  }
}

/** The text of a test for one whole text. */
const exactText = (test: ValueTest): readonly string[] => {
  if (test.kind !== 'pattern') return []
  const [part, ...more] = test.parts
  return part !== undefined && more.length === 0 && 'text' in part ? [part.text] : []
}
