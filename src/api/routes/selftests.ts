import type { OpenAPIHono } from '@hono/zod-openapi'
import { idPath } from '../contract/schemas/parameters.ts'
import {
  selftest,
  selftestAlertsBody,
  selftestBody,
  selftestKept,
  selftestResultsBody,
} from '../contract/schemas/selftest.ts'
import type { SelftestServices } from '../detection-services.ts'
import { answerJson } from './define.ts'

/** Self-tests: what is acted out on purpose, and what came of it. */
export const selftestRoutes = (api: OpenAPIHono, services: SelftestServices): void => {
  const tag = 'self-tests'
  const begin = { summary: 'Begins a self-test', tag, query: {}, body: selftestBody, answer: selftest }
  answerJson(api, 'POST /api/v1/selftests', begin, ({ body }) => services.begin(body))

  const one = { tag, params: idPath, query: {}, answer: selftest }
  answerJson(api, 'GET /api/v1/selftests/{id}', { ...one, summary: 'What fired so far' }, ({ params }) =>
    services.status(params.id),
  )
  answerJson(
    api,
    'POST /api/v1/selftests/{id}/alerts',
    { ...one, summary: 'Records samples of what a sensor tells', body: selftestAlertsBody },
    ({ params, body }) => services.hand(params.id, body),
  )
  const results = {
    ...one,
    summary: 'Keeps what it found of each rule',
    body: selftestResultsBody,
    answer: selftestKept,
  }
  answerJson(api, 'POST /api/v1/selftests/{id}/results', results, ({ params, body }) =>
    services.keep(params.id, body.results),
  )
  answerJson(
    api,
    'POST /api/v1/selftests/{id}/end',
    { ...one, summary: 'Ends a self-test, and closes the cases that are its alone' },
    ({ params }) => services.end(params.id),
  )
}
