import type { GapReason } from '../../model/record.ts'
import type { Micros } from '../../model/time.ts'
import type { Connection } from './connect.ts'
import { grantCommands } from './grant.ts'
import type { HandOver, Version } from './hand-over.ts'
import { type Kind, kindName } from './kind.ts'
import type { TellGap } from './kind-gaps.ts'
import { inventory, type Known, type LastKnown } from './known.ts'
import { type ListEnd, listKind } from './list.ts'
import { backoff, pause } from './pacing.ts'
import type { Refusal } from './read-json.ts'
import type { Timing } from './timing.ts'
import { type WatchEnd, type WatchEvent, watchKind } from './watch.ts'

/** How one kind is doing. */
export interface KindView {
  readonly kind: Kind
  /** `waiting` for its first list, `cut`: it was seen and is being tried again, `refused`: we may not. */
  readonly phase: 'waiting' | 'watching' | 'cut' | 'refused'
  /** True once a list was complete and until it is refused. */
  readonly seen: boolean
  readonly count: number
  /** Why it is not watching, with the way to mend it; empty texts when it is. */
  readonly why: string
  readonly mend: string
  /** Since when it is in this phase. */
  readonly since: Micros
  /** The last moment at which the server told us anything of it. */
  readonly heardAt: Micros | undefined
}

export interface ReflectorOptions {
  readonly kind: Kind
  readonly connection: Connection
  readonly handOver: Pick<HandOver, 'objects'>
  readonly tellGap: TellGap
  readonly clock: () => Micros
  readonly random: () => number
  readonly timing: Timing
  /** Bounds how many lists run at once over all kinds. */
  readonly listing: <T>(task: () => Promise<T>) => Promise<T>
  readonly lastKnown: LastKnown
  /** What an earlier reflector of the same kind, or an earlier run, knew. */
  readonly before: Before | undefined
  /** The kind's objects changed (not: were listed at the start). */
  onChange(): void
  /** The API server does not know the kind any more. */
  onGone(): void
}

/** @property goodUntil until when nothing was missed; undefined where somebody else speaks for the time before. */
export interface Before {
  readonly known: ReadonlyMap<string, Known>
  readonly goodUntil: Micros | undefined
}

export interface Reflector {
  view(): KindView
  /** Cuts list and watch at once and gives what a next reflector needs. */
  stop(): Promise<Before>
  /** Stops, and hands over that every object is gone with its kind. */
  remove(): Promise<void>
}

/**
 * Keeps one kind in the record: lists it, watches it from the list's resourceVersion, goes on from the last event or
 * bookmark when the connection ends, and lists again where that is impossible (410 Gone, an event that cannot be
 * read). A new list is compared with what was handed over: differences become `synthesised` versions, and the time
 * from the last good moment to the list is a gap, since what came and went in between nobody can say.
 */
