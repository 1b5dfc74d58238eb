import type { Detection } from '../../model/detection.ts'
import type { JsonObject } from '../../model/json.ts'
import { techniquesOf } from '../../model/rule.ts'
import type { Micros } from '../../model/time.ts'
import { type Actor, isLocalAddress, objectKeys } from './actor.ts'
import { numberAt, objectsAt, oneOf, textAt, textsAt } from './decode.ts'
import { effectiveRank, rankOf } from './rank.ts'
import type { SignalRow } from './rows.ts'
import { detectionKeys, type Step } from './step.ts'
import { type StepCounts, StepList } from './step-list.ts'
import { readStep, stepMemory } from './step-memory.ts'
import type { CaseLimits } from './types.ts'

/** What one actor did that opens no case by itself. */
interface SignalActor {
  readonly key: string
  readonly kind: Actor['kind']
  readonly cluster: string
  readonly steps: StepList
  readonly addresses: Set<string>
  readonly objects: Set<string>
  last: Micros
}

const mostAddresses = 4
const mostObjects = 24
const kinds = ['principal', 'infrastructure', 'address', 'place', 'rule'] as const

/**
 * Points that different signals of one actor must come to in a short time to open a case. Those that are only info are
 * what people do all day: together they are worth no more than one that is low.
 */
export const clusterScore = { low: 2, info: 1, mostOfInfo: 2, opensAt: 6, rules: 3, techniques: 3 } as const

/** Signals wait here for a case of their actor, address or object; the ones that wait longest make room. */
export class Signals {
  readonly #actors = new Map<string, SignalActor>()
  readonly #byAddress = new Map<string, Set<string>>()
  readonly #byObject = new Map<string, Set<string>>()
  readonly #limits: CaseLimits
  #dirty = new Set<string>()
  #evicted = 0

  readonly #counts: StepCounts

  constructor(limits: CaseLimits, counts: StepCounts) {
    this.#limits = limits
    this.#counts = counts
  }

  get size(): number {
    return this.#actors.size
  }

  get evicted(): number {
    return this.#evicted
  }

