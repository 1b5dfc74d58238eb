/**
 * A small HTTP server that answers the routes of the API with generated data and serves the built page with the headers
 * of the real one. Runs alone too: `node test/browser/fixture-server.ts [--port N] [--events N] [--kind shop|empty|silent]
 * [--recording] [--hostile] [--times N]`.
 */
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { EventRow } from '../../src/model/answer.ts'
import { findField, matches, parseQuery } from '../../src/model/query/index.ts'
import { formatMicros, microsFromMillis } from '../../src/model/time.ts'
import { type FixtureCases, fixtureCases } from './fixture-cases.ts'
import { countsOf, type FixtureData, fixtureData, type Scenario } from './fixture-data.ts'
import { type FixtureDetection, fixtureDetection } from './fixture-detection.ts'

export interface Fixture {
  readonly url: string
  /** Sends a row to everyone who tails by then. */
  readonly send: (row: EventRow) => void
  /** Whether somebody tails. */
  readonly isTailed: () => boolean
  readonly data: FixtureData
  readonly cases: FixtureCases
  readonly detection: FixtureDetection
  [Symbol.asyncDispose](): Promise<void>
}

const builtPage = fileURLToPath(new URL('../../dist/web', import.meta.url))

/** The headers that the real server sends; the page must work under them. */
export const pageHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; require-trusted-types-for 'script'; trusted-types 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
} as const

