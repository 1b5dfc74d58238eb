/** A self-test from its beginning to its end, with everything that was made taken away again, whatever happens. */
import { setTimeout as wait } from 'node:timers/promises'
import type { SelftestFired } from '../../api/contract/detection.ts'
import type { ClusterAccess } from '../../sources/cluster/index.ts'
import type { Client } from '../client.ts'
import { type Asker, openAsker } from './asker.ts'
import type { KnownRule } from './catalog.ts'
import type { Choice } from './choice.ts'
import { judge } from './judge.ts'
import type { Report } from './outcome.ts'
import { type Acted, perform } from './perform.ts'
import { resultOf } from './results.ts'
import { type Sample, type SensorName, sampleFor } from './samples.ts'
import { arrivedActs, beginRun, replay, type ServedRule, type ServedRun, servedRules } from './server.ts'
import { cleanUp, openStage, type Stage } from './stage.ts'

export interface Run {
  readonly client: Client
  readonly access: ClusterAccess
  readonly own: string
  readonly tellOutputs: boolean
  readonly known: ReadonlyMap<string, KnownRule>
  readonly wanted: readonly KnownRule[]
  readonly choice: Choice
  readonly served: ReadonlyMap<string, ServedRule>
  readonly sensors: ReadonlySet<SensorName>
  readonly waitMillis: number
  /** A line for a person. */
  readonly tell: (line: string) => void
}

const lookMillis = 200
/**
 * Rates wait ten seconds for what comes late, and an API server half a minute for a batch to be full if nobody set it
 * otherwise; after so long without anything new nothing is expected any more.
 */
const patienceMillis = 35_000
/** The record is written in blocks, a little behind the rules. */
const storeMillis = 5000

/** Throws what `openStage` and the server throw; the namespaces are gone then too, unless that was told. */
export const runSelftest = async (run: Run): Promise<Report> => {
  const { client, access, own, tellOutputs, tell } = run
  const began = performance.now()
  const served = await beginRun(client, own, tellOutputs)
  const stopping = new AbortController()
  const stop = (): void => {
    if (stopping.signal.aborted) {
      tell(`Not cleaned up: kubectl --context '${access.context}' delete namespace ${own} ${own}-open`)
      process.exit(130)
    }
    tell('Interrupted: cleaning up; once more to leave without it.')
    stopping.abort()
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop)
  try {
    await using asker = openAsker(access, served.marker, own)
    let left = ''
    let seen: Seen
    try {
      seen = await actAndWait(run, served, asker, stopping.signal)
    } finally {
      tell(`Deleting the namespaces ${own} and ${own}-open.`)
      left = await cleanUp(asker, own).catch(messageOf)
      if (left !== '') tell(`Still there: ${left}`)
    }
    tell('Replaying what was not acted out, on its own tests.')
    const outcomes = stopping.signal.aborted ? [] : await outcomesOf(run, served, seen)
    const kept = await keepResults(run, served, outcomes)
    const { cases } = await served.end()
    const { removed, faults, place } = seen.stage
    return {
      namespace: place.own,
      seconds: Math.round((performance.now() - began) / 1000),
      outcomes,
      cases,
      kept: kept.rules,
      notes: [
        ...faults.map((fault) => `Something of the stage could not be made: ${fault}`),
        ...removed.map((name) => `The namespace ${name}, left by an earlier self-test, was deleted.`),
        ...kept.notes,
      ],
      left,
      isInterrupted: stopping.signal.aborted,
    }
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeListener(signal, stop)
    // Its cases are closed also where it failed; a server that is gone closes none.
    await served.end().catch(() => undefined)
  }
}

/** What was done, and what the server saw of it. */
interface Seen {
  readonly stage: Stage
  readonly acted: ReadonlyMap<string, Acted>
  readonly sampled: ReadonlyMap<string, number>
  readonly fired: readonly SelftestFired[]
  readonly seenAt: ReadonlyMap<string, number>
}

const actAndWait = async (run: Run, served: ServedRun, asker: Asker, signal: AbortSignal): Promise<Seen> => {
  const { own, choice, tell, waitMillis } = run
  tell(`Making the namespaces ${own} and ${own}-open.`)
  const stage = await openStage(asker, own, signal)
  const watching = watch(served)
  try {
    const sampled = await handSamples(run, served)
    const acted = await perform(choice.acts, asker, stage, signal, (done, of, { what }) =>
      tell(`${done + 1}/${of} ${what}`),
    )
    const waiting = expectedOf(run, acted, sampled)
    const actedAt = performance.now()
    const end = actedAt + waitMillis
    const missing = (): readonly string[] => waiting.filter((id) => !watching.seenAt.has(id))
    if (missing().length > 0) tell(`Waiting for ${missing().length} rules, at most ${waitMillis / 1000} s.`)
    while (missing().length > 0 && performance.now() < end && !signal.aborted) {
      const newest = Math.max(actedAt, ...watching.seenAt.values())
      if (performance.now() - newest > patienceMillis || watching.isOver()) break
      await wait(lookMillis)
    }
    return { stage, acted, sampled, fired: await watching.stop(), seenAt: watching.seenAt }
  } finally {
    await watching.stop().catch(() => undefined)
  }
}

