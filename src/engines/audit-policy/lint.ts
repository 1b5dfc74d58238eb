import { ruleCovers } from './cover.ts'
import { reachableLevels } from './decide.ts'
import { type Level, levels, type Policy } from './types.ts'

/** Something that a policy does and its author probably did not mean. `rule` is -1 where it is the policy as a whole. */
export interface PolicyWarning {
  readonly id: 'unreachable' | 'secret-bodies' | 'noise' | 'blind-to-results' | 'blind-to-panics' | 'double' | 'no-end'
  readonly severity: 'high' | 'medium' | 'low'
  readonly rule: number
  readonly what: string
  readonly mend: string
}

/** Warnings in order of rules, those of the whole policy first. A policy that cannot be read has problems instead: see `readPolicy`. */
export const lintPolicy = (policy: Policy): readonly PolicyWarning[] =>
  [
    ...stageWarnings(policy),
    ...endWarnings(policy),
    ...unreachable(policy),
    ...secretBodies(policy),
    ...noise(policy),
  ].sort((a, b) => a.rule - b.rule)

const unreachable = ({ rules }: Policy): readonly PolicyWarning[] =>
  rules.flatMap((rule, index) => {
    const by = rules.slice(0, index).findIndex((earlier) => ruleCovers(earlier, rule))
    if (by < 0) return []
    return [
      {
        id: 'unreachable',
        severity: 'medium',
        rule: index,
        what: `rules[${index}] never decides: rules[${by}] matches all that it matches`,
        mend: `Move it above rules[${by}], or remove it`,
      },
    ]
  })

/** Resources whose bodies hold secret values, or tokens in the answer. */
const secretResources = [
  ['', 'secrets', ''],
  ['', 'configmaps', ''],
  ['', 'serviceaccounts', 'token'],
  ['authentication.k8s.io', 'tokenreviews', ''],
] as const

const secretBodies = (policy: Policy): readonly PolicyWarning[] =>
  secretResources.flatMap(([apiGroup, resource, subresource]) => {
    const name = subresource === '' ? resource : `${resource}/${subresource}`
    return reachableLevels(policy, { scope: { kind: 'resource', apiGroup, resource, subresource } })
      .filter(({ level }) => above(level, 'Metadata'))
      .map(({ rule, level }) => ({
        id: 'secret-bodies' as const,
        severity: resource === 'configmaps' ? ('medium' as const) : ('high' as const),
        rule,
        what: `rules[${rule}] writes bodies of ${name} into the audit log (level ${level})`,
        mend: `Put a rule with level Metadata for ${name} above it`,
      }))
  })

const above = (level: Level, limit: Level): boolean => levels.indexOf(level) > levels.indexOf(limit)

/** Asked every few seconds by every load balancer, kubelet and monitor. */
const healthPaths = ['/healthz', '/livez', '/readyz']

const noise = (policy: Policy): readonly PolicyWarning[] => {
  const loud = healthPaths.flatMap((path) => {
    const reached = reachableLevels(policy, { verb: 'get', scope: { kind: 'non-resource', path } })
    // The last one is what everybody gets whom no rule singles out.
    const usual = reached.at(-1)
    return usual === undefined || usual.level === 'None' ? [] : [{ path, rule: usual.rule }]
  })
  return [...Map.groupBy(loud, ({ rule }) => rule)].map(([rule, paths]) => ({
    id: 'noise',
    severity: 'low',
    rule,
    what: `rules[${rule}] records health checks (${paths.map(({ path }) => path).join(', ')})`,
    mend: 'Put a rule with level None for nonResourceURLs /healthz*, /livez*, /readyz* above it',
  }))
}

const stageWarnings = ({ omitStages, rules }: Policy): readonly PolicyWarning[] => {
  const places = [
    { rule: -1, omitted: omitStages },
    ...rules.map((rule, index) => ({ rule: index, omitted: rule.omitStages })),
  ]
  const warnings = places.flatMap(({ rule, omitted }): readonly PolicyWarning[] => {
    const where = rule < 0 ? 'The policy' : `rules[${rule}]`
    const blind = omitted.includes('ResponseComplete')
    return [
      ...(blind
        ? [
            {
              id: 'blind-to-results',
              severity: 'high',
              rule,
              what: `${where} omits the stage ResponseComplete: whether a request succeeded is not told`,
              mend: 'Remove it from omitStages',
            } as const,
          ]
        : []),
      ...(omitted.includes('Panic')
        ? [
            {
              id: 'blind-to-panics',
              severity: 'low',
              rule,
              what: `${where} omits the stage Panic: a crash of a request is not told`,
              mend: 'Remove it from omitStages',
            } as const,
          ]
        : []),
    ]
  })
  const doubles =
    !omitStages.includes('RequestReceived') &&
    rules.some((rule) => rule.level !== 'None' && !rule.omitStages.includes('RequestReceived'))
  if (!doubles) return warnings
  return [
    ...warnings,
    {
      id: 'double',
      severity: 'low',
      rule: -1,
      what: 'Requests are recorded when they arrive and again when they end',
      mend: 'Add RequestReceived to omitStages: the end tells all that the beginning does',
    },
  ]
}

/** Whatever no rule matches is not recorded at all. */
const endWarnings = (policy: Policy): readonly PolicyWarning[] => {
  const resource = reachableLevels(policy, {
    scope: { kind: 'resource', apiGroup: 'a-group-that-nobody-names.example', resource: 'things', subresource: '' },
  })
  if (!resource.some(({ rule }) => rule === -1)) return []
  return [
    {
      id: 'no-end',
      severity: 'medium',
      rule: -1,
      what: 'Requests that no rule matches are not recorded, those of new kinds among them',
      mend: 'End the policy with a rule that has level Metadata and nothing else',
    },
  ]
}
