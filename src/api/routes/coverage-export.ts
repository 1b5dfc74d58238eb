import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { formatMicros, type Micros } from '../../model/time.ts'
import type { CoverageAnswer } from '../contract/detection.ts'
import type { DetectionServices } from '../detection-services.ts'
import { csvRow } from './csv.ts'
import { faults, methodAndPath } from './define.ts'

const formats = {
  csv: { contentType: 'text/csv; charset=utf-8', write: (answer: CoverageAnswer) => csvOf(answer) },
  jsonl: {
    contentType: 'application/jsonl',
    write: ({ rows }: CoverageAnswer) => rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
  },
} as const

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
    request: { query: z.strictObject({ format: z.enum(['csv', 'jsonl']).default('csv') }) },
    responses: {
      200: {
        description: 'The file: a line for each rule, as `GET /api/v1/coverage` tells it.',
        content: { 'text/csv': { schema: z.string() }, 'application/jsonl': { schema: z.string() } },
      },
      ...faults,
    },
  })
  api.openapi(definition, async (context) => {
    const { format } = context.req.valid('query')
    const { contentType, write } = formats[format]
    const name = `bulwark-coverage-${formatMicros(now()).replaceAll(':', '').slice(0, 17)}.${format}`
    return context.body(write(await services.coverage()), 200, {
      'content-type': contentType,
      'content-disposition': `attachment; filename="${name}"`,
    })
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
