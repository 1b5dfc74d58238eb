import { type PathNode, pathsFrom, systemMasters, type Terrain, type User } from '../../engines/rbac/index.ts'
import type { World } from '../objects/load.ts'
import { tableLines } from '../table.ts'
import { exitCodes } from '../terminal.ts'
import type { Answer } from './answer.ts'
import type { Grants } from './grants.ts'
import { principalText } from './principal.ts'

/** `bulwark can paths`: what a user can become, step by step. */
export const paths = async (world: World, grants: Grants, user: User): Promise<Answer> => {
  const { edges, partial } = pathsFrom(user, grants.authorizer, await terrainOf(world, grants))
  const master = user.groups.includes(systemMasters.name)
  const columns = ['from', 'to', 'by', 'where', 'because'].map((title) => ({ title }))
  const cells = edges.map(({ from, to, power, namespace, why, allowedBy }) => [
    from === '' ? principalText(user) : from,
    nodeText(to),
    power,
    namespace === '' ? 'everywhere' : namespace,
    `${why}; ${allowedBy}`,
  ])
  return {
    lines: [
      `What ${principalText(user)} can become, by ${world.origin}:`,
      ...(master ? ['Everything: the group system:masters is allowed before RBAC is asked.'] : []),
      ...(edges.length > 0 ? tableLines(columns, cells) : ['RBAC gives no way to another identity or power.']),
      ...(partial ? ['The search stopped at its limit: there are more.'] : []),
      ...(edges.length > 0 ? ['Admission (Pod Security, policies) is not asked here, and may refuse a step.'] : []),
    ],
    json: { user, everything: master, edges, partial },
    code: exitCodes.ok,
  }
}

const nodeText = (node: PathNode): string => {
  switch (node.kind) {
    case 'identity':
      return node.user
    case 'anyone':
      return 'any identity'
    case 'power':
      return node.namespace === '' ? node.power : `${node.power} in ${node.namespace}`
    default:
      return node satisfies never
  }
}

/** Every namespace has a service account `default`, whether a manifest names it or not. */
const terrainOf = async (world: World, { objects, boundNamespaces }: Grants): Promise<Terrain> => {
  const known = await world.namesOf({ group: '', kind: 'Namespace' })
  const accounts = await world.namesOf({ group: '', kind: 'ServiceAccount' })
  const subjects = objects.bindings.flatMap((binding) =>
    binding.subjects
      .filter(({ kind }) => kind === 'ServiceAccount')
      .map(({ namespace, name }) => ({ namespace: namespace || binding.namespace, name })),
  )
  const reachable = [...accounts, ...subjects].filter(({ namespace }) => namespace !== '')
  const namespaces = [
    ...new Set([...known.map(({ name }) => name), ...boundNamespaces, ...reachable.map(({ namespace }) => namespace)]),
  ].sort()
  const unique = new Map(
    [...namespaces.map((namespace) => ({ namespace, name: 'default' })), ...reachable].map(({ namespace, name }) => [
      `${namespace}/${name}`,
      { namespace, name },
    ]),
  )
  return { namespaces, serviceAccounts: [...unique.values()] }
}
