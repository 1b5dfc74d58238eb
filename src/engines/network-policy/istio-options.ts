/** How Istio was installed, as far as its policies depend on it: `meshConfig`. */
export interface IstioOptions {
  /** Where policies for the whole mesh live. */
  readonly rootNamespace: string
  readonly trustDomain: string
  /** Other names of the trust domain, as of one that was before. */
  readonly trustDomainAliases: readonly string[]
}

/** As the chart has them. */
export const istioDefaults: IstioOptions = {
  rootNamespace: 'istio-system',
  trustDomain: 'cluster.local',
  trustDomainAliases: [],
}
