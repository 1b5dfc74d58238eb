/** Upstream: k8s.io/apimachinery/pkg/api/validate/content (v0.37.2). */

const name = /^(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/
const subdomain = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/

/** True for `name` or `prefix/name` as a label or annotation key has to be. */
export const isLabelKey = (text: string): boolean => {
  const parts = text.split('/')
  const last = parts.at(-1) ?? ''
  if (parts.length > 2 || last.length > 63 || !name.test(last)) return false
  return parts.length === 1 || isDns1123Subdomain(parts[0] ?? '')
}

/** True for a label's value: empty, or at most 63 letters, digits, `-`, `_`, `.`, of which the first and last are no signs. */
export const isLabelValue = (text: string): boolean => text.length <= 63 && (text === '' || name.test(text))

/** True for a DNS subdomain of RFC 1123 in lower case, as names of most objects have to be. */
export const isDns1123Subdomain = (text: string): boolean => text.length <= 253 && subdomain.test(text)

/** True for what may stand in a path as one segment, as names of the objects of RBAC have to be. */
export const isPathSegmentName = (text: string): boolean => text !== '.' && text !== '..' && !/[/%]/.test(text)

/** True for the name of a port: at most 15 lower-case letters, digits and single hyphens inside, and one letter at least. */
export const isPortName = (text: string): boolean =>
  text.length <= 15 && /^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(text) && /[a-z]/.test(text)