/** Looks at what fired again and again; is over where the server does not answer any more, and says so when it is stopped. */
const watch = (served: ServedRun) => {
  const seenAt = new Map<string, number>()
  const stopping = new AbortController()
  const look = async (): Promise<readonly SelftestFired[]> => {
    const fired = await served.fired()
    const now = performance.now()
    for (const { rule } of fired) if (!seenAt.has(rule)) seenAt.set(rule, now)
    return fired
  }
  const looking = (async () => {
    while (!stopping.signal.aborted) {
      await look()
      await wait(lookMillis)
    }
  })()
  let isOver = false
  // What it failed with is told by `stop`.
  looking
    .catch(() => undefined)
    .finally(() => {
      isOver = true
    })
  return {
    seenAt,
    isOver: () => isOver,
    stop: async () => {
      stopping.abort()
      await looking
      return look()
    },
  }
}

/** Ids of the rules that have to fire by what was done. */
const expectedOf = (
  { known, served, wanted, choice }: Run,
  acted: ReadonlyMap<string, Acted>,
  sampled: ReadonlyMap<string, number>,
): readonly string[] => {
  const names = new Set([
    ...choice.acts.filter(({ id }) => acted.get(id)?.kind === 'done').flatMap(({ rules }) => rules),
    ...sampled.keys(),
  ])
  const ids = new Set(wanted.map(({ id }) => id))
  return [...names].flatMap((name) => {
    const rule = known.get(name)
    if (rule === undefined) return []
    const isExpected = rule.alerts && ids.has(rule.id) && served.get(rule.id)?.enabled === true
    return isExpected ? [rule.id] : []
  })
}

/** When each was handed over, by the name of its rule. */
const handSamples = async ({ choice, sensors, own }: Run, served: ServedRun): Promise<ReadonlyMap<string, number>> => {
  const sampled = new Map<string, number>()
  const samples: (Sample & { readonly rule: string })[] = choice.sampled.flatMap((rule) => {
    const sample = sampleFor(rule, sensors, own, new Date().toISOString())
    return sample === undefined ? [] : [{ ...sample, rule: rule.name }]
  })
  for (const [sensor, of] of Map.groupBy(samples, (one) => one.sensor)) {
    await served.hand(sensor, [...new Set(of.map(({ text }) => text))])
    for (const { rule } of of) sampled.set(rule, performance.now())
  }
  return sampled
}

const outcomesOf = async (run: Run, served: ServedRun, seen: Seen): Promise<Report['outcomes']> => {
  const { client, known, wanted, choice } = run
  const isSilent = expectedOf(run, seen.acted, seen.sampled).some((id) => !seen.seenAt.has(id))
  if (isSilent) await wait(storeMillis)
  return judge(wanted, {
    known,
    // What cannot fire is told by what the server knows now: a source may have been silent before.
    served: await servedRules(client),
    firedBefore: new Map([...run.served].map(([id, { lastFired }]) => [id, lastFired])),
    acts: choice.acts,
    acted: seen.acted,
    place: seen.stage.place,
    sampled: seen.sampled,
    fired: seen.fired,
    seenAt: seen.seenAt,
    arrived: isSilent ? await arrivedActs(client, served.marker) : new Map(),
    replay: (id) => replay(client, id),
  })
}

/** What the server refuses to keep, or that it keeps none, is told and spoils nothing else. */
const keepResults = async (
  { served: rules }: Run,
  served: ServedRun,
  outcomes: Report['outcomes'],
): Promise<{ readonly rules: number; readonly notes: readonly string[] }> => {
  const results = outcomes.filter(({ rule }) => rules.has(rule)).map(resultOf)
  if (results.length === 0) return { rules: 0, notes: [] }
  try {
    const { kept, refused } = await served.keep(results)
    return {
      rules: kept,
      notes: refused.map(({ rule, why }) => `The server did not keep the result of ${rule}: ${why}`),
    }
  } catch (error) {
    return { rules: 0, notes: [`The server keeps none of the results: ${messageOf(error)}`] }
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
