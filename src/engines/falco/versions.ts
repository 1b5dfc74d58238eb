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

/** Three numbers at the start of the text, as C's scanf finds them; what follows is not looked at (`0.26.0-rc1`). */
export const parseVersion = (text: string): Version | undefined => {
  const parts = /^\s*\+?(\d{1,15})\.\s*\+?(\d{1,15})\.\s*\+?(\d{1,15})/.exec(text)
  if (parts === null) return undefined
  // Each has 32 bits.
  const [major = 0, minor = 0, patch = 0] = parts.slice(1).map((part) => Number(part) % 2 ** 32)
  return { major, minor, patch }
}

/** True where `has` can stand in for `wanted`: the same major version, and not older. */
export const satisfies = (has: Version, wanted: Version): boolean =>
  has.major === wanted.major && (has.minor > wanted.minor || (has.minor === wanted.minor && has.patch >= wanted.patch))
