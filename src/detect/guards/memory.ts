import { isObject, type JsonValue } from '../../model/json.ts'
import type { Micros } from '../../model/time.ts'

/** How an object was, from a moment on. */
export interface Held {
  /** What is kept of it, as JSON. */
  readonly text: string
  time: Micros
  /** True where a request is known that made it so. */
  claimed: boolean
}

export interface GuardLimits {
  readonly objects: number
  /** Of all objects together, in characters. */
  readonly characters: number
  /** An object of which more would be kept is not known. */
  readonly ofObject: number
}

export const defaultLimits: GuardLimits = { objects: 20_000, characters: 8_000_000, ofObject: 32_000 }

/** Requests are told up to a minute late, and an object is seldom changed more often within it. */
const mostHeld = 4

/**
 * How objects were last, and a little before: requests and versions of objects come by different ways, and either may
 * come first. Those told of last stay; others are forgotten for want of room.
 */
export class GuardMemory {
  readonly #limits: GuardLimits
  /** By object, the oldest first. Those told of last at the end. */
  readonly #objects = new Map<string, Held[]>()
  #characters = 0

  constructor(limits: GuardLimits = defaultLimits) {
    this.#limits = limits
  }

  /** How it was over time, the oldest first; none where it is not known. */
  of(key: string): readonly Held[] {
    return this.#objects.get(key) ?? []
  }

  /**
   * It is so since `time`, or was already. Told of by a request, it is claimed, unless it was so before `claimedSince`.
   * Returns what stands for that; undefined where it is too large.
   */
  hold(key: string, text: string, time: Micros, claimedSince?: Micros): Held | undefined {
    if (text.length > this.#limits.ofObject) {
      this.forget(key)
      return undefined
    }
    const all = this.#objects.get(key) ?? []
    this.#objects.delete(key)
    this.#objects.set(key, all)
    let place = all.length
    while (place > 0 && (all[place - 1]?.time ?? 0) > time) place -= 1
    const [before, after] = [all[place - 1], all[place]]
    const same = before?.text === text ? before : after?.text === text ? after : undefined
    if (same !== undefined) {
      if (claimedSince !== undefined && same.time >= claimedSince) same.claimed = true
      same.time = Math.min(same.time, time)
      return same
    }
    const held = { text, time, claimed: claimedSince !== undefined }
    all.splice(place, 0, held)
    this.#characters += text.length
    while (all.length > mostHeld) this.#characters -= all.shift()?.text.length ?? 0
    this.#makeRoom(key)
    return held
  }

  forget(key: string): void {
    for (const { text } of this.#objects.get(key) ?? []) this.#characters -= text.length
    this.#objects.delete(key)
  }

  checkpoint(): JsonValue {
    return [...this.#objects].map(([key, all]) => [
      key,
      ...all.map(({ text, time, claimed }) => ({ text, time, claimed })),
    ])
  }

  restore(saved: JsonValue | undefined): void {
    for (const one of Array.isArray(saved) ? saved : []) {
      const [key, ...all]: readonly JsonValue[] = Array.isArray(one) ? one : []
      if (typeof key !== 'string') continue
      for (const held of all)
        if (isObject(held) && typeof held.text === 'string' && typeof held.time === 'number')
          this.hold(key, held.text, held.time, held.claimed === true ? held.time : undefined)
    }
  }

  #makeRoom(current: string): void {
    for (const key of this.#objects.keys()) {
      if (this.#objects.size <= this.#limits.objects && this.#characters <= this.#limits.characters) return
      if (key !== current) this.forget(key)
    }
  }
}
