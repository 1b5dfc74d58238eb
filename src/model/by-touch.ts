/** A thing that stands in {@link ByTouch}. */
export interface Touched<T> {
  readonly key: string
  /** Its neighbours in order. */
  before: T | undefined
  after: T | undefined
}

/**
 * Things by key, those touched last at the end. Their order is that of a linked list: in a Map, what was moved to the end
 * leaves a hole that each walk from the start passes, and that is cleared away again and again.
 */
export class ByTouch<T extends Touched<T>> {
  first: T | undefined
  #last: T | undefined
  readonly #things = new Map<string, T>()

  get size(): number {
    return this.#things.size
  }

  get(key: string): T | undefined {
    return this.#things.get(key)
  }

  /** Adds a thing at the end; one of the same key goes. */
  add(thing: T): void {
    const known = this.#things.get(thing.key)
    if (known !== undefined) this.#unlink(known)
    this.#things.set(thing.key, thing)
    this.#append(thing)
  }

  moveToEnd(thing: T): void {
    if (thing === this.#last) return
    this.#unlink(thing)
    this.#append(thing)
  }

  forget(thing: T): void {
    this.#things.delete(thing.key)
    this.#unlink(thing)
  }

  /** In order. */
  all(): readonly T[] {
    const things: T[] = []
    for (let thing = this.first; thing !== undefined; thing = thing.after) things.push(thing)
    return things
  }

  #append(thing: T): void {
    thing.before = this.#last
    thing.after = undefined
    if (this.#last === undefined) this.first = thing
    else this.#last.after = thing
    this.#last = thing
  }

  #unlink({ before, after }: T): void {
    if (before === undefined) this.first = after
    else before.after = after
    if (after === undefined) this.#last = before
    else after.before = before
  }
}