export function reflect(options: ReflectorOptions): Reflector {
  const { kind, connection, handOver, clock, timing, tellGap } = options
  const name = kindName(kind)
  const stopping = new AbortController()
  const { signal } = stopping
  const delays = backoff(timing.firstDelayMillis, timing.maxDelayMillis, options.random)
  const refusals = backoff(timing.refusedMillis / 10, timing.refusedMillis, options.random)
  const objects = inventory(kind, options.before?.known ?? new Map(), options.lastKnown)

  /** Where a watch can go on; undefined: a list is needed. */
  let resourceVersion: string | undefined
  /** Up to here nothing was missed; undefined before the first list. */
  let goodUntil = options.before?.goodUntil
  let listedOnce = options.before !== undefined
  let seen = false
  let broken: { readonly reason: GapReason; readonly why: string } = {
    reason: 'not-running',
    why: 'it was not watched',
  }
  let refusedSince: Micros | undefined
  /** Failures inside of watches, one after the other. */
  let failures = 0
  let heardAt: Micros | undefined
  let phase: Pick<KindView, 'phase' | 'why' | 'mend' | 'since'> = {
    phase: 'waiting',
    why: '',
    mend: '',
    since: clock(),
  }
  let pageSize = timing.pageSize

  const enter = (to: KindView['phase'], why = '', mend = ''): void => {
    phase = { phase: to, why, mend, since: to === phase.phase ? phase.since : clock() }
  }

  const give = async (versions: readonly Version[]): Promise<void> => {
    if (versions.length === 0) return
    await handOver.objects(versions)
    if (versions.some(({ change }) => change !== 'listed')) options.onChange()
  }

  const list = async (): Promise<Listed> => {
    const difference = objects.beginList(!listedOnce)
    let changed = 0
    let unreadable = 0
    const giveCounted = async (versions: readonly Version[]): Promise<void> => {
      await give(versions)
      changed += versions.length
    }
    const end: ListEnd = await listKind(connection, {
      kind,
      pageSize,
      signal,
      onPage: async (items, bad) => {
        heardAt = clock()
        unreadable += bad
        await giveCounted(difference.page(items))
      },
    })
    if (end.kind === 'complete') await giveCounted(difference.rest())
    return { end, at: clock(), changed, unreadable }
  }

  const afterList = async ({ end, at, changed, unreadable }: Listed): Promise<void> => {
    switch (end.kind) {
      case 'complete':
        await closeGap(at, changed, unreadable)
        resourceVersion = end.resourceVersion
        goodUntil = at
        listedOnce = true
        seen = true
        refusals.reset()
        return
      case 'refused':
        return refused(end.refusal)
      case 'expired':
        // Fewer and larger pages: it has to be done before the history is gone.
        pageSize = Math.min(pageSize * 2, 10_000)
        return failed('the list took longer than the API server keeps its history')
      case 'unreadable':
        return failed(`the list cannot be read: ${end.why}`)
    }
  }

  /** States what the time before a complete list may have hidden, and what of the list could not be read. */
  const closeGap = async (to: Micros, differences: number, unreadable: number): Promise<void> => {
    const gap = { to, kind: name, differences }
    if (unreadable > 0) {
      const what = `${unreadable} items in a list of {kinds} are no objects (without metadata.name)`
      await tellGap({ ...gap, from: to, reason: 'unreadable', what })
    }
    if (refusedSince !== undefined) {
      const what = '{kinds} could not be listed or watched, and can be again'
      await tellGap({ ...gap, from: refusedSince, reason: 'not-permitted', what })
    } else if (goodUntil !== undefined) {
      const what = `the watch of {kinds} could not go on: ${broken.why}; a new list found {differences}, what came and went in between is not known`
      await tellGap({ ...gap, from: goodUntil, reason: broken.reason, what })
    }
    refusedSince = undefined
  }

  const watch = async (from: string): Promise<void> => {
    const [least, most] = timing.watchSeconds
    const began = performance.now()
    let heard = false
    let older = 0
    const end = await watchKind(connection, {
      kind,
      resourceVersion: from,
      timeoutSeconds: Math.round(least + options.random() * (most - least)),
      idleMillis: timing.idleMillis,
      signal,
      onOpen: () => enter('watching'),
      onEvents: async (events) => {
        heard = true
        heardAt = clock()
        await give(events.flatMap(versionOf))
        goodUntil = heardAt
        for (const event of events) {
          const now = event.type === 'BOOKMARK' ? event.resourceVersion : event.object.resourceVersion
          const back = event.type === 'BOOKMARK' && isOlder(now, resourceVersion)
          older = back ? older + 1 : event.type === 'BOOKMARK' ? 0 : older
          if (!back && now !== '') resourceVersion = now
        }
        // One old bookmark may come from a replica that lags behind; a minute later it has caught up.
        return older > 1 ? 'its resourceVersion went back: the store was restored from a copy' : undefined
      },
    })
    const healthy = performance.now() - began >= timing.healthyMillis
    if (healthy || heard) delays.reset()
    failures = end.kind === 'failed' && !heard ? failures + 1 : 0
    if (end.kind === 'ended' && healthy) {
      goodUntil = clock()
      return
    }
    await afterWatch(end)
  }

  const versionOf = (event: WatchEvent): readonly Version[] => {
    const version = event.type === 'BOOKMARK' ? undefined : objects.fromWatch(event.type, event.object)
    return version === undefined ? [] : [version]
  }

  const afterWatch = async (end: WatchEnd): Promise<void> => {
    switch (end.kind) {
      case 'ended':
        goodUntil = clock()
        return failed('the API server ends the watch at once')
      case 'cut':
        return failed(`the connection was cut: ${end.why}`)
      case 'idle':
        return failed(`nothing came for ${timing.idleMillis / 1000} s, not even a bookmark`)
      case 'expired':
        return mustList('stream-broken', end.why)
      case 'unreadable':
        return mustList(end.tooLarge ? 'too-large' : 'unreadable', end.why)
      case 'failed':
        // It may fail at what comes next for ever: a list goes past it.
        return failures < 3 ? failed(end.refusal.message) : mustList('stream-broken', end.refusal.message)
      case 'refused':
        // 400: it does not take our resourceVersion.
        return end.refusal.status === 400 ? mustList('stream-broken', end.refusal.message) : refused(end.refusal)
    }
  }

  const mustList = async (reason: GapReason, why: string): Promise<void> => {
    resourceVersion = undefined
    broken = { reason, why }
    await failed(why)
  }

  const failed = async (why: string): Promise<void> => {
    await failedFor(delays.next(), why)
  }

  const failedFor = async (millis: number, why: string): Promise<void> => {
    enter(seen ? 'cut' : 'waiting', why, 'It is tried again by itself')
    await pause(millis, signal)
  }

  const refused = async ({ status, message, retryAfter }: Refusal): Promise<void> => {
    if (status === 429 || status >= 500) return failedFor(Math.max(delays.next(), retryAfter * 1000), message)
    resourceVersion = undefined
    seen = false
    // A kind that is not there any more has nothing that could be missed; discovery tells of its end.
    if (status !== 404 && refusedSince === undefined) {
      const now = clock()
      refusedSince = goodUntil ?? now
      goodUntil = undefined
      const what = '{kinds} may not be listed or watched: not seen from here on'
      await tellGap({ from: refusedSince, to: now, reason: 'not-permitted', kind: name, what, differences: 0 })
    }
    enter(
      'refused',
      message,
      status === 403 ? grantCommands(kind, message) : 'See what the API server says of this kind',
    )
    if (status === 404) options.onGone()
    await pause(refusals.next(), signal)
  }

  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        if (resourceVersion === undefined) await afterList(await options.listing(list))
        if (resourceVersion !== undefined) await watch(resourceVersion)
      } catch (error) {
        if (signal.aborted) return
        const message = error instanceof Error ? error.message : String(error)
        await failed(message).catch(() => undefined) // only the signal ends this pause early
      }
    }
  }

  const running = run()
  const stop = async (): Promise<Before> => {
    stopping.abort()
    await running
    return { known: objects.all(), goodUntil }
  }
  return {
    view: () => ({ kind, ...phase, seen, count: objects.size, heardAt }),
    stop,
    async remove() {
      await stop()
      await give(objects.removeAll())
    },
  }
}

/** One list, with how many objects were handed over because of it and how many of its items were none. */
interface Listed {
  readonly end: ListEnd
  readonly at: Micros
  readonly changed: number
  readonly unreadable: number
}

/** True when both are numbers and the first is the smaller: opaque by contract, but a number in every etcd. */
function isOlder(a: string, b: string | undefined): boolean {
  return b !== undefined && /^\d+$/.test(a) && /^\d+$/.test(b) && BigInt(a) < BigInt(b)
}
