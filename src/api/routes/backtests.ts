import type { OpenAPIHono } from '@hono/zod-openapi'
import type { BacktestStatus } from '../contract/detection.ts'
import { backtest, backtestBody } from '../contract/schemas/backtest.ts'
import { idPath } from '../contract/schemas/parameters.ts'
import type { BacktestServices } from '../detection-services.ts'
import { answerJson } from './define.ts'
import { eventStreamOf, type StreamBounds } from './server-sent.ts'

/** Back-tests: a rule or a suppression over the record, old against new. */
export const backtestRoutes = (api: OpenAPIHono, services: BacktestServices, bounds: StreamBounds): void => {
  const tag = 'back-tests'
  const start = { summary: 'Begins a back-test', tag, query: {}, body: backtestBody, answer: backtest }
  answerJson(api, 'POST /api/v1/backtests', start, ({ body }) => services.start(body))

  const one = { tag, params: idPath, query: {}, answer: backtest }
  answerJson(api, 'GET /api/v1/backtests/{id}', { ...one, summary: 'How a back-test stands' }, ({ params }) =>
    services.status(params.id),
  )
  answerJson(api, 'POST /api/v1/backtests/{id}/cancel', { ...one, summary: 'Ends a back-test' }, ({ params }) =>
    services.cancel(params.id),
  )

  const stream = { summary: 'A back-test as it goes on', tag, params: idPath, events: ['status'] }
  eventStreamOf(api, 'GET /api/v1/backtests/{id}/stream', stream, bounds, {
    open: ({ id = '' }, write) =>
      services.subscribe(id, (status: BacktestStatus) => {
        write.later('status', () => status)
        if (status.state !== 'running') write.end()
      }),
  })
}
