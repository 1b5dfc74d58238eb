import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { BulwarkError } from '../../model/error.ts'
import { matches, type Query } from '../../model/query/index.ts'
import { formatMicros } from '../../model/time.ts'
import type { StreamEvents } from '../contract/answers.ts'
import { events } from '../contract/schemas/parameters.ts'
import type { Services, TailRow } from '../services.ts'
import { faults, methodAndPath } from './define.ts'
import { readQuery } from './filter.ts'

export interface StreamLimits {
  /** Rows held for a client that reads slowly; beyond, the oldest are dropped, counted and told. */
  readonly maxHeld: number
  readonly maxClients: number
  readonly heartbeatMillis: number
}

export const defaultStreamLimits: StreamLimits = { maxHeld: 5000, maxClients: 64, heartbeatMillis: 10_000 }

const maxRowsAtOnce = 500

/** The live tail, as server-sent events: see `StreamEvents` of the contract. */
export const eventStreamRoute = (api: OpenAPIHono, services: Services, limits: StreamLimits): void => {
  const definition = createRoute({
    ...methodAndPath('GET /api/v1/events/stream'),
    summary: 'New records as they come (server-sent events)',
    tags: ['events'],
    request: {
      query: z.strictObject({ q: events.q }),
      headers: z.object({ 'last-event-id': z.string().max(256).optional() }),
    },
    responses: {
      200: {
        description: 'Events `row`, `dropped`, `heartbeat`.',
        content: { 'text/event-stream': { schema: z.string() } },
      },
      ...faults,
    },
  })
  let clients = 0
  api.openapi(definition, (context) => {
    const query = readQuery(context.req.valid('query').q)
    if (clients >= limits.maxClients) {
      const what = `${limits.maxClients} live views are open already`
      throw new BulwarkError('OVERLOADED', { what, mend: 'Close one of them' })
    }
    clients += 1
    const lastId = context.req.valid('header')['last-event-id']
    const body = tailStream(services, limits, query, lastId, () => {
      clients -= 1
    })
    return context.body(body, 200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      // nginx and others hold streams back unless told.
      'x-accel-buffering': 'no',
    })
  })
}

/** The rows of the tail that match, held back for a reader no further than the limit. `closed` is called once. */
export const tailStream = (
  services: Services,
  { maxHeld, heartbeatMillis }: StreamLimits,
  query: Query,
  lastId: string | undefined,
  closed: () => void,
): ReadableStream<Uint8Array> => {
  const held: TailRow[] = []
  let dropped: StreamEvents['dropped'] | undefined
  let wake: () => void = () => {}
  let heartbeatDue = true
  let finish: () => void = () => {}

  const hold = (rows: readonly TailRow[]): void => {
    for (const row of rows) if (matches(query, row.row)) held.push(row)
    const excess = held.length - maxHeld
    if (excess > 0) {
      held.splice(0, excess)
      // An unknown number stays unknown.
      if (dropped === undefined || dropped.rows !== undefined) dropped = { rows: (dropped?.rows ?? 0) + excess }
    }
    wake()
  }

  return new ReadableStream<Uint8Array>(
    {
      start: () => {
        const unsubscribe = services.tail.subscribe(hold)
        const timer = setInterval(() => {
          heartbeatDue = true
          wake()
        }, heartbeatMillis)
        finish = () => {
          finish = () => {}
          clearInterval(timer)
          unsubscribe()
          closed()
        }
        if (lastId !== undefined) {
          const missed = services.tail.since(lastId)
          if (missed) hold(missed)
          else dropped = { rows: undefined }
        }
      },
      pull: async (controller) => {
        while (held.length === 0 && dropped === undefined && !heartbeatDue) {
          await new Promise<void>((resolve) => {
            wake = resolve
          })
        }
        const lines: string[] = []
        if (dropped) lines.push(eventText('dropped', dropped))
        dropped = undefined
        for (const { position, row } of held.splice(0, maxRowsAtOnce)) lines.push(eventText('row', row, position))
        if (heartbeatDue) lines.push(eventText('heartbeat', await heartbeat(services)))
        heartbeatDue = false
        controller.enqueue(Buffer.from(lines.join('')))
      },
      cancel: () => finish(),
    },
    { highWaterMark: 0 },
  )
}

const heartbeat = async ({ clusterAt, now }: Services): Promise<StreamEvents['heartbeat']> => ({
  now: formatMicros(now()),
  stateVersion: (await clusterAt(undefined)).version,
})

/** JSON has no line ends of its own, so that `data` is always one line. */
const eventText = <Name extends keyof StreamEvents>(name: Name, data: StreamEvents[Name], id?: string): string =>
  `event: ${name}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`
