import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import type { Client } from '../client.ts'

/** A kind in a server's record; `why` says why it is not seen. */
export interface RecordedKind {
  readonly group: string
  readonly kind: string
  readonly resource: string
  readonly namespaced: boolean
  readonly seen: boolean
  readonly count: number
  readonly why: string
}

/** The kinds of a server's cluster, as of a moment (undefined: now), with those that it cannot see. */
export const recordedKinds = async (client: Client, at: string | undefined): Promise<readonly RecordedKind[]> =>
  itemsOf(await client.get('/api/v1/kinds', { at })).map((item) => ({
    group: textIn(item, 'group'),
    kind: textIn(item, 'kind'),
    resource: textIn(item, 'resource'),
    namespaced: item.namespaced === true,
    seen: item.seen === true,
    count: Number(item.count),
    why: textIn(item, 'why'),
  }))

/** The rows of all objects of a kind: names and times, without bodies. */
export const recordedRows = async (
  client: Client,
  { group, kind }: Pick<RecordedKind, 'group' | 'kind'>,
  at: string | undefined,
  namespace?: string,
): Promise<readonly JsonObject[]> => {
  const rows: JsonObject[] = []
  let cursor: string | undefined
  do {
    const page = await client.get('/api/v1/objects', {
      group: group || '-',
      kind,
      namespace,
      at,
      cursor,
      limit: '1000',
    })
    rows.push(...itemsOf(page))
    cursor = isObject(page) && typeof page.nextCursor === 'string' ? page.nextCursor : undefined
  } while (cursor !== undefined)
  return rows
}

/** An object's path in the API. Empty parts, as the core group is, are `-`. */
export const objectPath = (group: string, kind: string, namespace: string, name: string): string =>
  `/api/v1/objects/${[group || '-', kind, namespace || '-', name].map(encodeURIComponent).join('/')}`

/** How many bodies are asked for at the same time. */
const together = 16

/** The bodies of all objects of a kind, in order of their rows. One that went away meanwhile is left out. */
export const recordedBodies = async (
  client: Client,
  kind: Pick<RecordedKind, 'group' | 'kind'>,
  at: string | undefined,
): Promise<readonly JsonObject[]> => {
  const paths = (await recordedRows(client, kind, at)).map((row) => {
    const ref = isObject(row.ref) ? row.ref : {}
    return objectPath(kind.group, kind.kind, textIn(ref, 'namespace'), textIn(ref, 'name'))
  })
  const bodies: JsonObject[] = []
  for (let first = 0; first < paths.length; first += together) {
    const details = await Promise.all(paths.slice(first, first + together).map((path) => client.get(path, { at })))
    for (const detail of details) {
      if (isObject(detail) && detail.deleted !== true && isObject(detail.body)) bodies.push(detail.body)
    }
  }
  return bodies
}

/** The `items` of a page. */
export const itemsOf = (page: JsonValue): readonly JsonObject[] =>
  isObject(page) && Array.isArray(page.items) ? page.items.filter(isObject) : []

/** A text in an answer; empty where it is none. */
export const textIn = (object: JsonObject, key: string): string => {
  const value = object[key]
  return typeof value === 'string' ? value : ''
}
