import { type Decision, type Request, systemMasters, type User } from '../../engines/rbac/index.ts'
import { placeText, type World } from '../objects/load.ts'
import { exitCodes } from '../terminal.ts'
import type { Answer } from './answer.ts'
import { type Grants, type GrantView, objectText, ruleText, viewOf } from './grants.ts'
import { type NearMiss, nearMisses } from './near.ts'
import { principalText } from './principal.ts'
import { type Asked, requestOf, requestText } from './request.ts'

/** More are rarely read. */
const maxNear = 10

/** `bulwark can why`: whether a user may, by which binding and rule; or what comes closest. Exit code 1: he may not. */
export const why = (world: World, grants: Grants, user: User, asked: Asked): Answer => {
  const request = requestOf(asked, world.kinds)
  if (user.groups.includes(systemMasters.name)) return allowedBefore(user, request)
  const decision = grants.authorizer.authorize(user, request)
  if (decision.decision === 'Allow') return allowed(user, request, decision, grants)
  const near = nearMisses(rulesIn(grants, user, request), request)
  const elsewhere = namespacesWhere(grants, user, request)
  return {
    lines: [
      `NOT ALLOWED: ${principalText(user)} may not ${requestText(request)}`,
      `  no rule allows it, by ${world.origin}${decision.reason === '' ? '' : ` (${decision.reason})`}`,
      ...near.slice(0, maxNear).flatMap((miss) => nearLines(miss, grants)),
      ...(near.length > maxNear ? [`  and ${near.length - maxNear} more rules that miss by one part`] : []),
      ...(elsewhere.length === 0 ? [] : [`  it is allowed in the namespaces ${elsewhere.join(', ')}`]),
    ],
    json: {
      allowed: false,
      reason: decision.reason,
      user,
      request,
      grant: null,
      near: near.map(({ grant, lacks }) => ({ lacks, ...viewOf(grant, grants) })),
      allowedIn: elsewhere,
    },
    code: exitCodes.found,
  }
}

const allowedBefore = (user: User, request: Request): Answer => {
  const reason = 'the group system:masters is allowed before RBAC is asked'
  return {
    lines: [`allowed: ${principalText(user)} may ${requestText(request)}`, `  ${reason}`],
    json: { allowed: true, reason, user, request, grant: null, near: [], allowedIn: [] },
    code: exitCodes.ok,
  }
}

const allowed = (
  user: User,
  request: Request,
  { reason, grant }: Extract<Decision, { decision: 'Allow' }>,
  grants: Grants,
): Answer => {
  const view = viewOf(grant, grants)
  return {
    lines: [`allowed: ${principalText(user)} may ${requestText(request)}`, `  ${reason}`, ...grantLines(view)],
    json: { allowed: true, reason, user, request, grant: view, near: [], allowedIn: [] },
    code: exitCodes.ok,
  }
}

const grantLines = ({ binding, role, ruleIndex, rule }: GrantView): readonly string[] => [
  `  binding  ${objectText(binding)}  ${placeText(binding.place)}`.trimEnd(),
  `  role     ${objectText(role)} rules[${ruleIndex}]  ${placeText(role.place)}`.trimEnd(),
  `  rule     ${ruleText(rule)}`,
]

const nearLines = ({ grant, lacks }: NearMiss, grants: Grants): readonly string[] => {
  const { binding, role, ruleIndex, rule } = viewOf(grant, grants)
  const place = placeText(role.place)
  return [
    `  close: ${objectText(role)} rules[${ruleIndex}] (${ruleText(rule)}) by ${objectText(binding)} lacks the ${lacks}${place === '' ? '' : `  ${place}`}`,
  ]
}

const rulesIn = ({ authorizer }: Grants, user: User, request: Request) =>
  authorizer.rulesFor(user, request.kind === 'resource' ? request.namespace : '')

/** Where the same is allowed by a RoleBinding, for somebody who forgot the namespace or has the wrong one. */
const namespacesWhere = ({ authorizer, boundNamespaces }: Grants, user: User, request: Request): readonly string[] =>
  request.kind === 'non-resource'
    ? []
    : boundNamespaces.filter((namespace) => authorizer.authorize(user, { ...request, namespace }).decision === 'Allow')
