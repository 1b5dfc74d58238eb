import { once } from 'node:events'
import { createServer } from 'node:http'
import { listAt } from './client.ts'

/** An audit webhook that keeps what it gets, for tests of the cluster itself and for the recording. */
export type Receiver = AsyncDisposable & { readonly url: string; readonly events: readonly unknown[] }

/** Listens on a free loopback port and takes batches of audit events (audit.k8s.io/v1 EventList). */
export async function receiveAudit(): Promise<Receiver> {
  const events: unknown[] = []
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      events.push(...listAt(JSON.parse(Buffer.concat(parts).toString()), 'items'))
      response.end('{}')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port')
  return {
    url: `http://127.0.0.1:${address.port}/audit`,
    events,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
