import { setTimeout as wait } from 'node:timers/promises'
import type { Kind } from '../../../src/sources/cluster/kind.ts'
import { at, type Client, listAt, textAt } from '../client.ts'
import { collectionPath } from '../resources.ts'

/** One observation of an object. `time` is when it arrived here, in milliseconds since 1970. */
export type Observation = {
  readonly time: number
  readonly kind: Kind
  readonly change: 'listed' | 'added' | 'modified' | 'deleted'
  readonly object: unknown
}

/**
 * Lists the kind and watches it until the signal aborts. The client for Secrets must ask for metadata only. A watch that cannot go on is an error, because a
 * recording with a hole would not be worth keeping.
 */
export async function watchKind(from: {
  readonly client: Client
  readonly kind: Kind
  readonly signal: AbortSignal
  readonly onObservation: (observation: Observation) => void
}): Promise<void> {
  const { client, kind, signal, onObservation } = from
  const path = collectionPath(kind)
  const list = await client.get(path)
  if (list.status !== 200) throw new Error(`GET ${path}: ${list.status} ${JSON.stringify(list.body)}`)
  let version = textAt(list.body, 'metadata', 'resourceVersion')
  for (const object of listAt(list.body, 'items')) onObservation({ time: Date.now(), kind, change: 'listed', object })
  let broken: Error | undefined
  while (!signal.aborted && broken === undefined) {
    const query = `watch=true&allowWatchBookmarks=true&timeoutSeconds=3000&resourceVersion=${version}`
    await client.watch(
      `${path}?${query}`,
      (event) => {
        const type = textAt(event, 'type')
        if (type === 'ERROR') {
          broken = new Error(`watch of ${path}: ${JSON.stringify(at(event, 'object'))}`)
          return
        }
        version = textAt(event, 'object', 'metadata', 'resourceVersion')
        const change = changes.get(type)
        if (change !== undefined) onObservation({ time: Date.now(), kind, change, object: at(event, 'object') })
      },
      signal,
    )
    if (!signal.aborted) await wait(200) // the server has ended it: go on where it stopped
  }
  if (broken !== undefined) throw broken
}

const changes: ReadonlyMap<string, Observation['change']> = new Map([
  ['ADDED', 'added'],
  ['MODIFIED', 'modified'],
  ['DELETED', 'deleted'],
])
