import type { JsonObject } from '../../model/json.ts'
import {
  hasContainer,
  isPortNumber,
  objectAt,
  objectOf,
  type Reading,
  type ReadOptions,
  readingOf,
  selectorMatch,
  textOf,
  unknown,
} from './fields.ts'
import { identityPorts, inboundPolicies, skippedPorts } from './linkerd-options.ts'
import { type Route, readRoute } from './linkerd-routes.ts'
import { allOf, anything, fixedPorts, matches, type NamespaceLabels, not, resolvePorts } from './match.ts'
import { outside } from './outside.ts'
import {
  type Authentications,
  accessPolicyOf,
  clientMatch,
  clientsOf,
  isKind,
  meshTlsMatch,
  networksMatch,
  requiredMatch,
  selectsServer,
  unauthenticated,
} from './read-linkerd.ts'
import { allTraffic, commonTraffic, formatTraffic, isNoTraffic, portsOf, removeTraffic } from './traffic.ts'
import type { Endpoint, Gate, Labels, Match, Policy, PolicyProblem, PolicyRef, Ports, Rule } from './types.ts'

const gateName = 'Linkerd authorization'

/** A pod with Linkerd's proxy. */
const inMesh: Match = not({ kind: 'inboundDefault', is: '' })

/**
 * The gate of Linkerd's proxy at the destination; none where no object has to do with Linkerd. What is not TCP and ports
 * that the proxy is told to skip go past it. Then each Server decides about its ports; of two on one port the older one.
 * What no Server is about is let in as the pod's default policy says.
 * Upstream: linkerd/linkerd2 policy-controller, https://linkerd.io/2/reference/authorization-policy/
 */
export const linkerdGates = (
  objects: readonly JsonObject[],
  options: ReadOptions,
  tell: (problem: PolicyProblem) => void,
): readonly Gate[] => {
  if (!objects.some(isOfLinkerd)) return []
  const ours = objects
    .filter(({ apiVersion }) => groups.includes(textOf(apiVersion)?.split('/')[0] ?? ''))
    .map((object) => ({ object, reading: readingOf(object, options, tell, true) }))
  const ofKind = (kind: string) => ours.filter(({ object }) => isKind(object.kind, kind))
  const matchesOf = (kind: string, read: (object: JsonObject, reading: Reading) => Match) =>
    new Map(ofKind(kind).map(({ object, reading }) => [keyOf(reading.ref), read(object, reading)]))
  const authentications: Authentications = {
    meshTls: matchesOf('MeshTLSAuthentication', meshTlsMatch),
    network: matchesOf('NetworkAuthentication', (object, reading) =>
      networksMatch(objectAt(object, 'spec', '', reading), 'spec', reading),
    ),
  }
  const grants = [
    ...ofKind('ServerAuthorization').map(({ object, reading }) => serverGrant(object, reading)),
    ...ofKind('AuthorizationPolicy').map(({ object, reading }) => policyGrant(object, authentications, reading)),
  ]
  const routes = [...ofKind('HTTPRoute'), ...ofKind('GRPCRoute')].flatMap(
    ({ object, reading }) => readRoute(object, reading) ?? [],
  )
  const servers = ofKind('Server')
    .sort(
      (a, b) =>
        compare(createdOf(a.object), createdOf(b.object)) || compare(keyOf(a.reading.ref), keyOf(b.reading.ref)),
    )
    .flatMap(({ object, reading }) => serverPolicy(object, grants, routes, reading) ?? [])
  return [
    {
      name: gateName,
      direction: 'ingress',
      tiers: [{ name: 'Server', policies: [pastTheProxy, ...servers, ...defaultPolicies(options)] }],
    },
  ]
}

/** Its policies, and pods and namespaces that ask for its proxy: annotations alone can close it. */
const isOfLinkerd = ({ apiVersion, kind, metadata, spec }: JsonObject): boolean =>
  textOf(apiVersion)?.split('/')[0] === 'policy.linkerd.io' ||
  ((kind === 'Pod' || kind === 'Namespace') &&
    (Object.hasOwn(objectOf(objectOf(metadata).annotations), 'linkerd.io/inject') ||
      hasContainer(objectOf(spec), 'linkerd-proxy')))

const groups = ['policy.linkerd.io', 'gateway.networking.k8s.io']

