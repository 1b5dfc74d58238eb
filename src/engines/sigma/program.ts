import type { Predicate, TextTest, ValueTest } from '../../model/predicate.ts'
import { relations } from './evaluate.ts'
import { remembering } from './remember.ts'
import { anyTest, textTest, wholeText } from './tests.ts'
import type { EventView, Slot } from './view.ts'

/** A part of a condition. Equal parts are one node, and what is dear is asked once for each event. */
export interface ProgramNode {
  readonly id: number
  readonly shape: Shape
  /** True where it is true of the event that the view shows. */
  readonly check: Check
  /** What it takes to ask, in about the time of one look into a set of texts. */
  readonly cost: number
  /** Fields of which the event has to have one of so many texts for the node to be true. */
  readonly needs: ReadonlyMap<Slot, number>
  /** Fields whose texts may decide some part of it. */
  readonly mentions: ReadonlySet<Slot>
}

type Check = () => boolean

export type Shape =
  | { readonly kind: 'constant'; readonly value: boolean }
  | { readonly kind: 'all' | 'any'; readonly terms: readonly ProgramNode[] }
  | { readonly kind: 'not'; readonly term: ProgramNode }
  | { readonly kind: 'field'; readonly slot: Slot; readonly tests: readonly ValueTest[] }
  | { readonly kind: 'other' }

/** All predicates as one graph of closures over an event view. */
export class Program {
  readonly #view: EventView
  readonly #nodes = new Map<string, ProgramNode>()
  readonly yes: ProgramNode
  readonly no: ProgramNode

  constructor(view: EventView) {
    this.#view = view
    const constant = (value: boolean): ProgramNode =>
      this.#make(String(value), { kind: 'constant', value }, () => ({ check: () => value, cost: 0 }))
    this.yes = constant(true)
    this.no = constant(false)
  }

  node(predicate: Predicate): ProgramNode {
    switch (predicate.kind) {
      case 'all':
      case 'any':
        return this.join(
          predicate.kind,
          predicate.terms.map((term) => this.node(term)),
        )
      case 'not':
        return this.not(this.node(predicate.term))
      case 'field':
        return this.field(this.#view.slot(predicate.field), predicate.tests)
      case 'anywhere':
        return this.#make(JSON.stringify(predicate), { kind: 'other' }, () => {
          const check = anywhere(predicate.test, this.#view)
          return { check: this.#once(check), cost: 200 }
        })
      case 'fields': {
        const { how, cased } = predicate
        const [left, right] = [this.#view.slot(predicate.field), this.#view.slot(predicate.other)]
        return this.#make(JSON.stringify(predicate), { kind: 'other' }, () => {
          const check = (): boolean => {
            const texts = cased ? right.texts() : right.folded()
            return (cased ? left.texts() : left.folded()).some((text) => texts.some((one) => relations[how](text, one)))
          }
          return { check: this.#once(check), cost: 5 }
        })
      }
    }
  }

  join(kind: 'all' | 'any', given: readonly ProgramNode[]): ProgramNode {
    const [decides, neutral] = kind === 'all' ? [this.no, this.yes] : [this.yes, this.no]
    const flat = given.flatMap((node) => (node.shape.kind === kind ? node.shape.terms : [node]))
    if (flat.includes(decides)) return decides
    const terms = [...new Set(flat)].filter((node) => node !== neutral)
    const [only] = terms
    if (only === undefined) return neutral
    if (terms.length === 1) return only
    const key = `${kind} ${terms.map(({ id }) => id).sort((a, b) => a - b)}`
    // What is cheap is asked first: nothing that a part does can be seen but its answer.
    const sorted = terms.toSorted((a, b) => a.cost - b.cost || a.id - b.id)
    const checks = sorted.map(({ check }) => check)
    return this.#make(key, { kind, terms: sorted }, () => ({
      check: this.#once(kind === 'all' ? every(checks) : some(checks)),
      cost: terms.reduce((sum, { cost }) => sum + cost, 1),
    }))
  }

  not(term: ProgramNode): ProgramNode {
    if (term === this.yes) return this.no
    if (term === this.no) return this.yes
    if (term.shape.kind === 'not') return term.shape.term
    const { check, cost } = term
    return this.#make(`not ${term.id}`, { kind: 'not', term }, () => ({ check: () => !check(), cost }))
  }

  field(slot: Slot, tests: readonly ValueTest[]): ProgramNode {
    if (tests.length === 0) return this.no
    const keys = [...new Set(tests.map((test) => wholeText(test) ?? test).map((one) => JSON.stringify(one)))].sort()
    return this.#make(`field ${slot.id} ${keys.join(' ')}`, { kind: 'field', slot, tests }, () => {
      const whole = tests.every((one) => wholeText(one) !== undefined)
      const cost = whole ? 1 : tests.reduce((sum, one) => sum + costOf(one), 0)
      const onlyTexts = tests.every(({ kind }) => kind === 'pattern' || kind === 'regex')
      const test = onlyTexts && cost >= dear ? remembering(anyTest(tests)) : anyTest(tests)
      const check = (): boolean => test(slot)
      return { check: cost <= cheap ? check : this.#once(check), cost }
    })
  }

  #make(key: string, shape: Shape, build: () => Pick<ProgramNode, 'check' | 'cost'>): ProgramNode {
    const known = this.#nodes.get(key)
    if (known !== undefined) return known
    const node = { id: this.#nodes.size, shape, ...build(), needs: needsOf(shape), mentions: mentionsOf(shape) }
    this.#nodes.set(key, node)
    return node
  }

  #once(check: Check): Check {
    const turn = this.#view.turn
    let at = 0
    let result = false
    return () => {
      if (at !== turn.number) {
        result = check()
        at = turn.number
      }
      return result
    }
  }
}

