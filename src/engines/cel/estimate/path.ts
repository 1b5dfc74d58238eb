/**
 * Where the value of an expression comes from: a variable, then names of fields, `@items`, `@values`, `@keys`. Sizes that a
 * schema gives are found by it.
 *
 * Upstream keeps paths as slices of Go and appends to one slice more than once, so that of two fields of one loop variable
 * the second overwrites the name of the first (`x.list[x.index]` is then looked up as `x.index[…]`). Estimates decide what a
 * CRD may hold, so they must come out the same: a path here shares its names as slices share their array.
 */
export class Path {
  readonly #names: string[]
  readonly length: number
  readonly #capacity: number

  private constructor(names: string[], length: number, capacity: number) {
    this.#names = names
    this.length = length
    this.#capacity = capacity
  }

  static of(name: string): Path {
    return new Path([name], 1, 1)
  }

  /** The path with one more name; an undefined path is empty. */
  static append(path: Path | undefined, name: string): Path {
    if (path === undefined) return Path.of(name)
    if (path.length < path.#capacity) {
      path.#names[path.length] = name
      return new Path(path.#names, path.length + 1, path.#capacity)
    }
    return new Path([...path.names(), name], path.length + 1, path.#capacity * 2)
  }

  names(): readonly string[] {
    return this.#names.slice(0, this.length)
  }

  /** The items of what is here, as a path of its own. */
  items(): Path {
    return new Path([...this.names(), '@items'], this.length + 1, this.length + 1)
  }
}
