import {
  addTraffic,
  type Endpoint,
  type HttpRequest,
  isNoTraffic,
  type ProxiedRequest,
  portsOf,
  type Traffic,
} from '../../engines/network-policy/index.ts'
import { BulwarkError } from '../../model/error.ts'
import { visible } from '../terminal.ts'

const invalid = (what: string, where: string, mend: string): BulwarkError =>
  new BulwarkError('CONFIG_INVALID', { what, where, mend })

/** `443`, `53/UDP`, or the name of a port of the destination. Throws BulwarkError CONFIG_INVALID. */
export const askedTraffic = (text: string, destination: Endpoint): Traffic => {
  const [port = '', protocolText = 'TCP'] = text.split('/')
  const mend = 'Use 443, 53/UDP, or the name of a port'
  const protocol = (['TCP', 'UDP', 'SCTP'] as const).find((one) => one === protocolText.toUpperCase())
  if (protocol === undefined) throw invalid(`"${visible(protocolText)}" is not TCP, UDP or SCTP`, '--port', mend)
  if (/^\d{1,5}$/.test(port)) {
    const traffic = portsOf(protocol, Number(port), Number(port))
    if (isNoTraffic(traffic)) throw invalid(`${port} is not a port`, '--port', mend)
    return traffic
  }
  const named = destination.ports
    .filter((one) => one.name === port && one.protocol === protocol)
    .map((one) => portsOf(protocol, one.port, one.port))
  const [first, ...rest] = named
  if (first === undefined)
    throw invalid(`${destination.name} has no ${protocol} port named "${visible(port)}"`, '--port', mend)
  return rest.reduce(addTraffic, first)
}

/** The options that tell a request of HTTP. */
export interface RequestOptions {
  readonly request?: string
  readonly host?: string
  readonly header: readonly string[]
}

/** `GET /items`, with `--host` and `--header name:value`. Throws BulwarkError CONFIG_INVALID. */
export const askedRequest = (
  { request, host = '', header }: RequestOptions,
  asked: Traffic | undefined,
): ProxiedRequest | undefined => {
  if (request === undefined) {
    if (host === '' && header.length === 0) return undefined
    throw invalid('a host or header is of a request', '--host, --header', "Add --request 'GET /path'")
  }
  const [, method, path] = /^([A-Za-z]+) (\/\S*)$/.exec(request) ?? []
  if (method === undefined || path === undefined)
    throw invalid(`"${visible(request)}" is no request`, '--request', "Write it as 'GET /path'")
  const [port, end] = asked?.TCP ?? []
  if (asked === undefined || port === undefined || end !== port + 1 || asked.UDP.length + asked.SCTP.length > 0)
    throw invalid('a request goes to one port of TCP', '--port', 'Add --port 80')
  const http: HttpRequest = { method, host, path, headers: headersIn(header) }
  return { port, sni: '', http }
}

const headersIn = (lines: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    lines.map((line) => {
      const cut = line.indexOf(':')
      if (cut < 1) throw invalid(`"${visible(line)}" is no header`, '--header', 'Write it as name:value')
      return [line.slice(0, cut).trim().toLowerCase(), line.slice(cut + 1).trim()]
    }),
  )
