import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import { readCidrs } from './addresses.ts'
import {
  listAt,
  objectAt,
  objectOf,
  type Reading,
  selectorMatch,
  textOf,
  textsAt,
  unknown,
  unknownFields,
} from './fields.ts'
import { allOf, anyOf, anything, fixedPorts, not } from './match.ts'
import { addTraffic, noTraffic, portsOf } from './traffic.ts'
import type { Match, Policy, Ports, Rule } from './types.ts'

export interface AuthorizationPolicy {
  readonly action: 'CUSTOM' | 'DENY' | 'ALLOW'
  readonly policy: Policy
}

/** Pods with a sidecar or in the ambient mesh: see `identitiesOf` in mesh.ts. */
export const inMesh: Match = { kind: 'identity', patterns: ['*/ns/*'] }

export const tcp: Ports = fixedPorts(portsOf('TCP'))

/** Where policies for the whole mesh live. */
const rootNamespace = 'istio-system'

/** `width`: 0 for a workload, 1 for a namespace, 2 for the mesh. */
export const scopeOf = (spec: JsonObject, reading: Reading): { readonly match: Match; readonly width: number } => {
  const { namespace } = reading.ref
  const selector = objectAt(spec, 'selector', 'spec', reading)
  const labels = objectAt(selector, 'matchLabels', 'spec.selector', reading)
  const selected = Object.keys(labels).length > 0
  const where: Match = namespace === rootNamespace ? anything : { kind: 'namespace', names: [namespace] }
  const match = selected
    ? allOf(where, selectorMatch({ matchLabels: labels }, 'self', 'spec.selector', reading))
    : where
  return { match, width: selected ? 0 : namespace === rootNamespace ? 2 : 1 }
}

/**
 * AuthorizationPolicy of security.istio.io. Undefined for AUDIT, which changes nothing.
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

/** One of ours for each pair of a source and an operation. */
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
  const http = new Set<string>()
  const sources = listAt(rule, 'from', path, reading).map((entry, index) =>
    readSource(objectOf(objectOf(entry).source), `${path}.from[${index}].source`, http, reading),
  )
  const when = listAt(rule, 'when', path, reading).map((entry, index) =>
    readCondition(objectOf(entry), `${path}.when[${index}]`, http, reading),
  )
  const doubts = unknownFields(rule, ['from', 'to', 'when'], path, reading)
  const peer = allOf(sources.length === 0 ? anything : anyOf(...sources), ...when.map((one) => one.peer), ...doubts)
  const operations = listAt(rule, 'to', path, reading)
  const entries = operations.length === 0 ? [{}] : operations.map((entry) => objectOf(objectOf(entry).operation))
  return entries.map((operation, index) => {
    const own = new Set(http)
    const ports = readOperation(operation, `${path}.to[${index}].operation`, own, reading)
    const conditions = [...own].sort()
    const custom = action === 'CUSTOM' ? ['what the external provider answers'] : []
    const asked = [...custom, ...(conditions.length > 0 ? [`the request: ${conditions.join(', ')}`] : [])]
    return {
      action: action === 'ALLOW' ? 'allow' : 'deny',
      peer,
      ports: { kind: 'bothOf', of: [tcp, ports, ...when.map((one) => one.ports)] },
      path,
      sometimes: asked.length === 0 ? undefined : `it depends on ${asked.join('; and on ')}`,
    } satisfies Rule
  })
}

const readSource = (source: JsonObject, path: string, http: Set<string>, reading: Reading): Match => {
  const asked: Match[] = []
  for (const [key, of] of Object.entries(sourceFields)) {
    for (const [field, wanted] of [
      [key, true],
      [`not${key[0]?.toUpperCase()}${key.slice(1)}`, false],
    ] as const) {
      const values = textsAt(source, field, path, reading)
      if (values.length === 0) continue
      const match = of(values, `${path}.${field}`, reading)
      if (match === undefined) http.add(field)
      else asked.push(wanted ? match : not(match))
    }
  }
  const known = Object.keys(sourceFields).flatMap((key) => [key, `not${key[0]?.toUpperCase()}${key.slice(1)}`])
  return allOf(...asked, ...unknownFields(source, known, path, reading))
}

