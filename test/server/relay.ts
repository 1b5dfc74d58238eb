import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { isObject } from '../../src/model/json.ts'

/** Stands between an API server and Bulwark, and notes what Bulwark acknowledged. */
export interface Relay extends AsyncDisposable {
  readonly url: string
  /** `auditID stage` of every event of a batch that Bulwark answered with 200. */
  readonly acknowledged: ReadonlySet<string>
  /** How many batches Bulwark did not answer with 200, or not at all; their sender tries again. */
  refused(): number
}

/**
 * Batches go on to `target` as they are, with its token. Bulwark's answer is the sender's answer; none is a 503. An API server
 * tries five times within some ten seconds and drops the batch then: `heldMillis` is how long one waits here for a Bulwark
 * that starts.
 */
export const relayTo = async (target: string, token: string, heldMillis = 0): Promise<Relay> => {
  const acknowledged = new Set<string>()
  let refused = 0
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks)
      const given = Date.now() + heldMillis
      void pass(target, token, body, request.headers['content-encoding'], given).then((status) => {
        if (status === 200) for (const key of keysOf(body)) acknowledged.add(key)
        else refused += 1
        response.writeHead(status).end()
      })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    acknowledged,
    refused: () => refused,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const pass = async (
  target: string,
  token: string,
  body: Buffer,
  encoding: string | undefined,
  given: number,
): Promise<number> => {
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    ...(encoding !== undefined && { 'content-encoding': encoding }),
  }
  for (;;) {
    try {
      return (await fetch(target, { method: 'POST', headers, body: new Uint8Array(body) })).status
    } catch {
      if (Date.now() > given) return 503
      await wait(100)
    }
  }
}

const keysOf = (body: Buffer): readonly string[] => {
  const list: unknown = JSON.parse(body.toString())
  const items = isObject(list) && Array.isArray(list.items) ? list.items : []
  return items.filter(isObject).map(({ auditID, stage }) => `${String(auditID).replaceAll('-', '')} ${String(stage)}`)
}
