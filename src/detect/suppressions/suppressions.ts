import type { EventRow } from '../../model/answer.ts'
import type { Detection } from '../../model/detection.ts'
import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import { nearest } from '../../model/nearest.ts'
import { matches, parseQuery, type Query } from '../../model/query/index.ts'
import type { RuleHead } from '../../model/rule.ts'
import type { Suppression, SuppressionState } from '../../model/suppression.ts'
import { formatMicros, type Micros, parseMicros } from '../../model/time.ts'
import { contradictionIn } from './contradiction.ts'
import type { DeclaredSuppression } from './types.ts'
import { isTooBroad } from './validate.ts'

const day: Micros = 24 * 3_600_000_000
/** Over so many days use is compared with all detections, and a suppression may go without use. */
const days = 7
/** A share of fewer detections says nothing. */
const leastDetections = 20

/** How often suppressions were used since the last call; what a desk adds up. */
export type SuppressionUses = ReadonlyMap<string, { readonly uses: number; readonly lastUsed: Micros }>

/** All suppressions of the moment, compiled once. A machine without a clock, as `CaseBook`. */
export interface Suppressions {
  /**
   * The suppression that hides a detection; undefined where none does. The first by id counts the use. `row` is that of
   * the record that completed the detection: without one, only suppressions without a query can match.
   */
  match(detection: Detection, row: EventRow | undefined): string | undefined
  /** All of them as people see them, by name. */
  list(now: Micros): readonly Suppression[]
  /** Uses since the last call. */
  drain(): SuppressionUses
  /** Counts by day, for `saved` of the next {@link createSuppressions}. Bounded: eight numbers for each. */
  memory(): JsonObject
}

export interface SuppressionOptions {
  /** All rules there are, to tell those that are gone. */
  readonly rules: readonly Pick<RuleHead, 'id' | 'title'>[]
  /** What was counted before, by id: uses, and of files when each was first seen. */
  readonly uses?: SuppressionUses
  readonly saved?: JsonValue
  /** Now: files do not say since when they are there. */
  readonly now: Micros
}

interface Compiled {
  readonly declared: DeclaredSuppression
  readonly query: Query | undefined
  /** Why it suppresses nothing; empty where it does. */
  readonly off: string
  readonly expires: Micros
  readonly created: Micros
  uses: number
  lastUsed: Micros
  /** By day since 1970. */
  readonly byDay: Map<number, number>
}

export const createSuppressions = (
  declared: readonly DeclaredSuppression[],
  { rules, uses, saved, now }: SuppressionOptions,
): Suppressions => {
  const memory = readMemory(saved)
  const titles = new Map(rules.map(({ id, title }) => [id, title]))
  const all = [...declared]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map((one): Compiled => {
      const parsed = parseQuery(one.query)
      const known = memory.get(one.id)
      return {
        declared: one,
        query: parsed.ok ? parsed.query : undefined,
        off: one.problems.length > 0 || !parsed.ok ? 'invalid' : isTooBroad(one) ? 'too-broad' : '',
        expires: parseMicros(one.expires) ?? 0,
        created: one.created ?? known?.created ?? now,
        uses: uses?.get(one.id)?.uses ?? 0,
        lastUsed: uses?.get(one.id)?.lastUsed ?? 0,
        byDay: known?.byDay ?? new Map(),
      }
    })
  const ofRule = new Map<string, Compiled[]>()
  const ofAny: Compiled[] = []
  for (const one of all.filter(({ off }) => off === '')) {
    if (one.declared.rules.length === 0) ofAny.push(one)
    for (const rule of new Set(one.declared.rules)) ofRule.set(rule, [...(ofRule.get(rule) ?? []), one])
  }
  const detected = memory.get('')?.byDay ?? new Map<number, number>()
  const fresh = new Map<string, { uses: number; lastUsed: Micros }>()

  const hides = ({ query, expires }: Compiled, at: Micros, row: EventRow | undefined): boolean => {
    if (at >= expires || query === undefined) return false
    // A row of stage RequestReceived that fired is meant too.
    if (query.expression === undefined) return true
    return row !== undefined && matches({ ...query, allStages: true }, row)
  }

  return {
    match: (detection, row) => {
      const at = detection.receivedAt
      const today = Math.floor(at / day)
      count(detected, today)
      const found =
        ofRule.get(detection.rule)?.find((one) => hides(one, at, row)) ?? ofAny.find((one) => hides(one, at, row))
      if (found === undefined) return undefined
      found.uses += 1
      found.lastUsed = Math.max(found.lastUsed, at)
      count(found.byDay, today)
      const { id } = found.declared
      const known = fresh.get(id)
      fresh.set(id, { uses: (known?.uses ?? 0) + 1, lastUsed: Math.max(known?.lastUsed ?? 0, at) })
      return id
    },
    list: (at) =>
      all
        .map((one) => suppressionOf(one, at, titles, detected))
        .sort((a, b) => (a.name < b.name || (a.name === b.name && a.id < b.id) ? -1 : 1)),
    drain: () => {
      const drained = new Map(fresh)
      fresh.clear()
      return drained
    },
    memory: () => ({
      detected: [...detected],
      suppressions: all.map(({ declared: { id }, created, byDay }) => ({ id, created, byDay: [...byDay] })),
    }),
  }
}

