/**
 * Rule by source: what fires, what could, and what cannot and why, told from what the sources are doing and what the
 * record holds. Silence is never taken for coverage: a rule that never fired "could fire" only where it would be told.
 */
import type { Severity } from '../../model/finding.ts'
import { type RuleCoverage, type RuleOrigin, techniquesOf } from '../../model/rule.ts'
import { documentKey } from '../heads.ts'
import type { RuleEntry, RuleSet } from '../rule-set.ts'
import { anyOf, needsOf, type RuleNeeds } from './needs.ts'

/** What comes from a source: requests, what sensors tell, objects (Kubernetes Events). */
export type CoverageKind = 'audit' | 'sensor' | 'objects'

/** One source of records, with what comes from it. */
export interface CoverageSource {
  readonly id: string
  readonly title: string
  readonly kinds: readonly CoverageKind[]
  readonly state: string
  /** Why nothing comes from it, and the way to mend that; empty where it works. */
  readonly trouble: { readonly why: string; readonly mend: string } | undefined
}

/** How many audit events of a resource the record holds, by what they tell. */
export interface SeenRequests {
  readonly resource: string
  readonly subresource: string
  readonly verb: string
  readonly events: number
  readonly withRequest: number
  readonly withResponse: number
}

/** What coverage is told from. */
export interface CoverageFacts {
  readonly set: RuleSet
  readonly enabled: (entry: RuleEntry) => boolean
  /** RFC 3339, by rule. */
  readonly lastFired: ReadonlyMap<string, string>
  /** Why a baseline cannot judge yet, by rule. */
  readonly learning: ReadonlyMap<string, string>
  readonly sources: readonly CoverageSource[]
  /** Of the last days; undefined where the store cannot tell. */
  readonly seen: readonly SeenRequests[] | undefined
}

export interface CoverageRow {
  readonly rule: string
  readonly title: string
  readonly severity: Severity
  readonly origin: RuleOrigin
  readonly techniques: readonly string[]
  /** By id of source. */
  readonly cells: Readonly<Record<string, RuleCoverage>>
}

/** A column for what nobody connected, so that the gap is seen. */
const absent: Readonly<Record<CoverageKind, CoverageSource>> = {
  audit: {
    id: 'audit',
    title: 'Audit log',
    kinds: ['audit'],
    state: 'absent',
    trouble: {
      why: 'no audit log is connected',
      mend: 'npx bulwark audit-kubeconfig > audit-webhook.kubeconfig, then see docs/connect.md',
    },
  },
  sensor: {
    id: 'runtime',
    title: 'Runtime sensor',
    kinds: ['sensor'],
    state: 'absent',
    trouble: { why: 'no runtime sensor is connected', mend: 'Connect Falco or Tetragon: docs/connect.md' },
  },
  objects: {
    id: 'objects',
    title: 'Kubernetes Events',
    kinds: ['objects'],
    state: 'absent',
    trouble: {
      why: 'no cluster is watched',
      mend: 'Give a kubeconfig that may list and watch events: docs/connect.md',
    },
  },
}

/** The sources, with a column for each kind that is not there. */
export const coverageSources = (sources: readonly CoverageSource[]): readonly CoverageSource[] => [
  ...sources,
  ...(['audit', 'sensor', 'objects'] as const).flatMap((kind) =>
    sources.some(({ kinds }) => kinds.includes(kind)) ? [] : [absent[kind]],
  ),
]

/** A row for each rule that alerts, in the order of the set. */
export const coverageRows = (facts: CoverageFacts): readonly CoverageRow[] => {
  const needs = needsByRule(facts.set)
  const sources = coverageSources(facts.sources)
  return facts.set.entries
    .filter(({ alerts }) => alerts)
    .map((entry) => {
      const { id, title, severity, origin, tags } = entry.head
      const kinds = sourceKindsOf(entry)
      const own = sources.filter((source) => source.kinds.some((kind) => kinds.includes(kind)))
      const cells = Object.fromEntries(own.map((source) => [source.id, cellOf(entry, source, needs.get(id), facts)]))
      return { rule: id, title, severity, origin, techniques: techniquesOf(tags), cells }
    })
}

/** The best of a rule's cells: what the list of rules shows. */
export const coverageOfRule = ({ cells }: CoverageRow): RuleCoverage => {
  const all = Object.values(cells)
  for (const kind of ['fires', 'could-fire', 'learning', 'off'] as const) {
    const found = all.find((cell) => cell.kind === kind)
    if (found !== undefined) return found
  }
  return all[0] ?? { kind: 'cannot', why: 'no source has what it looks at', mend: 'See docs/connect.md' }
}

