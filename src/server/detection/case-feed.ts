import type { CasesChanged } from '../../api/contract/detection.ts'

/** Tells whoever listens what changed in cases, and keeps the last of it for who was away for a moment. */
export interface CaseFeed {
  tell(changed: CasesChanged): void
  /** From now on. The answer ends it; a listener that throws is dropped. */
  subscribe(listener: (changed: CasesChanged) => void): () => void
  /** The position of what was told last. */
  position(): string
  /** All that was told after a position, together. Undefined where that is not known: it is too long ago, or of another run. */
  since(position: string): CasesChanged | undefined
}

/** `run` tells runs apart: positions of an earlier one mean nothing here. */
export const createCaseFeed = (run: string, capacity = 1000): CaseFeed => {
  const listeners = new Set<(changed: CasesChanged) => void>()
  const recent: CasesChanged[] = []
  let told = 0
  return {
    tell(changed) {
      told += 1
      recent.push(changed)
      if (recent.length > capacity) recent.shift()
      for (const listener of [...listeners]) {
        try {
          listener(changed)
        } catch {
          listeners.delete(listener)
        }
      }
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    position: () => `${run}-${told}`,
    since(position) {
      const dash = position.lastIndexOf('-')
      const number = Number(position.slice(dash + 1))
      const missed = told - number
      const isKnown = Number.isSafeInteger(number) && missed >= 0 && missed <= recent.length
      if (position.slice(0, dash) !== run || !isKnown) return undefined
      const after = recent.slice(recent.length - missed)
      return { ids: [...new Set(after.flatMap(({ ids }) => ids))], news: after.flatMap(({ news }) => news) }
    },
  }
}
