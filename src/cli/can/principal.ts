import { serviceAccountIdentity, type User } from '../../engines/rbac/index.ts'
import { BulwarkError } from '../../model/error.ts'

/**
 * The user that a person means: a user name, `group/NAME` (any member of it), or `serviceaccount/NAMESPACE/NAME` (as
 * short: `sa/…`). The groups that the API server adds by itself are added here too. Throws BulwarkError CONFIG_INVALID.
 */
export const principalOf = (text: string, groups: readonly string[]): User => {
  const [kind = '', ...rest] = text.split('/')
  if (kind === 'serviceaccount' || kind === 'sa') {
    const [namespace = '', name = '', ...more] = rest
    if (namespace === '' || name === '' || more.length > 0) throw wrong(text)
    return withGroups(serviceAccountIdentity(namespace, name), groups)
  }
  if (kind === 'group') {
    const group = rest.join('/')
    if (group === '') throw wrong(text)
    return withGroups({ name: '', groups: group === 'system:unauthenticated' ? [] : ['system:authenticated'] }, [
      group,
      ...groups,
    ])
  }
  if (text === '') throw wrong(text)
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(text)
  if (account?.[1] !== undefined && account[2] !== undefined) {
    return withGroups(serviceAccountIdentity(account[1], account[2]), groups)
  }
  const own = text === 'system:anonymous' ? 'system:unauthenticated' : 'system:authenticated'
  return withGroups({ name: text, groups: [own] }, groups)
}

/** How a user is called in answers. */
export const principalText = ({ name, groups }: User): string =>
  name === '' ? `a member of ${groups.join(', ')}` : name

const withGroups = (user: User, groups: readonly string[]): User => ({
  name: user.name,
  groups: [...new Set([...groups, ...user.groups])],
})

const wrong = (text: string): BulwarkError =>
  new BulwarkError('CONFIG_INVALID', {
    what: `"${text}" names nobody`,
    mend: 'Write a user name, group/NAME, or serviceaccount/NAMESPACE/NAME',
  })
