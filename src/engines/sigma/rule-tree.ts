import type { Predicate } from '../../model/predicate.ts'
import { decided, type Known } from './decide.ts'
import { type Outcome, SlotOutcomes } from './outcomes.ts'
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
 * resource, …), then by what the tests of other fields say of texts that come again (users, agents, addresses); where it
 * has been, rules that can no longer be true are gone, and what the others ask of those fields is decided. It grows where
 * events lead it.
 */
export class RuleTree {
  readonly program: Program
  /** How many candidates have been looked at to grow. */
  work = 0
  readonly #root: Place
  readonly #outcomes: ReadonlyMap<Slot, SlotOutcomes>

  constructor(predicates: readonly Predicate[], view: EventView) {
    this.program = new Program(view)
    const all = predicates.map((predicate, index) => ({ node: this.program.node(predicate), rules: [index] }))
    this.#outcomes = outcomesOf(all)
    this.#root = new Place(this, joined(all, this.program), { named: new Set(), decided: new Set() })
  }

  /** What is left to ask for the event that the view shows, the rules of one answer together. */
  candidates(): readonly Candidates[] {
    let place = this.#root
    for (let next = place.next(); next !== undefined; next = place.next()) place = next
    return place.candidates
  }

  /** Undefined where its texts do not come again. */
  steady(slot: Slot): SlotOutcomes | undefined {
    const outcomes = this.#outcomes.get(slot)
    return outcomes?.isSteady === true ? outcomes : undefined
  }
}

/** Of every field that rules ask for. */
const outcomesOf = (candidates: readonly Candidates[]): ReadonlyMap<Slot, SlotOutcomes> => {
  const bySlot = new Map<Slot, ProgramNode[]>()
  const seen = new Set<ProgramNode>()
  const collect = (node: ProgramNode): void => {
    if (seen.has(node)) return
    seen.add(node)
    const { shape } = node
    if (shape.kind === 'field') bySlot.set(shape.slot, [...(bySlot.get(shape.slot) ?? []), node])
    else if (shape.kind === 'not') collect(shape.term)
    else if (shape.kind === 'all' || shape.kind === 'any') shape.terms.forEach(collect)
  }
  for (const { node } of candidates) collect(node)
  return new Map([...bySlot].map(([slot, nodes]) => [slot, new SlotOutcomes(slot, nodes)]))
}

/** Without those that cannot be true. */
const joined = (candidates: readonly Candidates[], { no }: Program): readonly Candidates[] => {
  const byNode = Map.groupBy(candidates, ({ node }) => node)
  byNode.delete(no)
  return [...byNode].map(([node, same]) => ({ node, rules: same.flatMap(({ rules }) => rules) }))
}

/** What an event has of a field: one text that rules name (itself), one of the others, or what is said of its text. */
type Branch = string | Outcome | typeof noText | typeof otherText | typeof severalTexts
const noText = Symbol('no text')
const otherText = Symbol('a text that no rule names')
const severalTexts = Symbol('several texts')

/**
 * Events that have to go by a branch before it grows: it costs more than to ask the rules, and whoever makes up events
 * could make it grow with each.
 */
const leastEvents = 8

/** Fields that led to a place: by texts that rules name, and by what tests say. */
interface Spent {
  readonly named: ReadonlySet<Slot>
  readonly decided: ReadonlySet<Slot>
}

/** Of an event of which so much is known: what can still be true, and where to go on. */
class Place {
  readonly candidates: readonly Candidates[]
  readonly #tree: RuleTree
  readonly #spent: Spent
  readonly #slot: Slot | undefined
  readonly #named: ReadonlySet<string>
  /** Where no field is left to go by the texts that rules name. */
  #outcomes: SlotOutcomes | undefined
  #branches = new Map<Branch, Place>()
  #events = new Map<Branch, number>()

  constructor(tree: RuleTree, candidates: readonly Candidates[], spent: Spent) {
    this.candidates = candidates
    this.#tree = tree
    this.#spent = spent
    this.#slot = bestSlot(candidates, spent.named)
    this.#named = this.#slot === undefined ? new Set() : namedTexts(candidates, this.#slot)
    if (this.#slot === undefined) this.#outcomes = bestOutcomes(tree, candidates, spent.decided)
  }

  /** Undefined where it does not go on. */
  next(): Place | undefined {
    if (this.#slot !== undefined) {
      const branch = this.#branch(this.#slot.folded())
      return this.#branches.get(branch) ?? this.#grown(this.#slot, branch)
    }
    if (this.#outcomes === undefined) return undefined
    const { slot } = this.#outcomes
    const texts = slot.texts()
    const [text] = texts
    const branch = text === undefined ? noText : texts.length > 1 ? severalTexts : this.#outcomes.of(text)
    if (branch !== undefined) return this.#branches.get(branch) ?? this.#grown(slot, branch)
    if (!this.#outcomes.isSteady) {
      this.#outcomes = bestOutcomes(this.#tree, this.candidates, this.#spent.decided)
      this.#branches = new Map()
      this.#events = new Map()
    }
    return undefined
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
    const { named, decided: spent } = this.#spent
    const place = new Place(
      this.#tree,
      joined(left, program),
      this.#slot === undefined
        ? { named, decided: new Set([...spent, slot]) }
        : { named: new Set([...named, slot]), decided: spent },
    )
    this.#branches.set(branch, place)
    return place
  }
}

/** Undefined: of several texts each may meet another part of a rule. */
const knownOf = (branch: Branch): Known | undefined => {
  if (typeof branch === 'string') return { kind: 'text', text: branch }
  if (typeof branch === 'object') return { kind: 'outcome', outcome: branch }
  if (branch === severalTexts) return undefined
  return { kind: branch === noText ? 'none' : 'other' }
}

/** The field of which the most that is left to ask is decided by what its tests say. */
const bestOutcomes = (
  tree: RuleTree,
  candidates: readonly Candidates[],
  spent: ReadonlySet<Slot>,
): SlotOutcomes | undefined => {
  const asking = new Map<Slot, number>()
  for (const { node } of candidates)
    for (const slot of node.mentions) if (!spent.has(slot)) asking.set(slot, (asking.get(slot) ?? 0) + 1)
  const enough = [...asking].filter(([, count]) => count >= leastRules).toSorted(([, a], [, b]) => b - a)
  for (const [slot] of enough) {
    const outcomes = tree.steady(slot)
    if (outcomes !== undefined) return outcomes
  }
  return undefined
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
