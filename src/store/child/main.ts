/**
 * The process around chDB. Its parent starts it with an IPC channel, sends one `ChildOptions`, and gets one
 * `ChildReport`. When the parent is gone, for whatever reason, the channel closes and this process ends.
 */
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { Engine } from './engine.ts'
import { createHttpInterface } from './http-interface.ts'
import { IncomingBlocks } from './incoming.ts'
import type { ChildOptions, ChildReport } from './protocol.ts'

/** Tidies up when the parent is gone. */
let leave = (): void => {}

const serve = async (options: ChildOptions): Promise<void> => {
  const engine = new Engine(options)
  const incoming = new IncomingBlocks(options.dir)
  const server = createHttpInterface({ engine, incoming, password: options.password })
  if ('socket' in options.listen) {
    const { socket } = options.listen
    rmSync(socket, { force: true })
    leave = () => {
      rmSync(socket, { force: true })
      // The parent made the folder for this socket alone; when it is gone, nobody else tidies up.
      rmSync(dirname(socket), { recursive: true, force: true })
    }
    server.listen(socket)
  } else {
    server.listen(options.listen.port, '127.0.0.1')
  }
  await once(server, 'listening')
  const address = server.address()
  report({ kind: 'listening', port: typeof address === 'object' && address !== null ? address.port : 0 })
  process.once('message', () => {
    server.close(() => {
      engine[Symbol.dispose]()
      process.exit(0)
    })
    // A connection whose answer is still under way becomes idle only later.
    setInterval(() => server.closeIdleConnections(), 10)
  })
}

const report = (message: ChildReport): void => {
  process.send?.(message)
}

process.once('disconnect', () => {
  leave()
  // Not process.exit: the engine's own ending waits for its threads, and the next run wants the directory now. What was
  // acknowledged is synced.
  process.kill(process.pid, 'SIGKILL')
})
// Ctrl-C reaches the whole group: the parent decides when this process may go.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => {})
process.once('message', (options: ChildOptions) => {
  serve(options).catch((error: unknown) => {
    report({ kind: 'failed', message: error instanceof Error ? error.message : String(error) })
    process.exitCode = 1
    process.disconnect?.()
  })
})
