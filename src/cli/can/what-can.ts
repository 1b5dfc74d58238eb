import { systemMasters, type User } from '../../engines/rbac/index.ts'
import { placeText, type World } from '../objects/load.ts'
import { tableLines } from '../table.ts'
import { exitCodes } from '../terminal.ts'
import type { Answer } from './answer.ts'
import { type Grants, objectText, ruleText, viewOf } from './grants.ts'
import { principalText } from './principal.ts'

/** `bulwark can what-can`: every rule that a user has, everywhere or in one namespace, with the binding behind it. */
export const whatCan = (world: World, grants: Grants, user: User, namespace: string | undefined): Answer => {
  const scopes = namespace === undefined ? ['', ...grants.boundNamespaces] : [namespace]
  const rows = scopes.flatMap((scope) =>
    grants.authorizer
      .rulesFor(user, scope)
      .filter(({ binding }) => scope === scopes[0] || binding.namespace !== '')
      .map((grant) => ({ namespace: grant.binding.namespace, via: grant.subject, ...viewOf(grant, grants) })),
  )
  const master = user.groups.includes(systemMasters.name)
  const columns = ['where', 'may', 'binding', 'role', 'place'].map((title) => ({ title }))
  const cells = rows.map((row) => [
    row.namespace === '' ? 'everywhere' : row.namespace,
    ruleText(row.rule),
    objectText(row.binding),
    `${objectText(row.role)} rules[${row.ruleIndex}]`,
    placeText(row.role.place),
  ])
  return {
    lines: [
      `What ${principalText(user)} can, by ${world.origin} (groups: ${user.groups.join(', ') || 'none'}):`,
      ...(master ? ['Everything: the group system:masters is allowed before RBAC is asked.'] : []),
      ...(rows.length > 0 ? tableLines(columns, cells) : ['No rule applies.']),
    ],
    json: {
      user,
      everything: master,
      rules: rows.map(({ namespace: where, ...row }) => ({ ...row, where: where || '*' })),
    },
    code: exitCodes.ok,
  }
}
