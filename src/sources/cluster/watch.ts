import { asString, isObject, type JsonObject } from '../../model/json.ts'
import { type Received, receive } from './body.ts'
import type { Answer, Connection } from './connect.ts'
import { collectionPath, type Kind } from './kind.ts'
import { type Line, lineSplitter } from './lines.ts'
import { decodeUtf8, type Refusal, readRefusal, reasonOf, refusalOf } from './read-json.ts'
import { holdsSecrets, metadataAccept } from './secrets.ts'

/** One line of a watch. A bookmark says how far the server has looked. */
export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: Received }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string }

/** How one connection ended. After all but `expired` and `unreadable` the watch can go on where it was. */
export type WatchEnd =
  /** The server closed it in order: everything up to now was told. */
  | { readonly kind: 'ended' }
  | { readonly kind: 'cut'; readonly why: string }
  | { readonly kind: 'idle' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** The server took the watch and then told of a failure of its own. */
  | { readonly kind: 'failed'; readonly refusal: Refusal }
  /** The server no longer has what came after our resourceVersion, or we cannot trust ours. */
  | { readonly kind: 'expired'; readonly why: string }
  | { readonly kind: 'unreadable'; readonly why: string; readonly tooLarge: boolean }

export interface WatchRequest {
  readonly kind: Kind
  /** Where to go on: of the list, or of the last event or bookmark. */
  readonly resourceVersion: string
  /** After so many seconds the server ends the watch in order. */
  readonly timeoutSeconds: number
  /** After so long without a byte we end it: bookmarks come each minute on a connection that works. */
  readonly idleMillis: number
  readonly signal: AbortSignal
  /** The server took the watch. */
  onOpen(): void
  /** Gets the events of each chunk in order; more is read after it resolved. A text ends the watch as `expired`. */
  onEvents(events: readonly WatchEvent[]): Promise<string | undefined>
}

const historyGone = 'the API server no longer has the changes since then (410 Gone)'

/** etcd takes objects up to 1.5 MiB; API servers with another store may have larger ones. */
const maxLineBytes = 8 * 1024 * 1024

/**
 * Watches a kind over all namespaces on one connection, until it ends. Nothing of a connection can come after this
 * function returned, so events of an old one never mix with those of the next.
 * Upstream: https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 *
 * @throws BulwarkError CLUSTER_UNREACHABLE, CLUSTER_UNAUTHORIZED; the signal's reason
 */
export async function watchKind(connection: Connection, request: WatchRequest): Promise<WatchEnd> {
  const { kind, signal } = request
  const query = new URLSearchParams({
    watch: '1',
    allowWatchBookmarks: 'true',
    resourceVersion: request.resourceVersion,
    timeoutSeconds: String(request.timeoutSeconds),
  })
  const quiet = new AbortController()
  const idle = setTimeout(() => quiet.abort(), request.idleMillis)
  try {
    const answer = await connection.get({
      path: `${collectionPath(kind)}?${query}`,
      accept: holdsSecrets(kind) ? metadataAccept.watch : 'application/json',
      signal: AbortSignal.any([signal, quiet.signal]),
    })
    if (answer.status !== 200) {
      const refusal = await readRefusal(answer)
      return refusal.status === 410 ? { kind: 'expired', why: historyGone } : { kind: 'refused', refusal }
    }
    request.onOpen()
    return await readEvents(answer, request, idle)
  } catch (error) {
    signal.throwIfAborted()
    if (quiet.signal.aborted) return { kind: 'idle' }
    throw error
  } finally {
    clearTimeout(idle)
  }
}

async function readEvents(answer: Answer, request: WatchRequest, idle: NodeJS.Timeout): Promise<WatchEnd> {
  const split = lineSplitter(maxLineBytes)
  const chunks = answer.body[Symbol.asyncIterator]()
  try {
    for (;;) {
      const chunk = await next(chunks)
      if (chunk.kind !== 'chunk') return chunk
      const { events, end } = parseLines(split(chunk.bytes), request.kind)
      // Time that the recorder takes is not the server's silence.
      idle.refresh()
      const untrusted = events.length === 0 ? undefined : await request.onEvents(events)
      idle.refresh()
      if (untrusted !== undefined) return { kind: 'expired', why: untrusted }
      if (end) return end
    }
  } finally {
    answer.body.destroy()
  }
}

/** The next chunk, or how the connection ended. Kept apart from `onEvents`, whose failures are not the connection's. */
async function next(
  chunks: AsyncIterator<unknown>,
): Promise<{ readonly kind: 'chunk'; readonly bytes: Buffer } | { readonly kind: 'ended' } | WatchEnd> {
  try {
    const { done, value } = await chunks.next()
    if (done === true) return { kind: 'ended' }
    return { kind: 'chunk', bytes: Buffer.isBuffer(value) ? value : Buffer.alloc(0) }
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') throw error
    return { kind: 'cut', why: error instanceof Error ? error.message : String(error) }
  }
}

/** The events of some lines, up to the first that is none. */
function parseLines(
  lines: readonly Line[],
  kind: Kind,
): { readonly events: readonly WatchEvent[]; readonly end: WatchEnd | undefined } {
  const events: WatchEvent[] = []
  for (const line of lines) {
    const parsed = parseLine(line, kind)
    if ('kind' in parsed) return { events, end: parsed }
    events.push(parsed)
  }
  return { events, end: undefined }
}

function parseLine(line: Line, kind: Kind): WatchEvent | WatchEnd {
  if (line.kind === 'too-large') {
    return { kind: 'unreadable', why: `an event has more than ${maxLineBytes} bytes`, tooLarge: true }
  }
  const event = parseJson(line.bytes)
  if (typeof event === 'string') return { kind: 'unreadable', why: event, tooLarge: false }
  const object = isObject(event.object) ? event.object : {}
  switch (event.type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED': {
      const received = receive(kind, object)
      if (received === undefined) break
      return { type: event.type, object: received }
    }
    case 'BOOKMARK': {
      const resourceVersion = asString(isObject(object.metadata) ? object.metadata.resourceVersion : undefined)
      if (resourceVersion === undefined) break
      return { type: 'BOOKMARK', resourceVersion }
    }
    case 'ERROR': {
      const refusal = refusalOf(object, 500)
      return refusal.status === 410 ? { kind: 'expired', why: historyGone } : { kind: 'failed', refusal }
    }
  }
  return { kind: 'unreadable', why: 'an event is none that Kubernetes knows', tooLarge: false }
}

function parseJson(bytes: Buffer): JsonObject | string {
  try {
    const value: unknown = JSON.parse(decodeUtf8(bytes))
    return isObject(value) ? value : 'an event is no JSON object'
  } catch (error) {
    return `an event is no JSON: ${reasonOf(error)}`
  }
}
