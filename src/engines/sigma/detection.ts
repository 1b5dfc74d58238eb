import type { FieldNames, Predicate, TextTest, ValueTest } from '../../model/predicate.ts'
import { type Condition, namesOf, parseCondition } from './condition.ts'
import { type Located, type Position, Refused } from './located.ts'
import { isModifier, modify, type Placeholders, ruleValue } from './modifiers.ts'
import { isBareAny, textOf, widen } from './pattern.ts'
import { regexProblem } from './regex.ts'
import type { RuleValue } from './values.ts'

/** The part `detection` of a rule (or `filter` of a filter): named searches and the conditions over them. */
export interface Detection {
  readonly searches: ReadonlyMap<string, Located>
  /** Several are alternatives. */
  readonly conditions: readonly Condition[]
  readonly at: Position
}

/** What a detection is compiled with. */
export interface Dialect {
  /** Where the events have a field of a rule: see the mapping of the log source. */
  readonly names: (field: string) => FieldNames
  readonly placeholders: Placeholders
  /** Told of scalars that YAML 1.1 would read otherwise. */
  readonly warn: (at: Position, what: string) => void
}

/** Reads the searches and parses the condition. `notSearches` are keys of the map that are something else. */
export const readDetection = (node: Located, notSearches: readonly string[]): Detection => {
  if (node.kind !== 'map') throw new Refused(node.at, 'has to be a map of searches and a condition')
  const condition = node.entries.get('condition')
  if (condition === undefined) throw new Refused(node.at, 'has no condition')
  const skipped = ['condition', ...notSearches]
  const searches = new Map([...node.entries].filter(([name]) => !skipped.includes(name)))
  if (searches.size === 0) throw new Refused(node.at, 'has no search')
  const texts = condition.kind === 'list' ? condition.items : [condition]
  if (texts.length === 0) throw new Refused(condition.at, 'the list of conditions is empty')
  const conditions = texts.map((text) => {
    if (text.kind !== 'scalar' || typeof text.value !== 'string') throw new Refused(text.at, 'a condition is a text')
    return parseCondition(text.value, text.at)
  })
  return { searches, conditions, at: node.at }
}

/** The detection as a predicate. Throws Refused where a search cannot be understood, also one that no condition uses. */
export const compileDetection = (detection: Detection, dialect: Dialect): Predicate => {
  const searches = new Map([...detection.searches].map(([name, node]) => [name, search(node, dialect)]))
  const one = (name: string): Predicate => {
    const found = searches.get(name)
    if (found === undefined)
      throw new Refused(detection.at, `the condition uses "${name}"; there are ${[...searches.keys()].join(', ')}`)
    return found
  }
  const build = (condition: Condition): Predicate => {
    switch (condition.kind) {
      case 'name':
        return one(condition.name)
      case 'not':
        return { kind: 'not', term: build(condition.term) }
      case 'and':
        return all(condition.terms.map(build))
      case 'or':
        return any(condition.terms.map(build))
      case 'of': {
        const names = namesOf(condition.pattern, [...searches.keys()])
        if (names.length === 0) throw new Refused(detection.at, `no search has a name like "${condition.pattern}"`)
        return condition.quantifier === 'all' ? all(names.map(one)) : any(names.map(one))
      }
    }
  }
  return any(detection.conditions.map(build))
}

export const all = (terms: readonly Predicate[]): Predicate => single(terms) ?? { kind: 'all', terms }
export const any = (terms: readonly Predicate[]): Predicate => single(terms) ?? { kind: 'any', terms }
const single = (terms: readonly Predicate[]): Predicate | undefined => (terms.length === 1 ? terms[0] : undefined)

/** A map is all of its items; a list is any of its entries; a scalar is a keyword. */
const search = (node: Located, dialect: Dialect): Predicate => {
  switch (node.kind) {
    case 'scalar':
      return item('', node, dialect)
    case 'list':
      if (node.items.length === 0) throw new Refused(node.at, 'the list is empty')
      return any(
        node.items.map((entry) => {
          if (entry.kind === 'list') throw new Refused(entry.at, 'a list in a list has no meaning here')
          return search(entry, dialect)
        }),
      )
    case 'map':
      if (node.entries.size === 0) throw new Refused(node.at, 'the map is empty')
      return all([...node.entries].map(([key, value]) => item(key, value, dialect)))
  }
}

const item = (key: string, node: Located, dialect: Dialect): Predicate => {
  const [field = '', ...modifiers] = key.split('|')
  for (const name of modifiers) {
    if (!isModifier(name)) throw new Refused(node.at, `"${key}": there is no modifier "${name}"`)
  }
  if (modifiers.includes('exists') && modifiers.length > 1)
    throw new Refused(node.at, `"${key}": "exists" has to be the only modifier`)
  const scalars = node.kind === 'list' ? node.items : [node]
  if (scalars.length === 0) throw new Refused(node.at, `"${key}": the list is empty`)
  if (modifiers.includes('all') && scalars.length === 1)
    dialect.warn(node.at, `"${key}": "all" changes nothing for a single value`)
  const choices = scalars.map((scalar): readonly RuleValue[] => {
    if (scalar.kind !== 'scalar') throw new Refused(scalar.at, `"${key}": has to be a single value`)
    if (scalar.value === null && node.kind === 'list')
      throw new Refused(scalar.at, `"${key}": null cannot stand in a list; write a search of its own for it`)
    warnOfYaml(scalar, dialect)
    const modified = modify(ruleValue(scalar.value), modifiers, dialect.placeholders)
    if (typeof modified === 'string') throw new Refused(scalar.at, `"${key}": ${modified}`)
    return modified
  })
  const terms = choices.map((values) => valuesTerm(field, values, node.at, dialect))
  const whole = modifiers.includes('all') ? all(terms) : merge(terms)
  return modifiers.includes('neq') ? { kind: 'not', term: whole } : whole
}

