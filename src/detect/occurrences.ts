import { isObject, type JsonObject, type JsonValue } from '../model/json.ts'
import type { ObjectVersion } from '../model/object.ts'
import type { Micros } from '../model/time.ts'

/** So many Event objects are remembered, half of them at least for the latest. */
const most = 32_768
/** Who writes Events writes their count too. */
const mostAtOnce = 1000

interface Told {
  readonly count: number
  readonly time: Micros
}

/**
 * Which versions of Event objects tell of something that happened again. A relist tells what was told before, and
 * whoever labels an Event makes a version in which nothing happened: such ones are not judged.
 */
export class Occurrences {
  #current = new Map<string, Told>()
  #previous = new Map<string, Told>()

  /** How often it happened since the version before: 1 of an Event that is new here, 0 where nothing did. */
  count(version: ObjectVersion, time: Micros): number {
    const key = `${version.cluster}/${version.uid}`
    const count = countOf(version)
    const known = this.#current.get(key) ?? this.#previous.get(key)
    if (known !== undefined && count <= known.count && time <= known.time) return 0
    if (this.#current.size >= most / 2 && !this.#current.has(key)) {
      this.#previous = this.#current
      this.#current = new Map()
    }
    this.#current.set(key, { count: Math.max(count, known?.count ?? 0), time: Math.max(time, known?.time ?? 0) })
    return known === undefined ? 1 : Math.min(Math.max(count - known.count, 1), mostAtOnce)
  }

  checkpoint(): JsonValue {
    return [this.#previous, this.#current].map((told) => [...told].map(([key, { count, time }]) => [key, count, time]))
  }

  restore(saved: JsonValue | undefined): void {
    const [previous, current] = (Array.isArray(saved) ? saved : []).map(readTold)
    this.#previous = previous ?? new Map()
    this.#current = current ?? new Map()
  }
}

const readTold = (saved: JsonValue): Map<string, Told> => {
  const told = new Map<string, Told>()
  for (const one of Array.isArray(saved) ? saved : []) {
    const [key, count, time]: readonly JsonValue[] = Array.isArray(one) ? one : []
    if (typeof key === 'string' && typeof count === 'number' && typeof time === 'number') told.set(key, { count, time })
  }
  return told
}

const countOf = ({ body }: ObjectVersion): number => {
  const series: JsonObject = isObject(body.series) ? body.series : {}
  const counts = [series.count, body.count, body.deprecatedCount].filter((one) => typeof one === 'number')
  return Math.max(1, ...counts)
}