/** Below this it costs no more to ask again than to remember. */
const cheap = 2
/** From here on it is worth to remember what was said of a text in earlier events. */
const dear = 10

const costOf = (test: ValueTest): number => {
  switch (test.kind) {
    case 'pattern':
      return 2
    case 'regex':
      return 20
    case 'cidr':
    case 'time':
      return 10
    case 'number':
      return 2
    case 'value':
    case 'null':
    case 'exists':
      return 1
  }
}

const every = (checks: readonly Check[]): Check => {
  const [a, b] = checks
  if (checks.length === 2 && a !== undefined && b !== undefined) return () => a() && b()
  return () => {
    for (const check of checks) if (!check()) return false
    return true
  }
}

const some = (checks: readonly Check[]): Check => {
  const [a, b] = checks
  if (checks.length === 2 && a !== undefined && b !== undefined) return () => a() || b()
  return () => {
    for (const check of checks) if (check()) return true
    return false
  }
}

const nothing: ReadonlyMap<Slot, number> = new Map()

/**
 * Of a list each element is a value, so two parts may each be met by another one: their texts are not to be intersected,
 * and the shorter list of texts is what is needed at least.
 */
const needsOf = (shape: Shape): ReadonlyMap<Slot, number> => {
  switch (shape.kind) {
    case 'field': {
      const texts = new Set(shape.tests.map(wholeText))
      return texts.has(undefined) ? nothing : new Map([[shape.slot, texts.size]])
    }
    case 'all': {
      const needs = new Map<Slot, number>()
      for (const term of shape.terms)
        for (const [slot, count] of term.needs) needs.set(slot, Math.min(count, needs.get(slot) ?? count))
      return needs
    }
    case 'any': {
      const [first, ...rest] = shape.terms
      const needs = new Map(first?.needs)
      for (const term of rest) {
        for (const [slot, count] of needs) {
          const more = term.needs.get(slot)
          if (more === undefined) needs.delete(slot)
          else needs.set(slot, count + more)
        }
      }
      return needs
    }
    case 'not':
    case 'constant':
    case 'other':
      return nothing
  }
}

const noSlots: ReadonlySet<Slot> = new Set()

const mentionsOf = (shape: Shape): ReadonlySet<Slot> => {
  switch (shape.kind) {
    case 'field':
      return new Set([shape.slot])
    case 'all':
    case 'any':
      return new Set(shape.terms.flatMap(({ mentions }) => [...mentions]))
    case 'not':
      return shape.term.mentions
    case 'constant':
    case 'other':
      return noSlots
  }
}

/** Characters that JSON writes as an escape, or may (of surrogates only lone ones). */
const escaped = /["\\\p{Cc}\p{Cs}]/u

/**
 * A pattern with anything around it, and without characters that JSON escapes, is in the JSON text wherever it is in one
 * of the texts: these need not be looked at.
 */
const anywhere = (test: TextTest, view: EventView): Check => {
  const { matches, folded } = textTest(test)
  if (test.kind === 'pattern') {
    const isAny = (at: number): boolean => {
      const part = test.parts.at(at)
      return part !== undefined && 'wildcard' in part && part.wildcard === 'any'
    }
    const isPlain = test.parts.every((part) => !('text' in part) || !escaped.test(part.text))
    if (isPlain && isAny(0) && isAny(-1)) return () => matches(view.json(folded))
  }
  return () => matches(view.json(folded)) || view.texts(folded).some(matches)
}
