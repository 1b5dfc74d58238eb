import type { EventSource } from './event-source.ts'
import type { LoadedRule } from './loaded-rule.ts'
import type { SigmaFile } from './read.ts'
import type { SigmaFilter, SigmaProblem, SigmaRule } from './types.ts'

/** What was made of the texts of files, so that one that did not change is not read again. */
export class FileMemory<T> {
  #before = new Map<string, T>()
  #now = new Map<string, T>()

  of(file: string, text: string, make: () => T): T {
    const key = `${file}\n${text}`
    const known = this.#now.get(key) ?? this.#before.get(key)
    const made = known === undefined ? make() : known
    this.#now.set(key, made)
    return made
  }

  /** What was asked for neither since the last time, nor between the two before, is forgotten. */
  turn(): void {
    this.#before = this.#now
    this.#now = new Map()
  }
}

/** A rule on the events of one source; what was refused has no `loaded`. */
export interface Compiled {
  readonly loaded: LoadedRule | undefined
  readonly problems: readonly SigmaProblem[]
  readonly warnings: readonly SigmaProblem[]
}

/** What was read and compiled before. It is for one set of sources and placeholders. */
export class SigmaMemory {
  readonly files = new FileMemory<SigmaFile>()
  readonly #compiled = new WeakMap<SigmaRule, Map<EventSource | undefined, WithFilters>>()

  compiled(
    rule: SigmaRule,
    source: EventSource | undefined,
    filters: readonly SigmaFilter[],
    make: () => Compiled,
  ): Compiled {
    const ofRule = this.#compiled.get(rule) ?? new Map<EventSource | undefined, WithFilters>()
    this.#compiled.set(rule, ofRule)
    const known = ofRule.get(source)
    const isSame = filters.length === known?.filters.length && filters.every((one, at) => one === known.filters[at])
    if (known !== undefined && isSame) return known.compiled
    const compiled = make()
    ofRule.set(source, { filters, compiled })
    return compiled
  }
}

interface WithFilters {
  readonly filters: readonly SigmaFilter[]
  readonly compiled: Compiled
}
