const numeric = /^[1-9]\d{0,18}$/

/**
 * True when `candidate` is certainly older than `known`: both are resourceVersions of one object (same uid) and both are
 * numbers. Other forms are opaque, and their order is unknown.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions (comparable since 1.35)
 */
export const isOlderVersion = (candidate: string, known: string): boolean => {
  if (!numeric.test(candidate) || !numeric.test(known)) return false
  // Without leading zeros the longer number is the larger one; equal lengths compare as texts.
  return candidate.length === known.length ? candidate < known : candidate.length < known.length
}
