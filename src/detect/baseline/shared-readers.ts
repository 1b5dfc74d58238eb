import { type LoadedRule, namesIn, tupleReader } from '../../engines/sigma/index.ts'
import type { JsonObject } from '../../model/json.ts'

/** Reads the values of some fields together: one text (a JSON list) for each choice of one value per field. */
export type ReadTexts = (event: JsonObject) => readonly string[]

/** Readers of fields, of which each reads an event once however many baselines ask for the same fields. */
export class SharedReaders {
  #turn = 0
  readonly #ofSource = new Map<LoadedRule['source'], Map<string, ReadTexts>>()

  /** The number of events that were begun: those that are read from now on are of the next one. */
  get turn(): number {
    return this.#turn
  }

  /** Has to be called before another event is read. */
  next(): void {
    this.#turn += 1
  }

  /** What reads events of the source that a rule looks at. */
  of(fields: readonly string[], { source }: LoadedRule): ReadTexts {
    let readers = this.#ofSource.get(source)
    if (readers === undefined) {
      readers = new Map()
      this.#ofSource.set(source, readers)
    }
    const key = JSON.stringify(fields)
    const known = readers.get(key)
    if (known !== undefined) return known
    const made = this.#once(tupleReader(fields, namesIn(source)))
    readers.set(key, made)
    return made
  }

  #once(read: ReturnType<typeof tupleReader>): ReadTexts {
    let turn = -1
    let texts: readonly string[] = []
    return (event) => {
      if (turn === this.#turn) return texts
      texts = read(event).texts
      turn = this.#turn
      return texts
    }
  }
}
