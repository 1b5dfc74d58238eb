import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ClusterAccess, noCredentials } from '../../src/sources/cluster/access.ts'

/** A request as it came in. */
export interface Seen {
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
}

/** Answers in the server's place; false lets the server answer itself. */
export type Intercept = (seen: Seen, response: ServerResponse) => boolean

/** An HTTP server that speaks list and watch as the API server does, and breaks where a test wants it to. */
export interface FakeApiServer extends AsyncDisposable {
  readonly access: ClusterAccess
  readonly seen: readonly Seen[]
  /** Serves a collection: `collection('/api/v1/pods', 'Pod')`. */
  collection(path: string, kind: string): Collection
  /** Serves any JSON at a path. */
  serve(path: string, body: unknown): void
  /** Replaces the intercept; undefined removes it. */
  intercept(by: Intercept | undefined): void
}

export interface Collection {
  /** Creates or replaces the object of that name and gives its resourceVersion. */
  put(name: string, more?: Readonly<Record<string, unknown>>): string
  delete(name: string): void
  /** Forgets the history: watches from an older resourceVersion get 410, page tokens too. */
  compact(): void
  bookmark(resourceVersion?: string): void
  /** Writes any text to every open watch. */
  write(text: string): void
  /** Ends every open watch in order. */
  end(): void
  /** Cuts the connection of every open watch. */
  cut(): void
  watches(): number
  /** The resourceVersion of now. */
  now(): string
}

interface FakeObject {
  readonly metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string }
}

export async function fakeApiServer(): Promise<FakeApiServer> {
  const seen: Seen[] = []
  const bodies = new Map<string, unknown>()
  const handlers = new Map<string, (seen: Seen, response: ServerResponse) => void>()
  let version = 100
  let intercepting: Intercept | undefined

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://fake')
    const each = { path: url.pathname, query: url.searchParams, headers: request.headers }
    seen.push(each)
    if (intercepting?.(each, response)) return
    const handler = handlers.get(url.pathname)
    if (handler) handler(each, response)
    else if (bodies.has(url.pathname)) json(response, 200, bodies.get(url.pathname))
    else refuse(response, 404, 'NotFound', 'the server could not find the requested resource')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  return {
    access: accessTo(`http://127.0.0.1:${port}`),
    seen,
    serve: (path, body) => bodies.set(path, body),
    intercept: (by) => {
      intercepting = by
    },
    collection(path, kind) {
      const objects = new Map<string, FakeObject>()
      const history: { readonly version: number; readonly line: string }[] = []
      const pages = new Map<string, readonly FakeObject[]>()
      const open = new Set<ServerResponse>()
      let compacted = 0
      const tell = (type: string, object: unknown): void => {
        const line = `${JSON.stringify({ type, object })}\n`
        history.push({ version, line })
        for (const response of open) response.write(line)
      }
      handlers.set(path, ({ query }, response) => {
        if (query.get('watch') === '1') {
          const from = Number(query.get('resourceVersion'))
          if (from < compacted)
            return refuse(response, 410, 'Expired', `too old resource version: ${from} (${compacted})`)
          response.writeHead(200, { 'content-type': 'application/json' })
          response.flushHeaders()
          for (const each of history) if (each.version > from) response.write(each.line)
          open.add(response)
          response.on('close', () => open.delete(response))
          return
        }
        const token = query.get('continue')
        const all = token === null ? [...objects.values()] : pages.get(token)
        if (all === undefined) return refuse(response, 410, 'Expired', 'The provided continue parameter is too old')
        const limit = Number(query.get('limit') ?? Infinity)
        const rest = all.slice(limit)
        const next = rest.length === 0 ? '' : `token-${pages.size}`
        if (next !== '') pages.set(next, rest)
        json(response, 200, {
          kind: `${kind}List`,
          apiVersion: 'v1',
          metadata: { resourceVersion: String(version), continue: next },
          items: all.slice(0, limit),
        })
      })
      return {
        put(name, more = {}) {
          const old = objects.get(name)
          const uid = old?.metadata.uid ?? `uid-${name}-${version}`
          const metadata = { name, namespace: 'default', uid, resourceVersion: String(++version) }
          const object = { metadata, ...more }
          objects.set(name, object)
          tell(old ? 'MODIFIED' : 'ADDED', { kind, apiVersion: 'v1', ...object })
          return metadata.resourceVersion
        },
        delete(name) {
          const old = objects.get(name)
          if (old === undefined) throw new Error(`no ${name}`)
          objects.delete(name)
          const metadata = { ...old.metadata, resourceVersion: String(++version) }
          tell('DELETED', { kind, apiVersion: 'v1', ...old, metadata })
        },
        compact() {
          compacted = version
          history.length = 0
          pages.clear()
        },
        bookmark(resourceVersion = String(version)) {
          const line = JSON.stringify({
            type: 'BOOKMARK',
            object: { kind, apiVersion: 'v1', metadata: { resourceVersion } },
          })
          for (const response of open) response.write(`${line}\n`)
        },
        write(text) {
          for (const response of open) response.write(text)
        },
        end() {
          for (const response of open) response.end()
          open.clear()
        },
        cut() {
          for (const response of open) response.socket?.destroy()
          open.clear()
        },
        watches: () => open.size,
        now: () => String(version),
      }
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** How to reach a server with no credentials. */
export const accessTo = (server: string): ClusterAccess => ({
  context: 'fake',
  from: '/fake/config, context "fake"',
  server,
  ca: undefined,
  serverName: undefined,
  skipVerify: false,
  proxyUrl: undefined,
  user: noCredentials,
})

export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

/** A `metav1.Status` that refuses. */
export function refuse(response: ServerResponse, code: number, reason: string, message: string): void {
  json(response, code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message })
}
