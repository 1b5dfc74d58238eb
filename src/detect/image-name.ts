/** An image as a registry knows it, whatever short form it was written in. */
export interface ImageName {
  /** Host of the registry: `docker.io` where none is written. */
  readonly registry: string
  /** With the registry, without tag and digest: `docker.io/library/nginx`. */
  readonly repository: string
}

/**
 * Reads the name of an image as container runtimes do (github.com/distribution/reference, ParseNormalizedNamed). Undefined
 * for what names none: nothing, or the bare id of an image.
 */
export const imageNameOf = (image: string): ImageName | undefined => {
  const [named = ''] = image.split('@', 1)
  const colon = named.lastIndexOf(':')
  const path = colon > named.lastIndexOf('/') ? named.slice(0, colon) : named
  if (path === '' || path === 'sha256' || /^[0-9a-f]{64}$/.test(path) || path.length > 512) return undefined
  const slash = path.indexOf('/')
  const host = path.slice(0, Math.max(slash, 0))
  if (/[.:]/.test(host) || host === 'localhost') {
    const registry = host === 'index.docker.io' ? hub : host.toLowerCase()
    return { registry, repository: `${registry}/${path.slice(slash + 1)}` }
  }
  return { registry: hub, repository: `${hub}/${slash < 0 ? `library/${path}` : path}` }
}

const hub = 'docker.io'