const kindOfInput = { audit: 'audit', runtime: 'sensor', events: 'objects' } as const

const sourceKindsOf = (entry: RuleEntry): readonly CoverageKind[] => {
  if (isOfSensor(entry)) return ['sensor']
  return entry.inputs.length === 0 ? ['audit'] : entry.inputs.map((input) => kindOfInput[input])
}

/** Falco's rules over system calls are run by Falco itself, and its own judgements are told as they come. */
const isOfSensor = ({ head, idle }: RuleEntry): boolean =>
  head.language === 'sensor' || (head.language === 'falco' && /system calls/.test(idle))

const cellOf = (
  entry: RuleEntry,
  source: CoverageSource,
  needs: RuleNeeds | undefined,
  facts: CoverageFacts,
): RuleCoverage => {
  const { id } = entry.head
  if (!facts.enabled(entry)) return { kind: 'off', why: 'it is switched off' }
  if (entry.idle !== '' && !isOfSensor(entry))
    return { kind: 'cannot', why: entry.idle, mend: 'Change the rule, or switch it off' }
  const last = facts.lastFired.get(id)
  if (source.trouble !== undefined) return { kind: 'cannot', ...source.trouble }
  if (last !== undefined) return { kind: 'fires', lastFired: last }
  const [note] = entry.notes
  if (note !== undefined) return { kind: 'cannot', why: note, mend: 'Change the rule: no event can ever be like that' }
  const isAudit = entry.inputs.every((input) => input === 'audit')
  const blind = !isAudit || needs === undefined || facts.seen === undefined ? undefined : blindness(needs, facts.seen)
  if (blind !== undefined) return blind
  const learning = facts.learning.get(id)
  return learning === undefined ? { kind: 'could-fire' } : { kind: 'learning', why: learning }
}

/** So many events of a kind without a body are no accident. */
const enough = 3

/** Why the audit log tells too little for a rule, by what it told of such requests. */
const blindness = (needs: RuleNeeds, seen: readonly SeenRequests[]): RuleCoverage | undefined => {
  const { body } = needs
  if (body === undefined) return undefined
  // Only writes have a body: reads say nothing of what the policy keeps.
  const similar = seen.filter(
    (one) =>
      ['create', 'update', 'patch'].includes(one.verb) &&
      (needs.verbs?.has(one.verb) ?? true) &&
      (needs.resources?.has(one.resource) ?? true) &&
      (needs.subresources?.has(one.subresource) ?? true),
  )
  const events = similar.reduce((sum, one) => sum + one.events, 0)
  const told = similar.reduce((sum, one) => sum + (body.part === 'request' ? one.withRequest : one.withResponse), 0)
  if (events < enough || told > 0) return undefined
  const resources = [...new Set(similar.map(({ resource }) => resource))].sort()
  const level = body.part === 'request' ? 'Request' : 'RequestResponse'
  return {
    kind: 'cannot',
    why: `it reads ${body.field}, and none of ${events} events of ${listed(resources)} has it: the audit policy keeps them without bodies`,
    mend: `In the audit policy, above the rule that covers them: {level: ${level}, verbs: [create, update, patch], resources: [{resources: [${resources.slice(0, 10).join(', ')}]}]} with the group of each`,
  }
}

const listed = (names: readonly string[]): string =>
  names.length <= 3 ? names.join(', ') : `${names.slice(0, 3).join(', ')} and ${names.length - 3} other resources`

/** By rule: of a correlation or a baseline, what any of the rules that it asks for needs. */
const needsByRule = ({ sigma, baselines }: RuleSet): ReadonlyMap<string, RuleNeeds> => {
  const needs = new Map<string, RuleNeeds>()
  const byReference = new Map<string, RuleNeeds>()
  for (const { rule, predicate } of sigma.rules) {
    const own = needsOf(predicate)
    needs.set(documentKey(rule), own)
    for (const reference of [rule.id, rule.name]) if (reference !== undefined) byReference.set(reference, own)
  }
  const asking = [...sigma.correlations.map(({ correlation }) => correlation), ...baselines]
  for (const one of asking) {
    const inputs = one.rules.flatMap(
      (reference) => byReference.get(reference.toLowerCase()) ?? byReference.get(reference) ?? [],
    )
    // A rule that is itself a correlation is told of by its own row.
    if (inputs.length === one.rules.length) needs.set(documentKey(one), anyOf(inputs))
  }
  return needs
}
