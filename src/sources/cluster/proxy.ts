import { BlockList, isIP } from 'node:net'

/**
 * The proxy that a request to the server goes through: the kubeconfig's `proxy-url`, else what the environment says
 * as Go's http.ProxyFromEnvironment reads it (golang.org/x/net/http/httpproxy), loopback never by a proxy.
 * undici's own EnvHttpProxyAgent does not know networks in NO_PROXY, which is how pods are usually told.
 */
export function proxyFor(
  server: URL,
  proxyUrl: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (proxyUrl !== undefined) return proxyUrl
  const name = server.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY'
  const proxy = env[name] || env[name.toLowerCase()]
  if (!proxy) return undefined
  const host = server.hostname.replace(/^\[|\]$/g, '').toLowerCase()
  if (host === 'localhost' || isLoopback(host)) return undefined
  const port = server.port || (server.protocol === 'https:' ? '443' : '80')
  if (bypassed(host, port, env.NO_PROXY || env.no_proxy || '')) return undefined
  return proxy.includes('://') ? proxy : `http://${proxy}`
}

function isLoopback(host: string): boolean {
  return host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

function bypassed(host: string, port: string, list: string): boolean {
  return list
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => entry === '*' || matches(entry.toLowerCase(), host, port))
}

function matches(entry: string, host: string, port: string): boolean {
  const family = isIP(host)
  const [network = '', bits] = entry.split('/')
  if (bits !== undefined) {
    if (
      family === 0 ||
      isIP(network) !== family ||
      !/^\d{1,3}$/.test(bits) ||
      Number(bits) > (family === 4 ? 32 : 128)
    ) {
      return false
    }
    const block = new BlockList()
    block.addSubnet(network, Number(bits), family === 4 ? 'ipv4' : 'ipv6')
    return block.check(host, family === 4 ? 'ipv4' : 'ipv6')
  }
  const [, name = entry, entryPort] = isIP(entry) === 6 ? [] : (/^(.*?)(?::(\d+))?$/.exec(entry) ?? [])
  if (entryPort !== undefined && entryPort !== port) return false
  if (family !== 0) return name === host
  const domain = name.replace(/^\*?\./, '')
  // A leading dot matches only what is below the domain; a bare name matches itself as well.
  return host.endsWith(`.${domain}`) || (name === domain && host === domain)
}
