import type { ServedRule } from '../engines/falco/index.ts'
import type { Predicate } from '../model/predicate.ts'

type Expression = ServedRule['condition']
type Operand = Extract<Expression, { kind: 'compare' }>['left']

/** The fields that a predicate asks for, in order of first use. */
export const fieldsOfPredicate = (predicate: Predicate): readonly string[] => {
  const found = new Set<string>()
  const visit = (one: Predicate): void => {
    switch (one.kind) {
      case 'all':
      case 'any':
        for (const term of one.terms) visit(term)
        return
      case 'not':
        visit(one.term)
        return
      case 'field':
        for (const name of one.field) found.add(name)
        return
      case 'fields':
        for (const name of [...one.field, ...one.other]) found.add(name)
        return
      case 'anywhere':
        return
    }
  }
  visit(predicate)
  return [...found]
}

/** The fields that a condition of Falco asks for, its macros included, in order of first use. */
export const fieldsOfExpression = (expression: Expression): readonly string[] => {
  const found = new Set<string>()
  const seen = new Set<Expression>()
  const operand = (one: Operand): void => {
    if (one.kind === 'field') found.add(one.name)
    else if (one.kind !== 'literal') for (const inner of one.operands) operand(inner)
  }
  const visit = (one: Expression): void => {
    // Macros are shared: each is walked once.
    if (seen.has(one)) return
    seen.add(one)
    switch (one.kind) {
      case 'and':
      case 'or':
        for (const child of one.children) visit(child)
        return
      case 'not':
        visit(one.child)
        return
      case 'exists':
        operand(one.left)
        return
      case 'compare':
        operand(one.left)
        if (one.right.kind === 'operand') operand(one.right.operand)
        return
      case 'macro':
        return
    }
  }
  visit(expression)
  return [...found]
}
