/** From what was done, what the server saw of it and what its record holds, to what came of each rule. */
import type { SelftestFired } from '../../api/contract/detection.ts'
import type { Act, Place } from './act.ts'
import { notActed } from './acts/index.ts'
import type { KnownRule } from './catalog.ts'
import type { Outcome } from './outcome.ts'
import type { Acted } from './perform.ts'
import { askedBy } from './request.ts'
import type { Arrived, Replayed, ServedRule } from './server.ts'

export interface Facts {
  readonly known: ReadonlyMap<string, KnownRule>
  /** As they are after it. */
  readonly served: ReadonlyMap<string, ServedRule>
  /** When rules last fired before it, by id. */
  readonly firedBefore: ReadonlyMap<string, string>
  readonly acts: readonly Act[]
  readonly acted: ReadonlyMap<string, Acted>
  readonly place: Place
  /** Names of rules of which a sample was handed over, and when. */
  readonly sampled: ReadonlyMap<string, number>
  readonly fired: readonly SelftestFired[]
  /** When the server first told of a rule, by its id: milliseconds, as {@link Acted}. */
  readonly seenAt: ReadonlyMap<string, number>
  readonly arrived: ReadonlyMap<string, Arrived>
  readonly replay: (rule: string) => Promise<Replayed>
}

/** Of each of these rules, in their order. */
export const judge = async (rules: readonly KnownRule[], facts: Facts): Promise<readonly Outcome[]> => {
  const outcomes: Outcome[] = []
  for (const rule of rules) outcomes.push(await outcomeOf(rule, facts))
  return outcomes
}

const outcomeOf = async (rule: KnownRule, facts: Facts): Promise<Outcome> => {
  const { id, name, title } = rule
  const told = { rule: id, name, title, act: actOf(rule, facts) }
  const served = facts.served.get(id)
  if (served === undefined) return { ...told, kind: 'cannot', why: 'the server does not have it' }
  if (!served.enabled) return { ...told, kind: 'cannot', why: 'it is switched off' }
  const seen = firedOf(rule, facts)
  if (seen !== undefined) return { ...told, ...seen }
  const act = facts.acts.find(({ rules }) => rules.includes(name))
  const acted = act && facts.acted.get(act.id)
  const isDone = acted?.kind === 'done' || facts.sampled.has(name)
  // What the record holds of its requests says more than what coverage expects of them.
  if (rule.looksAt !== 'requests' && served.cannot !== '') return { ...told, kind: 'cannot', why: served.cannot }
  if (rule.alerts && !rule.isBaseline && isDone) return { ...told, ...whySilent(rule, act, facts) }
  return { ...told, ...replayed(await facts.replay(id), whyReplayed(rule, served, acted, facts)) }
}

/** The one that it fired by, or the one that was done for it. */
const actOf = ({ id, name }: KnownRule, { acts, acted, fired }: Facts): string => {
  const by = fired.find((one) => one.rule === id && one.suppression === '')
  if (by !== undefined) return by.act
  return acts.find((one) => one.rules.includes(name) && acted.get(one.id)?.kind === 'done')?.id ?? ''
}

type Came = Outcome extends infer One
  ? One extends unknown
    ? Omit<One, 'rule' | 'name' | 'title' | 'act'>
    : never
  : never