type ReadValues = (values: readonly string[], path: string, reading: Reading) => Match | undefined

/** Undefined: it depends on the request. */
const sourceFields: Readonly<Record<string, ReadValues>> = {
  principals: (values) => identityOf(values),
  namespaces: (values) => identityOf(values.map((value) => `*/ns/${value}/*`)),
  trustDomains: (values) => identityOf(values.map((value) => `${value}/ns/*`)),
  serviceAccounts: (values, _, { ref }) =>
    identityOf(
      values.map((value) => {
        const [first = '', second] = value.split('/')
        return second === undefined ? `*/ns/${ref.namespace}/sa/${first}` : `*/ns/${first}/sa/${second}`
      }),
    ),
  ipBlocks: (values, path, reading) => {
    const bad: Match[] = []
    const blocks = values.map((text) => (text.includes('/') ? text : `${text}/${text.includes(':') ? 128 : 32}`))
    const ranges = readCidrs(blocks, (text, index) => {
      bad.push(unknown(`${path}[${index}]`, `"${text}" is not a CIDR`, reading))
    })
    return anyOf({ kind: 'address', ranges }, ...bad)
  },
  remoteIpBlocks: () => undefined,
  requestPrincipals: () => undefined,
}

/** Patterns of Istio have one `*`, at an end; on plaintext there is no identity, and nothing matches. */
const identityOf = (patterns: readonly string[]): Match => ({ kind: 'identity', patterns })

const readOperation = (operation: JsonObject, path: string, http: Set<string>, reading: Reading): Ports => {
  const parts: Ports[] = []
  for (const [key, wanted] of [
    ['ports', true],
    ['notPorts', false],
  ] as const) {
    const values = textsAt(operation, key, path, reading)
    if (values.length > 0) parts.push(portSet(values, wanted))
  }
  for (const key of Object.keys(operation)) {
    if (key === 'ports' || key === 'notPorts') continue
    if (textsAt(operation, key, path, reading).length > 0) http.add(key)
  }
  return { kind: 'bothOf', of: parts }
}

const portSet = (values: readonly string[], wanted: boolean): Ports => {
  const traffic = values.map((text) => portsOf('TCP', Number(text), Number(text))).reduce(addTraffic, noTraffic)
  return wanted ? fixedPorts(traffic) : { kind: 'allBut', of: fixedPorts(traffic) }
}

/** What is known without a request is asked of the source or the port; the rest depends on the request. */
const readCondition = (
  condition: JsonObject,
  path: string,
  http: Set<string>,
  reading: Reading,
): { readonly peer: Match; readonly ports: Ports } => {
  const key = textOf(condition.key) ?? ''
  const peers: Match[] = []
  const ports: Ports[] = []
  for (const [field, wanted] of [
    ['values', true],
    ['notValues', false],
  ] as const) {
    const values = textsAt(condition, field, path, reading)
    if (values.length === 0) continue
    const read = conditionKeys[key]
    const match = read?.(values, `${path}.${field}`, reading)
    if (key === 'destination.port') ports.push(portSet(values, wanted))
    else if (match === undefined) http.add(key)
    else peers.push(wanted ? match : not(match))
  }
  return { peer: peers.length === 0 ? anything : allOf(...peers), ports: { kind: 'bothOf', of: ports } }
}

const conditionKeys: Readonly<Record<string, ReadValues | undefined>> = {
  'source.ip': sourceFields.ipBlocks,
  'source.namespace': sourceFields.namespaces,
  'source.principal': sourceFields.principals,
  'source.serviceAccount': sourceFields.serviceAccounts,
}
