import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import type { OpenAPIHono } from '@hono/zod-openapi'
import { BulwarkError } from '../model/error.ts'

/** A server that listens. */
export interface Listening extends AsyncDisposable {
  /** Where it listens; the port is the real one where 0 was asked for. */
  readonly host: string
  readonly port: number
}

/** Listens for HTTP. Throws PORT_IN_USE, or CONFIG_INVALID for an address that this machine does not have. */
export const listen = async (
  app: OpenAPIHono,
  at: { readonly host: string; readonly port: number },
): Promise<Listening> => {
  const server = createAdaptorServer({
    fetch: app.fetch,
    serverOptions: { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 10_000, maxHeaderSize: 32_768 },
  }) as Server
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, at)))
    server.listen(at.port, at.host, resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    host: at.host,
    port,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        // Live views would else never end.
        server.closeAllConnections()
      }),
  }
}

const listenError = (
  error: NodeJS.ErrnoException,
  { host, port }: { readonly host: string; readonly port: number },
) => {
  const where = `${host}:${port}`
  if (error.code === 'EADDRINUSE') {
    const mend = 'Stop that program, or choose another port with --port (0 takes any free one)'
    return new BulwarkError('PORT_IN_USE', { what: 'another program listens there already', where, mend, cause: error })
  }
  const what = error.code === 'EACCES' ? 'the system does not let us listen there' : 'cannot listen there'
  const mend = 'Choose an address of this machine and a port above 1023 with --listen'
  return new BulwarkError('CONFIG_INVALID', { what: `${what}: ${error.message}`, where, mend, cause: error })
}
