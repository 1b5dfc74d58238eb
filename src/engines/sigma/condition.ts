import { wildcardTest } from '../../model/wildcard.ts'
import { type Position, Refused } from './located.ts'

/** A condition of a rule: `selection and not 1 of filter_*`. */
export type Condition =
  | { readonly kind: 'and' | 'or'; readonly terms: readonly Condition[] }
  | { readonly kind: 'not'; readonly term: Condition }
  | { readonly kind: 'name'; readonly name: string }
  /** `1 of`, `any of` (any) or `all of` the names that fit; `them` is read as `*`. */
  | { readonly kind: 'of'; readonly quantifier: 'any' | 'all'; readonly pattern: string }

const maxTokens = 10_000
const maxDepth = 100

/**
 * Parses a condition: or binds weaker than and, and weaker than not. Words are read in any case, as old rules write
 * them. Throws Refused. Grammar: Sigma specification 2.1.0, Condition.
 */
export const parseCondition = (text: string, at: Position): Condition => {
  if (text.includes('|'))
    throw new Refused(at, 'conditions with a pipe are no longer part of Sigma; write a correlation rule instead')
  const tokens = text.match(/[A-Za-z0-9_*-]+|[^\sA-Za-z0-9_*-]/g) ?? []
  if (tokens.length > maxTokens) throw new Refused(at, `the condition has more than ${maxTokens} words`)
  let next = 0
  const refuse = (what: string): Refused => new Refused(at, `condition "${shorten(text)}": ${what}`)
  const word = (offset = 0): string => tokens[next + offset]?.toLowerCase() ?? ''

  const list = (kind: 'and' | 'or', term: (depth: number) => Condition, depth: number): Condition => {
    const terms = [term(depth)]
    while (word() === kind) {
      next += 1
      terms.push(term(depth))
    }
    const [first] = terms
    return terms.length === 1 && first !== undefined ? first : { kind, terms }
  }
  const or = (depth: number): Condition => list('or', and, depth)
  const and = (depth: number): Condition => list('and', not, depth)
  const not = (depth: number): Condition => {
    if (depth > maxDepth) throw refuse('is nested too deeply')
    if (word() !== 'not') return operand(depth)
    next += 1
    return { kind: 'not', term: not(depth + 1) }
  }
  const operand = (depth: number): Condition => {
    const token = tokens[next]
    if (token === undefined) throw refuse('ends where a name is expected')
    next += 1
    if (token === '(') {
      const inner = or(depth + 1)
      if (tokens[next] !== ')') throw refuse('a parenthesis is not closed')
      next += 1
      return inner
    }
    if (word() === 'of' && /^[0-9a-z]+$/i.test(token)) return of(token)
    if (!/^[A-Za-z0-9_-]+$/.test(token)) throw refuse(`"${token}" cannot stand here`)
    if (['and', 'or', 'not', 'of'].includes(token.toLowerCase())) throw refuse(`"${token}" cannot stand here`)
    return { kind: 'name', name: token }
  }
  const of = (token: string): Condition => {
    const quantifier = quantifiers[token.toLowerCase()]
    if (quantifier === undefined) throw refuse(`"${token} of" is not in the language; it has 1, any and all`)
    const pattern = tokens[next + 1]
    next += 2
    if (pattern === undefined || !/^[A-Za-z0-9_*-]+$/.test(pattern))
      throw refuse('"of" needs a name, a pattern or them')
    return { kind: 'of', quantifier, pattern: pattern.toLowerCase() === 'them' ? '*' : pattern }
  }

  const condition = or(0)
  if (next < tokens.length) throw refuse(`"${tokens[next]}" cannot stand here`)
  return condition
}

const quantifiers: Readonly<Record<string, 'any' | 'all' | undefined>> = { 1: 'any', any: 'any', all: 'all' }

/** The names that `of` a pattern means: whole names, and none that begins with `_` unless the pattern does. */
export const namesOf = (pattern: string, names: readonly string[]): readonly string[] => {
  const isMeant = wildcardTest(pattern.split('*'))
  return names.filter((name) => (pattern.startsWith('_') || !name.startsWith('_')) && isMeant(name))
}

const shorten = (text: string): string => (text.length > 80 ? `${text.slice(0, 80)}…` : text)