const tcp: Ports = fixedPorts(portsOf('TCP'))

const allow = (peer: Match, ports: Ports, path: string, sometimes?: string): Rule => ({
  action: 'allow',
  peer,
  ports,
  path,
  sometimes,
})
const deny = (peer: Match, ports: Ports, path: string): Rule => ({ action: 'deny', peer, ports, path })

const pastTheProxy: Policy = {
  ref: { kind: 'Mesh', namespace: '', name: 'past the proxy of Linkerd' },
  direction: 'ingress',
  subject: inMesh,
  isolates: false,
  rules: [
    allow(anything, fixedPorts(removeTraffic(allTraffic, portsOf('TCP'))), 'not TCP'),
    allow(anything, { kind: 'named', name: skippedPorts }, 'config.linkerd.io/skip-inbound-ports'),
  ],
}

/** One for each value of the annotation. */
const defaultPolicies = (options: ReadOptions): readonly Policy[] =>
  inboundPolicies.map((is): Policy => {
    const path = 'config.linkerd.io/default-inbound-policy'
    const authenticatedOnly = deny(
      unauthenticated,
      { kind: 'named', name: identityPorts },
      'config.linkerd.io/proxy-require-identity-inbound-ports',
    )
    return {
      ref: { kind: 'Mesh', namespace: '', name: `Linkerd's default policy ${is}` },
      direction: 'ingress',
      subject: { kind: 'inboundDefault', is },
      isolates: false,
      rules: [
        // Upstream asks for an identity of what a policy lets in; audit lets in as it is.
        ...(is === 'audit' ? [] : [authenticatedOnly]),
        allow(clientsOf(is, { options }), tcp, path),
        deny(anything, tcp, path),
      ],
    }
  })

/** Whom a ServerAuthorization or an AuthorizationPolicy lets in, and to what. */
interface Grant {
  readonly ref: PolicyRef
  readonly clients: Match
  readonly to: (server: PolicyRef, labels: Labels) => boolean
  /** The route that it is for; undefined: for the Server itself. */
  readonly route: { readonly kind: string; readonly name: string } | undefined
}

const serverGrant = (object: JsonObject, reading: Reading): Grant => {
  const spec = objectAt(object, 'spec', '', reading)
  const selects = selectsServer(spec, reading)
  return {
    ref: reading.ref,
    clients: clientMatch(spec, reading),
    to: ({ namespace, name }, labels) =>
      namespace === reading.ref.namespace &&
      ('name' in selects
        ? selects.name === name
        : matches(selects.labels, { ...outside, labels }, () => ({})) === 'yes'),
    route: undefined,
  }
}

const policyGrant = (object: JsonObject, authentications: Authentications, reading: Reading): Grant => {
  const spec = objectAt(object, 'spec', '', reading)
  const target = objectAt(spec, 'targetRef', 'spec', reading)
  const name = textOf(target.name) ?? ''
  const kind = textOf(target.kind) ?? ''
  const isRoute = isKind(kind, 'HTTPRoute') || isKind(kind, 'GRPCRoute')
  if (!isRoute && !isKind(kind, 'Server') && !isKind(kind, 'Namespace'))
    reading.problem('spec.targetRef', `is no Server, HTTPRoute, GRPCRoute or Namespace: ${JSON.stringify(kind)}`)
  return {
    ref: reading.ref,
    clients: requiredMatch(spec, authentications, reading),
    to: (server) =>
      server.namespace === reading.ref.namespace &&
      (isRoute || isKind(kind, 'Namespace') || (isKind(kind, 'Server') && server.name === name)),
    route: isRoute ? { kind, name } : undefined,
  }
}

