import type { OpenAPIHono } from '@hono/zod-openapi'
import { methodAndPath } from './routes/define.ts'

/** `GET /api/v1/openapi.json`: the description of all routes that were registered before it, made once. */
export const openApiRoute = (app: OpenAPIHono, version: string): void => {
  app.openAPIRegistry.registerComponent('securitySchemes', 'token', { type: 'http', scheme: 'bearer' })
  const document = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Bulwark',
      version,
      description:
        'The record of a Kubernetes cluster, its state now and at any moment before, and what the checks say of it. ' +
        'Times are RFC 3339 in UTC. In paths, `-` stands for the empty text: the core group, no namespace.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }],
  })
  const text = JSON.stringify(document)
  app.get(methodAndPath('GET /api/v1/openapi.json').path, (context) =>
    context.body(text, 200, { 'content-type': 'application/json' }),
  )
}
