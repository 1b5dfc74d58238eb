import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { EventFilter, EventRow } from '../../model/answer.ts'
import { events, numberParameter } from '../contract/schemas/parameters.ts'
import type { RecordQueries, Services } from '../services.ts'
import { csvHeader, csvLine } from './csv.ts'
import { faults, methodAndPath } from './define.ts'
import { fileContent, fileFormat, fileHeaders } from './export-file.ts'
import { eventFilter } from './filter.ts'

const maxRows = 100_000
const rowsAtOnce = 1000

interface Format {
  readonly head: string
  readonly line: (row: EventRow) => string
}

const formats: Readonly<Record<'csv' | 'jsonl', Format>> = {
  csv: { head: csvHeader, line: csvLine },
  jsonl: { head: '', line: (row) => `${JSON.stringify(row)}\n` },
}

/** Records as a file, newest first. */
export const eventExportRoute = (api: OpenAPIHono, { record, now }: Services): void => {
  const definition = createRoute({
    ...methodAndPath('GET /api/v1/events/export'),
    summary: 'Records as a file',
    tags: ['events'],
    request: {
      query: z.strictObject({
        ...events,
        format: fileFormat,
        limit: numberParameter(maxRows, maxRows),
      }),
    },
    responses: {
      200: {
        description: 'The file. `Bulwark-Total` says how many records match: more than the limit were cut off.',
        headers: z.object({ 'Bulwark-Total': z.string() }),
        content: fileContent,
      },
      ...faults,
    },
  })
  api.openapi(definition, async (context) => {
    const query = context.req.valid('query')
    // A fixed end, so that what comes in meanwhile does not shift the pages.
    const filter = eventFilter({ ...query, to: query.to ?? now() })
    const format = formats[query.format]
    const { total } = await record.histogram(filter, { buckets: 1, split: 'kind' })
    return context.body(lines(record, filter, format, query.limit), 200, {
      ...fileHeaders('events', query.format, now()),
      'bulwark-total': String(total),
    })
  })
}

/** One page of the record for each read, so that a slow client holds no more than that. A fault on the way cuts the
 *  transfer off, which a client sees, rather than ending it like a whole file. */
const lines = (
  record: RecordQueries,
  filter: EventFilter,
  format: Format,
  limit: number,
): ReadableStream<Uint8Array> => {
  let left = limit
  let cursor: string | undefined
  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        if (format.head !== '') controller.enqueue(Buffer.from(format.head))
      },
      pull: async (controller) => {
        const page = await record.searchEvents(filter, { limit: Math.min(left, rowsAtOnce), cursor })
        if (page.items.length > 0) controller.enqueue(Buffer.from(page.items.map(format.line).join('')))
        left -= page.items.length
        cursor = page.nextCursor
        if (cursor === undefined || left <= 0) controller.close()
      },
    },
    { highWaterMark: 1 },
  )
}
