import type { OpenAPIHono } from '@hono/zod-openapi'
import type { ObjectVersionRow } from '../../model/answer.ts'
import { BulwarkError } from '../../model/error.ts'
import { formatMicros, type Micros } from '../../model/time.ts'
import { overview } from '../contract/schemas/answers.ts'
import { at } from '../contract/schemas/parameters.ts'
import type { Services } from '../services.ts'
import { answerJson } from './define.ts'
import { viewAt } from './filter.ts'
import { sourceRows } from './sources.ts'
import { compareTexts } from './state-page.ts'
import { within } from './within.ts'

const maxNamespaces = 1000
const day = 86_400e6

/** The page Now: what the state says at once, and what the record adds if it is quick. */
export const overviewRoutes = (api: OpenAPIHono, services: Services): void => {
  const route = { summary: 'The cluster at a glance', tag: 'posture', query: at, answer: overview }
  answerJson(api, 'GET /api/v1/overview', route, async ({ query }) => {
    const [view, sources, recent] = await Promise.all([
      viewAt(services, query.at),
      sourceRows(services),
      recentChanges(services, query.at ?? services.now()),
    ])
    const namespaces = [...view.namespaces()].sort((a, b) => compareTexts(a.name, b.name))
    return {
      at: formatMicros(view.at),
      counts: view.counts(),
      namespaces: namespaces.slice(0, maxNamespaces),
      moreNamespaces: namespaces.length > maxNamespaces,
      sources,
      ...recent,
    }
  })
}

/**
 * False for what machines write all the time, and beside which nothing else would be seen among the newest changes:
 * renewals of leases, and reports of status.
 */
const isMeant = ({ ref, change, madeBy }: ObjectVersionRow): boolean =>
  change !== 'modified' || (ref.kind !== 'Lease' && madeBy?.subresource !== 'status')

/** How many of the newest changes are looked at, and how many of them are told. */
const lookedAt = 400
const shown = 20

const recentChanges = async (
  { record }: Services,
  to: Micros,
): Promise<{ readonly changes: readonly ObjectVersionRow[]; readonly changesMissing: string }> => {
  try {
    const page = await within(1500, record.changesIn({ from: to - day, to: to + 1 }, { limit: lookedAt }))
    return { changes: page.items.filter(isMeant).slice(0, shown), changesMissing: '' }
  } catch (error) {
    if (error instanceof BulwarkError) return { changes: [], changesMissing: error.message }
    throw error
  }
}
