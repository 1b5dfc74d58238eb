/** A thing that changes and can be saved as it was at a moment. */
export interface Changing {
  /** Of {@link AsOf}: the last moment that it was saved for. */
  savedFor: number
}

/**
 * Things as they were at one moment, saved one after the other while they go on changing: what is about to change is
 * saved before, and nothing has to be copied at once. Whoever changes a thing calls {@link keep} first.
 */
export class AsOf<T extends Changing, S> {
  readonly #save: (thing: T) => S
  /** Numbers the moments. */
  #moment = 0
  /** Those of the moment that have changed since; undefined where none is being saved. */
  #kept: Map<T, S> | undefined

  constructor(save: (thing: T) => S) {
    this.#save = save
  }

  /** What a thing that is made now has to have: it is not of the moment that is being saved. */
  get moment(): number {
    return this.#moment
  }

  /** Has to be called before a thing changes. */
  keep(thing: T): void {
    if (this.#kept === undefined || thing.savedFor === this.#moment) return
    thing.savedFor = this.#moment
    this.#kept.set(thing, this.#save(thing))
  }

  /** All things as they are now, saved when they are asked for. The moment before, if it is not over, is given up. */
  begin(things: readonly T[]): Iterable<S> {
    this.#moment += 1
    this.#kept = new Map()
    return this.#saved(things, this.#moment, this.#kept)
  }

  *#saved(things: readonly T[], moment: number, kept: Map<T, S>): Generator<S> {
    try {
      for (const thing of things) {
        if (this.#moment !== moment) throw new Error('these were given up for those of a later moment')
        const saved = kept.get(thing)
        if (saved !== undefined) kept.delete(thing)
        thing.savedFor = moment
        yield saved ?? this.#save(thing)
      }
    } finally {
      if (this.#kept === kept) this.#kept = undefined
    }
  }
}
