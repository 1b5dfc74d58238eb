/** So many groups of one principal are kept. */
const most = 32
const longest = 256

/** Whose members may do anything before RBAC is asked: plugin/pkg/auth/authorizer of the API server, `superuser`. */
export const masters = 'system:masters'

/**
 * The groups of a principal, as many as are kept: those that Kubernetes itself gives before those of an identity provider. One
 * with a longer name is left out, because the start of its name may be the name of another group.
 */
export const boundedGroups = (groups: readonly string[]): readonly string[] => {
  if (groups.length <= most && groups.every(({ length }) => length <= longest)) return groups
  const short = [...new Set(groups)].filter(({ length }) => length <= longest)
  return short.length <= most ? short : short.sort(inOrder).slice(0, most)
}

/** The groups that somebody was seen with, over time: the same for any order in which they were seen. */
export const unitedGroups = (known: readonly string[], more: readonly string[]): readonly string[] =>
  more.every((group) => known.includes(group))
    ? known
    : [...new Set([...known, ...boundedGroups(more)])].sort(inOrder).slice(0, most)

const inOrder = (a: string, b: string): number => weight(a) - weight(b) || (a < b ? -1 : a > b ? 1 : 0)

const weight = (group: string): number => (group === masters ? 0 : group.startsWith('system:') ? 1 : 2)
