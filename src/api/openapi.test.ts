import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from '@hono/zod-openapi'
import { clusterView } from '../posture/cluster-view.ts'
import { Posture } from '../posture/posture.ts'
import { ClusterState } from '../state/cluster-state.ts'
import { createApi } from './api.ts'
import { createAuth } from './auth/auth.ts'
import { routeIds } from './contract/routes.ts'
import { fixtureDetection } from './detection-fixture.ts'
import { fixtureNow, fixtureServices } from './fixture.ts'

const schema = z.record(z.string(), z.unknown())
const operation = z.object({
  summary: z.string().min(1),
  tags: z.array(z.string()).min(1),
  parameters: z
    .array(
      z.strictObject({
        name: z.string(),
        in: z.enum(['path', 'query', 'header']),
        required: z.boolean().optional(),
        schema,
      }),
    )
    .optional(),
  responses: z.record(
    z.string().regex(/^\d{3}$/),
    z.object({ description: z.string(), content: z.record(z.string(), z.object({ schema })).optional() }),
  ),
})
const document = z.object({
  openapi: z.literal('3.1.0'),
  info: z.object({ title: z.literal('Bulwark'), version: z.literal('0.1.0') }),
  paths: z.record(z.string().startsWith('/'), z.partialRecord(z.enum(['get', 'post', 'put', 'delete']), operation)),
  components: z.object({ schemas: z.record(z.string(), schema) }),
})

const read = async () => {
  const settings = {
    token: 'the-token-of-this-test',
    loopback: true,
    https: false,
    hosts: [],
    linkCommand: '',
    now: () => 0,
  }
  const view = clusterView(new Posture(new ClusterState()), fixtureNow, [])
  const services = { ...fixtureServices({ clusterAt: async () => view }), detection: fixtureDetection().services }
  const api = createApi({ services, auth: createAuth(settings), webDir: '/nowhere' })
  const headers = { authorization: 'Bearer the-token-of-this-test' }
  const response = await api.request('http://localhost/api/v1/openapi.json', { headers })
  const json: unknown = await response.json()
  return { json, parsed: document.parse(json) }
}

test('describes every route of the contract, and no other', async () => {
  const { parsed } = await read()
  const described = Object.entries(parsed.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  )
  const itself = 'GET /api/v1/openapi.json'
  assert.deepEqual(described.sort(), routeIds.filter((id) => id !== itself).toSorted())
})

test('names every path parameter, and every schema that it points at is there', async () => {
  const { json, parsed } = await read()
  for (const [path, operations] of Object.entries(parsed.paths)) {
    const inPath = Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => name)
    for (const { parameters = [] } of Object.values(operations)) {
      const named = parameters.filter((one) => one.in === 'path')
      assert.deepEqual(named.map(({ name }) => name).sort(), inPath.sort(), path)
      assert.ok(
        named.every(({ required }) => required),
        path,
      )
    }
  }
  const pointed = Array.from(JSON.stringify(json).matchAll(/"#\/components\/schemas\/(\w+)"/g), ([, name]) => name)
  assert.ok(pointed.length > 50)
  assert.deepEqual(
    [...new Set(pointed)].filter((name) => name === undefined || !(name in parsed.components.schemas)),
    [],
  )
})

test('speaks JSON Schema 2020-12, as OpenAPI 3.1 does: no nullable, no boolean exclusiveMinimum', async () => {
  const text = JSON.stringify((await read()).json)
  assert.doesNotMatch(text, /"nullable"|"exclusiveM(in|ax)imum":(true|false)/)
})

test('describes parameters as they are written in a URL', async () => {
  const { parsed } = await read()
  const parameters = parsed.paths['/api/v1/events']?.get?.parameters ?? []
  assert.deepEqual(
    parameters.map(({ name, schema }) => [name, schema]),
    [
      ['q', { type: 'string', maxLength: 8192, default: '' }],
      ['from', { type: 'string', format: 'date-time', example: '2026-01-02T03:04:05Z' }],
      ['to', { type: 'string', format: 'date-time', example: '2026-01-02T03:04:05Z' }],
      ['limit', { type: 'integer', minimum: 1, maximum: 1000, default: 100 }],
      ['cursor', { type: 'string', maxLength: 1024 }],
    ],
  )
})
