import { setTimeout as wait } from 'node:timers/promises'

/** Waits until the condition holds; after so many seconds it throws and says what it waited for. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, seconds = 240): Promise<void> {
  const deadline = performance.now() + seconds * 1000
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`waited ${seconds} s for ${what}`)
    await wait(20)
  }
}
