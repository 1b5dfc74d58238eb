import type { JsonObject } from '../../model/json.ts'
import { objectOf, type Reading, textOf } from './fields.ts'
import { inMesh, scopeOf, tcp } from './istio-scope.ts'
import { allOf, anything, everyPort, fixedPorts, matches, type NamespaceLabels, not } from './match.ts'
import { portsOf } from './traffic.ts'
import type { Endpoint, Match, Policy, PolicyRef, Ports, Rule, Tier } from './types.ts'

/** What a pod takes: `STRICT` mutual TLS only, `PERMISSIVE` that and plaintext, `DISABLE` plaintext only. */
export type MtlsMode = 'STRICT' | 'PERMISSIVE' | 'DISABLE'

/** One PeerAuthentication. */
export interface PeerAuthentication {
  readonly ref: PolicyRef
  readonly subject: Match
  readonly width: 'workload' | 'namespace' | 'mesh'
  /** Undefined: what is wider decides, as for a port that is not in `ports`. */
  readonly mode: MtlsMode | undefined
  /** Of ports of the workload. */
  readonly ports: ReadonlyMap<number, MtlsMode>
}

const widths = ['workload', 'namespace', 'mesh'] as const

/**
 * PeerAuthentications, the oldest first of each width. One with a selector counts in its own namespace only, and it alone
 * may speak of ports. Upstream: istio/istio pilot/pkg/security/authn/policy_applier.go (ComposePeerAuthentication).
 */
export const readPeerAuthentications = (
  objects: readonly { readonly object: JsonObject; readonly reading: Reading }[],
): readonly PeerAuthentication[] =>
  objects
    .toSorted((a, b) => compare(createdOf(a.object), createdOf(b.object)))
    .flatMap(({ object, reading }): readonly PeerAuthentication[] => {
      const spec = objectOf(object.spec)
      const { match, width: number } = scopeOf(spec, reading)
      const width = widths[number]
      if (width === undefined) return []
      const inRoot = reading.ref.namespace === reading.options.istio.rootNamespace
      if (width === 'workload' && inRoot) {
        reading.problem('spec.selector', 'has no effect in the root namespace')
        return []
      }
      const ports = Object.entries(objectOf(spec.portLevelMtls)).flatMap(([port, value]) => {
        const mode = modeIn(value, `spec.portLevelMtls.${port}`, reading)
        return mode === undefined ? [] : [[Number(port), mode] as const]
      })
      if (width !== 'workload' && ports.length > 0)
        reading.problem('spec.portLevelMtls', 'has no effect without a selector')
      return [
        {
          ref: reading.ref,
          subject: allOf(inMesh, match),
          width,
          mode: modeIn(spec.mtls, 'spec.mtls', reading),
          ports: new Map(width === 'workload' ? ports : []),
        },
      ]
    })
    .sort((a, b) => widths.indexOf(a.width) - widths.indexOf(b.width))

/** UNSET and absent leave it to what is wider. */
const modeIn = (value: unknown, path: string, reading: Reading): MtlsMode | undefined => {
  const mode = typeof value === 'object' && value !== null && 'mode' in value ? value.mode : undefined
  if (mode === 'STRICT' || mode === 'PERMISSIVE' || mode === 'DISABLE') return mode
  if (mode !== undefined && mode !== null && mode !== 'UNSET') reading.problem(`${path}.mode`, 'is no mode of mTLS')
  return undefined
}

/** What of a port of a pod holds, and the object that says so; PERMISSIVE by default. Undefined for a pod in no mesh. */
export const mtlsModeOf = (
  all: readonly PeerAuthentication[],
  pod: Endpoint,
  port: number,
  namespaceLabels: NamespaceLabels,
): { readonly mode: MtlsMode; readonly by: PolicyRef | undefined } | undefined => {
  if (matches(inMesh, pod, namespaceLabels) !== 'yes') return undefined
  for (const width of widths) {
    const one = all.find((two) => two.width === width && matches(two.subject, pod, namespaceLabels) === 'yes')
    const mode = one?.ports.get(port) ?? one?.mode
    if (one !== undefined && mode !== undefined) return { mode, by: one.ref }
  }
  return { mode: 'PERMISSIVE', by: undefined }
}

/** A tier for each width: what the first policy that selects a pod leaves open is passed on. */
export const mtlsTiers = (all: readonly PeerAuthentication[]): readonly Tier[] =>
  widths.flatMap((width) => {
    const policies = all.filter((one) => one.width === width).map(policyOf)
    return policies.length === 0 ? [] : [{ name: `mTLS of the ${width}`, policies }]
  })

const policyOf = ({ ref, subject, mode, ports }: PeerAuthentication): Policy => {
  const perPort = [...ports].flatMap(([port, of]) =>
    modeRules(of, fixedPorts(portsOf('TCP', port, port)), `spec.portLevelMtls.${port}`),
  )
  const rest: Rule = { action: 'pass', peer: anything, ports: everyPort, path: 'spec.mtls' }
  const own = mode === undefined ? [] : modeRules(mode, tcp, 'spec.mtls')
  return { ref, direction: 'ingress', subject, isolates: false, rules: [...perPort, ...own, rest] }
}

const modeRules = (mode: MtlsMode, ports: Ports, path: string): readonly Rule[] => [
  ...(mode === 'STRICT'
    ? [{ action: 'deny', peer: not(inMesh), ports, path, name: 'STRICT: plaintext is refused' } as const]
    : []),
  { action: 'allow', peer: anything, ports, path },
]

const createdOf = ({ metadata }: JsonObject): string => textOf(objectOf(metadata).creationTimestamp) ?? ''
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
