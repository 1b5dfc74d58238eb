import type { OpenAPIHono } from '@hono/zod-openapi'
import { type CaseState, caseStates } from '../../model/case.ts'
import type { CasesChanged } from '../contract/detection.ts'
import { byBody, caseChanged, caseDetail, cases, mergeBody, splitBody, triageBody } from '../contract/schemas/case.ts'
import { emptyableText, idPath, page, text } from '../contract/schemas/parameters.ts'
import { severity } from '../contract/schemas/posture.ts'
import { suppressionSpec } from '../contract/schemas/suppression.ts'
import type { CaseServices } from '../detection-services.ts'
import { invalidParameter } from '../errors.ts'
import { answerJson } from './define.ts'
import { type EventWriter, eventStreamOf, type StreamBounds } from './server-sent.ts'

/** Cases: the inbox, one case with its story, and what a person does to them. */
export const caseRoutes = (api: OpenAPIHono, services: CaseServices, bounds: StreamBounds): void => {
  const tag = 'cases'
  const list = {
    summary: 'Cases, those that need a person first',
    tag,
    query: {
      state: text.optional(),
      severity: severity.optional(),
      namespace: text.optional(),
      rule: text.optional(),
      owner: emptyableText.optional(),
      name: text.optional(),
      ...page,
    },
    answer: cases,
  }
  answerJson(api, 'GET /api/v1/cases', list, ({ query }) =>
    services.list(
      {
        states: query.state === undefined ? undefined : statesOf(query.state),
        atLeast: query.severity,
        namespace: query.namespace,
        rule: query.rule,
        owner: query.owner,
        text: query.name,
      },
      query,
    ),
  )

  // Before the case of an id: `stream` is no id.
  eventStreamOf(
    api,
    'GET /api/v1/cases/stream',
    { summary: 'Cases that change, as they do', tag, events: ['changed', 'reload'] },
    bounds,
    {
      open: (_params, write, lastId) => changesTo(write, services, lastId),
      position: () => services.position(),
    },
  )

  const one = { summary: 'A case with its story', tag, params: idPath, query: {}, answer: caseDetail }
  answerJson(api, 'GET /api/v1/cases/{id}', one, ({ params }) => services.detail(params.id))

  const change = { tag, params: idPath, query: {}, answer: caseChanged }
  answerJson(
    api,
    'POST /api/v1/cases/{id}/triage',
    { ...change, summary: 'Changes state, owner, note', body: triageBody },
    ({ params, body }) => services.triage(params.id, body),
  )
  answerJson(
    api,
    'POST /api/v1/cases/{id}/merge',
    { ...change, summary: 'Takes other cases into this one', body: mergeBody },
    ({ params, body }) => services.merge(params.id, body.others, body.by),
  )
  answerJson(
    api,
    'POST /api/v1/cases/{id}/split',
    { ...change, summary: 'Takes steps out into a case of their own', body: splitBody },
    ({ params, body }) => services.split(params.id, body.steps, body.by),
  )
  answerJson(
    api,
    'POST /api/v1/case-changes/{id}/undo',
    { ...change, summary: 'Takes a change back', body: byBody },
    ({ params, body }) => services.undo(params.id, body.by),
  )

  const filled = {
    summary: 'A suppression filled in from the case',
    tag,
    params: idPath,
    query: {},
    answer: suppressionSpec,
  }
  answerJson(api, 'GET /api/v1/cases/{id}/suppression', filled, ({ params }) => services.suppressionFor(params.id))
}

const statesOf = (names: string): readonly CaseState[] =>
  names.split(',').map((name) => {
    const state = caseStates.find((one) => one === name)
    if (state === undefined) throw invalidParameter('state', `"${name}" is no state`, `Use ${caseStates.join(', ')}`)
    return state
  })

/** What changed is told together, once for each reading of a client. */
const changesTo = (
  write: EventWriter,
  { subscribe, since }: CaseServices,
  lastId: string | undefined,
): (() => void) => {
  const ids = new Set<string>()
  const news = new Map<string, CasesChanged['news'][number]>()
  const tell = (changed: CasesChanged): void => {
    for (const id of changed.ids) ids.add(id)
    for (const one of changed.news) news.set(`${one.kind} ${one.id}`, one)
    write.later('changed', () => {
      const told = { ids: [...ids], news: [...news.values()] }
      ids.clear()
      news.clear()
      return told
    })
  }
  const missed = lastId === undefined ? undefined : since(lastId)
  if (missed === undefined) write.later('reload', () => ({}))
  else if (missed.ids.length > 0) tell(missed)
  return subscribe(tell)
}