/** Undefined for a Server that is about no pods. */
const serverPolicy = (
  object: JsonObject,
  grants: readonly Grant[],
  routes: readonly Route[],
  reading: Reading,
): Policy | undefined => {
  const { ref } = reading
  const spec = objectAt(object, 'spec', '', reading)
  if (spec.podSelector === undefined && spec.externalWorkloadSelector !== undefined) return undefined
  const { ports, doubt } = serverPorts(spec, reading)
  const subject = allOf(
    inMesh,
    { kind: 'namespace', names: [ref.namespace] },
    selectorMatch(spec.podSelector, 'self', 'spec.podSelector', reading),
    doubt,
  )
  const labels = labelsOf(object)
  // Only requests of HTTP are routed; a proxy that is told that it sees none of them asks no route.
  const protocol = textOf(spec.proxyProtocol) ?? 'unknown'
  const isRouted = protocol !== 'opaque' && protocol !== 'TLS'
  const own = isRouted ? routes.filter((one) => one.namespace === ref.namespace && one.servers.includes(ref.name)) : []
  const unrouted = own.length === 0 || own.some((route) => route.takesAll) ? undefined : routeText(own)
  const rules = grants
    .filter((grant) => grant.to(ref, labels))
    .flatMap(({ ref: by, clients, route }): readonly Rule[] => {
      const path = `${by.kind} ${by.name}`
      if (route === undefined) return [allow(clients, ports, path, unrouted)]
      const hit = own.filter((one) => one.name === route.name && isKind(one.kind, route.kind))
      if (hit.length === 0) return []
      // The one route that all requests take says all about them.
      const only = own.length === 1 && own[0]?.takesAll === true && protocol !== 'unknown'
      return [allow(clients, ports, path, only ? undefined : routeText(hit))]
    })
  return {
    ref,
    direction: 'ingress',
    subject,
    isolates: false,
    rules: [
      ...rules,
      allow(accessPolicyOf(spec, reading), ports, 'spec.accessPolicy', unrouted),
      deny(anything, ports, 'spec'),
    ],
  }
}

const routeText = (routes: readonly Route[]): string =>
  `it depends on whether the request matches ${routes.map(({ kind, name }) => `${kind} ${name}`).join(' or ')}`

const serverPorts = (spec: JsonObject, reading: Reading): { readonly ports: Ports; readonly doubt: Match } => {
  const { port } = spec
  if (isPortNumber(port)) return { ports: fixedPorts(portsOf('TCP', port, port)), doubt: anything }
  // A container's port has a name without a colon; those of the mesh have one.
  if (typeof port === 'string' && port !== '' && !port.includes(':'))
    return { ports: { kind: 'named', name: port, protocol: 'TCP' }, doubt: anything }
  return { ports: tcp, doubt: unknown('spec.port', 'is no port and no name of one', reading) }
}

/** Tells of pods on a port of which two Servers lay claim. */
export const linkerdConflicts = (
  gates: readonly Gate[],
  pods: readonly Endpoint[],
  namespaceLabels: NamespaceLabels,
  tell: (problem: PolicyProblem) => void,
): void => {
  const servers = gates
    .filter(({ name }) => name === gateName)
    .flatMap(({ tiers }) => tiers.flatMap(({ policies }) => policies))
    .filter(({ ref }) => ref.kind === 'Server')
  const byNamespace = Map.groupBy(servers, ({ ref }) => ref.namespace)
  const told = new Set<string>()
  for (const pod of pods) {
    const here = byNamespace.get(pod.namespace) ?? []
    const selecting = here.filter((one) => matches(one.subject, pod, namespaceLabels) === 'yes')
    for (const [index, later] of selecting.entries()) {
      for (const earlier of selecting.slice(0, index)) {
        const shared = commonTraffic(trafficOf(earlier, pod), trafficOf(later, pod))
        const key = `${keyOf(later.ref)} ${earlier.ref.name}`
        if (isNoTraffic(shared) || told.has(key)) continue
        told.add(key)
        const what = `is about ${formatTraffic(shared)} of pod ${pod.name}, as the older Server ${earlier.ref.name} is, which decides`
        tell({ ref: later.ref, path: 'spec.port', what })
      }
    }
  }
}

/** The last rule of a Server is about all of its ports. */
const trafficOf = ({ rules }: Policy, pod: Endpoint) => resolvePorts(rules.at(-1)?.ports ?? tcp, pod)

const labelsOf = (object: JsonObject): Labels =>
  Object.fromEntries(
    Object.entries(objectOf(objectOf(object.metadata).labels)).flatMap(([key, value]) =>
      typeof value === 'string' ? [[key, value]] : [],
    ),
  )

const createdOf = ({ metadata }: JsonObject): string => textOf(objectOf(metadata).creationTimestamp) ?? ''
const keyOf = ({ namespace, name }: PolicyRef): string => `${namespace}/${name}`
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
