import { readAddress } from './addresses.ts'
import type { Endpoint } from './types.ts'

/** An endpoint outside of the cluster, without an address. */
export const outside: Endpoint = {
  kind: 'external',
  name: '',
  namespace: '',
  labels: {},
  serviceAccount: '',
  node: '',
  addresses: [],
  ports: [],
  identities: [],
  inboundDefault: '',
}

/** Something outside of the cluster; undefined where the text is no address. */
export const externalEndpoint = (address: string): Endpoint | undefined => {
  const place = readAddress(address)
  return place === undefined ? undefined : { ...outside, name: address, addresses: [place] }
}
