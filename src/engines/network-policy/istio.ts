import type { JsonObject } from '../../model/json.ts'
import { type ReadOptions, readingOf, textOf } from './fields.ts'
import { anything, fixedPorts } from './match.ts'
import { mtlsTiers, type PeerAuthentication, readPeerAuthentications } from './mtls.ts'
import { type AuthorizationPolicy, readAuthorizationPolicy } from './read-istio.ts'
import { allTraffic, portsOf, removeTraffic } from './traffic.ts'
import type { Gate, Policy, PolicyProblem, Rule } from './types.ts'

/**
 * The gates of Istio at the destination: first whether plaintext is taken at all, then authorization. None where there is
 * no policy of Istio. Only TCP goes through the mesh, and only to pods that are in it.
 */
export const istioGates = (
  objects: readonly JsonObject[],
  options: ReadOptions,
  tell: (problem: PolicyProblem) => void,
): readonly Gate[] => {
  const authorization: AuthorizationPolicy[] = []
  for (const object of objects) {
    if (!isOfIstio(object) || object.kind !== 'AuthorizationPolicy') continue
    const policy = readAuthorizationPolicy(object, readingOf(object, options, tell, true))
    if (policy !== undefined) authorization.push(policy)
  }
  const gates: Gate[] = []
  const tiers = mtlsTiers(peerAuthenticationsIn(objects, options, tell))
  if (tiers.length > 0) gates.push({ name: 'Istio mTLS', direction: 'ingress', tiers })
  if (authorization.length > 0) {
    // CUSTOM is asked first, then DENY, then ALLOW.
    const order = ['CUSTOM', 'DENY', 'ALLOW']
    const policies = order.flatMap((action) =>
      authorization.filter((one) => one.action === action).map((one) => one.policy),
    )
    gates.push({
      name: 'Istio authorization',
      direction: 'ingress',
      tiers: [{ name: 'AuthorizationPolicy', policies: [notTcp, ...policies] }],
    })
  }
  return gates
}

/** For `mtlsModeOf`. */
export const peerAuthenticationsIn = (
  objects: readonly JsonObject[],
  options: ReadOptions,
  tell: (problem: PolicyProblem) => void = () => {},
): readonly PeerAuthentication[] =>
  readPeerAuthentications(
    objects
      .filter((object) => isOfIstio(object) && object.kind === 'PeerAuthentication')
      .map((object) => ({ object, reading: readingOf(object, options, tell, true) })),
  )

const isOfIstio = ({ apiVersion }: JsonObject): boolean => textOf(apiVersion)?.split('/')[0] === 'security.istio.io'

const everything: Rule = {
  action: 'allow',
  peer: anything,
  ports: fixedPorts(removeTraffic(allTraffic, portsOf('TCP'))),
  path: '',
}

/** What is not TCP goes past the proxy. */
const notTcp: Policy = {
  ref: { kind: 'Mesh', namespace: '', name: 'only TCP' },
  direction: 'ingress',
  subject: anything,
  isolates: false,
  rules: [everything],
}
