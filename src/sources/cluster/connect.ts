import type { Readable } from 'node:stream'
import { Agent, type Dispatcher, ProxyAgent, Socks5ProxyAgent, upgrade as upgradeTo } from 'undici'
import { BulwarkError } from '../../model/error.ts'
import type { ClusterAccess } from './access.ts'
import { type CurrentCredentials, credentialsOf, expiredCertificate, type TlsMaterial } from './credentials.ts'
import { proxyFor } from './proxy.ts'

/** One request: only reads are possible, so Bulwark's cluster source can change nothing. */
export interface GetRequest {
  /** Path and query below the server's address, `/api/v1/pods?limit=500`. */
  readonly path: string
  readonly accept: string
  readonly signal: AbortSignal
  /** Lets the server compress its answer: for lists, which compress tenfold, not for watches. */
  readonly gzip?: boolean
}

/** An answer, whatever its status (401 is thrown). The body must be read to its end or destroyed. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Readable
}

export interface Connection {
  readonly access: ClusterAccess
  /** @throws BulwarkError CLUSTER_UNREACHABLE, CLUSTER_UNAUTHORIZED, KUBECONFIG_INVALID; the signal's reason if it aborts */
  get(request: GetRequest): Promise<Answer>
  /** Cuts everything that is open. */
  close(): Promise<void>
}

export interface ConnectTimes {
  /** To the end of the TLS handshake. */
  readonly connectMillis: number
  /** To the first byte of the answer: a list of a large cluster takes its time. */
  readonly headersMillis: number
}

const defaultTimes: ConnectTimes = { connectMillis: 10_000, headersMillis: 60_000 }

/**
 * Connections to one API server, over HTTP/1.1: each watch has a socket of its own (some 80 on a plain cluster), so a
 * stuck socket silences one kind and its idle time-out mends it. Over HTTP/2 one stuck socket silences all of them at
 * once; client-go had to add pings for that (kubernetes/kubernetes#65012).
 *
 * Nothing is sent before the first `get`. Credentials are asked for anew as they expire; a 401 drops them and asks
 * once more. New client certificates get new sockets, while watches on the old ones go on.
 */
export function connect(access: ClusterAccess, times: ConnectTimes = defaultTimes): Connection {
  const { send, close } = sender(access, times)
  return { access, get: (request) => send({ ...request, method: 'GET', agent: 'bulwark (cluster source)' }), close }
}

/** One request that may change something. */
export interface WriteRequest extends GetRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly body?: string
  readonly contentType?: string
  /** Who asks, for the audit log. */
  readonly agent: string
  /** More headers, in small letters. */
  readonly headers?: Readonly<Record<string, string>>
}

/** Connections that may change something. Only what a person asked for by name uses them: never a source. */
export interface WritingConnection {
  /** @throws as {@link Connection.get} */
  send(request: WriteRequest): Promise<Answer>
  /**
   * Asks to change the protocol to WebSocket, and cuts the connection as soon as it is: exec and port-forward begin then.
   * Resolves with the status, 0 where that is not told.
   */
  upgrade(request: WriteRequest): Promise<number>
  close(): Promise<void>
}

export const connectToWrite = (access: ClusterAccess, times: ConnectTimes = defaultTimes): WritingConnection =>
  sender(access, times)

function sender(access: ClusterAccess, times: ConnectTimes): WritingConnection {
  const base = new URL(access.server)
  const credentials = credentialsOf(access)
  const dispatchers: { readonly tls: TlsMaterial; readonly dispatcher: Dispatcher }[] = []

  const dispatcherFor = (tls: TlsMaterial): Dispatcher => {
    const newest = dispatchers.at(-1)
    if (newest && sameTls(newest.tls, tls)) return newest.dispatcher
    const dispatcher = newDispatcher(access, base, tls, times)
    dispatchers.push({ tls, dispatcher })
    return dispatcher
  }

  const once = async (
    request: WriteRequest,
  ): Promise<{ readonly answer: Answer; readonly used: CurrentCredentials }> => {
    const used = await credentials.current(request.signal)
    const { headers, tls } = used
    try {
      const {
        statusCode,
        headers: received,
        body,
      } = await dispatcherFor(tls).request({
        origin: base.origin,
        path: base.pathname.replace(/\/$/, '') + request.path,
        method: request.method,
        ...(request.body !== undefined && { body: request.body }),
        headers: {
          ...request.headers,
          'user-agent': request.agent,
          ...(request.body !== undefined && { 'content-type': request.contentType ?? 'application/json' }),
          accept: request.accept,
          'accept-encoding': request.gzip === true ? 'gzip' : 'identity',
          ...headers,
        },
        signal: request.signal,
        headersTimeout: times.headersMillis,
        bodyTimeout: 0, // a watch is silent for long; who reads it has a time-out of its own
      })
      // A body that is destroyed before its end emits an error, which nobody else listens for.
      body.on('error', () => undefined)
      return { answer: { status: statusCode, headers: received, body }, used }
    } catch (error) {
      request.signal.throwIfAborted()
      throw unreachable(error, access)
    }
  }

  return {
    async send(request) {
      const first = await once(request)
      if (first.answer.status !== 401) return first.answer
      first.answer.body.destroy()
      credentials.forget(first.used)
      const second = await once(request)
      if (second.answer.status !== 401) return second.answer
      second.answer.body.destroy()
      throw unauthorized(access, second.used.tls)
    },
    async upgrade(request) {
      const { headers, tls } = await credentials.current(request.signal)
      try {
        const { socket } = await upgradeTo(`${base.origin}${base.pathname.replace(/\/$/, '')}${request.path}`, {
          dispatcher: dispatcherFor(tls),
          method: request.method,
          protocol: 'websocket',
          headers: { ...request.headers, 'user-agent': request.agent, ...headers },
          signal: request.signal,
        })
        socket.destroy()
        return 101
      } catch (error) {
        request.signal.throwIfAborted()
        // undici tells no status of an answer that is another one.
        if (codeOf(error) === 'UND_ERR_SOCKET' && messageOf(error) === 'bad upgrade') return 0
        throw unreachable(error, access)
      }
    },
    async close() {
      await Promise.all(dispatchers.map(({ dispatcher }) => dispatcher.destroy()))
    },
  }
}

