import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { histogramSplits, unusualSteps } from '../../model/answer.ts'
import { findField, queryFieldNames } from '../../model/query/index.ts'
import { events, idPath, numberParameter, page, range, text } from '../contract/schemas/parameters.ts'
import {
  eventDetail,
  eventPage,
  facets,
  histogram,
  timeline,
  unusualVolume,
  values,
} from '../contract/schemas/record.ts'
import { invalidParameter, notFound } from '../errors.ts'
import type { Services } from '../services.ts'
import { answerJson } from './define.ts'
import { checkRange, eventFilter } from './filter.ts'

const day = 86_400e6
const maxFields = 12
const defaultFields = 'decision,verb,code,resource,ns,user,kind,source'

/** Records, and what can be counted of them. */
export const eventRoutes = (api: OpenAPIHono, { record, now }: Services): void => {
  // Before `{id}`, which would else take these names for ids.
  const counts = {
    summary: 'Counts over time',
    tag: 'events',
    query: { ...events, buckets: numberParameter(500, 60), split: z.enum(histogramSplits).default('decision') },
    answer: histogram,
  }
  answerJson(api, 'GET /api/v1/events/histogram', counts, ({ query }) =>
    record.histogram(eventFilter(query), { buckets: query.buckets, split: query.split }),
  )

  const frequent = {
    summary: 'The most frequent values of fields',
    tag: 'events',
    query: { ...events, fields: text.default(defaultFields), limit: numberParameter(100, 10) },
    answer: facets,
  }
  answerJson(api, 'GET /api/v1/events/facets', frequent, ({ query }) =>
    record.facets(eventFilter(query), fieldsIn(query.fields), query.limit),
  )

  const unusual = {
    summary: 'What is unusual in how much the values of a field do',
    tag: 'events',
    query: { ...events, field: text.default('user'), step: stepParameter, limit: numberParameter(50, 10) },
    answer: unusualVolume,
  }
  answerJson(api, 'GET /api/v1/events/unusual', unusual, ({ query }) => {
    const filter = eventFilter({ ...query, to: query.to ?? now() })
    const { step: stepSeconds, limit } = query
    return record.unusualVolume(filter, { field: fieldNamed('field', query.field), stepSeconds, limit })
  })

  const completion = {
    summary: 'Values of a field that begin with a text',
    tag: 'events',
    query: { field: text, prefix: text.default(''), limit: numberParameter(100, 20) },
    answer: values,
  }
  answerJson(api, 'GET /api/v1/events/values', completion, async ({ query }) => ({
    items: await record.fieldValues(fieldNamed('field', query.field), query.prefix, query.limit),
  }))

  const search = { summary: 'Search', tag: 'events', query: { ...events, ...page }, answer: eventPage }
  answerJson(api, 'GET /api/v1/events', search, ({ query }) => record.searchEvents(eventFilter(query), query))

  const one = { summary: 'One record, whole', tag: 'events', params: idPath, query: {}, answer: eventDetail }
  answerJson(api, 'GET /api/v1/events/{id}', one, async ({ params }) => {
    const found = await record.eventDetail(params.id)
    if (!found) throw notFound(`no record has the id "${params.id}"`, 'It may be past its retention')
    return found
  })

  const strip = {
    summary: 'Records, refusals, changes and gaps over time',
    tag: 'events',
    query: { ...range, buckets: numberParameter(500, 96) },
    answer: timeline,
  }
  answerJson(api, 'GET /api/v1/timeline', strip, ({ query }) => {
    const to = query.to ?? now()
    const from = query.from ?? to - day
    checkRange(from, to)
    return record.timeline(from, to, query.buckets)
  })
}

const stepParameter = z
  .enum(unusualSteps.map(String), `is not one of ${unusualSteps.join(', ')}`)
  .transform(Number)
  .default(3600)
  .openapi({ type: 'integer', enum: [...unusualSteps], default: 3600 })

const fieldsIn = (list: string): readonly string[] => {
  const names = list.split(',').filter((name) => name !== '')
  if (names.length <= maxFields) return names.map((name) => fieldNamed('fields', name))
  throw invalidParameter('fields', `more than ${maxFields} fields are asked for`, 'Ask for fewer at once')
}

const fieldNamed = (parameter: string, name: string): string => {
  const field = findField(name)
  if (field) return field.field
  throw invalidParameter(parameter, `there is no field "${name}"`, `Fields are ${queryFieldNames.join(', ')}`)
}
