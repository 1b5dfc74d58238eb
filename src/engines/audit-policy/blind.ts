import { type ReachableLevel, reachableLevels } from './decide.ts'
import { type Attributes, type Level, levels, type Policy, type Stage } from './types.ts'

/** What a detection rule has to be told to be able to fire. */
export interface Need {
  /** The rule's id, for the answer. */
  readonly id: string
  /** The kinds of requests it looks at: any of them will do. */
  readonly requests: readonly Attributes[]
  /** The level at which the fields that it reads are there. */
  readonly level: Level
  /** The stages at which it can fire: any of them will do. */
  readonly stages: readonly Stage[]
  /** The field that needs the level, for a person: `requestObject.spec.hostPID`. */
  readonly field: string
}

/**
 * Whether a detection rule can fire under a policy. `partly`: for some requests (by user, namespace, name) it is told
 * enough and for others not. `rules` are the policy's rules (-1: no rule) that tell too little, and `missing` what.
 */
export type Sight =
  | { readonly kind: 'sees' }
  | { readonly kind: 'partly' | 'blind'; readonly rules: readonly number[]; readonly missing: string }

/** Which detection rules can fire, given what the policy lets through. */
export const sightOf = (policy: Policy, need: Need): Sight => {
  const reached = need.requests.flatMap((request) => reachableLevels(policy, request))
  const lacking = reached.filter((one) => !tellsEnough(one, need))
  if (lacking.length === 0) return { kind: 'sees' }
  return {
    kind: lacking.length === reached.length ? 'blind' : 'partly',
    rules: [...new Set(lacking.map(({ rule }) => rule))].sort((a, b) => a - b),
    missing: missingOf(lacking, need),
  }
}

const tellsEnough = ({ level, omitStages }: ReachableLevel, need: Need): boolean =>
  levels.indexOf(level) >= levels.indexOf(need.level) && need.stages.some((stage) => !omitStages.includes(stage))

const missingOf = (lacking: readonly ReachableLevel[], need: Need): string => {
  if (lacking.some(({ level }) => level === 'None')) return 'the request is not recorded'
  if (lacking.some(({ level }) => levels.indexOf(level) < levels.indexOf(need.level))) {
    return `${need.field} is missing: it needs level ${need.level}`
  }
  return `the stages ${need.stages.join(', ')} are omitted`
}
