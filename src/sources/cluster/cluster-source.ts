import type { KindRow } from '../../model/answer.ts'
import type { KubernetesObject, ObjectRef } from '../../model/object.ts'
import type { Append, Source, SourceStatus } from '../../model/source.ts'
import { type Micros, microsFromMillis } from '../../model/time.ts'
import type { ClusterAccess } from './access.ts'
import { connect } from './connect.ts'
import { type Discovered, discover } from './discovery.ts'
import { handOver, type Version } from './hand-over.ts'
import { type Kind, kindName } from './kind.ts'
import { mergeGaps } from './kind-gaps.ts'
import type { Known, LastKnown } from './known.ts'
import { backoff, limiter, pause } from './pacing.ts'
import { defaultExclude, type Plan, planKinds, type SecretsMode } from './plan.ts'
import { type Before, type Reflector, reflect } from './reflector.ts'
import { kindRows, statusOf } from './status.ts'
import { defaultTiming, type Timing } from './timing.ts'

/** What the source is to read and how. Everything after `access` may be left out. */
export interface ClusterSourceOptions {
  /** The cluster's name in every record. */
  readonly cluster: string
  readonly access: ClusterAccess
  readonly id?: string
  readonly secrets?: SecretsMode
  /** Kinds that are not read, as kubectl names them. The default is {@link defaultExclude}. */
  readonly exclude?: readonly string[]
  /** The last body in the record of an object that is found to be gone; the version has metadata only without it. */
  readonly lastKnown?: LastKnown
  /** What the record has from an earlier run, so that this one goes on with differences instead of everything anew. */
  readonly resume?: Resume
  readonly clock?: () => Micros
  readonly random?: () => number
  readonly timing?: Partial<Timing & { readonly discoveryMillis: number; readonly mergeGapsMillis: number }>
}

/** The end of an earlier run. */
export interface Resume {
  /** The last moment of which the record knows. From there to the first discovery is a gap (`not-running`). */
  readonly until: Micros
  /** Every object that was there then. */
  readonly objects: readonly ResumeObject[]
}

/** One object as the record has it. */
export interface ResumeObject {
  readonly ref: ObjectRef
  readonly uid: string
  readonly resourceVersion: string
}

/** The source, with what it sees kind by kind. */
export interface ClusterSource extends Source {
  kinds(): readonly KindRow[]
}

/** Lists at once; a list of a large kind is some MB in memory for each. */
const listsAtOnce = 6

/** How long after a change of a CRD or APIService discovery is asked: it follows within seconds, not at once. */
const rediscoverMillis = [300, 2_000, 8_000] as const

/**
 * Records every object of a cluster as it changes. `start` returns at once: a cluster that is down makes the source
 * `broken`, and it goes on trying. In order: discovery, then the first lists (six at once: namespaces, CRDs, nodes,
 * RBAC, workloads, pods, the rest by name), each followed at once by its watch. Kinds that come and go with their
 * CRDs are followed. It only reads.
 */
