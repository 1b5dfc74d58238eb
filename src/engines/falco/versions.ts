/** What rules may require of the engine and its plugins. */

interface Version {
  readonly major: number
  readonly minor: number
  readonly patch: number
}

/** The language that is followed here. */
export const engineVersion = '0.63.0'

/** The plugins that this engine stands for, with the versions whose fields it has. */
export const servedPlugins: ReadonlyMap<string, string> = new Map([
  ['k8saudit', '0.18.0'],
  ['k8saudit-aks', '0.6.0'],
  ['k8saudit-eks', '0.12.0'],
  ['k8saudit-gke', '0.9.0'],
  ['k8saudit-ovh', '0.6.0'],
  ['json', '0.7.4'],
])

export const parseVersion = (text: string): Version | undefined => {
  const parts = /^(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:[-+][0-9A-Za-z.+-]*)?$/.exec(text)
  return parts === null ? undefined : { major: Number(parts[1]), minor: Number(parts[2]), patch: Number(parts[3]) }
}

/** True where `has` can stand in for `wanted`: the same major version, and not older. */
export const satisfies = (has: Version, wanted: Version): boolean =>
  has.major === wanted.major && (has.minor > wanted.minor || (has.minor === wanted.minor && has.patch >= wanted.patch))
