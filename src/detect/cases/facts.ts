import type { DetectionTarget } from '../../model/detection.ts'
import type { JsonObject } from '../../model/json.ts'
import { isAnonymous } from './actor.ts'
import type { CaseContext, PrincipalRights } from './context.ts'
import { objectsAt, textAt } from './decode.ts'
import { anything, type Step } from './step.ts'

/** What the cluster said of a principal of a case: kept, because rights may be gone when somebody looks. */
export interface PrincipalFact {
  readonly principal: string
  /** For a person; empty where it has no such rights. */
  readonly rights: string
  readonly test: boolean
}

export interface TargetFact {
  readonly kind: 'sensitive' | 'exposed'
  readonly why: string
}

/** Facts of one case: of no more principals and targets than its steps name. */
export interface Facts {
  readonly principals: Map<string, PrincipalFact>
  /** By the name of the target. */
  readonly targets: Map<string, TargetFact>
}

export const noFacts = (): Facts => ({ principals: new Map(), targets: new Map() })

/** Asks the context about those of a step. */
export const learn = (facts: Facts, cluster: string, step: Step, context: CaseContext): void => {
  const { principal, groups, target } = step
  if (!isAnonymous(principal) && principal !== anything) {
    const known = facts.principals.get(principal)?.rights ?? ''
    const own = rightsText(context.rightsOf(cluster, principal, groups))
    const rights = [own, usedRights(cluster, step, context)].reduce(greaterText, known)
    const namespace = /^system:serviceaccount:([^:]+):/.exec(principal)?.[1]
    const test = namespace !== undefined && context.isTest(cluster, namespace)
    facts.principals.set(principal, { principal, rights, test })
  }
  const name = targetName(target)
  const { kind, why } = context.weightOf(cluster, target)
  if (kind !== 'plain') facts.targets.set(name, { kind, why })
}

/** The rights of whom the principal acted as: who may act as somebody has them too. */
const usedRights = (cluster: string, { impersonated, impersonatedGroups }: Step, context: CaseContext): string => {
  if (isAnonymous(impersonated) || impersonated === anything) return ''
  const rights = context.rightsOf(cluster, impersonated, impersonatedGroups)
  return rightsText({ ...rights, by: `acting as ${impersonated}${rights.by === '' ? '' : `, ${rights.by}`}` })
}

const mayAnything = 'may do anything in the cluster'

/** For a person; empty for none. */
export const rightsText = ({ clusterAdmin, readsAllSecrets, by }: PrincipalRights): string => {
  const what = clusterAdmin ? mayAnything : readsAllSecrets ? 'may read every Secret' : ''
  return what === '' ? '' : `${what}${by === '' ? '' : ` (${by})`}`
}

/**
 * The greater rights of two, of equal ones those that come first in the alphabet: steps of one principal may name different
 * groups, and whichever is asked about first, the same is told of it.
 */
export const greaterText = (a: string, b: string): string => {
  const rank = (rights: string): number => (rights.startsWith(mayAnything) ? 2 : rights === '' ? 0 : 1)
  if (rank(a) !== rank(b)) return rank(a) > rank(b) ? a : b
  return a <= b ? a : b
}

/** Forgets those whom no step names any more. */
export const prune = ({ principals, targets }: Facts, steps: Iterable<Step>): void => {
  if (principals.size === 0 && targets.size === 0) return
  const named = [...steps]
  const acting = new Set(named.map(({ principal }) => principal))
  const touched = new Set(named.map(({ target }) => targetName(target)))
  for (const principal of principals.keys()) if (!acting.has(principal)) principals.delete(principal)
  for (const name of targets.keys()) if (!touched.has(name)) targets.delete(name)
}

/** Takes over what another case knew of these steps: what it knew first stays. */
export const copyFacts = (from: Facts, to: Facts, steps: Iterable<Step>): void => {
  for (const { principal, target } of steps) {
    const fact = from.principals.get(principal)
    if (fact !== undefined && (to.principals.get(principal)?.rights ?? '') === '') to.principals.set(principal, fact)
    const name = targetName(target)
    const weight = from.targets.get(name)
    if (weight !== undefined) to.targets.set(name, weight)
  }
}

/** What facts of a target are kept under. */
export const targetName = ({ group, resource, namespace, name }: DetectionTarget): string =>
  [group, resource, namespace, name].join('/')

export const factsMemory = ({ principals, targets }: Facts): JsonObject => ({
  principals: [...principals.values()].map((fact) => ({ ...fact })),
  targets: [...targets].map(([name, fact]) => ({ name, ...fact })),
})

export const readFacts = (memory: JsonObject): Facts => ({
  principals: new Map(
    objectsAt(memory, 'principals').map((one) => {
      const principal = textAt(one, 'principal')
      return [principal, { principal, rights: textAt(one, 'rights'), test: one.test === true }]
    }),
  ),
  targets: new Map(
    objectsAt(memory, 'targets').map((one) => [
      textAt(one, 'name'),
      { kind: one.kind === 'exposed' ? 'exposed' : 'sensitive', why: textAt(one, 'why') },
    ]),
  ),
})