const firedOf = (rule: KnownRule, facts: Facts): Extract<Came, { kind: 'fired' | 'cannot' }> | undefined => {
  const { known, fired, seenAt, acts, acted, sampled } = facts
  const own = fired.filter((one) => one.rule === rule.id)
  const shown = own.filter(({ suppression }) => suppression === '')
  // One that only others want to know of fired if one that counts what it sees did: without it that could not be.
  const feeding = rule.alerts
    ? []
    : rule.feeds.flatMap((id) => fired.filter((one) => one.rule === id && one.suppression === ''))
  const [first] = [...shown, ...feeding]
  if (first === undefined) {
    const hidden = own[0]
    return hidden && { kind: 'cannot', why: `it fired, and the suppression ${hidden.suppression} hides it` }
  }
  const done = acted.get(first.act)
  const began = done?.kind === 'done' ? done.at : (sampled.get(rule.name) ?? 0)
  const seconds = Math.max(0, Math.round(((seenAt.get(first.rule) ?? began) - began) / 100) / 10)
  const isMadeUp = first.act === '' || acts.find(({ id }) => id === first.act)?.isSynthetic === true
  return {
    kind: 'fired',
    seconds,
    case: [...shown, ...feeding].find((one) => one.case !== '')?.case ?? '',
    by: isMadeUp ? 'made-up' : 'request',
    through: shown.length > 0 ? '' : ([...known.values()].find(({ id }) => id === first.rule)?.title ?? ''),
  }
}

/** No rule of ours looks at more at once. */
const longestWindowMillis = 3_600_000

/** It was acted out and nothing was told: the record shows whether it could have been. */
const whySilent = (
  rule: KnownRule,
  act: Act | undefined,
  { arrived, place, firedBefore }: Facts,
): Extract<Came, { kind: 'cannot' | 'failed' }> => {
  const { needsBody, looksAt } = rule
  const asks = act?.asks(place) ?? []
  const last = asks.at(-1)
  if (act === undefined || last === undefined || looksAt !== 'requests')
    return { kind: 'failed', why: 'what it looks for was handed to the server, which told of nothing' }
  const { verb, resource, namespace } = askedBy(last)
  const explain = `npx bulwark audit-policy explain FILE --verb ${verb} --resource ${resource}${namespace === '' ? '' : ` --namespace ${namespace}`}`
  const came = arrived.get(act.id)
  const wanted = asks.reduce((sum, { times = 1 }) => sum + times, 0)
  if (came === undefined)
    return { kind: 'cannot', why: `none of its requests is in the record: the audit policy drops them. See ${explain}` }
  if (needsBody && !came.hasBody)
    return {
      kind: 'cannot',
      why: `its requests are in the record without their bodies: the audit policy leaves them out. See ${explain}`,
    }
  if (came.requests < wanted)
    return {
      kind: 'cannot',
      why: `only ${came.requests} of its ${wanted} requests are in the record: the audit policy drops the others. See ${explain}`,
    }
  const before = firedBefore.get(rule.id) ?? ''
  if (rule.isWindow && Date.now() - Date.parse(before) < longestWindowMillis)
    return {
      kind: 'cannot',
      why: `it fired at ${before} already, and tells once of what goes on: try again in an hour, or as another user`,
    }
  return { kind: 'failed', why: 'its requests are in the record as it needs them, and it did not fire' }
}

const whyReplayed = (
  { isBaseline, alerts, name, looksAt, feeds }: KnownRule,
  { learning }: ServedRule,
  acted: Acted | undefined,
  { sampled, known }: Facts,
): string => {
  if (isBaseline)
    return learning === '' ? 'it tells of what is not usual, which takes longer to learn' : `learning: ${learning}`
  if (acted?.kind === 'unable') return acted.why
  if (!alerts)
    return [...known.values()].some((one) => one.isBaseline && feeds.includes(one.id))
      ? 'it tells of nothing alone: others learn by it what is usual'
      : 'it tells of nothing alone, and what counts it did not fire'
  const why = notActed.get(name)
  if (why !== undefined) return why
  if (looksAt === 'sensors' && !sampled.has(name)) return 'its tests have no sample of a sensor that is connected'
  return 'nothing harmless acts it out'
}

const replayed = (came: Replayed, why: string): Extract<Came, { kind: 'replayed' | 'failed' | 'cannot' }> => {
  switch (came.kind) {
    case 'fired':
      return { kind: 'replayed', why, tests: came.tests }
    case 'silent':
      return { kind: 'failed', why: `it did not fire on its own tests: ${came.tests.join('; ')}` }
    case 'none':
      return { kind: 'cannot', why: `${why}, and ${came.why}` }
  }
}