  add(detection: Detection, actor: Actor): void {
    const known = this.#actors.get(actor.key)
    const { time } = detection
    // What nobody came for in all that time is not a part of what comes now.
    if (known !== undefined && time - known.last > this.#limits.signalMemory) this.#remove(known)
    const one = this.#actors.get(actor.key) ?? this.#make(actor, detection.cluster)
    const keys = detectionKeys(detection)
    // A step tells of no longer a time than signals are kept for: what repeats for weeks begins anew.
    const repeated = one.steps.find(keys)
    if (repeated !== undefined && time - repeated.first > this.#limits.signalMemory)
      one.steps.take(new Set([repeated.id]))
    one.steps.add(detection, keys)
    one.last = Math.max(one.last, time)
    this.#dirty.add(one.key)
    if (!isLocalAddress(detection.sourceIp))
      this.#note(one, one.addresses, mostAddresses, this.#byAddress, addressKey(detection.cluster, detection.sourceIp))
    if (actor.kind === 'infrastructure') return
    for (const key of objectKeys(detection.cluster, detection.target))
      this.#note(one, one.objects, mostObjects, this.#byObject, key)
  }

  /** Whether the different signals of an actor are together worth a case. */
  isCluster(actor: Actor, now: Micros): boolean {
    const one = this.#actors.get(actor.key)
    if (one === undefined || actor.kind === 'infrastructure' || actor.kind === 'rule') return false
    const rules = new Map<string, boolean>()
    const techniques = new Set<string>()
    for (const step of one.steps.values()) {
      if (Math.abs(now - step.last) > this.#limits.clusterWindow) continue
      rules.set(step.rule, rules.get(step.rule) === true || effectiveRank(step) >= rankOf('low'))
      const named = techniquesOf(step.tags)
      for (const technique of named.length === 0 ? [step.rule] : named) techniques.add(technique)
    }
    const low = [...rules.values()].filter((isLow) => isLow).length
    const info = Math.min((rules.size - low) * clusterScore.info, clusterScore.mostOfInfo)
    const score = low * clusterScore.low + info
    return (
      score >= clusterScore.opensAt && rules.size >= clusterScore.rules && techniques.size >= clusterScore.techniques
    )
  }

  /** Keys of the principals of whom there are signals at an address, without infrastructure. */
  principalsAt(address: string): readonly string[] {
    return [...(this.#byAddress.get(address) ?? [])].filter((key) => this.#actors.get(key)?.kind === 'principal')
  }

  /** Takes the signals of an actor out, the first of them first. */
  takeActor(key: string, now: Micros): readonly Step[] {
    return this.#take([key], now, () => true)
  }

  /** Takes out what came from an address: anonymously, or by principals. */
  takeAddress(address: string, now: Micros): readonly Step[] {
    const actors = [...(this.#byAddress.get(address) ?? [])].filter((key) => {
      const kind = this.#actors.get(key)?.kind
      return kind === 'address' || kind === 'principal'
    })
    return this.#take(actors, now, (step, one) => addressKey(one.cluster, step.sourceIp) === address)
  }

  /** Takes out what was done to an object. */
  takeObject(object: string, now: Micros): readonly Step[] {
    const actors = [...(this.#byObject.get(object) ?? [])]
    return this.#take(actors, now, (step, one) => objectKeys(one.cluster, step.target).includes(object))
  }

  #take(actors: readonly string[], now: Micros, wanted: (step: Step, one: SignalActor) => boolean): readonly Step[] {
    const taken: Step[] = []
    for (const key of actors) {
      const one = this.#actors.get(key)
      if (one === undefined) continue
      const steps = [...one.steps.values()].filter(
        (step) => Math.abs(now - step.last) <= this.#limits.signalMemory && wanted(step, one),
      )
      if (steps.length === 0) continue
      taken.push(...one.steps.take(new Set(steps.map(({ id }) => id))))
      this.#dirty.add(key)
      if (one.steps.size === 0) this.#remove(one)
    }
    return taken.sort((a, b) => a.first - b.first || (a.id < b.id ? -1 : 1))
  }

  /** Forgets what is too old at a moment of the record. */
  forget(now: Micros): void {
    for (const one of this.#actors.values()) if (now - one.last > this.#limits.signalMemory) this.#remove(one)
  }

  drain(): { readonly signals: readonly SignalRow[]; readonly gone: readonly string[] } {
    const signals: SignalRow[] = []
    const gone: string[] = []
    for (const key of this.#dirty) {
      const one = this.#actors.get(key)
      if (one === undefined) gone.push(key)
      else signals.push({ actor: key, memory: memoryOf(one) })
    }
    this.#dirty = new Set()
    return { signals, gone }
  }

  restore({ actor, memory }: SignalRow): void {
    const known = this.#actors.get(actor)
    if (known !== undefined) this.#remove(known)
    const one: SignalActor = {
      key: actor,
      kind: oneOf<Actor['kind']>(memory.kind, kinds),
      cluster: textAt(memory, 'cluster'),
      steps: new StepList(this.#limits, this.#limits.stepsPerSignalActor, this.#counts),
      addresses: new Set(textsAt(memory, 'addresses')),
      objects: new Set(textsAt(memory, 'objects')),
      last: numberAt(memory, 'last'),
    }
    for (const step of objectsAt(memory, 'steps')) one.steps.put(readStep(step))
    this.#actors.set(actor, one)
    for (const key of one.addresses) add(this.#byAddress, key, actor)
    for (const key of one.objects) add(this.#byObject, key, actor)
    this.#dirty.delete(actor)
  }

  #make({ key, kind }: Actor, cluster: string): SignalActor {
    const { signalActors, stepsPerSignalActor } = this.#limits
    if (this.#actors.size >= signalActors) this.#evict()
    const steps = new StepList(this.#limits, stepsPerSignalActor, this.#counts)
    const one = { key, kind, cluster, steps, addresses: new Set<string>(), objects: new Set<string>(), last: 0 }
    this.#actors.set(key, one)
    return one
  }

  /** A tenth at once, so that a flood of new actors does not sort the whole for each. */
  #evict(): void {
    const oldest = [...this.#actors.values()].sort((a, b) => a.last - b.last || (a.key < b.key ? -1 : 1))
    for (const one of oldest.slice(0, Math.max(1, Math.floor(oldest.length / 10)))) {
      this.#remove(one)
      this.#evicted += 1
    }
  }

  #note(one: SignalActor, own: Set<string>, most: number, index: Map<string, Set<string>>, key: string): void {
    if (own.has(key) || own.size >= most) return
    own.add(key)
    add(index, key, one.key)
  }

  #remove(one: SignalActor): void {
    this.#actors.delete(one.key)
    for (const key of one.addresses) remove(this.#byAddress, key, one.key)
    for (const key of one.objects) remove(this.#byObject, key, one.key)
    this.#dirty.add(one.key)
  }
}

/** The key under which an address is claimed. */
export const addressKey = (cluster: string, address: string): string => `${cluster}\u0000${address}`

const memoryOf = (one: SignalActor): JsonObject => ({
  kind: one.kind,
  cluster: one.cluster,
  addresses: [...one.addresses],
  objects: [...one.objects],
  last: one.last,
  steps: [...one.steps.values()].map(stepMemory),
})

const add = (index: Map<string, Set<string>>, key: string, actor: string): void => {
  const known = index.get(key)
  if (known === undefined) index.set(key, new Set([actor]))
  else known.add(actor)
}

const remove = (index: Map<string, Set<string>>, key: string, actor: string): void => {
  const known = index.get(key)
  known?.delete(actor)
  if (known?.size === 0) index.delete(key)
}
