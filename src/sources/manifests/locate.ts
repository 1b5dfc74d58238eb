import type { Event } from 'js-yaml'
import { isObject, type JsonValue } from '../../model/json.ts'
import type { Composition, Pick } from './compose.ts'
import { offsetInScalar } from './locate-text.ts'
import { itemsOf, keyText, offsetOf, pairsOf } from './yaml-events.ts'

/**
 * Finds the places of fields in one composed document. What it learns of a mapping it keeps, so that many paths of one
 * large document are found in the time of one walk over it.
 */
export class Locator {
  readonly #source: string
  readonly #events: readonly Event[]
  readonly #composition: Composition
  readonly #pick: Pick
  /** For each mapping that was asked for, by the index of its event: the event of the key that counts. */
  readonly #keys = new Map<number, ReadonlyMap<string, number>>()

  constructor(source: string, events: readonly Event[], composition: Composition, pick: Pick) {
    this.#source = source
    this.#events = events
    this.#composition = composition
    this.#pick = pick
  }

  /**
   * The offset, in the document's source, of the field at `path` below `root`. Where the path leads on after a field is
   * missing, it is the offset of the innermost part that is there: the key of a field, or the beginning of an item.
   */
  offsetOf(root: JsonValue, path: string): number {
    let value: JsonValue | undefined = root
    let best = this.#offsetOfContainer(root) ?? 0
    for (const step of stepsOf(path)) {
      const holder: JsonValue | undefined = value
      if (typeof holder !== 'object' || holder === null) break
      value = childOf(holder, step)
      if (value === undefined) break
      const start = this.#composition.starts.get(holder)
      // A field that came by a merge key stands in another mapping: then the place of its value must do.
      best =
        (start === undefined ? undefined : this.#offsetOfStep(start, step, value)) ??
        this.#offsetOfContainer(value) ??
        best
    }
    return best
  }

  /**
   * The offset of the character at `within` of the text of the field at `path`; of the field where it has no text there, or
   * where the text is not written as it reads.
   */
  offsetIn(root: JsonValue, path: string, within: number): number {
    const steps = stepsOf(path)
    let holder: JsonValue | undefined = root
    for (const step of steps.slice(0, -1)) {
      holder = typeof holder === 'object' && holder !== null ? childOf(holder, step) : undefined
    }
    const step = steps.at(-1)
    const start = typeof holder === 'object' && holder !== null ? this.#composition.starts.get(holder) : undefined
    const index = start === undefined || step === undefined ? undefined : this.#indexOfValue(start, step)
    const event = index === undefined ? undefined : this.#events[index]
    return (event && offsetInScalar(this.#source, event, within)) ?? this.offsetOf(root, path)
  }

  /** The event of a field's value, which follows the event of its key, or of an item. */
  #indexOfValue(start: number, step: Step): number | undefined {
    if (typeof step === 'number') return nth(itemsOf(this.#events, start), step)
    const key = this.#keysOf(start).get(step)
    return key === undefined ? undefined : key + 1
  }

  #offsetOfStep(start: number, step: Step, value: JsonValue): number | undefined {
    if (typeof step === 'string') return this.#offsetAt(this.#keysOf(start).get(step))
    const own = typeof value === 'object' && value !== null ? this.#composition.starts.get(value) : undefined
    // An item that an alias stands for begins elsewhere, before its list.
    return this.#offsetAt(own !== undefined && own > start ? own : nth(itemsOf(this.#events, start), step))
  }

  #keysOf(mapping: number): ReadonlyMap<string, number> {
    const known = this.#keys.get(mapping)
    if (known !== undefined) return known
    const keys = new Map<string, number>()
    const counts = new Map<string, number>()
    for (const pair of pairsOf(this.#events, mapping)) {
      const key = keyText(this.#source, this.#events[pair.key])?.replace(/^\ufeff/, '')
      if (key === undefined) continue
      const count = counts.get(key) ?? 0
      if (this.#pick === 'last' || count <= this.#pick) keys.set(key, pair.key)
      counts.set(key, count + 1)
    }
    this.#keys.set(mapping, keys)
    return keys
  }

  #offsetOfContainer(value: JsonValue): number | undefined {
    return typeof value === 'object' && value !== null ? this.#offsetAt(this.#composition.starts.get(value)) : undefined
  }

  #offsetAt(index: number | undefined): number | undefined {
    const event = index === undefined ? undefined : this.#events[index]
    return event === undefined ? undefined : offsetOf(event)
  }
}

type Step = string | number

/** `spec.containers[0].x["a.b"]` as its steps. */
const stepsOf = (path: string): readonly Step[] => {
  const steps: Step[] = []
  for (const [, name, index, quoted] of path.matchAll(/\.?([^.[\]]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/g)) {
    if (index !== undefined) steps.push(Number(index))
    else if (quoted !== undefined) steps.push(String(JSON.parse(quoted)))
    else if (name !== undefined) steps.push(name)
  }
  return steps
}

const childOf = (value: JsonValue, step: Step): JsonValue | undefined => {
  if (typeof step === 'number') return Array.isArray(value) ? value[step] : undefined
  return isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined
}

const nth = (indexes: Iterable<number>, wanted: number): number | undefined => {
  let count = 0
  for (const index of indexes) {
    if (count === wanted) return index
    count += 1
  }
  return undefined
}
