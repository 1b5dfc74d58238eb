import { randomBytes } from 'node:crypto'
import { Agent, request } from 'node:https'

/** Who asks: nobody, the holder of a bearer token, or the owner of a client certificate. */
export type Credentials =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'certificate'; readonly certificate: string; readonly key: string }

/** An answer of the API server; `body` is parsed where it is JSON, else text. */
export type Answer = { readonly status: number; readonly body: unknown }

/** What stands at the path in parsed JSON, or undefined: `at(body, 'items', 0, 'metadata', 'name')`. */
export function at(body: unknown, ...path: readonly (string | number)[]): unknown {
  let value = body
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = Reflect.get(value, key)
  }
  return value
}

/** The text at the path; anything else is an error that shows the body. */
export function textAt(body: unknown, ...path: readonly (string | number)[]): string {
  const value = at(body, ...path)
  if (typeof value !== 'string') throw new Error(`no text at ${path.join('.')} in ${JSON.stringify(body)}`)
  return value
}

/** The list at the path; anything else is an error that shows the body. */
export function listAt(body: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const value = at(body, ...path)
  if (!Array.isArray(value)) throw new Error(`no list at ${path.join('.')} in ${JSON.stringify(body)}`)
  return value
}

/** A client with one identity; every call is one HTTP request, and an error status is an answer like any other. */
export type Client = {
  readonly get: (path: string) => Promise<Answer>
  readonly post: (path: string, body: unknown) => Promise<Answer>
  readonly put: (path: string, body: unknown) => Promise<Answer>
  /** A patch; a JSON merge patch unless another content type is given. */
  readonly patch: (path: string, body: unknown, contentType?: string) => Promise<Answer>
  readonly delete: (path: string, body?: unknown) => Promise<Answer>
  /** A watch: calls back with each event until the server ends it or the signal aborts; never throws for either. */
  readonly watch: (path: string, onEvent: (event: unknown) => void, signal: AbortSignal) => Promise<void>
  /**
   * A command in a container over WebSocket, as kubectl does: `path` is that of the pod's exec subresource with its
   * query. Resolves when the server has closed; the body is empty unless the upgrade was refused.
   */
  readonly exec: (path: string) => Promise<Answer>
}

/** Makes a client of the server `https://HOST:PORT`, whose certificate `ca` (PEM) must have signed. */
export function makeClient(options: {
  readonly server: string
  readonly ca: string
  readonly credentials: Credentials
  /** More headers, such as User-Agent or X-Forwarded-For. */
  readonly headers?: Readonly<Record<string, string>>
}): Client {
  const { credentials } = options
  const agent = new Agent({
    keepAlive: true,
    ca: options.ca,
    ...(credentials.kind === 'certificate' ? { cert: credentials.certificate, key: credentials.key } : {}),
  })
  const headers = {
    Accept: 'application/json',
    ...(credentials.kind === 'token' ? { Authorization: `Bearer ${credentials.token}` } : {}),
    ...options.headers,
  }
  const open = (method: string, path: string, signal?: AbortSignal) =>
    request(new URL(path, options.server), { method, agent, headers, ...(signal ? { signal } : {}) })
  const send = (method: string, path: string, body?: unknown, contentType = 'application/json') =>
    new Promise<Answer>((resolve, reject) => {
      const outgoing = open(method, path)
      outgoing.on('error', reject).on('response', (incoming) => {
        let text = ''
        incoming.setEncoding('utf8').on('data', (part: string) => {
          text += part
        })
        incoming.on('error', reject).on('end', () => {
          const json = incoming.headers['content-type']?.startsWith('application/json') === true
          resolve({ status: incoming.statusCode ?? 0, body: json ? JSON.parse(text) : text })
        })
      })
      if (body === undefined) return outgoing.end()
      outgoing.setHeader('Content-Type', contentType)
      return outgoing.end(JSON.stringify(body))
    })
  return {
    get: (path) => send('GET', path),
    post: (path, body) => send('POST', path, body),
    put: (path, body) => send('PUT', path, body),
    patch: (path, body, contentType = 'application/merge-patch+json') => send('PATCH', path, body, contentType),
    delete: (path, body) => send('DELETE', path, body),
    watch: (path, onEvent, signal) =>
      new Promise((resolve) => {
        const outgoing = open('GET', path, signal)
        outgoing
          .on('error', () => resolve())
          .on('response', (incoming) => {
            let rest = ''
            incoming.setEncoding('utf8').on('data', (part: string) => {
              const lines = (rest + part).split('\n')
              rest = lines.pop() ?? ''
              for (const line of lines) onEvent(JSON.parse(line))
            })
            incoming.on('error', () => resolve()).on('close', () => resolve())
          })
        outgoing.end()
      }),
    exec: (path) =>
      new Promise((resolve, reject) => {
        const outgoing = open('GET', path)
        for (const [name, value] of Object.entries(upgradeToWebSocket())) outgoing.setHeader(name, value)
        outgoing.on('error', reject).on('response', (refusal) => {
          refusal.resume().on('end', () => resolve({ status: refusal.statusCode ?? 0, body: '' }))
        })
        outgoing.on('upgrade', (answer, socket) => {
          // whatever the command wrote is read and forgotten; the frame of type 8 says that it has ended
          socket.on('data', (part: Buffer) => part.includes(closeFrame) && socket.destroy())
          socket.on('error', () => {}).on('close', () => resolve({ status: answer.statusCode ?? 0, body: '' }))
        })
        outgoing.end()
      }),
  }
}

/** RFC 6455, section 5.2: FIN and the opcode "connection close". */
const closeFrame = 0x88

function upgradeToWebSocket(): Readonly<Record<string, string>> {
  return {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    'Sec-WebSocket-Protocol': 'v5.channel.k8s.io',
  }
}