export function clusterSource(options: ClusterSourceOptions, append: Append): ClusterSource {
  const id = options.id ?? 'cluster'
  const clock = options.clock ?? (() => microsFromMillis(Date.now()))
  const random = options.random ?? Math.random
  const timing = { ...defaultTiming, discoveryMillis: 5 * 60_000, mergeGapsMillis: 2_000, ...options.timing }
  const stopping = new AbortController()
  const { signal } = stopping
  const connection = connect(options.access)
  const hand = handOver({ id, cluster: options.cluster, append, clock, random, signal })
  const tellGap = mergeGaps((gap) => hand.gap(gap), timing.mergeGapsMillis, signal)
  const listing = limiter(listsAtOnce)
  const reflectors = new Map<string, { readonly kind: Kind; readonly reflector: Reflector }>()
  const startedAt = clock()
  let left = groupByKind(options.resume?.objects ?? [])
  let found: { readonly discovered: Discovered; readonly plan: Plan } | undefined
  let fault = ''
  let running: Promise<void> | undefined
  const due = agenda(timing.discoveryMillis)

  const begin = (kind: Kind, before: Before | undefined): void => {
    const name = kindName(kind)
    const reflector = reflect({
      kind,
      connection,
      handOver: hand,
      tellGap,
      clock,
      random,
      timing,
      listing,
      lastKnown: options.lastKnown ?? (() => undefined),
      before,
      onChange: () => {
        if (tellsOfKinds.has(name)) due.soon()
      },
      onGone: () => due.soon(),
    })
    reflectors.set(name, { kind, reflector })
  }

  const follow = async (discovered: Discovered, plan: Plan): Promise<void> => {
    for (const kind of plan.watched) {
      const name = kindName(kind)
      const have = reflectors.get(name)
      if (have === undefined) begin(kind, left.get(name))
      // Another version of the same objects: the new reflector goes on with what the old one knew.
      else if (have.kind.version !== kind.version) begin(kind, await have.reflector.stop())
      left.delete(name)
    }
    const offered = new Set(discovered.kinds.map(kindName))
    for (const [name, { kind, reflector }] of reflectors) {
      // A group that does not answer is unknown, not gone.
      if (offered.has(name) || discovered.unknownGroups.includes(kind.group)) continue
      reflectors.delete(name)
      await reflector.remove()
    }
  }

  /** Objects of an earlier run whose kinds are no more. Once, and only when discovery told everything. */
  const removeLeft = async (discovered: Discovered): Promise<void> => {
    if (left.size === 0 || discovered.missing.length > 0) return
    const offered = new Set(discovered.kinds.map(kindName))
    const gone = (options.resume?.objects ?? []).filter(({ ref }) => !offered.has(kindName(ref)))
    left = new Map()
    await hand.objects(gone.map((object) => goneVersion(object, options.lastKnown)))
  }

  const run = async (): Promise<void> => {
    const delays = backoff(timing.firstDelayMillis, timing.maxDelayMillis, random)
    while (!signal.aborted) {
      try {
        const discovered = await discover(connection, signal)
        if (found === undefined && options.resume) {
          const what = `Bulwark did not watch the cluster ${options.cluster}`
          await hand.gap({ from: options.resume.until, to: clock(), reason: 'not-running', what })
        }
        const plan = planKinds(discovered.kinds, options.secrets ?? 'none', options.exclude ?? defaultExclude)
        found = { discovered, plan }
        fault = ''
        delays.reset()
        await follow(discovered, plan)
        await removeLeft(discovered)
        await due.next(signal)
      } catch (error) {
        if (signal.aborted) return
        fault = error instanceof Error ? error.message : String(error)
        await pause(delays.next(), signal).catch(() => undefined) // only the signal ends it early
      }
    }
  }

  const facts = () => ({
    found,
    fault,
    views: [...reflectors.values()].map(({ reflector }) => reflector.view()),
  })
  let lastState: Pick<SourceStatus, 'state' | 'since'> = { state: 'starting', since: startedAt }

  return {
    id,
    async start() {
      running ??= run()
    },
    async stop() {
      const stops = [...reflectors.values()].map(({ reflector }) => reflector.stop())
      stopping.abort()
      await Promise.all([...stops, running])
      await Promise.all([...reflectors.values()].map(({ reflector }) => reflector.stop()))
      await connection.close()
    },
    status() {
      const now = clock()
      const totals = hand.totals()
      const { state, message, missing } = statusOf({
        ...facts(),
        totals,
        cluster: options.cluster,
        ended: signal.aborted,
        now,
      })
      if (state !== lastState.state) lastState = { state, since: now }
      return {
        id,
        type: 'cluster',
        cluster: options.cluster,
        state,
        message,
        since: lastState.since,
        lastRecordAt: totals.lastRecordAt,
        recordsTotal: totals.records,
        bytesTotal: totals.bytes,
        recordsPerSecond: totals.perSecond,
        lagMillis: undefined, // an object tells no moment of its change that is finer than a second
        gapsTotal: totals.gaps,
        quarantinedTotal: totals.unreadable,
        missing,
      }
    },
    kinds: () => kindRows(facts()),
  }
}

/** Kinds whose objects say that there are other kinds. */
const tellsOfKinds: ReadonlySet<string> = new Set([
  'customresourcedefinitions.apiextensions.k8s.io',
  'apiservices.apiregistration.k8s.io',
])

/** When discovery is asked again: at the latest after `everyMillis`, some times soon after `soon()` was called. */
function agenda(everyMillis: number): { soon(): void; next(signal: AbortSignal): Promise<void> } {
  let times: number[] = []
  let wake: (() => void) | undefined
  return {
    soon() {
      const now = performance.now()
      const [, ...later] = rediscoverMillis
      // The nearest one stays where it is, or changes without an end would put it off for ever.
      times = [Math.min(times[0] ?? Infinity, now + rediscoverMillis[0]), ...later.map((millis) => now + millis)]
      wake?.()
    },
    async next(signal) {
      const latest = performance.now() + everyMillis
      for (;;) {
        const at = Math.min(times[0] ?? Infinity, latest)
        const left = at - performance.now()
        if (left <= 0) break
        const woken = new AbortController()
        wake = () => woken.abort()
        await pause(left, AbortSignal.any([signal, woken.signal])).catch(() => signal.throwIfAborted())
      }
      wake = undefined
      times = times.filter((time) => time > performance.now())
    },
  }
}

function groupByKind(objects: readonly ResumeObject[]): Map<string, Before> {
  const groups = new Map<string, Map<string, Known>>()
  for (const { ref, uid, resourceVersion } of objects) {
    const group = groups.get(kindName(ref)) ?? new Map<string, Known>()
    groups.set(kindName(ref), group.set(uid, { resourceVersion, namespace: ref.namespace, name: ref.name }))
  }
  return new Map([...groups].map(([name, known]) => [name, { known, goodUntil: undefined }]))
}

function goneVersion({ ref, uid, resourceVersion }: ResumeObject, lastKnown?: LastKnown): Version {
  const metadata = {
    name: ref.name,
    ...(ref.namespace === '' ? {} : { namespace: ref.namespace }),
    uid,
    resourceVersion,
  }
  const body: KubernetesObject = lastKnown?.(ref, uid) ?? { kind: ref.kind, metadata }
  return { ref, uid, resourceVersion, change: 'deleted', synthesised: true, body }
}
