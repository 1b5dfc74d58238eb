import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import { listAt, objectAt, objectOf, type Reading, textOf, unknown, unknownFields } from './fields.ts'
import { type Asked, readCondition, readOperation, readSource } from './istio-conditions.ts'
import { inMesh, scopeOf, tcp } from './istio-scope.ts'
import { allOf, anyOf } from './match.ts'
import type { Match, Policy, Ports, RequestMatch, Rule } from './types.ts'

export interface AuthorizationPolicy {
  readonly action: 'CUSTOM' | 'DENY' | 'ALLOW'
  readonly policy: Policy
}

/**
 * AuthorizationPolicy of security.istio.io. Undefined for AUDIT and for a dry run, which change nothing.
 * Upstream: istio.io/api security/v1, istio/istio pilot/pkg/security/authz.
 */
export const readAuthorizationPolicy = (object: JsonObject, reading: Reading): AuthorizationPolicy | undefined => {
  const spec = objectAt(object, 'spec', '', reading)
  const given = textOf(spec.action) ?? 'ALLOW'
  if (given === 'AUDIT') return undefined
  const action = given === 'DENY' || given === 'CUSTOM' || given === 'ALLOW' ? given : undefined
  if (action === undefined) reading.problem('spec.action', `is no action: ${given}`)
  const targets = spec.targetRef !== undefined || spec.targetRefs !== undefined
  const doubts = [
    ...unknownFields(spec, ['selector', 'action', 'rules', 'provider', 'targetRef', 'targetRefs'], 'spec', reading),
    ...(targets
      ? [unknown('spec.targetRefs', 'attaches to a gateway or Service, which is not modelled', reading)]
      : []),
    ...(action === undefined ? [unknown('spec.action', 'is not understood', reading)] : []),
  ]
  const isDryRun = objectOf(objectOf(object.metadata).annotations)['istio.io/dry-run'] === 'true'
  if (isDryRun) return undefined
  const rules = listAt(spec, 'rules', 'spec', reading).flatMap((rule, index) =>
    readRule(rule, action ?? 'DENY', `spec.rules[${index}]`, reading),
  )
  const subject = allOf(inMesh, scopeOf(spec, reading).match, ...doubts)
  const policy: Policy = { ref: reading.ref, direction: 'ingress', subject, isolates: action === 'ALLOW', rules }
  return { action: action ?? 'DENY', policy }
}

/** One of ours for each operation, and for each source that asks something of the request. */
const readRule = (
  value: JsonValue,
  action: AuthorizationPolicy['action'],
  path: string,
  reading: Reading,
): readonly Rule[] => {
  if (!isObject(value) && value !== null) {
    return [{ action: 'deny', peer: unknown(path, 'is not an object', reading), ports: tcp, path }]
  }
  const rule = objectOf(value)
  const when = listAt(rule, 'when', path, reading).map((entry, index) =>
    readCondition(objectOf(entry), `${path}.when[${index}]`, reading),
  )
  const doubts = unknownFields(rule, ['from', 'to', 'when'], path, reading)
  const operations = listAt(rule, 'to', path, reading).map((entry, index) =>
    readOperation(objectOf(objectOf(entry).operation), `${path}.to[${index}].operation`, reading),
  )
  const sources = sourcesOf(rule, path, reading)
  return (operations.length === 0 ? [nothingAsked] : operations).flatMap((operation) =>
    sources.map(({ peer, asked }): Rule => {
      const parts = [operation, ...when]
      const request = [...asked.request, ...parts.flatMap((part) => part.request)]
      const beyond = action === 'CUSTOM' ? 'what the external provider answers' : undefined
      const fields = [...new Set(request.map(({ field }) => field))].sort()
      const depends = [
        ...(beyond === undefined ? [] : [beyond]),
        ...(fields.length > 0 ? [`the request: ${fields.join(', ')}`] : []),
      ]
      const ports: Ports = { kind: 'bothOf', of: [tcp, ...asked.ports, ...parts.flatMap((part) => part.ports)] }
      const peers = allOf(peer, ...parts.flatMap((part) => part.peers), ...doubts)
      const of: RequestMatch = { conditions: request.map(({ condition }) => condition), beyond }
      const kind = action === 'ALLOW' ? 'allow' : 'deny'
      if (depends.length === 0) return { action: kind, peer: peers, ports, path }
      const sometimes = `it depends on ${depends.join('; and on ')}`
      return { action: kind, peer: peers, ports, path, sometimes, request: of }
    }),
  )
}

const nothingAsked: Asked = { peers: [], ports: [], request: [] }

/** Those that ask nothing of the request are one. */
const sourcesOf = (
  rule: JsonObject,
  path: string,
  reading: Reading,
): readonly { readonly peer: Match; readonly asked: Asked }[] => {
  const all = listAt(rule, 'from', path, reading).map((entry, index) =>
    readSource(objectOf(objectOf(entry).source), `${path}.from[${index}].source`, reading),
  )
  if (all.length === 0) return [{ peer: allOf(), asked: nothingAsked }]
  const plain = all.filter(({ request }) => request.length === 0)
  const asking = all.filter(({ request }) => request.length > 0)
  return [
    ...(plain.length === 0 ? [] : [{ peer: anyOf(...plain.map(({ peers }) => allOf(...peers))), asked: nothingAsked }]),
    ...asking.map((asked) => ({ peer: allOf(...asked.peers), asked })),
  ]
}
