import { setTimeout as wait } from 'node:timers/promises'

/** Growing delays: each is drawn between half of the step and the whole step, so that many do not come back at once. */
export interface Backoff {
  /** The next delay in milliseconds. */
  next(): number
  reset(): void
}

/** @param random in [0, 1) */
export function backoff(firstMillis: number, maxMillis: number, random: () => number): Backoff {
  let step = firstMillis
  return {
    next() {
      const delay = step * (0.5 + random() * 0.5)
      step = Math.min(step * 2, maxMillis)
      return delay
    },
    reset() {
      step = firstMillis
    },
  }
}

/** Waits so many milliseconds, or until the signal aborts: then it throws the signal's reason. */
export async function pause(millis: number, signal: AbortSignal): Promise<void> {
  await wait(millis, undefined, { signal }).catch((error: unknown) => {
    signal.throwIfAborted()
    throw error
  })
}

/** Lets at most `places` tasks run at once; the others wait in the order in which they came. */
export function limiter(places: number): <T>(task: () => Promise<T>) => Promise<T> {
  let free = places
  const queue: (() => void)[] = []
  return async (task) => {
    if (free > 0) free--
    else await new Promise<void>((resolve) => queue.push(resolve))
    try {
      return await task()
    } finally {
      const next = queue.shift()
      if (next) next()
      else free++
    }
  }
}
