import { OpenAPIHono } from '@hono/zod-openapi'
import { bodyLimit } from 'hono/body-limit'
import { BulwarkError } from '../model/error.ts'
import type { Auth } from './auth/auth.ts'
import { requireOurHost, requireOurOrigin, requireSignIn } from './auth/guard.ts'
import { loginRoutes } from './auth/login.ts'
import type { DetectionServices } from './detection-services.ts'
import { errorAnswerOf } from './errors.ts'
import { openApiRoute } from './openapi.ts'
import { plainStyle } from './plain-page.ts'
import { backtestRoutes } from './routes/backtests.ts'
import { caseRoutes } from './routes/cases.ts'
import { coverageExportRoute } from './routes/coverage-export.ts'
import { eventExportRoute } from './routes/event-export.ts'
import { defaultStreamLimits, eventStreamRoute, type StreamLimits } from './routes/event-stream.ts'
import { eventRoutes } from './routes/events.ts'
import { healthRoutes } from './routes/health.ts'
import { objectRoutes } from './routes/objects.ts'
import { outputRoutes } from './routes/outputs.ts'
import { overviewRoutes } from './routes/overview.ts'
import { ruleRoutes } from './routes/rules.ts'
import { selftestRoutes } from './routes/selftests.ts'
import { sourceRoutes } from './routes/sources.ts'
import { statusRoutes } from './routes/status.ts'
import { suppressionRoutes } from './routes/suppressions.ts'
import { workloadRoutes } from './routes/workloads.ts'
import { securityHeaders } from './security-headers.ts'
import type { Services } from './services.ts'
import { webFiles } from './web-files.ts'

export interface ApiOptions {
  readonly services: Services
  readonly auth: Auth
  /** Folder of the built page. */
  readonly webDir: string
  readonly streamLimits?: StreamLimits
}

/** Everything that Bulwark answers over HTTP: the API, signing in, health, and the page. */
export const createApi = ({ services, auth, webDir, streamLimits = defaultStreamLimits }: ApiOptions): OpenAPIHono => {
  const app = new OpenAPIHono({
    defaultHook: (result) => {
      if (!result.success) throw parameterFault(result.error.issues[0])
    },
  })
  app.use(securityHeaders)
  app.onError((error, context) => {
    const { status, body } = errorAnswerOf(error)
    if (status >= 500 && status !== 503) services.report(error, `${context.req.method} ${context.req.path}`)
    if (status === 503) context.header('retry-after', '2')
    return context.json(body, status)
  })
  app.notFound((context) => {
    const what = `there is nothing at ${context.req.method} ${context.req.path}`
    const mend = 'GET /api/v1/openapi.json describes every route'
    return context.json(errorAnswerOf(new BulwarkError('NOT_FOUND', { what, mend })).body, 404)
  })

  app.use(requireOurHost(auth.settings))
  app.use(requireOurOrigin(auth))
  app.use('/api/*', requireSignIn(auth))
  app.use('/metrics', requireSignIn(auth))

  healthRoutes(app, services)
  plainStyle(app)
  loginRoutes(app, auth)
  statusRoutes(app, services)
  overviewRoutes(app, services)
  sourceRoutes(app, services)
  eventStreamRoute(app, services, streamLimits)
  eventExportRoute(app, services)
  eventRoutes(app, services)
  workloadRoutes(app, services)
  objectRoutes(app, services)
  if (services.detection !== undefined) detectionRoutes(app, services.detection, services, streamLimits)
  openApiRoute(app, services.about.version)
  webFiles(app, webDir)
  return app
}

/** Cases, rules and what goes with them. A body is JSON of a megabyte at most: rules are the longest. */
const detectionRoutes = (
  app: OpenAPIHono,
  detection: DetectionServices,
  { now }: Services,
  limits: StreamLimits,
): void => {
  const bounds = { ...limits, now }
  for (const path of [
    'cases',
    'case-changes',
    'rules',
    'saved-rules',
    'suppressions',
    'backtests',
    'outputs',
    'selftests',
  ])
    app.use(`/api/v1/${path}/*`, bodyLimit({ maxSize: 1_100_000, onError: tooLong }))
  caseRoutes(app, detection.cases, bounds)
  ruleRoutes(app, detection)
  coverageExportRoute(app, detection, now)
  suppressionRoutes(app, detection.suppressions)
  backtestRoutes(app, detection.backtests, bounds)
  outputRoutes(app, detection.outputs)
  selftestRoutes(app, detection.selftests)
}

const tooLong = (): never => {
  throw new BulwarkError('REQUEST_INVALID', {
    what: 'the request is longer than a megabyte',
    mend: 'Send less at once',
  })
}

/** The first thing that a parameter's schema found wrong. */
const parameterFault = (
  issue: { readonly path: readonly PropertyKey[]; readonly message: string } | undefined,
): BulwarkError => {
  const name = String(issue?.path[0] ?? '')
  return new BulwarkError('REQUEST_INVALID', {
    what: `a parameter cannot be used: ${issue?.message ?? 'unknown'}`,
    ...(name === '' ? {} : { where: `parameter "${name}"` }),
    mend: 'GET /api/v1/openapi.json describes every parameter',
  })
}