function newDispatcher(access: ClusterAccess, base: URL, tls: TlsMaterial, times: ConnectTimes): Dispatcher {
  const requestTls = {
    ...(tls.ca ? { ca: tls.ca } : {}),
    ...(tls.cert ? { cert: tls.cert } : {}),
    ...(tls.key ? { key: tls.key } : {}),
    ...(access.serverName === undefined ? {} : { servername: access.serverName }),
    rejectUnauthorized: !access.skipVerify,
    keepAlive: true,
    keepAliveInitialDelay: 30_000, // below the idle time-out of cloud load balancers, as client-go does
    timeout: times.connectMillis,
  }
  const proxy = proxyFor(base, access.proxyUrl, process.env)
  try {
    if (proxy === undefined) return new Agent({ allowH2: false, connect: requestTls })
    if (/^socks5?h?:/.test(proxy)) {
      return new Socks5ProxyAgent(proxy.replace(/^socks5?h?:/, 'socks5:'), { requestTls })
    }
    return new ProxyAgent({ uri: proxy, requestTls, allowH2: false })
  } catch (error) {
    throw new BulwarkError('KUBECONFIG_INVALID', {
      what: `no connection can be made with these settings: ${messageOf(error)}`,
      where: access.from,
      mend: 'Check proxy-url, the CA and the client certificate',
      cause: error,
    })
  }
}

const sameTls = (a: TlsMaterial, b: TlsMaterial): boolean =>
  sameBytes(a.ca, b.ca) && sameBytes(a.cert, b.cert) && sameBytes(a.key, b.key)

const sameBytes = (a: Buffer | undefined, b: Buffer | undefined): boolean =>
  a === undefined || b === undefined ? a === b : a.equals(b)

function unauthorized(access: ClusterAccess, tls: TlsMaterial): BulwarkError {
  const over = expiredCertificate(tls, Date.now())
  return new BulwarkError('CLUSTER_UNAUTHORIZED', {
    what: `the API server refuses our credentials${over === undefined ? '' : `: the client certificate expired on ${over}`}`,
    where: `${access.server}, ${access.from}`,
    mend:
      over === undefined
        ? `Log in again; \`kubectl --context ${access.context} auth whoami\` shows whether it works`
        : 'Renew the certificate in the kubeconfig',
  })
}

/** A failure on the way to the API server, with what mends it. Upstream's codes: nodejs.org/api/errors, undici Errors.md. */
export function unreachable(error: unknown, access: ClusterAccess): BulwarkError {
  const code = codeOf(error)
  if (code.startsWith('ERR_OSSL_')) {
    return new BulwarkError('KUBECONFIG_INVALID', {
      what: `the CA, client certificate or key cannot be used: ${messageOf(error)}`,
      where: access.from,
      mend: 'Write a new kubeconfig',
      cause: error,
    })
  }
  const host = new URL(access.server).host
  const [why, mend] = explain(code, host) ?? [
    messageOf(error),
    `Try \`kubectl --context ${access.context} get --raw /version\``,
  ]
  return new BulwarkError('CLUSTER_UNREACHABLE', {
    what: `the API server does not answer: ${why}`,
    where: `${access.server}, ${access.from}`,
    mend,
    cause: error,
  })
}

function explain(code: string, host: string): readonly [string, string] | undefined {
  switch (code) {
    case 'ECONNREFUSED':
      return [`nothing listens on ${host}`, 'Start the cluster, or choose another context with --context']
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return [`the name ${host} is not known`, 'Check the server in the kubeconfig, and the DNS or VPN']
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'UND_ERR_CONNECT_TIMEOUT':
      return [`${host} cannot be reached`, 'Check the network, the VPN and the firewall']
    case 'UND_ERR_HEADERS_TIMEOUT':
      return ['it took the request and sent no answer', 'Look at the load of the API server']
    case 'ECONNRESET':
    case 'EPIPE':
    case 'UND_ERR_SOCKET':
      return ['the connection was cut', 'Look at the API server and at what stands between']
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'CERT_SIGNATURE_FAILURE':
      return [
        `its certificate is not signed by the kubeconfig's CA (${code})`,
        'Write a new kubeconfig: the cluster was made anew, or this is another one',
      ]
    case 'CERT_HAS_EXPIRED':
      return ['its certificate has expired', 'Renew the certificate of the API server']
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return [
        `its certificate is not for ${host}`,
        'Set tls-server-name in the kubeconfig, or use a name of the certificate',
      ]
    default:
      return undefined
  }
}

/** The innermost code of a failure: undici wraps, and node joins the failures of several addresses. */
function codeOf(error: unknown): string {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; depth++) {
    if (at instanceof AggregateError && at.errors.length > 0) {
      at = at.errors[0]
      continue
    }
    if ('code' in at && typeof at.code === 'string' && (at.code !== 'UND_ERR_SOCKET' || !(at.cause instanceof Error))) {
      return at.code
    }
    at = at.cause
  }
  return ''
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
