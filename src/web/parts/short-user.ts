/** A user as the API server names it, in little room: `system:serviceaccount:shop:web` is the service account `shop/web`. Pure. */
export const shortUser = (user: string): { readonly kind: 'sa' | 'node' | ''; readonly name: string } => {
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user)
  if (account) return { kind: 'sa', name: `${account[1]}/${account[2]}` }
  const node = /^system:node:(.+)$/.exec(user)
  if (node?.[1]) return { kind: 'node', name: node[1] }
  return { kind: '', name: user }
}
