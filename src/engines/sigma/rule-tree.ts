import type { Predicate } from '../../model/predicate.ts'
import { decided, type Known } from './decide.ts'
import { Program, type ProgramNode } from './program.ts'
import { wholeText } from './tests.ts'
import type { EventView, Slot } from './view.ts'

/** Rules, by their places among all, of which the same is left to ask. */
export interface Candidates {
  readonly node: ProgramNode
  readonly rules: readonly number[]
}

/**
 * Finds the rules that may be true of an event. The tree goes by the texts of fields that many of its rules need (verb,
 * resource, …); where it has been, rules that can no longer be true are gone, and what the others ask of those fields is
 * decided. It grows where events lead it.
 */
export class RuleTree {
  readonly program: Program
  /** How many candidates have been looked at to grow. */
  work = 0
  readonly #root: Place

  constructor(predicates: readonly Predicate[], view: EventView) {
    this.program = new Program(view)
    const all = predicates.map((predicate, index) => ({ node: this.program.node(predicate), rules: [index] }))
    this.#root = new Place(this, joined(all, this.program), new Set())
  }

  /** What is left to ask for the event that the view shows, the rules of one answer together. */
  candidates(): readonly Candidates[] {
    let place = this.#root
    for (let next = place.next(); next !== undefined; next = place.next()) place = next
    return place.candidates
  }
}

/** Without those that cannot be true. */
const joined = (candidates: readonly Candidates[], { no }: Program): readonly Candidates[] => {
  const byNode = Map.groupBy(candidates, ({ node }) => node)
  byNode.delete(no)
  return [...byNode].map(([node, same]) => ({ node, rules: same.flatMap(({ rules }) => rules) }))
}

/** What an event has of a field: one text that rules name (itself), or one of the others. */
type Branch = string | typeof noText | typeof otherText | typeof severalTexts
const noText = Symbol('no text')
const otherText = Symbol('a text that no rule names')
const severalTexts = Symbol('several texts')

/**
 * Events that have to go by a branch before it grows: it costs more than to ask the rules, and whoever makes up events
 * could make it grow with each.
 */
const leastEvents = 8

/** Of an event of which so much is known: what can still be true, and where to go on. */
class Place {
  readonly candidates: readonly Candidates[]
  readonly #slot: Slot | undefined
  readonly #tree: RuleTree
  /** Fields that led here. */
  readonly #spent: ReadonlySet<Slot>
  readonly #named: ReadonlySet<string>
  readonly #branches = new Map<Branch, Place>()
  readonly #events = new Map<Branch, number>()

  constructor(tree: RuleTree, candidates: readonly Candidates[], spent: ReadonlySet<Slot>) {
    this.candidates = candidates
    this.#tree = tree
    this.#spent = spent
    this.#slot = bestSlot(candidates, spent)
    this.#named = this.#slot === undefined ? new Set() : namedTexts(candidates, this.#slot)
  }

  /** Undefined where it does not go on. */
  next(): Place | undefined {
    if (this.#slot === undefined) return undefined
    const branch = this.#branch(this.#slot.folded())
    return this.#branches.get(branch) ?? this.#grown(this.#slot, branch)
  }

  #branch(texts: readonly string[]): Branch {
    const [text] = texts
    if (text === undefined) return noText
    if (texts.length > 1) return severalTexts
    return this.#named.has(text) ? text : otherText
  }

  #grown(slot: Slot, branch: Branch): Place | undefined {
    const events = (this.#events.get(branch) ?? 0) + 1
    this.#events.set(branch, events)
    if (events < leastEvents) return undefined
    const { program } = this.#tree
    this.#tree.work += this.candidates.length
    const known = knownOf(branch)
    const left = this.candidates.map(({ node, rules }) => ({
      node: known === undefined ? node : decided(program, node, slot, known),
      rules,
    }))
    const place = new Place(this.#tree, joined(left, program), new Set([...this.#spent, slot]))
    this.#branches.set(branch, place)
    return place
  }
}

/** Undefined: of several texts each may meet another part of a rule. */
const knownOf = (branch: Branch): Known | undefined => {
  if (typeof branch === 'string') return { kind: 'text', text: branch }
  if (branch === severalTexts) return undefined
  return { kind: branch === noText ? 'none' : 'other' }
}

/** Where fewer rules need a field it is no cheaper to go by it than to ask them. */
const leastRules = 3

/** The field that leaves the fewest rules: each counts by the part of the texts that it does not need. */
const bestSlot = (candidates: readonly Candidates[], spent: ReadonlySet<Slot>): Slot | undefined => {
  const weights = new Map<Slot, { readonly asking: number; readonly weight: number }>()
  for (const { node } of candidates) {
    for (const [slot, count] of node.needs) {
      if (spent.has(slot)) continue
      const known = weights.get(slot) ?? { asking: 0, weight: 0 }
      weights.set(slot, { asking: known.asking + 1, weight: known.weight + 1 / (count + 1) })
    }
  }
  const enough = [...weights].filter(([, { asking }]) => asking >= leastRules)
  return enough.toSorted(([, a], [, b]) => b.weight - a.weight)[0]?.[0]
}

const namedTexts = (candidates: readonly Candidates[], slot: Slot): ReadonlySet<string> => {
  const texts = new Set<string>()
  const seen = new Set<ProgramNode>()
  const collect = (node: ProgramNode): void => {
    if (seen.has(node) || !node.mentions.has(slot)) return
    seen.add(node)
    const { shape } = node
    if (shape.kind === 'field') {
      for (const test of shape.tests) {
        const text = wholeText(test)
        if (text !== undefined) texts.add(text)
      }
    } else if (shape.kind === 'not') collect(shape.term)
    else if (shape.kind === 'all' || shape.kind === 'any') shape.terms.forEach(collect)
  }
  for (const { node } of candidates) collect(node)
  return texts
}
