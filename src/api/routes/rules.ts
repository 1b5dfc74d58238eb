import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { idPath, segment, text } from '../contract/schemas/parameters.ts'
import {
  coverage,
  ruleCheck,
  ruleCheckBody,
  ruleDetail,
  ruleReplay,
  rules,
  savedRules,
  saveRulesBody,
  switchBody,
} from '../contract/schemas/rule.ts'
import type { DetectionServices } from '../detection-services.ts'
import { answerJson } from './define.ts'

/** Rules as they run, those that people write here, and what could fire at all. */
export const ruleRoutes = (api: OpenAPIHono, services: DetectionServices): void => {
  const tag = 'rules'
  const list = { summary: 'Every rule, and how it is doing', tag, query: {}, answer: rules }
  answerJson(api, 'GET /api/v1/rules', list, () => services.rules.list())

  const check = { summary: 'What loading a text would say', tag, query: {}, body: ruleCheckBody, answer: ruleCheck }
  answerJson(api, 'POST /api/v1/rules/check', check, ({ body }) => services.rules.check(body.text, body.name))

  const one = { tag, params: idPath, query: {}, answer: ruleDetail }
  answerJson(api, 'GET /api/v1/rules/{id}', { ...one, summary: 'A rule with its text' }, ({ params }) =>
    services.rules.detail(params.id),
  )
  answerJson(
    api,
    'POST /api/v1/rules/{id}/switch',
    { ...one, summary: 'Switches a rule on or off', body: switchBody },
    ({ params, body }) => services.rules.switch(params.id, body.enabled, body.by),
  )

  const replay = {
    summary: 'Whether a rule fires on its own tests',
    tag,
    params: idPath,
    query: {},
    answer: ruleReplay,
  }
  answerJson(api, 'POST /api/v1/rules/{id}/replay', replay, ({ params }) => services.rules.replay(params.id))

  const named = { tag, params: z.object({ name: segment('name') }) }
  answerJson(
    api,
    'GET /api/v1/saved-rules/{name}',
    { ...named, summary: 'Rules that a person wrote, as they were saved', query: {}, answer: savedRules },
    ({ params }) => services.rules.saved(params.name),
  )
  const saved = { ...named, answer: rules }
  answerJson(
    api,
    'PUT /api/v1/saved-rules/{name}',
    { ...saved, summary: 'Saves rules that a person wrote', query: {}, body: saveRulesBody },
    ({ params, body }) => services.rules.save(params.name, body.text, body.by, body.version),
  )
  answerJson(
    api,
    'DELETE /api/v1/saved-rules/{name}',
    { ...saved, summary: 'Removes rules that a person wrote', query: { by: text.default('') } },
    ({ params, query }) => services.rules.remove(params.name, query.by),
  )

  const covered = { summary: 'Rule by source: fires, could fire, cannot and why', tag, query: {}, answer: coverage }
  answerJson(api, 'GET /api/v1/coverage', covered, () => services.coverage())
}
