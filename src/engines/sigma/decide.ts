import type { ValueTest } from '../../model/predicate.ts'
import type { Outcome } from './outcomes.ts'
import type { Program, ProgramNode } from './program.ts'
import { textTest, wholeText } from './tests.ts'
import type { Slot } from './view.ts'

/**
 * What is known of a field of an event: that it has no text, or one that no rule names, or this one (folded), or what the
 * tests say of the one that it has.
 */
export type Known =
  | { readonly kind: 'none' }
  | { readonly kind: 'other' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'outcome'; readonly outcome: Outcome }

/** What is left to ask of a node once so much is known of a field. */
export const decided = (program: Program, node: ProgramNode, slot: Slot, known: Known): ProgramNode => {
  if (!node.mentions.has(slot)) return node
  const { shape } = node
  switch (shape.kind) {
    case 'all':
    case 'any':
      return program.join(
        shape.kind,
        shape.terms.map((term) => decided(program, term, slot, known)),
      )
    case 'not':
      return program.not(decided(program, shape.term, slot, known))
    case 'field': {
      const open: ValueTest[] = []
      for (const test of shape.tests) {
        const passes = decide(test, known)
        if (passes === true) return program.yes
        if (passes === undefined) open.push(test)
      }
      return open.length === shape.tests.length ? node : program.field(slot, open)
    }
    case 'constant':
    case 'other':
      return node
  }
}

/** Undefined where the event itself has to be looked at. */
const decide = (test: ValueTest, known: Known): boolean | undefined => {
  if (known.kind === 'outcome') return known.outcome.passes(test)
  switch (test.kind) {
    case 'pattern': {
      if (known.kind === 'none') return false
      const text = wholeText(test)
      if (known.kind === 'other') return text === undefined ? undefined : false
      if (text !== undefined) return text === known.text
      const { matches, folded } = textTest(test)
      return folded ? matches(known.text) : undefined
    }
    // All of them are about texts, or numbers, which have a text.
    case 'regex':
    case 'cidr':
    case 'number':
    case 'time':
      return known.kind === 'none' ? false : undefined
    case 'value':
    case 'null':
    case 'exists':
      return undefined
  }
}
