import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import type { FieldNames } from '../../model/predicate.ts'
import type { IpAddress } from '../apimachinery/ip.ts'
import { fold } from './fold.ts'
import { addressesOf, type Looked } from './tests.ts'
import { elementsOf, type FieldValues, fieldOf, foldedOf, isInherited, isList, ownValue, textsOf } from './values-of.ts'

/** A field over the event that is shown: looked up, read as texts and folded at most once for each event. */
export interface Slot extends Looked {
  readonly id: number
}

/**
 * One event after the other, for conditions that are compiled once. What is looked up is kept until the next event is
 * shown; paths share the look-up of their beginnings (`requestObject.spec` of all that stands below it). The values are
 * those of `lookUp`, in an order of their own.
 */
export class EventView {
  readonly #turn: Turn = { number: 0, event: {} }
  /** Numbers the events from 1. */
  readonly turn: { readonly number: number } = this.#turn
  readonly #slots = new Map<string, FieldSlot>()
  readonly #places = new Map<string, Place>()
  readonly #json = new Once(this.#turn, (event) => JSON.stringify(event))
  readonly #foldedJson = new Once(this.#turn, () => fold(this.#json.value))
  readonly #texts = new Once(this.#turn, textsIn)
  readonly #foldedTexts = new Once(this.#turn, () => this.#texts.value.map(fold))

  show(event: JsonObject): void {
    this.#turn.number += 1
    this.#turn.event = event
  }

  slot(names: FieldNames): Slot {
    const key = JSON.stringify(names)
    const known = this.#slots.get(key)
    if (known !== undefined) return known
    const places = [...new Set(names)].map((name) => this.#place(name.split('.')))
    const made = new FieldSlot(this.#slots.size, this.#turn, places)
    this.#slots.set(key, made)
    return made
  }

  /** The JSON text of the event. */
  json(folded: boolean): string {
    return folded ? this.#foldedJson.value : this.#json.value
  }

  /** Each text in the event, values and keys. */
  texts(folded: boolean): readonly string[] {
    return folded ? this.#foldedTexts.value : this.#texts.value
  }

  #place(parts: readonly string[]): Place {
    const name = parts.join('.')
    const known = this.#places.get(name)
    if (known !== undefined) return known
    const steps = parts.slice(1).map((_, index): Step => {
      const key = parts.slice(index + 1).join('.')
      return { from: this.#place(parts.slice(0, index + 1)), key, inherited: isInherited(key) }
    })
    const made = new Place(this.#turn, name, steps)
    this.#places.set(name, made)
    return made
  }
}

/** Numbers the events, so that what was found in one is not taken for the next. */
interface Turn {
  number: number
  event: JsonObject
}

class Once<T> {
  readonly #turn: Turn
  readonly #make: (event: JsonObject) => T
  #made: { readonly at: number; readonly value: T } | undefined

  constructor(turn: Turn, make: (event: JsonObject) => T) {
    this.#turn = turn
    this.#make = make
  }

  get value(): T {
    if (this.#made?.at !== this.#turn.number)
      this.#made = { at: this.#turn.number, value: this.#make(this.#turn.event) }
    return this.#made.value
  }
}

const none: readonly never[] = []

/** A way to come to a place: from another one by a key. */
interface Step {
  readonly from: Place
  readonly key: string
  readonly inherited: boolean
}

/** What the beginning of a path leads to, by every way to cut it into keys. */
class Place {
  readonly #turn: Turn
  readonly #name: string
  readonly #steps: readonly Step[]
  #at = 0
  #own: JsonValue | undefined
  #found: readonly JsonValue[] = none

  constructor(turn: Turn, name: string, steps: readonly Step[]) {
    this.#turn = turn
    this.#name = name
    this.#steps = steps
  }

  /** As the whole of a path: a key of the event itself goes before all other ways. */
  end(): readonly JsonValue[] {
    const found = this.reach()
    return this.#own === undefined || found.length === 1 ? found : [this.#own]
  }

  reach(): readonly JsonValue[] {
    const { number, event } = this.#turn
    if (this.#at === number) return this.#found
    this.#at = number
    this.#own = ownValue(event, this.#name)
    let found: JsonValue[] | undefined
    if (this.#own !== undefined) found = [this.#own]
    for (const step of this.#steps) {
      for (const value of step.from.reach()) {
        if (isList(value)) {
          for (const element of value) found = taken(found, element, step)
        } else found = taken(found, value, step)
      }
    }
    this.#found = found ?? none
    return this.#found
  }
}

const taken = (found: JsonValue[] | undefined, from: JsonValue, step: Step): JsonValue[] | undefined => {
  if (!isObject(from)) return found
  // Events come from a JSON parser: what they have not themselves is what every object has.
  const value = step.inherited ? ownValue(from, step.key) : from[step.key]
  if (value === undefined) return found
  if (found === undefined) return [value]
  found.push(value)
  return found
}

class FieldSlot implements Slot {
  readonly id: number
  readonly #turn: Turn
  readonly #places: readonly Place[]
  #valuesAt = 0
  #values: readonly JsonValue[] = none
  #textsAt = 0
  #texts: readonly string[] = none
  #foldedAt = 0
  #folded: readonly string[] = none
  #addressesAt = 0
  #addresses: readonly IpAddress[] = none

  constructor(id: number, turn: Turn, places: readonly Place[]) {
    this.id = id
    this.#turn = turn
    this.#places = places
  }

  get field(): FieldValues {
    return fieldOf(this.#found())
  }

  texts(): readonly string[] {
    if (this.#textsAt !== this.#turn.number) {
      this.#textsAt = this.#turn.number
      this.#texts = textsOf(elementsOf(this.#found()))
    }
    return this.#texts
  }

  folded(): readonly string[] {
    if (this.#foldedAt !== this.#turn.number) {
      this.#foldedAt = this.#turn.number
      this.#folded = foldedOf(this.texts())
    }
    return this.#folded
  }

  addresses(): readonly IpAddress[] {
    if (this.#addressesAt !== this.#turn.number) {
      this.#addressesAt = this.#turn.number
      this.#addresses = addressesOf(this.texts())
    }
    return this.#addresses
  }

  /** What the names lead to, lists as they are. */
  #found(): readonly JsonValue[] {
    if (this.#valuesAt !== this.#turn.number) {
      this.#valuesAt = this.#turn.number
      this.#values = none
      for (const place of this.#places) {
        const found = place.end()
        if (found.length > 0) this.#values = this.#values === none ? found : [...this.#values, ...found]
      }
    }
    return this.#values
  }
}

/** So that an escape in the JSON text hides nothing. */
export const textsIn = (event: JsonObject): readonly string[] => {
  const texts = new Set<string>()
  const rest: JsonValue[] = [event]
  for (let value = rest.pop(); value !== undefined; value = rest.pop()) {
    if (typeof value === 'string') texts.add(value)
    else if (Array.isArray(value)) for (const element of value) rest.push(element)
    else if (isObject(value)) {
      for (const [key, inner] of Object.entries(value)) {
        if (inner === undefined) continue
        texts.add(key)
        rest.push(inner)
      }
    }
  }
  return [...texts]
}
