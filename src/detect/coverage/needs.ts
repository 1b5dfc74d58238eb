/** What an event has to be for a rule to fire, as far as its condition says so for certain. */
import type { Predicate, ValueTest } from '../../model/predicate.ts'

/** Members that are undefined: any will do. */
export interface RuleNeeds {
  readonly verbs: ReadonlySet<string> | undefined
  readonly resources: ReadonlySet<string> | undefined
  readonly subresources: ReadonlySet<string> | undefined
  /** The body that has to be there, and the field that asks for it. */
  readonly body: { readonly part: 'request' | 'response'; readonly field: string } | undefined
}

const nothing: RuleNeeds = { verbs: undefined, resources: undefined, subresources: undefined, body: undefined }

/** What every event that the predicate is true of has. Says less than it could, never more. */
export const needsOf = (predicate: Predicate): RuleNeeds => {
  switch (predicate.kind) {
    case 'all':
      return predicate.terms.map(needsOf).reduce(both, nothing)
    case 'any': {
      const [first, ...rest] = predicate.terms.map(needsOf)
      return first === undefined ? nothing : rest.reduce(either, first)
    }
    case 'field':
      return ofField(predicate.field, predicate.tests)
    case 'not':
    case 'anywhere':
    case 'fields':
      return nothing
  }
}

/** Of several rules any of which will do. */
export const anyOf = (needs: readonly RuleNeeds[]): RuleNeeds => {
  const [first, ...rest] = needs
  return first === undefined ? nothing : rest.reduce(either, first)
}

const ofField = (names: readonly string[], tests: readonly ValueTest[]): RuleNeeds => {
  // Absence can be seen without a body.
  if (tests.some((test) => test.kind === 'null' || (test.kind === 'exists' && !test.exists))) return nothing
  const texts = tests.map(exactText)
  const values = texts.every((text) => text !== undefined)
    ? new Set(texts.map((text) => text.toLowerCase()))
    : undefined
  const [name = ''] = names
  if (names.length === 1 && name === 'verb') return { ...nothing, verbs: values }
  if (names.length === 1 && name === 'objectRef.resource') return { ...nothing, resources: values }
  if (names.length === 1 && name === 'objectRef.subresource') return { ...nothing, subresources: values }
  for (const [part, root] of [
    ['request', 'requestObject'],
    ['response', 'responseObject'],
  ] as const)
    if (names.every((one) => one === root || one.startsWith(`${root}.`)))
      return { ...nothing, body: { part, field: name } }
  return nothing
}

const exactText = (test: ValueTest): string | undefined => {
  if (test.kind !== 'pattern') return undefined
  const [part, ...more] = test.parts
  return part !== undefined && more.length === 0 && 'text' in part ? part.text : undefined
}

const both = (a: RuleNeeds, b: RuleNeeds): RuleNeeds => ({
  verbs: shared(a.verbs, b.verbs),
  resources: shared(a.resources, b.resources),
  subresources: shared(a.subresources, b.subresources),
  // The body of the answer comes only with that of the request.
  body: a.body?.part === 'response' ? a.body : b.body?.part === 'response' ? b.body : (a.body ?? b.body),
})

const either = (a: RuleNeeds, b: RuleNeeds): RuleNeeds => ({
  verbs: union(a.verbs, b.verbs),
  resources: union(a.resources, b.resources),
  subresources: union(a.subresources, b.subresources),
  body: a.body === undefined || b.body === undefined ? undefined : a.body.part === 'request' ? a.body : b.body,
})

type Values = ReadonlySet<string> | undefined

const shared = (a: Values, b: Values): Values =>
  a === undefined ? b : b === undefined ? a : new Set([...a].filter((value) => b.has(value)))
const union = (a: Values, b: Values): Values => (a === undefined || b === undefined ? undefined : new Set([...a, ...b]))
