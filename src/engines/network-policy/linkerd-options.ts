/** How Linkerd was installed, as far as its policies depend on it: values of its chart. */
export interface LinkerdOptions {
  /** The namespace of the control plane. */
  readonly namespace: string
  /** `identityTrustDomain`. */
  readonly trustDomain: string
  /** `proxy.defaultInboundPolicy`, for pods whose annotations and whose namespace's annotations say nothing. */
  readonly defaultInboundPolicy: string
  /** `clusterNetworks`: what the `cluster-…` policies take to be inside of the cluster. */
  readonly clusterNetworks: readonly string[]
}

/** As the chart has them. */
export const linkerdDefaults: LinkerdOptions = {
  namespace: 'linkerd',
  trustDomain: 'cluster.local',
  defaultInboundPolicy: 'all-unauthenticated',
  clusterNetworks: ['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16', 'fd00::/8'],
}

/** The values of the annotation `config.linkerd.io/default-inbound-policy` and of a Server's `accessPolicy`. */
export const inboundPolicies = [
  'all-unauthenticated',
  'all-authenticated',
  'cluster-unauthenticated',
  'cluster-authenticated',
  'deny',
  'audit',
] as const
export type InboundPolicy = (typeof inboundPolicies)[number]

export const isInboundPolicy = (text: unknown): text is InboundPolicy => inboundPolicies.some((one) => one === text)

/** Names of ports that annotations give; no port of a container can be called so. */
export const skippedPorts = 'linkerd: skip-inbound-ports'
export const identityPorts = 'linkerd: proxy-require-identity-inbound-ports'

/** `web.shop.serviceaccount.identity.linkerd.cluster.local`. */
export const linkerdIdentity = (
  serviceAccount: string,
  namespace: string,
  { namespace: control, trustDomain }: LinkerdOptions,
): string => `${serviceAccount}.${namespace}.serviceaccount.identity.${control}.${trustDomain}`
