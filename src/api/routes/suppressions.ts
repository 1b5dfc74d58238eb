import type { OpenAPIHono } from '@hono/zod-openapi'
import { idPath, text } from '../contract/schemas/parameters.ts'
import { suppressionBody, suppressions } from '../contract/schemas/suppression.ts'
import type { SuppressionServices } from '../detection-services.ts'
import { answerJson } from './define.ts'

/** Exceptions, with how each is doing. */
export const suppressionRoutes = (api: OpenAPIHono, services: SuppressionServices): void => {
  const common = { tag: 'suppressions', answer: suppressions }
  const list = { ...common, summary: 'Every suppression, and how it is doing', query: {} }
  answerJson(api, 'GET /api/v1/suppressions', list, () => services.list())

  const save = { ...common, summary: 'Saves a suppression that was back-tested', query: {}, body: suppressionBody }
  answerJson(api, 'POST /api/v1/suppressions', save, ({ body }) => services.save(body))

  const remove = {
    ...common,
    summary: 'Removes a suppression that was made here',
    params: idPath,
    query: { by: text.default('') },
  }
  answerJson(api, 'DELETE /api/v1/suppressions/{id}', remove, ({ params, query }) =>
    services.remove(params.id, query.by),
  )
}
