import type { PodSecurityLevel } from '../../model/posture.ts'

/** A version of the Pod Security Standards, spelled as in the namespace label. */
export type PolicyVersion = 'latest' | `v1.${number}`

/** What a namespace asks for in one mode, e.g. restricted at v1.29. */
export interface LevelVersion {
  readonly level: PodSecurityLevel
  readonly version: PolicyVersion
}

/** The newest minor version of Kubernetes 1 that changes a check. Newer versions, and `latest`, mean this one. */
export const newestMinor = 37

/**
 * The version that a text names, or undefined when it names none: `latest` or `v1.N` without leading zeros.
 * Upstream: k8s.io/pod-security-admission/api ParseVersion, which takes `latest` for a text it cannot read.
 */
export const parsePolicyVersion = (text: string): PolicyVersion | undefined => {
  const minor = /^v1\.(0|[1-9][0-9]*)$/.exec(text)?.[1]
  if (minor === undefined) return text === 'latest' ? 'latest' : undefined
  // Go's strconv.Atoi refuses what does not fit into 64 bits; what does is kept with all its digits.
  return BigInt(minor) > 9223372036854775807n ? undefined : (text as PolicyVersion)
}

/** The minor version whose checks run for `version`. */
export const minorOf = (version: PolicyVersion): number =>
  version === 'latest' ? newestMinor : Math.min(Number(version.slice('v1.'.length)), newestMinor)

/** `restricted:v1.29`, as upstream's messages say it. */
export const formatLevelVersion = ({ level, version }: LevelVersion): string => `${level}:${version}`