/** Starts on a free loopback port. `signedIn: false` answers every question with 401. */
export const startFixture = async (
  options: Partial<Scenario> & { readonly port?: number; readonly signedIn?: boolean; readonly dist?: string } = {},
): Promise<Fixture> => {
  const scenario: Scenario = {
    events: 3000,
    kind: 'shop',
    mode: 'live',
    hostile: false,
    nowMillis: Date.now(),
    times: 1,
    ...options,
  }
  const data = fixtureData(scenario)
  const detection = fixtureDetection(scenario)
  const tails = new Set<ServerResponse>()
  const caseStreams = new Set<ServerResponse>()
  const cases = fixtureCases(
    scenario.kind === 'empty' ? 0 : 24 * scenario.times,
    12 * scenario.times,
    scenario.nowMillis,
    scenario.hostile,
  )
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://fixture')
    const answer = url.pathname.startsWith('/api/v1/')
      ? options.signedIn === false
        ? fail(response, 401, 'UNAUTHENTICATED', 'You are not signed in.')
        : /^\/api\/v1\/case/.test(url.pathname) && !url.pathname.endsWith('/suppression')
          ? answerCase(cases, url, request, response, caseStreams)
          : detected(detection, url, request, response).then(
              (isAnswered) => isAnswered || api(data, url, request, response, tails),
            )
      : page(options.dist ?? builtPage, url.pathname, response)
    Promise.resolve(answer).catch((error: unknown) => fail(response, 500, 'STORE_QUERY_FAILED', String(error)))
  })
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    data,
    cases,
    detection,
    send: (row) => {
      for (const tail of tails) tail.write(`event: row\nid: ${row.id}\ndata: ${JSON.stringify(row)}\n\n`)
    },
    isTailed: () => tails.size > 0,
    [Symbol.asyncDispose]: async () => {
      for (const stream of [...tails, ...caseStreams]) stream.end()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Cases: their stream only beats, for the page asks again by itself after what it changed. */
const answerCase = async (
  cases: FixtureCases,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
  streams: Set<ServerResponse>,
): Promise<ServerResponse> => {
  const path = url.pathname.slice('/api/v1/'.length).split('/').map(decodeURIComponent)
  if (path[1] === 'stream') {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('event: heartbeat\ndata: {}\n\n')
    streams.add(response)
    return response.on('close', () => streams.delete(response))
  }
  const answer = cases.answer(path, url.searchParams, await bodyOf(request))
  return answer === undefined ? fail(response, 404, 'NOT_FOUND', 'There is no such case.') : json(response, answer)
}

/** What was sent, as JSON; undefined for nothing. */
const bodyOf = async (request: IncomingMessage): Promise<unknown> => {
  const body = await text(request)
  return body === '' ? undefined : JSON.parse(body)
}

const json = (response: ServerResponse, value: unknown, status = 200): ServerResponse => {
  return response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

const fail = (
  response: ServerResponse,
  status: number,
  code: string,
  what: string,
  position?: unknown,
): ServerResponse => json(response, { error: { code, what, mend: 'This is the fixture.', position } }, status)

/** Answers what is asked about detection; false for all else. */
const detected = async (
  detection: FixtureDetection,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> => {
  const path = url.pathname.slice('/api/v1/'.length).split('/').map(decodeURIComponent)
  const answer = detection.answer(request.method ?? 'GET', path, await bodyOf(request), url.searchParams)
  if (answer === undefined) return false
  if ('follow' in answer) {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    answer.follow((status) => {
      response.write(`event: status\ndata: ${JSON.stringify(status)}\n\n`)
      if (status.state !== 'running') response.end()
    })
  } else json(response, answer.json, answer.status)
  return true
}

const api = (
  data: FixtureData,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
  tails: Set<ServerResponse>,
): ServerResponse => {
  const path = url.pathname.slice('/api/v1/'.length).split('/').map(decodeURIComponent)
  const [resource = '', second = '', ...rest] = path
  const search = url.searchParams
  switch (resource) {
    case 'status':
      return json(response, data.status)
    case 'overview':
      return json(response, data.overview)
    case 'sources':
      if (request.method === 'POST') {
        return json(response, {
          ok: rest[0] === 'test' && second !== 'cluster',
          steps: [
            { what: 'Reach the API server', ok: true, detail: 'answered in 4 ms', mend: '' },
            {
              what: 'May list secrets',
              ok: second !== 'cluster',
              detail: 'refused with 403',
              mend: 'kubectl auth can-i list secrets',
            },
          ],
        })
      }
      return json(response, data.sources)
    case 'timeline':
      return timeline(data, search, response)
    case 'events':
      return events(data, second, search, response, tails)
    case 'kinds':
      return json(response, { at: data.status.now, items: data.kinds })
    case 'namespaces':
      return json(response, page1(data, data.overview.namespaces))
    case 'findings':
      return json(
        response,
        page1(
          data,
          data.workloads.flatMap(({ findings }) => findings),
        ),
      )
    case 'workloads':
      return workloads(data, second, rest, search, response)
    case 'objects':
      return objects(data, second, rest, search, response)
    case 'versions': {
      for (const ref of data.objects) {
        const version = data.versions(ref).find(({ id }) => id === second)
        if (version) return json(response, { version, body: data.bodyOf(ref, Number(second.split('.').at(-1))) })
      }
      return fail(response, 404, 'NOT_FOUND', 'No such version.')
    }
    default:
      return fail(response, 404, 'NOT_FOUND', `No route ${resource}.`)
  }
}

const page1 = <Item>(data: FixtureData, items: readonly Item[]) => ({ at: data.status.now, items, total: items.length })

const timeline = (data: FixtureData, search: URLSearchParams, response: ServerResponse): ServerResponse => {
  const buckets = Number(search.get('buckets') ?? 96)
  const { from, to } = rangeOf(data, search)
  const counted = bucketed(data, from, to, buckets, () => true)
  const forbidden = bucketed(data, from, to, buckets, ({ decision }) => decision === 'forbid')
  return json(response, {
    from: rfc(from),
    to: rfc(to),
    stepSeconds: (to - from) / 1000 / buckets,
    records: counted,
    forbidden,
    changes: counted.map((value) => Math.ceil(value / 9)),
    gaps: data.gaps,
  })
}

const rfc = (millis: number): string => formatMicros(microsFromMillis(millis))

const rangeOf = (data: FixtureData, search: URLSearchParams) => {
  const now = Date.parse(data.status.now)
  return {
    from: Date.parse(search.get('from') ?? rfc(now - data.windowMillis)),
    to: Date.parse(search.get('to') ?? rfc(now)),
  }
}

/** Counts by bucket; of a large record only every n-th row is looked at and counted n times. */
const bucketed = (
  data: FixtureData,
  from: number,
  to: number,
  buckets: number,
  wanted: (row: EventRow) => boolean,
): number[] => {
  const counts = new Array<number>(buckets).fill(0)
  const stride = Math.max(1, Math.floor(data.events / 6000))
  for (let index = 0; index < data.events; index += stride) {
    const row = data.eventAt(index)
    const at = Math.floor(((Date.parse(row.time) - from) / (to - from)) * buckets)
    if (at >= 0 && at < buckets && wanted(row)) counts[at] = (counts[at] ?? 0) + stride
  }
  return counts
}

const events = (
  data: FixtureData,
  second: string,
  search: URLSearchParams,
  response: ServerResponse,
  tails: Set<ServerResponse>,
): ServerResponse => {
  if (second === 'stream') {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(`event: heartbeat\ndata: ${JSON.stringify({ now: data.status.now, stateVersion: 1 })}\n\n`)
    tails.add(response)
    return response.on('close', () => tails.delete(response))
  }
  const parsed = parseQuery(search.get('q') ?? '')
  if (!parsed.ok) {
    const { message, from, to } = parsed.error
    return fail(response, 400, 'QUERY_SYNTAX', message, { from, to })
  }
  const { query } = parsed
  const { from, to } = rangeOf(data, search)
  const fits = (row: EventRow): boolean => {
    const at = Date.parse(row.time)
    return at >= from && at <= to && matches(query, row)
  }
  const searched = { rows: data.events, elapsedMillis: 38, partial: false, gaps: data.gaps }
  switch (second) {
    case '': {
      const limit = Number(search.get('limit') ?? 100)
      let index = Number(search.get('cursor') ?? 0)
      const items: EventRow[] = []
      for (; index < data.events && items.length < limit; index += 1) {
        const row = data.eventAt(index)
        if (fits(row)) items.push(row)
      }
      return json(response, { items, nextCursor: index < data.events ? String(index) : undefined, searched })
    }
    case 'histogram': {
      const buckets = Number(search.get('buckets') ?? 60)
      const split = search.get('split') ?? 'decision'
      const labels = new Map<string, number[]>()
      const start = Math.max(from, Date.parse(data.status.now) - 24 * 3_600_000)
      const labelOf = (row: EventRow): string => String({ ...row }[split as 'decision'])
      for (const label of [
        'allow',
        'forbid',
        '200',
        '201',
        '403',
        '404',
        'get',
        'list',
        'watch',
        'create',
        'audit',
        'audit-webhook',
      ]) {
        const counts = bucketed(data, start, to, buckets, (row) => labelOf(row) === label && fits(row))
        if (counts.some((value) => value > 0)) labels.set(label, counts)
      }
      return json(response, {
        from: rfc(start),
        to: rfc(to),
        stepSeconds: (to - start) / 1000 / buckets,
        series: [...labels].map(([label, counts]) => ({ label, counts })),
        total: [...labels.values()].flat().reduce((sum, value) => sum + value, 0),
        searched,
      })
    }
    case 'facets': {
      const fields = (search.get('fields') ?? '').split(',').filter((field) => findField(field))
      const stride = Math.max(1, Math.floor(data.events / 3000))
      const rows = Array.from({ length: Math.floor(data.events / stride) }, (_, at) =>
        data.eventAt(at * stride),
      ).filter(fits)
      return json(response, {
        fields: fields.map((field) => {
          const column = findField(field)?.column ?? 'kind'
          const counts = new Map<string, number>()
          for (const row of rows) counts.set(String(row[column]), (counts.get(String(row[column])) ?? 0) + stride)
          const values = [...counts].map(([value, count]) => ({ value, count })).sort((a, b) => b.count - a.count)
          return { field, values: values.slice(0, 8), more: values.length > 8 }
        }),
        searched,
      })
    }
    case 'values': {
      const column = findField(search.get('field') ?? '')?.column ?? 'kind'
      const prefix = search.get('prefix') ?? ''
      const values = new Set(
        Array.from({ length: Math.min(500, data.events) }, (_, at) => String(data.eventAt(at)[column])),
      )
      const items = [...values].filter((value) => value.startsWith(prefix)).map((value) => ({ value, count: 7 }))
      return json(response, { items: items.slice(0, 20) })
    }
    case 'export':
      response.writeHead(200, {
        'content-type': 'text/csv',
        'content-disposition': 'attachment; filename="events.csv"',
      })
      return response.end('time,user\n')
    default: {
      const index = Number(second.slice(1))
      if (!/^e\d+$/.test(second) || index >= data.events) return fail(response, 404, 'NOT_FOUND', 'No such event.')
      const row = data.eventAt(index)
      return json(response, {
        row,
        raw: {
          kind: 'Event',
          apiVersion: 'audit.k8s.io/v1',
          level: row.level,
          auditID: row.id,
          stage: row.stage,
          requestURI: row.requestUri,
          verb: row.verb,
          user: { username: row.user, groups: ['system:authenticated', 'shop:team'] },
          sourceIPs: [row.sourceIp],
          userAgent: row.userAgent,
          objectRef: { resource: row.resource, namespace: row.namespace, name: row.name, apiVersion: 'v1' },
          responseStatus: { metadata: {}, code: row.code },
          requestReceivedTimestamp: row.time,
          stageTimestamp: row.time,
          annotations: {
            'authorization.k8s.io/decision': row.decision,
            'authorization.k8s.io/reason': row.reason,
          },
        },
      })
    }
  }
}

const empty = (text: string | undefined): string => (text === '-' ? '' : (text ?? ''))

const workloads = (
  data: FixtureData,
  second: string,
  rest: readonly string[],
  search: URLSearchParams,
  response: ServerResponse,
): ServerResponse => {
  if (second === '') {
    const level = search.get('level')
    const items = data.workloads
      .filter(
        (each) =>
          (!search.get('namespace') || each.workload.namespace === search.get('namespace')) &&
          (!level || each.level === level) &&
          each.workload.name.includes(search.get('name') ?? ''),
      )
      .map(({ workload, level: reached, pods, findings }) => ({
        workload,
        level: reached,
        pods,
        findings: countsOf(findings),
      }))
    return json(response, page1(data, items))
  }
  const [kind, namespace, name] = rest
  const found = data.workloads.find(
    ({ workload }) =>
      workload.group === empty(second) &&
      workload.kind === kind &&
      workload.namespace === empty(namespace) &&
      workload.name === name,
  )
  return found ? json(response, found) : fail(response, 404, 'NOT_FOUND', 'No such workload.')
}

const objects = (
  data: FixtureData,
  second: string,
  rest: readonly string[],
  search: URLSearchParams,
  response: ServerResponse,
): ServerResponse => {
  if (second === '') {
    const items = data.objects
      .filter(({ name }) => name.includes(search.get('name') ?? ''))
      .map((ref) => data.objectDetail(ref).object)
    return json(response, page1(data, items))
  }
  const [kind, namespace, name, versions] = rest
  const ref = data.objects.find(
    (each) =>
      each.group === empty(second) && each.kind === kind && each.namespace === empty(namespace) && each.name === name,
  )
  if (!ref) return fail(response, 404, 'NOT_FOUND', 'The record has never seen this object.')
  return json(response, versions === 'versions' ? { items: data.versions(ref) } : data.objectDetail(ref))
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
}

const page = async (dist: string, path: string, response: ServerResponse): Promise<void> => {
  const file = extname(path) in types ? normalize(path) : '/index.html'
  const body = await readFile(join(dist, file)).catch(() => undefined)
  if (body === undefined) {
    response.writeHead(404, pageHeaders).end('not found')
    return
  }
  response
    .writeHead(200, { ...pageHeaders, 'content-type': types[extname(file)] ?? 'application/octet-stream' })
    .end(body)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '8080' },
      events: { type: 'string', default: '3000' },
      kind: { type: 'string', default: 'shop' },
      recording: { type: 'boolean', default: false },
      hostile: { type: 'boolean', default: false },
      times: { type: 'string', default: '1' },
    },
  })
  const kind = values.kind === 'empty' || values.kind === 'silent' ? values.kind : 'shop'
  const fixture = await startFixture({
    port: Number(values.port),
    events: Number(values.events),
    kind,
    mode: values.recording ? 'recording' : 'live',
    hostile: values.hostile,
    times: Number(values.times),
  })
  console.log(fixture.url)
}
