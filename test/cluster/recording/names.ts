import { randomBytes } from 'node:crypto'

/** Where the shop's images come from. */
export const registry = 'registry.shop.example'

/** The values of the Secrets, made anew for each recording, so that a check can look for them in the file. */
export function makeSecretValues(): Readonly<Record<SecretName, string>> {
  const value = () => `v-${randomBytes(18).toString('base64url')}`
  return { database: value(), stripe: value(), session: value(), registry: value(), grafana: value(), webhook: value() }
}

export type SecretName = 'database' | 'stripe' | 'session' | 'registry' | 'grafana' | 'webhook'
