import { type Condition, parseCondition } from './condition.ts'
import { child, oneOf, place, secondsAt, textAt, textsAt } from './keys.ts'
import { type Located, Refused } from './located.ts'
import {
  type Bounds,
  type CorrelationType,
  correlationTypes,
  type Head,
  operators,
  type Presence,
  type SigmaCorrelation,
} from './types.ts'

/** An ordered correlation remembers a chain of events for each. */
const maxRules = 100

const isTemporal = (type: CorrelationType): boolean => type === 'temporal' || type === 'temporal_ordered'

/** Reads the part `correlation` of a document. What it refers to is looked up when the rules are loaded. */
export const readCorrelation = (node: Located): Omit<SigmaCorrelation, keyof Head> => {
  if (node.kind !== 'map') throw new Refused(node.at, 'correlation has to be a map')
  const type = oneOf(node, 'type', correlationTypes)
  if (type === undefined)
    throw new Refused(node.at, `correlation has no type; there are ${correlationTypes.join(', ')}`)
  const condition = readCondition(node, type)
  const listed = textsAt(node, 'rules')
  const rules = listed.length === 0 && condition.kind === 'presence' ? rulesOf(condition.presence) : listed
  if (rules.length === 0) throw new Refused(node.at, 'correlation has no rules')
  if (rules.length > maxRules) throw new Refused(place(node, 'rules'), `has more than ${maxRules} rules`)
  if (new Set(rules).size < rules.length) throw new Refused(place(node, 'rules'), 'a rule stands in the list twice')
  if (condition.kind === 'presence') {
    const asked = rulesOf(condition.presence)
    const odd = [...asked.filter((one) => !rules.includes(one)), ...rules.filter((one) => !asked.includes(one))]
    if (odd.length > 0) throw new Refused(node.at, `"${odd[0]}" has to stand both in rules and in the condition`)
  }
  const measured = child(node, 'condition') ?? node
  const fields = measured.kind === 'map' ? textsAt(measured, 'field') : []
  if (fields.length === 0 && type.startsWith('value_'))
    throw new Refused(measured.at, `${type} needs a field in condition`)
  if (fields.length > 1 && type !== 'value_count') throw new Refused(measured.at, `${type} has one field`)
  return {
    kind: 'correlation',
    type,
    rules,
    groupBy: textsAt(node, 'group-by'),
    timespanSeconds: timespan(node),
    condition: condition.kind === 'all' ? atLeast(rules.length) : condition,
    fields: type.startsWith('value_') ? fields : [],
    percentile: percentileOf(measured),
    aliases: aliasesOf(node),
    generate: generateOf(node),
  }
}

const atLeast = (number: number): SigmaCorrelation['condition'] => ({
  kind: 'bounds',
  bounds: [{ operator: 'gte', number }],
})

/** The value of a key; null is as absent. */
const given = (node: Located, key: string): Located | undefined => {
  const value = child(node, key)
  return value?.kind === 'scalar' && value.value === null ? undefined : value
}

const timespan = (node: Located): number => {
  const seconds = secondsAt(node, 'timespan')
  if (seconds === undefined) throw new Refused(node.at, 'correlation has no timespan, such as 15m')
  return seconds
}

const readCondition = (
  node: Located,
  type: CorrelationType,
): SigmaCorrelation['condition'] | { readonly kind: 'all' } => {
  const condition = given(node, 'condition')
  if (condition === undefined) {
    if (isTemporal(type)) return { kind: 'all' }
    throw new Refused(node.at, `${type} needs a condition`)
  }
  if (condition.kind === 'scalar' && typeof condition.value === 'string') {
    if (!isTemporal(type)) throw new Refused(condition.at, `a condition of names is only for temporal correlations`)
    return { kind: 'presence', presence: presenceOf(parseCondition(condition.value, condition.at), condition) }
  }
  if (condition.kind !== 'map') throw new Refused(condition.at, 'condition has to be a map such as gte: 10')
  const known = ['field', 'percentile', ...operators]
  for (const key of condition.entries.keys())
    if (!known.includes(key))
      throw new Refused(place(condition, key), `condition has no "${key}"; it has ${known.join(', ')}`)
  const bounds: Bounds = operators.flatMap((operator) => {
    const value = child(condition, operator)
    if (value === undefined) return []
    const number = value.kind === 'scalar' ? numberOf(value.value) : undefined
    if (number === undefined) throw new Refused(value.at, `"${operator}" needs a number`)
    return [{ operator, number }]
  })
  if (bounds.length === 0)
    throw new Refused(condition.at, `condition compares with nothing; use ${operators.join(', ')}`)
  return { kind: 'bounds', bounds }
}

const numberOf = (value: string | number | boolean | null): number | undefined => {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}

/** The names of a condition are references here. */
const presenceOf = (condition: Condition, node: Located): Presence => {
  switch (condition.kind) {
    case 'name':
      return { kind: 'rule', rule: condition.name }
    case 'not':
      return { kind: 'not', term: presenceOf(condition.term, node) }
    case 'of':
      throw new Refused(node.at, '"of" is not for correlations: name the rules')
    case 'and':
    case 'or':
      return { kind: condition.kind, terms: condition.terms.map((term) => presenceOf(term, node)) }
  }
}

const rulesOf = (presence: Presence): readonly string[] => {
  if (presence.kind === 'rule') return [presence.rule]
  const terms = presence.kind === 'not' ? [presence.term] : presence.terms
  return [...new Set(terms.flatMap(rulesOf))]
}

const percentileOf = (condition: Located): number | undefined => {
  const value = child(condition, 'percentile')
  if (value === undefined) return undefined
  const number = value.kind === 'scalar' ? numberOf(value.value) : undefined
  if (number === undefined || number < 0 || number > 100)
    throw new Refused(value.at, 'percentile is a number up to 100')
  return number
}

const aliasesOf = (node: Located): SigmaCorrelation['aliases'] => {
  const aliases = given(node, 'aliases')
  if (aliases === undefined) return new Map()
  if (aliases.kind !== 'map') throw new Refused(aliases.at, 'aliases has to be a map')
  return new Map(
    [...aliases.entries].map(([alias, fields]) => {
      if (fields.kind !== 'map') throw new Refused(fields.at, 'an alias is a map of rules to fields')
      return [alias, new Map([...fields.entries.keys()].map((rule) => [rule, textAt(fields, rule) ?? '']))]
    }),
  )
}

const generateOf = (node: Located): boolean => {
  const value = given(node, 'generate')
  if (value === undefined) return false
  if (value.kind === 'scalar' && typeof value.value === 'boolean') return value.value
  throw new Refused(value.at, 'generate is true or false')
}
