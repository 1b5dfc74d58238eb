/** Those who wait until something changed. */
export class Waiters {
  readonly #wakers = new Set<() => void>()

  get size(): number {
    return this.#wakers.size
  }

  /** Resolves at the next {@link wake}, or after so many milliseconds where they are given. */
  wait(millis?: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        this.#wakers.delete(done)
        resolve()
      }
      const timer = millis === undefined ? undefined : setTimeout(done, millis)
      this.#wakers.add(done)
    })
  }

  wake(): void {
    for (const done of [...this.#wakers]) done()
  }
}
