// Runs in the node's network namespace, and is the only way into it and out of it:
// node proxy.ts PORT OUT IN
//   PORT  what connects to this TCP port in the node reaches the API server, through the Unix socket OUT
//   IN    a Unix socket at which the API server asks for connections into the node by HTTP CONNECT
import { createServer as createHttpServer } from 'node:http'
import { connect, createServer, type Socket } from 'node:net'

const [port, out, into] = process.argv.slice(2)
if (port === undefined || out === undefined || into === undefined) throw new Error('usage: proxy.ts PORT OUT IN')

createServer((socket) => join(socket, connect(out))).listen(Number(port), '0.0.0.0')

createHttpServer()
  .on('connect', (request, socket, head) => {
    const [host = '', targetPort] = (request.url ?? '').split(':')
    const target = connect(Number(targetPort), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      target.write(head)
      join(target, socket as Socket) // of a server without TLS it is always a net.Socket
    })
    target.on('error', () => socket.destroy())
  })
  .listen(into)

function join(a: Socket, b: Socket): void {
  a.pipe(b).pipe(a)
  a.on('error', () => b.destroy()).on('close', () => b.destroy())
  b.on('error', () => a.destroy()).on('close', () => a.destroy())
}
