import type { JsonObject } from '../../model/json.ts'
import { objectOf, type ReadOptions, readingOf, textOf } from './fields.ts'
import { allOf, anything, fixedPorts, not } from './match.ts'
import { type AuthorizationPolicy, inMesh, readAuthorizationPolicy, scopeOf, tcp } from './read-istio.ts'
import { allTraffic, portsOf, removeTraffic } from './traffic.ts'
import type { Gate, Policy, PolicyProblem, Rule } from './types.ts'

/**
 * The gates of Istio at the destination: first whether plaintext is taken at all, then authorization. Undefined where
 * there is no policy of Istio. Only TCP goes through the mesh, and only to pods that are in it.
 */
export const istioGates = (
  objects: readonly JsonObject[],
  options: ReadOptions,
  tell: (problem: PolicyProblem) => void,
): readonly Gate[] => {
  const authorization: AuthorizationPolicy[] = []
  const authentication: JsonObject[] = []
  for (const object of objects) {
    if (textOf(object.apiVersion)?.split('/')[0] !== 'security.istio.io') continue
    if (object.kind === 'PeerAuthentication') authentication.push(object)
    if (object.kind !== 'AuthorizationPolicy') continue
    const policy = readAuthorizationPolicy(object, readingOf(object, options, tell, true))
    if (policy !== undefined) authorization.push(policy)
  }
  const gates: Gate[] = []
  const strict = strictPolicies(authentication, options, tell)
  if (strict.length > 0)
    gates.push({ name: 'Istio mTLS', direction: 'ingress', tiers: [{ name: 'mTLS', policies: strict }] })
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

/**
 * PeerAuthentication: the narrowest that says something decides, the oldest among equals: its own ports, the workload's,
 * the namespace's, the mesh's, else plaintext is taken.
 */
const strictPolicies = (
  objects: readonly JsonObject[],
  options: ReadOptions,
  tell: (problem: PolicyProblem) => void,
): readonly Policy[] => {
  const read = objects.map((object) => {
    const reading = readingOf(object, options, tell, true)
    const spec = objectOf(object.spec)
    const scope = scopeOf(spec, reading)
    const created = textOf(objectOf(object.metadata).creationTimestamp) ?? ''
    return { reading, spec, scope, created }
  })
  const sorted = read.sort((a, b) => a.scope.width - b.scope.width || compare(a.created, b.created))
  return sorted.flatMap(({ reading, spec, scope }): readonly Policy[] => {
    const rules: Rule[] = []
    const hasSelector = scope.width === 0
    const ports = objectOf(spec.portLevelMtls)
    if (hasSelector) {
      for (const [port, value] of Object.entries(ports)) {
        rules.push(...modeRules(objectOf(value).mode, Number(port), `spec.portLevelMtls.${port}`))
      }
    }
    rules.push(...modeRules(objectOf(spec.mtls).mode, undefined, 'spec.mtls'))
    return [{ ref: reading.ref, direction: 'ingress', subject: allOf(inMesh, scope.match), isolates: false, rules }]
  })
}

/** UNSET and absent leave it to the next wider policy. */
const modeRules = (mode: unknown, port: number | undefined, path: string): readonly Rule[] => {
  const ports = port === undefined ? tcp : fixedPorts(portsOf('TCP', port, port))
  if (mode === 'STRICT') {
    return [
      { action: 'deny', peer: not(inMesh), ports, path, name: 'STRICT: plaintext is refused' },
      { action: 'pass', peer: anything, ports, path },
    ]
  }
  return mode === 'PERMISSIVE' || mode === 'DISABLE' ? [{ action: 'pass', peer: anything, ports, path }] : []
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
