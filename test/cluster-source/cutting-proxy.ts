import { readFile, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A TCP proxy before an API server that cuts connections when told. */
export interface CuttingProxy extends AsyncDisposable {
  /** A copy of the kubeconfig that goes through the proxy. */
  kubeconfig(path: string): Promise<string>
  /** Cuts every connection; new ones are let through. */
  cut(): void
  /** Cuts every connection and lets no new one through until `open`. */
  close(): void
  open(): void
}

export async function cuttingProxy(server: string): Promise<CuttingProxy> {
  const target = new URL(server)
  const sockets = new Set<Socket>()
  let closed = false
  const proxy = createServer((near) => {
    if (closed) {
      near.destroy()
      return
    }
    const far = connect(Number(target.port), target.hostname)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from
        .on('error', () => undefined)
        .on('close', () => {
          sockets.delete(from)
          to.destroy()
        })
      from.pipe(to)
    }
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const { port } = proxy.address() as AddressInfo
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    async kubeconfig(path) {
      const copy = `${path}.proxy-${port}`
      const text = await readFile(path, 'utf8')
      await writeFile(copy, text.replaceAll(server, `https://127.0.0.1:${port}`), { mode: 0o600 })
      return copy
    },
    cut,
    close() {
      closed = true
      cut()
    },
    open() {
      closed = false
    },
    async [Symbol.asyncDispose]() {
      closed = true
      cut()
      await new Promise((resolve) => proxy.close(resolve))
    },
  }
}
