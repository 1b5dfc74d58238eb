import { asString, isObject } from '../../model/json.ts'
import { type Received, receive } from './body.ts'
import type { Connection } from './connect.ts'
import { collectionPath, type Kind } from './kind.ts'
import { type Refusal, readJson, readRefusal } from './read-json.ts'
import { holdsSecrets, metadataAccept } from './secrets.ts'

/** How a list ended. Only `complete` saw every object. */
export type ListEnd =
  | { readonly kind: 'complete'; readonly resourceVersion: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** The page token was too old: the list took longer than the API server keeps its history. */
  | { readonly kind: 'expired' }
  | { readonly kind: 'unreadable'; readonly why: string }

export interface ListRequest {
  readonly kind: Kind
  readonly pageSize: number
  readonly signal: AbortSignal
  /** Gets each page in order; the next is asked for after it resolved. `unreadable` items are no Kubernetes objects. */
  onPage(items: readonly Received[], unreadable: number): Promise<void>
}

const maxPageBytes = 64 * 1024 * 1024

/**
 * Lists a kind over all namespaces, page by page, all of one moment. `resourceVersion` is left out, which means the
 * newest state (a consistent read): with `0` the API server may answer from an old cache and ignores `limit`.
 * A page of more than 64 MiB is asked for again with fewer objects.
 * Upstream: https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
 *
 * @throws BulwarkError CLUSTER_UNREACHABLE, CLUSTER_UNAUTHORIZED; the signal's reason
 */
export async function listKind(connection: Connection, request: ListRequest): Promise<ListEnd> {
  const { kind, signal } = request
  const accept = holdsSecrets(kind) ? metadataAccept.list : 'application/json'
  let limit = request.pageSize
  let token = ''
  for (;;) {
    const query = new URLSearchParams({ limit: String(limit), ...(token === '' ? {} : { continue: token }) })
    const answer = await connection.get({ path: `${collectionPath(kind)}?${query}`, accept, signal, gzip: true })
    if (answer.status !== 200) {
      const refusal = await readRefusal(answer)
      return refusal.status === 410 ? { kind: 'expired' } : { kind: 'refused', refusal }
    }
    const page = await readJson(answer, maxPageBytes)
    if (page.kind === 'unreadable') return page
    if (page.kind === 'too-large') {
      if (limit === 1) return { kind: 'unreadable', why: `one object has more than ${maxPageBytes} bytes` }
      limit = Math.max(1, Math.floor(limit / 4))
      continue
    }
    const { items } = page.value
    const metadata = isObject(page.value.metadata) ? page.value.metadata : {}
    // A null stands for an empty list (Go's nil slice).
    if (items !== null && items !== undefined && !Array.isArray(items)) {
      return { kind: 'unreadable', why: 'the answer is no list' }
    }
    const all: readonly (Received | undefined)[] = (items ?? []).map((item) => receive(kind, item))
    const received = all.filter((item) => item !== undefined)
    await request.onPage(received, all.length - received.length)
    token = asString(metadata.continue) ?? ''
    if (token === '') return { kind: 'complete', resourceVersion: asString(metadata.resourceVersion) ?? '' }
  }
}
