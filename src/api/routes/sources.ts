import type { OpenAPIHono } from '@hono/zod-openapi'
import type { GapRow } from '../../model/answer.ts'
import { BulwarkError } from '../../model/error.ts'
import { formatMicros } from '../../model/time.ts'
import type { SourceRow } from '../contract/answers.ts'
import { sources, sourceTest } from '../contract/schemas/answers.ts'
import { idPath } from '../contract/schemas/parameters.ts'
import { notFound } from '../errors.ts'
import type { Services } from '../services.ts'
import { answerJson } from './define.ts'
import { optional } from './filter.ts'
import { within } from './within.ts'

const day = 86_400e6

/** What Bulwark listens to, how it goes, and how to connect more. */
export const sourceRoutes = (api: OpenAPIHono, services: Services): void => {
  const list = { summary: 'Every source, and how to connect each type', tag: 'sources', query: {}, answer: sources }
  answerJson(api, 'GET /api/v1/sources', list, async () => ({
    items: await sourceRows(services),
    setups: services.sources.setups(),
  }))

  const test = { summary: 'Tests a source', tag: 'sources', params: idPath, query: {}, answer: sourceTest }
  answerJson(api, 'POST /api/v1/sources/{id}/test', test, async ({ params }) => {
    const found = await services.sources.test(params.id)
    if (!found) throw notFound(`there is no source "${params.id}"`, 'GET /api/v1/sources lists them')
    return found
  })
}

/** The sources, each with its last gap of a day; without the gaps while the store is not quick to tell them. */
export const sourceRows = async (services: Services): Promise<readonly SourceRow[]> => {
  const lastGaps = await gapsBySource(services)
  return services.sources.statuses().map((status) => ({
    ...status,
    since: formatMicros(status.since),
    lastRecordAt: optional(status.lastRecordAt, formatMicros),
    lastGap: lastGaps.get(status.id),
  }))
}

const gapsBySource = async ({ record, now }: Services): Promise<ReadonlyMap<string, GapRow>> => {
  const last = new Map<string, GapRow>()
  try {
    for (const gap of await within(1000, record.gapsIn(now() - day, now() + 1, 1000))) {
      const known = last.get(gap.source)
      if (!known || gap.to > known.to) last.set(gap.source, gap)
    }
  } catch (error) {
    // `gapsTotal` of each source comes from the source itself and is there without the store.
    if (!(error instanceof BulwarkError)) throw error
  }
  return last
}
