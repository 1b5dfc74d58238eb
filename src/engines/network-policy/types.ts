/**
 * The intermediate form. Every kind of policy becomes rules over endpoints in ordered tiers; one evaluator reads them
 * (evaluate.ts for a pair, reachability.ts for all).
 */
import type { Ranges } from './ranges.ts'
import type { Protocol, Traffic } from './traffic.ts'

/** Where traffic starts or ends. A pod on the host network is the node (`host`); `external` is outside of the cluster. */
export interface Endpoint {
  readonly kind: 'pod' | 'host' | 'external'
  /** `namespace/name` of a pod, the address or range of what is external. */
  readonly name: string
  readonly namespace: string
  readonly labels: Labels
  readonly serviceAccount: string
  readonly node: string
  /** On the line of numbers of addresses.ts. */
  readonly addresses: readonly bigint[]
  readonly ports: readonly NamedPort[]
  /**
   * Given by meshes: `cluster.local/ns/shop/sa/web` by Istio, `web.shop.serviceaccount.identity.linkerd.cluster.local` by
   * Linkerd; none for what is in no mesh.
   */
  readonly identities: readonly string[]
  /** What a proxy of Linkerd lets in where no Server has a say, such as `all-authenticated`; empty without a proxy. */
  readonly inboundDefault: string
}

export type Labels = Readonly<Record<string, string>>

export interface NamedPort {
  readonly name: string
  readonly protocol: Protocol
  readonly port: number
  /** The last of a range that begins at `port`; only a mesh's own names have one. */
  readonly endPort?: number | undefined
}

/** A condition on one endpoint. `all` of nothing is true, `any` of nothing is false. */
export type Match =
  | { readonly kind: 'all'; readonly of: readonly Match[] }
  | { readonly kind: 'any'; readonly of: readonly Match[] }
  | { readonly kind: 'not'; readonly of: Match }
  | { readonly kind: 'is'; readonly endpoint: Endpoint['kind'] }
  | { readonly kind: 'namespace'; readonly names: readonly string[] }
  | { readonly kind: 'serviceAccount'; readonly names: readonly string[] }
  | { readonly kind: 'label'; readonly of: 'self' | 'namespace'; readonly requirement: Requirement }
  /** One of its identities fits one of the patterns, in which `*` stands for any text. */
  | { readonly kind: 'identity'; readonly patterns: readonly string[] }
  /** The part of one of its identities before the first `/`. */
  | { readonly kind: 'trustDomain'; readonly patterns: readonly string[] }
  | { readonly kind: 'inboundDefault'; readonly is: string }
  /** One of the endpoint's addresses is in the ranges. */
  | { readonly kind: 'address'; readonly ranges: Ranges<bigint> }
  /** It cannot be known from what we read: never silently true or false. */
  | { readonly kind: 'unknown'; readonly reason: string }

/** A label's value is put to the test; an absent one satisfies NotIn and DoesNotExist only. */
export interface Requirement {
  readonly key: string
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'StartsWith' | 'EndsWith' | 'Contains'
  readonly values: readonly string[]
}

/** Ports of a rule. A named port is looked up at the destination; without `protocol` in each of them. */
export type Ports =
  | { readonly kind: 'fixed'; readonly traffic: Traffic }
  | { readonly kind: 'named'; readonly name: string; readonly protocol?: Protocol | undefined }
  | { readonly kind: 'anyOf'; readonly of: readonly Ports[] }
  | { readonly kind: 'allBut'; readonly of: Ports }
  | { readonly kind: 'bothOf'; readonly of: readonly Ports[] }

export const actions = ['allow', 'deny', 'pass'] as const
/** `pass` leaves the tier: the next one decides. */
export type Action = (typeof actions)[number]

export interface Rule {
  readonly action: Action
  /** The other end. */
  readonly peer: Match
  readonly ports: Ports
  /** Where the rule stands in its object: `spec.ingress[0]`. */
  readonly path: string
  readonly name?: string | undefined
  /** Why the rule may apply to part of this traffic only, such as HTTP conditions. Undefined: to all of it. */
  readonly sometimes?: string | undefined
  /** What that is in detail, where it can be decided of one request: see request.ts. */
  readonly request?: RequestMatch | undefined
}

/** A rule applies to requests for which all of the conditions hold. */
export interface RequestMatch {
  readonly conditions: readonly RequestCondition[]
  /** What it depends on even then, such as the answer of an external provider; undefined: on nothing. */
  readonly beyond: string | undefined
}

/** Patterns are those of Istio: `text`, `text*`, `*text`, or `*` for anything that is there, and not empty unless it is a header. */
export type RequestCondition = { readonly wanted: boolean } & (
  | { readonly kind: 'method' | 'sni'; readonly patterns: readonly string[] }
  /** Without regard to case. */
  | { readonly kind: 'host'; readonly patterns: readonly string[] }
  /** Without the query. A pattern may be a template: `/{*}` is one part, `/{**}` any number of them. */
  | { readonly kind: 'path'; readonly patterns: readonly string[] }
  /** The name in lower case. */
  | { readonly kind: 'header'; readonly name: string; readonly patterns: readonly string[] }
  /** A claim of the token, by the keys on the way to it: one text, or any of a list of them. */
  | { readonly kind: 'claim'; readonly keys: readonly string[]; readonly patterns: readonly string[] }
  /** `issuer/subject` of the token. */
  | { readonly kind: 'requestPrincipal'; readonly patterns: readonly string[] }
  /** What another filter of the proxy wrote down; a pattern in brackets is about any of a list. */
  | { readonly kind: 'metadata'; readonly filter: string; readonly key: string; readonly patterns: readonly string[] }
  | { readonly kind: 'clientAddress' | 'destinationAddress'; readonly ranges: Ranges<bigint> }
  | { readonly kind: 'unknown'; readonly reason: string }
)

export interface PolicyRef {
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

export type Direction = 'ingress' | 'egress'

/** One direction of one policy object. */
export interface Policy {
  readonly ref: PolicyRef
  readonly direction: Direction
  readonly subject: Match
  /** Once it selects an endpoint, what no rule of its tier matched is denied. */
  readonly isolates: boolean
  readonly rules: readonly Rule[]
}

/** Policies in the order in which they are asked. The first rule that matches decides. */
export interface Tier {
  readonly name: string
  readonly policies: readonly Policy[]
}

/**
 * One gate that traffic has to pass. Egress is judged at the source, ingress at the destination; each is open when no
 * tier decides. Gates are asked independently, and all have to be open.
 */
export interface Gate {
  readonly name: string
  readonly direction: Direction
  readonly tiers: readonly Tier[]
}

/** Something in an object that was not understood or that the API server would refuse. */
export interface PolicyProblem {
  readonly ref: PolicyRef
  readonly path: string
  readonly what: string
}
