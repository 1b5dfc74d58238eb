/** What all exports share: the formats, and how the file is called. */
import { z } from '@hono/zod-openapi'
import { formatMicros, type Micros } from '../../model/time.ts'

const contentTypes = { csv: 'text/csv; charset=utf-8', jsonl: 'application/jsonl' } as const

/** The query parameter that chooses the format. */
export const fileFormat = z.enum(['csv', 'jsonl']).default('csv')

/** Of the response, for the description of the API. */
export const fileContent = { 'text/csv': { schema: z.string() }, 'application/jsonl': { schema: z.string() } } as const

/** Headers of a file that is saved under a name: what is in it, and when it was made. */
export const fileHeaders = (what: string, format: z.infer<typeof fileFormat>, now: Micros) => {
  const name = `bulwark-${what}-${formatMicros(now).replaceAll(':', '').slice(0, 17)}.${format}`
  return { 'content-type': contentTypes[format], 'content-disposition': `attachment; filename="${name}"` }
}
