import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { outputs, outputTest } from '../contract/schemas/output.ts'
import { idPath } from '../contract/schemas/parameters.ts'
import type { OutputServices } from '../detection-services.ts'
import { answerJson } from './define.ts'

/** Where cases are sent, and trying it. */
export const outputRoutes = (api: OpenAPIHono, services: OutputServices): void => {
  const list = { summary: 'Every output, and how it is doing', tag: 'outputs', query: {}, answer: outputs }
  answerJson(api, 'GET /api/v1/outputs', list, () => services.list())

  const test = {
    summary: 'Sends a sample, or only shows it',
    tag: 'outputs',
    params: idPath,
    query: { dryRun: z.enum(['true', 'false']).default('false') },
    answer: outputTest,
  }
  answerJson(api, 'POST /api/v1/outputs/{id}/test', test, ({ params, query }) =>
    services.test(params.id, query.dryRun === 'true'),
  )
}
