import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { BulwarkError } from '../../model/error.ts'
import { formatMicros, type Micros } from '../../model/time.ts'
import type { RouteId } from '../contract/routes.ts'
import { faults, methodAndPath } from './define.ts'

export interface StreamBounds {
  readonly maxClients: number
  readonly heartbeatMillis: number
  readonly now: () => Micros
}

/** Takes what is to be told. Of one name only the newest waits for a client that reads slowly. */
export interface EventWriter {
  /** `make` is asked when the client reads, so that it tells how things are then. */
  later(name: string, make: () => object): void
  /** Ends the stream after what waits. */
  end(): void
}

export interface StreamSource {
  /**
   * Begins to tell; the answer ends it. `lastId`: the position up to which a client that comes back was told. Throws
   * BulwarkError where there is nothing of this name.
   */
  open(params: Readonly<Record<string, string>>, write: EventWriter, lastId: string | undefined): () => void
  /** The position of what was told last, for who comes back. */
  position?(): string
}

/**
 * A route of server-sent events in which only the newest of each kind counts, so that a client that reads slowly costs
 * nothing. A `heartbeat` comes at least each `heartbeatMillis`.
 */
export const eventStreamOf = (
  api: OpenAPIHono,
  id: RouteId,
  {
    summary,
    tag,
    params,
    events,
  }: {
    readonly summary: string
    readonly tag: string
    readonly params?: z.ZodObject
    readonly events: readonly string[]
  },
  bounds: StreamBounds,
  source: StreamSource,
): void => {
  const names = [...events, 'heartbeat'].map((name) => `\`${name}\``).join(', ')
  const definition = createRoute({
    ...methodAndPath(id),
    summary: `${summary} (server-sent events)`,
    tags: [tag],
    request: {
      params: params ?? z.object({}),
      query: z.strictObject({}),
      headers: z.object({ 'last-event-id': z.string().max(256).optional() }),
    },
    responses: {
      200: { description: `Events ${names}.`, content: { 'text/event-stream': { schema: z.string() } } },
      ...faults,
    },
  })
  let clients = 0
  api.openapi(definition, (context) => {
    if (clients >= bounds.maxClients) {
      const what = `${bounds.maxClients} live views are open already`
      throw new BulwarkError('OVERLOADED', { what, mend: 'Close one of them' })
    }
    const given = z.record(z.string(), z.string()).parse(context.req.valid('param'))
    const lastId = context.req.valid('header')['last-event-id']
    const body = stream(bounds, source, given, lastId, () => {
      clients -= 1
    })
    clients += 1
    return context.body(body, 200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      // nginx and others hold streams back unless told.
      'x-accel-buffering': 'no',
    })
  })
}

const stream = (
  { heartbeatMillis, now }: StreamBounds,
  source: StreamSource,
  params: Readonly<Record<string, string>>,
  lastId: string | undefined,
  closed: () => void,
): ReadableStream<Uint8Array> => {
  const waiting = new Map<string, () => object>()
  let ended = false
  let wake: () => void = () => {}
  const write: EventWriter = {
    later: (name, make) => {
      waiting.set(name, make)
      wake()
    },
    end: () => {
      ended = true
      wake()
    },
  }
  const beat = (): void => write.later('heartbeat', () => ({ now: formatMicros(now()) }))
  // What throws here is answered as any route's fault is, before a byte is sent.
  const close = source.open(params, write, lastId)
  beat()
  const timer = setInterval(beat, heartbeatMillis)
  let isOver = false
  const finish = (): void => {
    if (isOver) return
    isOver = true
    clearInterval(timer)
    close()
    closed()
  }
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        while (waiting.size === 0 && !ended) {
          await new Promise<void>((resolve) => {
            wake = resolve
          })
        }
        const lines = Array.from(waiting, ([name, make]) => `event: ${name}\ndata: ${JSON.stringify(make())}\n`)
        waiting.clear()
        // With the last event: who was cut off before it is told of all of them again.
        const id = source.position === undefined ? '' : `id: ${source.position()}\n`
        if (lines.length > 0) controller.enqueue(Buffer.from(`${lines.join('\n')}${id}\n`))
        if (!ended) return
        finish()
        controller.close()
      },
      cancel: finish,
    },
    { highWaterMark: 0 },
  )
}
