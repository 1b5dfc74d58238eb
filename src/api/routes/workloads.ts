import type { OpenAPIHono } from '@hono/zod-openapi'
import { compareSeverity, severities, type WorkloadRef } from '../../model/finding.ts'
import type { SeverityCounts } from '../../model/posture.ts'
import { statePage as statePageSchema } from '../contract/schemas/answers.ts'
import { at, objectPath, page, text } from '../contract/schemas/parameters.ts'
import {
  finding,
  level,
  namespacePosture,
  severity,
  workloadPosture,
  workloadRow,
} from '../contract/schemas/posture.ts'
import { notFound } from '../errors.ts'
import type { Services } from '../services.ts'
import { answerJson } from './define.ts'
import { viewAt } from './filter.ts'
import { objectNamed } from './object-path.ts'
import { orderKey, statePage } from './state-page.ts'

/** What the checks say: by namespace, by workload, and finding by finding. */
export const workloadRoutes = (api: OpenAPIHono, services: Services): void => {
  const namespaces = {
    summary: 'Namespaces: the Pod Security level each enforces, and the one it could',
    tag: 'posture',
    query: { ...at, ...page },
    answer: statePageSchema('NamespacePage', namespacePosture),
  }
  answerJson(api, 'GET /api/v1/namespaces', namespaces, async ({ query }) => {
    const view = await viewAt(services, query.at)
    return statePage(view.at, view.namespaces(), ({ name }) => name, query)
  })

  const list = {
    summary: 'Workloads with the level each satisfies',
    tag: 'posture',
    query: {
      ...at,
      namespace: text.optional(),
      kind: text.optional(),
      level: level.optional(),
      severity: severity.optional(),
      name: text.optional(),
      ...page,
    },
    answer: statePageSchema('WorkloadPage', workloadRow),
  }
  answerJson(api, 'GET /api/v1/workloads', list, async ({ query }) => {
    const view = await viewAt(services, query.at)
    const wanted = (name: string | undefined) => name?.toLowerCase()
    const name = wanted(query.name)
    const rows = view
      .workloads()
      .filter(
        (row) =>
          (query.namespace === undefined || row.workload.namespace === query.namespace) &&
          (query.kind === undefined || row.workload.kind === query.kind) &&
          (query.level === undefined || row.level === query.level) &&
          (query.severity === undefined || hasAtLeast(row.findings, query.severity)) &&
          (name === undefined || row.workload.name.toLowerCase().includes(name)),
      )
    return statePage(view.at, rows, ({ workload }) => workloadKey(workload), query)
  })

  const one = {
    summary: 'A workload: what keeps it from the next level, and the patch that mends it',
    tag: 'posture',
    params: objectPath,
    query: at,
    answer: workloadPosture,
  }
  answerJson(api, 'GET /api/v1/workloads/{group}/{kind}/{namespace}/{name}', one, async ({ params, query }) => {
    const ref = objectNamed(params)
    const found = (await viewAt(services, query.at)).workload(ref)
    if (!found) throw notFound(`there is no workload ${ref.kind} ${ref.namespace}/${ref.name} at that moment`)
    return found
  })

  const findings = {
    summary: 'Findings',
    tag: 'posture',
    query: { ...at, namespace: text.optional(), check: text.optional(), severity: severity.optional(), ...page },
    answer: statePageSchema('FindingPage', finding),
  }
  answerJson(api, 'GET /api/v1/findings', findings, async ({ query }) => {
    const view = await viewAt(services, query.at)
    const rows = view
      .findings()
      .filter(
        (row) =>
          (query.namespace === undefined || row.object.namespace === query.namespace) &&
          (query.check === undefined || row.check === query.check) &&
          (query.severity === undefined || compareSeverity(row.severity, query.severity) >= 0),
      )
    return statePage(view.at, rows, ({ object, id }) => orderKey(workloadKey(object), id), query)
  })
}

const hasAtLeast = (counts: SeverityCounts, mildest: (typeof severities)[number]): boolean =>
  severities.some((severity) => compareSeverity(severity, mildest) >= 0 && counts[severity] > 0)

/** By namespace, then name: how a person looks for one. */
const workloadKey = ({ namespace, name, kind, group }: WorkloadRef): string => orderKey(namespace, name, kind, group)