const valuesTerm = (field: string, values: readonly RuleValue[], at: Position, dialect: Dialect): Predicate =>
  merge(values.map((value) => valueTerm(field, value, at, dialect)))

/** Any of the terms, those of the same field as one: what is tested together is looked up once. */
const merge = (terms: readonly Predicate[]): Predicate => {
  const tests: ValueTest[] = []
  const others: Predicate[] = []
  let field: FieldNames = []
  for (const term of terms) {
    if (term.kind === 'field') {
      field = term.field
      tests.push(...term.tests)
    } else if (term.kind === 'any') others.push(...term.terms)
    else others.push(term)
  }
  return any(tests.length === 0 ? others : [{ kind: 'field', field, tests }, ...others])
}

const valueTerm = (field: string, value: RuleValue, at: Position, dialect: Dialect): Predicate => {
  if (field === '') return { kind: 'anywhere', test: keyword(value, at) }
  const names = named(field, at, dialect)
  if (value.kind !== 'field') return { kind: 'field', field: names, tests: [valueTest(value, at)] }
  const how = value.starts ? (value.ends ? 'contains' : 'starts') : value.ends ? 'ends' : 'equal'
  return { kind: 'fields', field: names, other: named(value.name, at, dialect), how, cased: value.cased }
}

/** Deeper names than any event has; the work for a name grows with the square of its parts. */
const maxParts = 32

const named = (field: string, at: Position, dialect: Dialect): FieldNames => {
  const names = dialect.names(field)
  if (names.some((name) => name.split('.').length > maxParts))
    throw new Refused(at, `the field "${field.slice(0, 80)}" has more than ${maxParts} parts`)
  return names
}

const keyword = (value: RuleValue, at: Position): TextTest => {
  const sides = { before: true, after: true }
  if (value.kind === 'number' || value.kind === 'boolean') {
    const text = String(value.kind === 'number' ? value.number : value.value)
    return { kind: 'pattern', parts: widen([{ text }], sides), cased: false }
  }
  if (value.kind !== 'text' && value.kind !== 'regex')
    throw new Refused(at, `a ${value.kind} cannot be looked for without a field`)
  const test = textTest(value, at)
  return test.kind === 'pattern' ? { ...test, parts: widen(test.parts, sides) } : test
}

const valueTest = (value: Exclude<RuleValue, { kind: 'field' }>, at: Position): ValueTest => {
  switch (value.kind) {
    case 'text': {
      const test = textTest(value, at)
      return isBareAny(test) ? { kind: 'value' } : test
    }
    case 'regex':
      return textTest(value, at)
    case 'number':
      return { kind: 'number', comparison: '=', number: value.number }
    case 'compare':
      return { kind: 'number', comparison: value.comparison, number: value.number }
    case 'boolean':
      return { kind: 'pattern', parts: [{ text: String(value.value) }], cased: false }
    case 'null':
    case 'cidr':
    case 'exists':
    case 'time':
      return value
  }
}

const textTest = (value: Extract<RuleValue, { kind: 'text' | 'regex' }>, at: Position): TextTest => {
  if (value.kind === 'text') {
    if (value.bytes && [...textOf(value.parts)].some((one) => one > '\x7f'))
      throw new Refused(at, 'only ASCII texts can be looked for in UTF-16; add base64 or base64offset')
    return { kind: 'pattern', parts: value.parts, cased: value.cased }
  }
  // Without `s` a dot stops at a newline: said outright, because not every engine starts from there.
  const on = [...new Set(value.flags)].sort().join('')
  const source = `(?${on}${on.includes('s') ? '' : '-s'})${value.source}`
  const problem = regexProblem(source)
  if (problem !== undefined) throw new Refused(at, `the regular expression cannot be used: ${problem}`)
  return { kind: 'regex', source }
}

const yaml11 = /^(y|yes|n|no|on|off|0[0-7]+|[0-9]+(:[0-5]?[0-9])+|\d{4}-\d\d?-\d\d?.*)$/i

/** Upstream's loader reads YAML 1.1, where these are booleans, octal or sexagesimal numbers, and dates. */
const warnOfYaml = (scalar: Extract<Located, { kind: 'scalar' }>, { warn }: Dialect): void => {
  if (scalar.plain && yaml11.test(scalar.source))
    warn(scalar.at, `${scalar.source} is read by YAML 1.2; put it in quotes, because YAML 1.1 reads it otherwise`)
}
