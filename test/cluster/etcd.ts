import { at, textAt } from './client.ts'

/** The part of etcd's API that tests need, over its JSON gateway (https://etcd.io/docs/v3.6/dev-guide/api_grpc_gateway/). */
export type Etcd = {
  /** The value as it lies in etcd, or undefined. */
  readonly get: (key: string) => Promise<Buffer | undefined>
  /** Forgets everything before the present revision. */
  readonly compact: () => Promise<void>
}

/** A client of the etcd that listens at the URL. */
export function etcdAt(url: string): Etcd {
  const call = async (path: string, body: unknown): Promise<unknown> => {
    const response = await fetch(`${url}${path}`, { method: 'POST', body: JSON.stringify(body) })
    if (!response.ok) throw new Error(`etcd answered ${response.status} to ${path}: ${await response.text()}`)
    return response.json()
  }
  return {
    get: async (key) => {
      const answer = await call('/v3/kv/range', { key: Buffer.from(key).toString('base64') })
      const value = at(answer, 'kvs', 0, 'value')
      return typeof value === 'string' ? Buffer.from(value, 'base64') : undefined
    },
    compact: async () => {
      const revision = textAt(await call('/v3/kv/range', { key: 'AA==' }), 'header', 'revision')
      await call('/v3/kv/compaction', { revision, physical: true })
    },
  }
}
