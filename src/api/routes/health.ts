import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Services } from '../services.ts'

/**
 * For the kubelet and for Prometheus. Ready means that requests are taken: with the store away the live pages work and
 * nothing recorded is lost, so that taking us out of service would only make it worse.
 */
export const healthRoutes = (app: OpenAPIHono, services: Services): void => {
  app.get('/livez', (context) => context.text('ok\n'))
  app.get('/readyz', (context) => {
    const { state } = services.record.health()
    return context.text(`store: ${state}\n`, state === 'closed' ? 503 : 200)
  })
  app.get('/metrics', async (context) => {
    const { contentType, text } = await services.metrics()
    return context.body(text, 200, { 'content-type': contentType })
  })
}
