/** What a candidate asks for and the period never had: of that a back-test can say nothing. */
import type { Asks } from '../detect/detector.ts'
import type { RuleInput } from '../detect/rule-set.ts'
import type { Predicate, ValueTest } from '../model/predicate.ts'
import type { Micros } from '../model/time.ts'
import { type KnownField, knownFields, type RecordReader, recordKinds } from './record-reader.ts'

/** How records of a kind are told of, and what to say where there are none. */
const words = {
  audit: { one: 'event', none: 'the record has no audit events in this period: nobody told of requests' },
  runtime: {
    one: 'record of a sensor',
    none: 'the record has nothing of runtime sensors in this period: neither Falco nor Tetragon told of anything',
  },
  events: { one: 'Event object', none: 'the record has no Kubernetes Event objects in this period' },
} as const satisfies Readonly<Record<RuleInput, { readonly one: string; readonly none: string }>>

/** One sentence each. `read`: how many records of each kind the period has. */
export const unexercised = async (
  asks: Asks,
  read: readonly { readonly kind: RuleInput; readonly records: number }[],
  record: RecordReader,
  from: Micros,
  to: Micros,
): Promise<readonly string[]> => {
  const sentences: string[] = []
  for (const kind of recordKinds) {
    const predicate = asks[kind]
    if (predicate === undefined) continue
    if (read.some((one) => one.kind === kind && one.records === 0)) sentences.push(words[kind].none)
    else sentences.push(...(await missingIn(kind, predicate, record, from, to)))
  }
  return sentences
}

const missingIn = async (
  kind: RuleInput,
  predicate: Predicate,
  record: RecordReader,
  from: Micros,
  to: Micros,
): Promise<readonly string[]> => {
  const asked = new Map<KnownField, Set<string>>()
  const known: readonly KnownField[] = knownFields[kind]
  let asksForBodies = false
  collect(predicate, (names, tests) => {
    if (names.some((name) => /^(requestObject|responseObject)\b/.test(name))) asksForBodies = true
    const field = known.find((one) => names.includes(one))
    if (field === undefined) return
    const values = asked.get(field) ?? new Set()
    for (const value of tests.flatMap(exactText)) values.add(value)
    asked.set(field, values)
  })
  const sentences: string[] = []
  const { one } = words[kind]
  for (const [field, values] of asked) {
    const seen = await record.seen(kind, field, [...values], from, to)
    const missing = [...values].filter((value) => !seen.has(value))
    if (missing.length > 0) sentences.push(`no ${one} has ${field} ${listed(missing)}`)
  }
  if (kind === 'audit' && asksForBodies && !(await record.hasBodies(from, to)))
    sentences.push('no event has the body of its request: the audit policy leaves it out')
  const notKept = await record.notKept(kind, from, to)
  if (notKept > 0) sentences.push(`${notKept} ${one}s are too old to be looked at: only their columns are kept`)
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
