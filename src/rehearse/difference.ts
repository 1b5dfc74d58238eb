import type { Detection } from '../model/detection.ts'
import { formatMicros } from '../model/time.ts'

/** A detection that shows what changes. */
export interface Sample {
  readonly change: 'new' | 'gone' | 'kept'
  /** Id of the event that completed it. */
  readonly event: string
  readonly time: string
  readonly message: string
}

/** Old against new, so far. */
export interface DifferenceSoFar {
  readonly before: number
  readonly after: number
  /** In order of the day, UTC. */
  readonly byDay: readonly { readonly day: string; readonly before: number; readonly after: number }[]
  /** The most first, at most 100; the rest is `(others)`. */
  readonly byPrincipal: readonly { readonly principal: string; readonly before: number; readonly after: number }[]
  /** The newest first, at most 50. What differs goes before what does not. */
  readonly samples: readonly Sample[]
}

interface Pair {
  before: number
  after: number
}

const mostSamples = 50
const mostPrincipals = 10_000
const shownPrincipals = 100
const others = '(others)'

/** Gathers what fires before and after, in bounded memory. */
export class Difference {
  readonly #total: Pair = { before: 0, after: 0 }
  readonly #days = new Map<string, Pair>()
  readonly #principals = new Map<string, Pair>()
  #changed: Sample[] = []
  #kept: Sample[] = []

  /** What the same records gave before and after. Two detections are the same where one event completed them. */
  add(before: readonly Detection[], after: readonly Detection[]): void {
    const [old, fresh] = [eventsOf(before), eventsOf(after)]
    for (const one of before) {
      this.#count(one, 'before')
      if (!fresh.has(eventOf(one))) this.#sample('gone', one)
    }
    for (const one of after) {
      this.#count(one, 'after')
      this.#sample(old.has(eventOf(one)) ? 'kept' : 'new', one)
    }
  }

  soFar(): DifferenceSoFar {
    const days = [...this.#days].toSorted(([a], [b]) => (a < b ? -1 : 1))
    const principals = [...this.#principals].toSorted(
      ([a, x], [b, y]) => Math.max(y.before, y.after) - Math.max(x.before, x.after) || (a < b ? -1 : 1),
    )
    const rest = principals.slice(shownPrincipals)
    const shown = principals.slice(0, shownPrincipals).map(([principal, pair]) => ({ principal, ...pair }))
    const sum = (side: keyof Pair): number => rest.reduce((total, [, pair]) => total + pair[side], 0)
    const changed = this.#changed.toReversed()
    return {
      ...this.#total,
      byDay: days.map(([day, pair]) => ({ day, ...pair })),
      byPrincipal:
        rest.length === 0 ? shown : [...shown, { principal: others, before: sum('before'), after: sum('after') }],
      samples: [...changed, ...this.#kept.toReversed()].slice(0, mostSamples),
    }
  }

  #count(detection: Detection, side: keyof Pair): void {
    this.#total[side] += 1
    pairIn(this.#days, formatMicros(detection.time).slice(0, 10))[side] += 1
    const principal = principalOf(detection)
    const isRoom = this.#principals.has(principal) || this.#principals.size < mostPrincipals
    pairIn(this.#principals, isRoom ? principal : others)[side] += 1
  }

  #sample(told: Sample['change'], one: Detection): void {
    const event = eventOf(one)
    // What a request lowered is told apart from all else that rules say of it: the other side may have told of it before.
    const other =
      told === 'kept' ? -1 : this.#changed.findLastIndex((sample) => sample.event === event && sample.change !== told)
    if (other >= 0) this.#changed.splice(other, 1)
    const change = other >= 0 ? 'kept' : told
    const sample: Sample = { change, event, time: formatMicros(one.time), message: one.message }
    const list = change === 'kept' ? this.#kept : this.#changed
    list.push(sample)
    if (list.length <= 2 * mostSamples) return
    if (change === 'kept') this.#kept = list.slice(-mostSamples)
    else this.#changed = list.slice(-mostSamples)
  }
}

/** Who did it. Sensors and Events name nobody: there it is whom the pod acts as, else the workload, pod or node. */
const principalOf = ({ principal, verb, serviceAccount, workload, target, pod, node }: Detection): string => {
  if (principal !== '' || verb !== '' || serviceAccount !== '') return principal || serviceAccount
  const name = workload || pod || target.name
  if (name === '') return node
  return target.namespace === '' ? name : `${target.namespace}/${name}`
}

const eventOf = ({ evidence, id }: Detection): string => evidence[0] ?? id

const eventsOf = (detections: readonly Detection[]): ReadonlySet<string> => new Set(detections.map(eventOf))

const pairIn = (map: Map<string, Pair>, key: string): Pair => {
  const pair = map.get(key) ?? { before: 0, after: 0 }
  map.set(key, pair)
  return pair
}
