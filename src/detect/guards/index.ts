/**
 * What guards a cluster, and is made to guard less: a namespace whose Pod Security level goes from restricted to baseline,
 * a webhook that lets things in when it fails. An audit event tells of what is, and not of what was before; so what was is
 * remembered of the requests and versions of objects that came earlier. A pure machine, as the detector: it goes by the
 * order of the record and by its times.
 */
import { asObject, asString, asText, isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import type { ObjectRef, ObjectVersion } from '../../model/object.ts'
import { fieldIs, type Predicate } from '../../model/predicate.ts'
import type { AuditRecord } from '../../model/record.ts'
import { type Micros, parseMicros } from '../../model/time.ts'
import { admission } from './admission.ts'
import { isDryRun } from './dry-run.ts'
import type { Guard, Lowering } from './guard.ts'
import { type GuardLimits, GuardMemory, type Held } from './memory.ts'
import { networkPolicy } from './network-policy.ts'
import { patched } from './patched.ts'
import { podSecurity } from './pod-security.ts'
import { policyEngines } from './policy-engines.ts'

export type { Lowering } from './guard.ts'

/** Every kind of objects that is watched for being lowered. */
export const guards: readonly Guard[] = [podSecurity, networkPolicy, ...admission, ...policyEngines]

/** The kinds of objects that are watched. */
export const guardedResources: readonly Pick<Guard, 'group' | 'resource'>[] = guards.map(({ group, resource }) => ({
  group,
  resource,
}))

/** What a request has to be for any guard to look at it: more than that, never less. */
export const guardedWrites: Predicate = {
  kind: 'all',
  terms: [
    fieldIs('verb', ['create', 'update', 'patch']),
    {
      kind: 'any',
      terms: [
        fieldIs('objectRef.resource', [...new Set(guards.map(({ resource }) => resource))]),
        fieldIs(
          'objectRef.apiGroup',
          guards.filter(({ resource }) => resource === '*').map(({ group }) => group),
        ),
      ],
    },
  ],
}

/**
 * All that guards keep of objects stands in these members of their bodies; of a member with members of its own, in those.
 */
export const guardedMembers = { metadata: { labels: true }, spec: true, webhooks: true } as const

/** Clocks of the API server and of this machine may differ by so much. */
const slack: Micros = 5_000_000
/** A version of an object that comes later than this after a request is of another one. */
const patience: Micros = 10_000_000
/** So many requests at most wait for the version that they made. */
const mostWaiting = 256

/** A request that has to be seen beside the version that it made, and what was put by for then. */
interface Waiting<Kept> {
  readonly key: string
  readonly received: Micros
  readonly completed: Micros
  readonly kept: Kept
}

/** A request that lowered something, told of when the version that it made was seen. */
export interface Lowered<Kept> {
  readonly kept: Kept
  readonly lowerings: readonly Lowering[]
}

/**
 * `Kept` is what the caller puts by of a request that cannot be judged yet. It is made only then, and has to be JSON to
 * be in a checkpoint.
 */
export class Guards<Kept extends JsonObject> {
  readonly #memory: GuardMemory
  #waiting: Waiting<Kept>[] = []

  constructor(limits?: GuardLimits) {
    this.#memory = new GuardMemory(limits)
  }

  /** What a request lowered; none also where that shows later, and `keep` was called. */
  judge(record: AuditRecord, keep: () => Kept): readonly Lowering[] {
    const guard = guardOf(record)
    if (guard === undefined) return none
    const { event, verb } = record
    const change = event.requestObject
    const answer = answerOf(event)
    const key = keyOf(record, guard, answer ?? change)
    const received = parseMicros(asString(event.requestReceivedTimestamp) ?? '') ?? record.time
    const isNew = verb === 'create' || record.code === 201
    const body = answer ?? (verb !== 'patch' && isObject(change) ? change : undefined)
    if (isNew) {
      if (body !== undefined) this.#memory.hold(key, keptOf(guard, body), received, received - slack)
      return none
    }
    const all = this.#memory.of(key)
    if (body !== undefined) return this.#compare(guard, key, keptOf(guard, body), received, change)
    const patch = change === undefined ? undefined : patchOf(guard, all, received, change)
    if (patch?.after !== undefined) return this.#compare(guard, key, patch.after, received, change)
    if (patch?.known === false) return guard.named(change ?? null)
    // Of a patch that is applied, what it no longer names may be gone; without a body anything may be.
    if (change !== undefined && !isApplied(record, change)) return none
    const seen = transition(all, received, record.time)
    if (seen !== undefined) return claimed(guard, seen)
    this.#wait({ key, received, completed: record.time, kept: keep() })
    return none
  }

  /** How an object is now. Returns the requests that are seen to have lowered it, which waited for that. */
  learn(version: ObjectVersion): readonly Lowered<Kept>[] {
    const { group, resource, namespace, name } = version.ref
    const guard = guardFor(group, resource)
    if (guard === undefined) return none
    const key = [version.cluster, group, resource, namespace, name].join('\n')
    if (version.change === 'deleted') {
      this.#memory.forget(key)
      return none
    }
    this.#memory.hold(key, keptOf(guard, version.body), version.time)
    if (this.#waiting.length === 0) return none
    this.#waiting = this.#waiting.filter(({ completed }) => version.time <= completed + patience + slack)
    const waiting = this.#waiting.find((one) => one.key === key)
    const seen = waiting && transition(this.#memory.of(key), waiting.received, waiting.completed)
    if (waiting === undefined || seen === undefined) return none
    this.#waiting = this.#waiting.filter((one) => one !== waiting)
    const lowerings = claimed(guard, seen)
    return lowerings.length === 0 ? none : [{ kept: waiting.kept, lowerings }]
  }

  checkpoint(): JsonObject {
    return { objects: this.#memory.checkpoint(), waiting: this.#waiting.map((one) => ({ ...one })) }
  }

  /** `readKept` reads back what the caller put by; undefined for what it is not. */
  restore(saved: JsonValue | undefined, readKept: (saved: JsonValue | undefined) => Kept | undefined): void {
    if (!isObject(saved)) return
    this.#memory.restore(saved.objects)
    for (const one of Array.isArray(saved.waiting) ? saved.waiting : []) {
      const { key, received, completed, kept: told } = asObject(one)
      const kept = readKept(told)
      if (
        kept !== undefined &&
        typeof key === 'string' &&
        typeof received === 'number' &&
        typeof completed === 'number'
      )
        this.#wait({ key, received, completed, kept })
    }
  }

  #wait(one: Waiting<Kept>): void {
    this.#waiting.push(one)
    if (this.#waiting.length > mostWaiting) this.#waiting.shift()
  }

  /** A request after which the object is as `after`. */
  #compare(
    guard: Guard,
    key: string,
    after: string,
    received: Micros,
    change: JsonValue | undefined,
  ): readonly Lowering[] {
    const before = beforeOf(this.#memory.of(key), received, after)
    const held = this.#memory.hold(key, after, received, received - slack)
    // What is too large to be kept is not known before either.
    if (before === undefined || held === undefined) return change === undefined ? none : guard.named(change)
    return before.text === after ? none : guard.lowered(read(before.text), read(after))
  }
}

/** Whether an object is of a kind that guards a cluster. */
export const isGuard = ({ group, resource }: Pick<ObjectRef, 'group' | 'resource'>): boolean =>
  guardFor(group, resource) !== undefined

/** Whether a request changed an object that guards a cluster: all others are passed over. */
export const changesGuard = (record: AuditRecord): boolean => guardOf(record) !== undefined

const none: readonly never[] = []

const guardsBy: ReadonlyMap<string, Guard> = new Map(guards.map((one) => [`${one.group}/${one.resource}`, one]))

const guardFor = (group: string, resource: string): Guard | undefined =>
  guardsBy.get(`${group}/${resource}`) ?? (group === '' ? undefined : guardsBy.get(`${group}/*`))

const writes: ReadonlySet<string> = new Set(['create', 'update', 'patch'])

/** The guard that a request changed; undefined for one that changed none, or nothing. */
const guardOf = ({ verb, target, code, stage, requestUri }: AuditRecord): Guard | undefined => {
  if (!writes.has(verb) || target === undefined || target.subresource !== '') return undefined
  if (stage !== 'ResponseComplete' || code < 200 || code >= 300) return undefined
  const guard = guardFor(target.group, target.resource)
  return guard === undefined || isDryRun(requestUri) ? undefined : guard
}

/** The object as the API server answers that it is now; where it is not told, undefined. */
const answerOf = ({ responseObject: answer }: JsonObject): JsonObject | undefined =>
  isObject(answer) && answer.kind !== 'Status' && isObject(answer.metadata) ? answer : undefined

/** What is created with `generateName` is named in its body alone. Namespaces stand in no namespace, whatever the event says. */
const keyOf = ({ cluster, target }: AuditRecord, guard: Guard, body: JsonValue | undefined): string => {
  const name = target?.name || asText(asObject(asObject(body).metadata).name)
  const namespace = guard === podSecurity ? '' : (target?.namespace ?? '')
  return [cluster, target?.group ?? '', target?.resource ?? '', namespace, name].join('\n')
}

const keptOf = (guard: Guard, body: JsonObject): string => JSON.stringify(guard.keep(body))

const read = (kept: string): JsonObject => {
  const value: unknown = JSON.parse(kept)
  return isObject(value) ? value : {}
}

/** What a patch makes of an object, where it changes what is kept of it. `known`: whether anything is known of it before. */
const patchOf = (
  guard: Guard,
  all: readonly Held[],
  received: Micros,
  change: JsonValue,
): { readonly known: boolean; readonly after: string | undefined } => {
  const [prior, last] = lastTwo(all, received)
  if (last === undefined) return { known: false, after: undefined }
  const after = (held: Held): string => JSON.stringify(guard.keep(patched(read(held.text), change)))
  if (prior !== undefined && isOwn(last, received) && after(prior) === last.text)
    return { known: true, after: last.text }
  const text = after(last)
  return { known: true, after: text === last.text ? undefined : text }
}

/** How it was before a request that made it `after`: not what the request made of it, where that was seen first. */
const beforeOf = (all: readonly Held[], received: Micros, after: string): Held | undefined => {
  const [prior, last] = lastTwo(all, received)
  return last?.text === after && isOwn(last, received) ? prior : last
}

/** How it was at a moment, and before that. */
const lastTwo = (all: readonly Held[], moment: Micros): readonly [Held | undefined, Held | undefined] => {
  const place = all.findLastIndex(({ time }) => time < moment)
  return [all[place - 1], all[place]]
}

/** A request may itself have made what was seen shortly before it, by another clock. */
const isOwn = ({ claimed, time }: Held, received: Micros): boolean => !claimed && time >= received - slack

/** What was seen of an object nearest to a request, and that no other request is known to have made. */
const transition = (all: readonly Held[], received: Micros, completed: Micros): readonly [Held, Held] | undefined => {
  let nearest: readonly [Held, Held] | undefined
  const distance = ({ time }: Held): Micros => Math.abs(time - completed)
  for (const [place, after] of all.entries()) {
    const before = all[place - 1]
    const isNear = after.time >= received - slack && after.time <= completed + patience
    if (before === undefined || !isNear || after.claimed) continue
    if (nearest === undefined || distance(after) < distance(nearest[1])) nearest = [before, after]
  }
  return nearest
}

const claimed = (guard: Guard, [before, after]: readonly [Held, Held]): readonly Lowering[] => {
  after.claimed = true
  return guard.lowered(read(before.text), read(after.text))
}

/** Server-side apply: it names its kind, and who applies (`fieldManager` is required). */
const isApplied = ({ verb, requestUri }: AuditRecord, change: JsonValue): boolean =>
  verb === 'patch' && isObject(change) && typeof change.kind === 'string' && requestUri.includes('fieldManager=')
