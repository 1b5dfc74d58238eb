import type { OpenAPIHono } from '@hono/zod-openapi'
import { BulwarkError } from '../../model/error.ts'
import { formatMicros } from '../../model/time.ts'
import type { RecordWindow } from '../contract/answers.ts'
import { status } from '../contract/schemas/answers.ts'
import type { Services } from '../services.ts'
import { answerJson } from './define.ts'
import { within } from './within.ts'

/** What Bulwark is and how it is: asked every few seconds, so that it never waits long for the store. */
export const statusRoutes = (api: OpenAPIHono, services: Services): void => {
  const route = { summary: 'What is watched, and how Bulwark is', tag: 'status', query: {}, answer: status } as const
  answerJson(api, 'GET /api/v1/status', route, async () => {
    const { about, now, record, sources } = services
    const [view, window] = await Promise.all([services.clusterAt(undefined), recordWindow(services)])
    const statuses = sources.statuses()
    return {
      version: about.version,
      mode: about.recording ? 'recording' : 'live',
      cluster: about.cluster,
      recording: about.recording,
      now: formatMicros(now()),
      startedAt: formatMicros(about.startedAt),
      record: window,
      store: record.health(),
      counts: view.counts(),
      sources: {
        total: statuses.length,
        // A replay that came to its end has told all it had.
        working: statuses.filter(({ state }) => state === 'connected' || state === 'ended').length,
      },
    }
  })
}

const recordWindow = async ({ record }: Services): Promise<RecordWindow | undefined> => {
  if (record.health().state !== 'ready') return undefined
  try {
    return await within(1000, record.recordWindow())
  } catch (error) {
    // The status names the store's state itself; it is most wanted when the store is not well.
    if (error instanceof BulwarkError) return undefined
    throw error
  }
}
