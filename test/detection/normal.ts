/** A normal period: the shop's day without its attack, and the life of a busy cluster around it. */
import { setTimeout as wait } from 'node:timers/promises'
import { day } from '../cluster/recording/day.ts'
import { habits } from '../cluster/recording/habits.ts'
import { startClock } from '../cluster/recording/stage.ts'
import { caughtUp, type Firing, firings, type Seen, seenBetween } from './figures.ts'
import { type Life, routines, startLife } from './life.ts'
import type { Site } from './site.ts'

export interface Normal {
  readonly minutes: number
  readonly seen: Seen
  /** Pods that were made, by whomever. */
  readonly pods: number
  readonly routines: readonly { readonly what: string; readonly times: number }[]
  readonly fired: readonly Firing[]
  /** What went otherwise than the scripts say; empty unless a script is wrong. */
  readonly broken: readonly string[]
}

/** The last act of the day is the answer to the attack, which does not come here. */
const ordinaryDay = day.filter(({ minute }) => minute < 26)
const dayMinutes = 26

/**
 * Lives for so many minutes. `pace`: how many times quicker than in an hour the routines come round, and the day goes by.
 */
export const liveNormally = async (site: Site, minutes: number, pace: number): Promise<Normal> => {
  const life = await startLife(site)
  const ended = new AbortController()
  const clock = startClock(1, ended.signal)
  const done = new Map(routines.map(({ what }) => [what, 0]))
  const broken: string[] = []
  const guarded = (what: string, doing: Promise<unknown>): Promise<unknown> =>
    doing.catch((error: unknown) => broken.push(`${what}: ${String(error)}`))

  const from = new Date().toISOString()
  const all = [
    ...habits.map((habit) => guarded('a habit of the shop', habit(site.cast, clock))),
    // Spread over the first part of the period, so that the longest of them is done at its end.
    ...ordinaryDay.map(async ({ minute, what, act }) => {
      await clock.until((minute / dayMinutes) * Math.max(minutes * 0.3, minutes - 2))
      if (!ended.signal.aborted) await guarded(what, act(site.cast))
    }),
    ...routines.map(async ({ what, everySeconds, act }) => {
      const pause = everySeconds / pace
      const begun: Promise<unknown>[] = []
      await clock.until((Math.random() * Math.min(pause, minutes * 15)) / 60)
      // The next one begins when it is time, whether the one before is done or not, as pipelines do.
      while (!ended.signal.aborted) {
        begun.push(guarded(what, act(life)))
        done.set(what, begun.length)
        await wait(pause * 1000 * (0.7 + Math.random() * 0.6), undefined, { signal: ended.signal }).catch(() => {})
      }
      await Promise.all(begun)
    }),
  ]
  await clock.until(minutes)
  ended.abort()
  await Promise.all(all)
  await caughtUp(site)
  const to = new Date().toISOString()
  return {
    minutes: (Date.parse(to) - Date.parse(from)) / 60_000,
    seen: await seenBetween(site.server, from, to),
    pods: await podsMade(life, from, to),
    routines: [...done].map(([what, times]) => ({ what, times })),
    fired: await firings(site.server),
    broken,
  }
}

const podsMade = async ({ site }: Life, from: string, to: string): Promise<number> => {
  const query = encodeURIComponent('kind:audit verb:create resource:pods subresource:"" code:201')
  const histogram = await site.server.get(`/api/v1/events/histogram?q=${query}&from=${from}&to=${to}&buckets=1`)
  return Number(Object(histogram).total)
}
