import type { IstioOptions } from './istio-options.ts'
import type { Match } from './types.ts'

/**
 * Patterns of Istio have one `*`, at an end. On plaintext there is no identity, and nothing matches.
 * Upstream: istio/istio pilot/pkg/security/authz/model/generator.go, pilot/pkg/security/trustdomain/bundle.go.
 */
export const principalsMatch = (values: readonly string[], istio: IstioOptions): Match =>
  identityOf(values.flatMap((value) => withAliases(value, istio)))

export const namespacesMatch = (values: readonly string[]): Match =>
  identityOf(values.map((value) => `*/ns/${value}/*`))

export const trustDomainsMatch = (
  values: readonly string[],
  { trustDomain, trustDomainAliases }: IstioOptions,
): Match => {
  const ours = [trustDomain, ...trustDomainAliases]
  return { kind: 'trustDomain', patterns: values.flatMap((value) => (ours.includes(value) ? ours : [value])) }
}

/** `name` in the policy's own namespace, or `namespace/name`. SPIFFE identities may have further parts. */
export const serviceAccountsMatch = (values: readonly string[], policyNamespace: string): Match =>
  identityOf(
    values.flatMap((value) => {
      const cut = value.indexOf('/')
      const [namespace, name] = cut < 0 ? [policyNamespace, value] : [value.slice(0, cut), value.slice(cut + 1)]
      const starts = [`*/ns/${namespace}/`, `*/ns/${namespace}/*/`]
      return starts.flatMap((start) => [`${start}sa/${name}`, `${start}sa/${name}/*`])
    }),
  )

const identityOf = (patterns: readonly string[]): Match => ({ kind: 'identity', patterns })

/**
 * The principal under each name of its trust domain, if it is ours; `cluster.local` always stands for ours. A trust domain
 * that is `*` is any, and one that begins with it stays as it is for the names that it fits.
 */
const withAliases = (principal: string, { trustDomain, trustDomainAliases }: IstioOptions): readonly string[] => {
  const [domain = '', ...rest] = principal.split('/')
  if (rest.length !== 4 || domain === '*') return [principal]
  const ours = [trustDomain, ...trustDomainAliases]
  const fits = (name: string): boolean => (domain.startsWith('*') ? name.endsWith(domain.slice(1)) : name === domain)
  if (domain !== 'cluster.local' && !ours.some(fits)) return [principal]
  return [...new Set(ours.map((name) => (fits(name) ? principal : [name, ...rest].join('/'))))]
}