const count = (byDay: Map<number, number>, today: number): void => {
  byDay.set(today, (byDay.get(today) ?? 0) + 1)
  if (byDay.size <= days + 1) return
  const oldest = Math.min(...byDay.keys())
  byDay.delete(oldest)
}

const suppressionOf = (
  one: Compiled,
  now: Micros,
  titles: ReadonlyMap<string, string>,
  detected: ReadonlyMap<number, number>,
): Suppression => {
  const { declared, created, uses, lastUsed } = one
  const { id, name, rules, query, owner, reason, expires, origin, where } = declared
  const { state, why } = stateOf(one, now, titles, detected)
  return {
    id,
    name,
    rules,
    query,
    owner,
    reason,
    expires,
    origin,
    where,
    state,
    why,
    created: formatMicros(created),
    uses,
    lastUsed: uses === 0 ? undefined : formatMicros(lastUsed),
  }
}

/** The first that is so, from the gravest. */
const stateOf = (
  one: Compiled,
  now: Micros,
  titles: ReadonlyMap<string, string>,
  detected: ReadonlyMap<number, number>,
): { readonly state: SuppressionState; readonly why: string } => {
  const { declared, off, query, expires, created, uses, byDay } = one
  if (off === 'invalid') {
    const [problem] = declared.problems
    return { state: 'invalid', why: problem === undefined ? 'it cannot be read' : `${problem.what}. ${problem.mend}` }
  }
  if (off === 'too-broad') {
    const why = 'it names no rule and has no query: it would hide everything, so it hides nothing'
    return { state: 'too-broad', why }
  }
  if (now >= expires) return { state: 'expired', why: `it ended at ${formatMicros(expires)}` }
  const gone = declared.rules.filter((rule) => !titles.has(rule)).map((rule) => goneText(rule, titles))
  if (declared.rules.length > 0 && gone.length === declared.rules.length)
    return { state: 'never-matching', why: gone.join('; ') }
  const contradiction = contradictionIn(query?.expression)
  if (contradiction !== '') return { state: 'never-matching', why: `its query matches nothing: ${contradiction}` }
  const since = Math.floor(now / day) - days
  const [hidden, allOfThem] = [sumSince(byDay, since), sumSince(detected, since)]
  if (declared.rules.length === 0 && allOfThem >= leastDetections && hidden * 2 > allOfThem)
    return {
      state: 'too-broad',
      why: `it names no rule, and hid ${hidden} of ${allOfThem} detections of the last ${days} days`,
    }
  if (uses === 0 && now - created > days * day)
    return { state: 'unused', why: `nothing matched it since ${formatMicros(created)}` }
  return { state: 'active', why: gone.join('; ') }
}

const sumSince = (byDay: ReadonlyMap<number, number>, since: number): number =>
  [...byDay].reduce((sum, [on, number]) => (on >= since ? sum + number : sum), 0)

const goneText = (rule: string, titles: ReadonlyMap<string, string>): string => {
  const text = `there is no rule “${rule.slice(0, 100)}”`
  const titled = [...titles].find(([, title]) => title === rule)
  if (titled !== undefined) return `${text}: a rule is named by its id, and this one's is “${titled[0]}”`
  const near = nearest(rule, titles.keys())
  return near === undefined ? text : `${text}: did you mean “${near}” (${titles.get(near) ?? ''})?`
}

/** Counts by id; all detections under the empty one. What is no memory is none. */
const readMemory = (
  saved: JsonValue | undefined,
): ReadonlyMap<string, { readonly created: Micros | undefined; readonly byDay: Map<number, number> }> => {
  const read = new Map<string, { readonly created: Micros | undefined; readonly byDay: Map<number, number> }>()
  if (!isObject(saved)) return read
  read.set('', { created: undefined, byDay: byDayOf(saved.detected) })
  for (const one of Array.isArray(saved.suppressions) ? saved.suppressions : []) {
    if (!isObject(one) || typeof one.id !== 'string') continue
    const created = typeof one.created === 'number' ? one.created : undefined
    read.set(one.id, { created, byDay: byDayOf(one.byDay) })
  }
  return read
}

const byDayOf = (value: JsonValue | undefined): Map<number, number> => {
  const pairs = Array.isArray(value) ? value.slice(0, days + 1) : []
  return new Map(
    pairs.flatMap((pair) => {
      const [on, number] = Array.isArray(pair) ? pair : []
      return typeof on === 'number' && typeof number === 'number' ? [[on, number] as const] : []
    }),
  )
}
