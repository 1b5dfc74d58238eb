import type { JsonObject } from '../../model/json.ts'
import type { FieldNames, Predicate } from '../../model/predicate.ts'
import { fold } from './fold.ts'
import { anyTest, type Looked, looked, textTest } from './tests.ts'
import { type FieldValues, lookUp, nothing } from './values-of.ts'
import { textsIn } from './view.ts'

/** Many predicates over one event. */
export interface Matcher {
  /** Places of the predicates that are true of the event, in their order. */
  readonly matches: (event: JsonObject) => readonly number[]
}

/**
 * Tries every predicate on every event: what the matcher of many rules, which tries few, is held against. A field that
 * several ask for is looked up once. Regular expressions have been checked before.
 */
export const createPlainMatcher = (predicates: readonly Predicate[]): Matcher => {
  const fields = new Fields()
  const checks = predicates.map((predicate) => compile(predicate, fields))
  return {
    matches: (event) => {
      const view = new View(event, fields)
      const found: number[] = []
      for (const [index, check] of checks.entries()) if (check(view)) found.push(index)
      return found
    },
  }
}

/** One predicate over one event. */
export const evaluate = (predicate: Predicate, event: JsonObject): boolean =>
  createPlainMatcher([predicate]).matches(event).length > 0

type Check = (view: View) => boolean

const compile = (predicate: Predicate, fields: Fields): Check => {
  switch (predicate.kind) {
    case 'all': {
      const checks = predicate.terms.map((term) => compile(term, fields))
      return (view) => checks.every((check) => check(view))
    }
    case 'any': {
      const checks = predicate.terms.map((term) => compile(term, fields))
      return (view) => checks.some((check) => check(view))
    }
    case 'not': {
      const check = compile(predicate.term, fields)
      return (view) => !check(view)
    }
    case 'field': {
      const slot = fields.slot(predicate.field)
      const test = anyTest(predicate.tests)
      return (view) => test(view.field(slot))
    }
    case 'anywhere': {
      const { matches, folded } = textTest(predicate.test)
      return (view) => view.everything(folded).some(matches)
    }
    case 'fields': {
      const [slot, other] = [fields.slot(predicate.field), fields.slot(predicate.other)]
      const { how, cased } = predicate
      return (view) => {
        const [left, right] = [view.field(slot), view.field(other)]
        const texts = cased ? right.texts() : right.folded()
        return (cased ? left.texts() : left.folded()).some((text) => texts.some((one) => relations[how](text, one)))
      }
    }
  }
}

/** How a text of the one field stands to a text of the other. */
export const relations = {
  equal: (a: string, b: string): boolean => a === b,
  starts: (a: string, b: string): boolean => a.startsWith(b),
  ends: (a: string, b: string): boolean => a.endsWith(b),
  contains: (a: string, b: string): boolean => a.includes(b),
} as const

/** The fields that a set of predicates asks for, each once. */
class Fields {
  readonly #slots = new Map<string, number>()
  readonly lookUps: ((event: JsonObject) => FieldValues)[] = []

  slot(names: FieldNames): number {
    const key = JSON.stringify(names)
    const known = this.#slots.get(key)
    if (known !== undefined) return known
    this.#slots.set(key, this.lookUps.length)
    return this.lookUps.push(lookUp(names)) - 1
  }
}

/** One event, with what was looked up of it. */
class View {
  readonly #event: JsonObject
  readonly #fields: Fields
  readonly #looked: (Looked | undefined)[] = []
  #texts: readonly string[] | undefined
  #folded: readonly string[] | undefined

  constructor(event: JsonObject, fields: Fields) {
    this.#event = event
    this.#fields = fields
  }

  field(slot: number): Looked {
    const known = this.#looked[slot]
    if (known !== undefined) return known
    const found = looked(this.#fields.lookUps[slot]?.(this.#event) ?? nothing)
    this.#looked[slot] = found
    return found
  }

  /** The JSON text of the event, and each text in it, so that an escape hides nothing. */
  everything(folded: boolean): readonly string[] {
    this.#texts ??= [JSON.stringify(this.#event), ...textsIn(this.#event)]
    if (!folded) return this.#texts
    this.#folded ??= this.#texts.map(fold)
    return this.#folded
  }
}
