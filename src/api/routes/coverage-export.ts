import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Micros } from '../../model/time.ts'
import type { CoverageAnswer } from '../contract/detection.ts'
import type { DetectionServices } from '../detection-services.ts'
import { csvRow } from './csv.ts'
import { faults, methodAndPath } from './define.ts'
import { fileContent, fileFormat, fileHeaders } from './export-file.ts'

/** Coverage as a file, a line for each rule. */
export const coverageExportRoute = (
  api: OpenAPIHono,
  services: Pick<DetectionServices, 'coverage'>,
  now: () => Micros,
): void => {
  const definition = createRoute({
    ...methodAndPath('GET /api/v1/coverage/export'),
    summary: 'Coverage as a file',
    tags: ['rules'],
    request: { query: z.strictObject({ format: fileFormat }) },
    responses: {
      200: {
        description: 'The file: a line for each rule, as `GET /api/v1/coverage` tells it.',
        content: fileContent,
      },
      ...faults,
    },
  })
  api.openapi(definition, async (context) => {
    const { format } = context.req.valid('query')
    const answer = await services.coverage()
    return context.body(format === 'csv' ? csvOf(answer) : linesOf(answer), 200, fileHeaders('coverage', format, now()))
  })
}

/** A column for each source, empty where the rule does not look at it; a rule that none tried is told as `never`. */
const csvOf = ({ sources, rows }: CoverageAnswer): string => {
  const head = [
    ...['rule', 'title', 'severity', 'origin', 'techniques'],
    ...sources.map(({ id }) => id),
    ...['why', 'selftest', 'selftestSeconds', 'selftestWhy', 'selftestAct', 'selftestAt', 'selftestBy'],
    'selftestOutdated',
  ]
  const lines = rows.map(({ rule, title, severity, origin, techniques, cells, selftest }) => [
    ...[rule, title, severity, origin, techniques.join(' ')],
    ...sources.map(({ id }) => cells[id]?.kind ?? ''),
    [...new Set(Object.values(cells).flatMap((cell) => ('why' in cell ? [cell.why] : [])))].join('; '),
    selftest?.kind ?? 'never',
    selftest?.kind === 'fired' ? selftest.seconds : '',
    ...[selftest?.why ?? '', selftest?.act ?? '', selftest?.at ?? '', selftest?.by ?? ''],
    selftest === undefined ? '' : String(selftest.isOutdated),
  ])
  return [head, ...lines].map(csvRow).join('')
}

const linesOf = ({ rows }: CoverageAnswer): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('')
