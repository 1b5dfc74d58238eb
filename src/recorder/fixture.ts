import type { MessagePort } from 'node:worker_threads'
import type { Channel } from './channel.ts'

/** For tests: a channel over a port of its own, so that messages are cloned and moved as between threads. */
export const portChannel = <In, Out>(port: MessagePort): Channel<In, Out> => ({
  send: (message, transfer = []) => port.postMessage(message, [...transfer]),
  receive: (listener) => {
    port.on('message', listener)
  },
  closed: new Promise(() => {}),
})
