import type { MessagePort, Worker } from 'node:worker_threads'
import type { Channel, FromDelivery, ToDelivery } from '../../recorder/index.ts'
import type { FromJudge, ToJudge } from '../detection/judge-elsewhere.ts'
import type { FromLive, ToLive } from '../live.ts'
import type { FromBlocks, ToBlocks } from './store-blocks.ts'

/** What goes to the thread of the records, by the part that it is for. */
interface ToThread {
  readonly delivery: ToDelivery
  readonly judge: ToJudge
  readonly live: ToLive
  readonly blocks: ToBlocks
}

/** And what comes from it. */
interface FromThread {
  readonly delivery: FromDelivery
  readonly judge: FromJudge
  readonly live: FromLive
  readonly blocks: FromBlocks
}

type Channels<In, Out> = { readonly [Part in keyof In & keyof Out]: Channel<In[Part], Out[Part]> }

/** The ends of all channels in one thread. */
export type MainEnds = Channels<FromThread, ToThread>
export type ThreadEnds = Channels<ToThread, FromThread>

interface Envelope {
  readonly part: string
  readonly message: unknown
}

/** All channels go through one port: what one part sends arrives after what another sent before. */
export const mainEnds = (worker: Worker, closed: Promise<void>): MainEnds => {
  const channel = channelsOver<FromThread, ToThread>(worker, closed)
  return { delivery: channel('delivery'), judge: channel('judge'), live: channel('live'), blocks: channel('blocks') }
}

export const threadEnds = (port: MessagePort): ThreadEnds => {
  const channel = channelsOver<ToThread, FromThread>(port, new Promise(() => {}))
  return { delivery: channel('delivery'), judge: channel('judge'), live: channel('live'), blocks: channel('blocks') }
}

const channelsOver = <In, Out>(port: Worker | MessagePort, closed: Promise<void>) => {
  const listeners = new Map<string, (message: never) => void>()
  port.on('message', ({ part, message }: Envelope) => {
    // Of the type that this part sends: both ends are ours, made by one table, and of one version.
    listeners.get(part)?.(message as never)
  })
  return <Part extends keyof In & keyof Out & string>(part: Part): Channel<In[Part], Out[Part]> => ({
    send: (message, transfer = []) => port.postMessage({ part, message } satisfies Envelope, [...transfer]),
    receive: (listener) => {
      listeners.set(part, listener)
    },
    closed,
  })
}
