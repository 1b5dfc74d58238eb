/** Schemas of what a request says in its URL. They read texts: what they give is ready to be used. */
import { z } from '@hono/zod-openapi'
import { type Micros, parseMicros } from '../../../model/time.ts'

/** A moment as RFC 3339, read into microseconds. */
export const momentParameter = z
  .string()
  .transform((text, context): Micros => {
    const micros = parseMicros(text)
    if (micros !== undefined) return micros
    context.addIssue('is not a moment; write it as RFC 3339, for example 2026-01-02T03:04:05Z')
    return z.NEVER
  })
  .openapi({ type: 'string', format: 'date-time', example: '2026-01-02T03:04:05Z' })

/** A whole number from 1 to `max`. */
export const numberParameter = (max: number, fallback: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `is not a whole number from 1 to ${max}`)
    .transform(Number)
    .refine((number) => number >= 1 && number <= max, `is not a whole number from 1 to ${max}`)
    .default(fallback)
    .openapi({ type: 'integer', minimum: 1, maximum: max, default: fallback })

const shortText = z.string().max(1024)

export const range = { from: momentParameter.optional(), to: momentParameter.optional() }
export const events = { q: z.string().max(8192).default(''), ...range }
export const page = { limit: numberParameter(1000, 100), cursor: shortText.optional() }
export const at = { at: momentParameter.optional() }
export const text = shortText
/** `-` is how a URL writes an empty text: the core group, no namespace. */
export const emptyableText = shortText.transform((text) => (text === '-' ? '' : text)).openapi({ type: 'string' })

/** A path parameter. */
export const segment = (name: string) => shortText.openapi({ param: { name, in: 'path', required: true } })

export const objectPath = z.object({
  group: segment('group'),
  kind: segment('kind'),
  namespace: segment('namespace'),
  name: segment('name'),
})
export const idPath = z.object({ id: segment('id') })
