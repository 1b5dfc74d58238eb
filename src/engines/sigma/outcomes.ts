import type { ValueTest } from '../../model/predicate.ts'
import type { ProgramNode } from './program.ts'
import { anyTest, type Looked, looked } from './tests.ts'
import type { Slot } from './view.ts'

/** What the tests of a field say of texts: the same object for all texts of which they say the same. */
export interface Outcome {
  /** Undefined where the text does not decide it: another value of the field may. */
  readonly passes: (test: ValueTest) => boolean | undefined
}

/** Longer texts are seldom seen again. */
const longest = 256
const mostTexts = 4096
/** With so many different outcomes it is of no use to go by them. */
const mostOutcomes = 1024
/** After so many events it is looked at whether texts come again; before the first time nothing is asked of them. */
const trial = 512

/**
 * What all tests of a field say of the text that an event has there, remembered: the same few users, agents and addresses
 * come again and again. Where they do not, it is not steady any more, and of no use.
 */
export class SlotOutcomes {
  readonly slot: Slot
  #isSteady = true
  readonly #nodes: readonly ProgramNode[]
  /** Undefined until it is known that texts come again. */
  #tests: Tests | undefined
  /** No outcome until then. */
  readonly #ofText = new Map<string, Outcome | undefined>()
  readonly #distinct = new Map<string, Outcome>()
  #asked = 0
  #met = 0

  /** `nodes`: all that ask for the field. */
  constructor(slot: Slot, nodes: readonly ProgramNode[]) {
    this.slot = slot
    this.#nodes = nodes
  }

  get isSteady(): boolean {
    return this.#isSteady
  }

  /** Undefined where nothing is remembered of the text. */
  of(text: string): Outcome | undefined {
    if (!this.#isSteady || text.length > longest) return undefined
    this.#asked += 1
    const known = this.#ofText.get(text)
    if (known !== undefined) {
      this.#met += 1
      return known
    }
    if (this.#tests === undefined && this.#ofText.has(text)) this.#met += 1
    if (this.#asked >= trial) this.#judge()
    if (this.#ofText.size >= mostTexts) this.#ofText.clear()
    const outcome = this.#tests && this.#outcome(text, this.#tests)
    this.#ofText.set(text, outcome)
    return outcome
  }

  #judge(): void {
    this.#isSteady = this.#met * 2 > this.#asked
    this.#asked = 0
    this.#met = 0
    if (this.#isSteady) this.#tests ??= testsOf(this.#nodes)
    else this.#ofText.clear()
  }

  #outcome(text: string, { places, checks }: Tests): Outcome {
    const value = looked({ present: true, filled: true, values: [text] })
    const answers = checks.map((check) => check(value))
    const key = answers.map(Number).join('')
    const known = this.#distinct.get(key)
    if (known !== undefined) return known
    const outcome: Outcome = {
      passes: (test) => {
        const place = places.get(test)
        return place === undefined ? undefined : answers[place]
      },
    }
    this.#distinct.set(key, outcome)
    if (this.#distinct.size > mostOutcomes) this.#isSteady = false
    return outcome
  }
}

/** The tests of a field, equal ones once. */
interface Tests {
  readonly places: ReadonlyMap<ValueTest, number>
  readonly checks: readonly ((looked: Looked) => boolean)[]
}

const testsOf = (nodes: readonly ProgramNode[]): Tests => {
  const byKey = new Map<string, number>()
  const places = new Map<ValueTest, number>()
  const checks: ((looked: Looked) => boolean)[] = []
  for (const { shape } of nodes) {
    if (shape.kind !== 'field') continue
    for (const test of shape.tests) {
      if (!isOfText(test)) continue
      const key = JSON.stringify(test)
      const place = byKey.get(key) ?? checks.push(anyTest([test])) - 1
      byKey.set(key, place)
      places.set(test, place)
    }
  }
  return { places, checks }
}

/**
 * Tests of which one text of a field says whether they pass, whatever else is there without a text. A number is as the text
 * that it is written as; a moment has to be a text, and null is for what has none.
 */
const isOfText = ({ kind }: ValueTest): boolean => kind !== 'null' && kind !== 'time'
