import { setTimeout as wait } from 'node:timers/promises'
import type { Answer } from '../client.ts'
import type { Actor } from './actors.ts'

/** Everybody who acts. The last three are one attacker, with what he has got hold of so far. */
export const cast = [
  'alice',
  'bob',
  'carol',
  'dave',
  'erin',
  'deployer',
  'web',
  'paymentsApi',
  'prometheus',
  'kubeStateMetrics',
  'coredns',
  'certOperator',
  'backupOperator',
  'stranger',
  'thief',
  'thiefAsAddonManager',
] as const

export type Cast = Readonly<Record<(typeof cast)[number], Actor>>

/** Something that happens once, so many minutes after the beginning. */
export type Act = { readonly minute: number; readonly what: string; readonly act: (cast: Cast) => Promise<void> }

/** Something that goes on all the time. */
export type Habit = (cast: Cast, clock: Clock) => Promise<void>

/** The time of the recording: real time, or so many times quicker to try a change of the script out. */
export type Clock = {
  /** Minutes since the beginning. */
  readonly minute: () => number
  /** Resolves so many minutes after the beginning, or when the recording ends. */
  readonly until: (minute: number) => Promise<void>
  /** Does it every so many seconds, a third more or less, until the recording ends. */
  readonly every: (seconds: number, act: () => Promise<unknown>) => Promise<void>
  readonly ended: AbortSignal
}

export function startClock(speed: number, ended: AbortSignal): Clock {
  const started = performance.now()
  const minute = () => ((performance.now() - started) / 60_000) * speed
  const pause = (milliseconds: number) => wait(milliseconds, undefined, { signal: ended }).catch(() => {})
  return {
    minute,
    until: (at) => pause(Math.max(0, ((at - minute()) * 60_000) / speed)),
    every: async (seconds, act) => {
      while (!ended.aborted) {
        await pause(((seconds * 1000) / speed) * (0.67 + Math.random() * 0.66))
        if (!ended.aborted) await act()
      }
    },
    ended,
  }
}

/** Throws unless the answer has one of the statuses: the script must not drift from what it says it does. */
export function expectStatus(answer: Answer, ...statuses: readonly number[]): Answer {
  if (statuses.includes(answer.status)) return answer
  throw new Error(
    `expected ${statuses.join(' or ')}, got ${answer.status}: ${JSON.stringify(answer.body).slice(0, 500)}`,
  )
}

/** A pause between two things that a person does, in seconds. */
export function think(seconds: number): Promise<void> {
  return wait(seconds * 1000 * (0.5 + Math.random()))
}

/** The first of a list that must not be empty. */
export function first(names: readonly string[]): string {
  const [name] = names
  if (name === undefined) throw new Error('an empty list')
  return name
}
