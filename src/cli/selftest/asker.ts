/** Sends the requests of acts to the API server, as whoever they say. */
import { randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { BulwarkError } from '../../model/error.ts'
import { isObject, type JsonObject, type JsonValue, jsonOf } from '../../model/json.ts'
import {
  type ClusterAccess,
  connectToWrite,
  noCredentials,
  type WritingConnection,
} from '../../sources/cluster/index.ts'
import { type Ask, dryRun, type Who } from './act.ts'
import { agent } from './names.ts'

/** What an API server answered. */
export interface Answered {
  readonly status: number
  readonly body: JsonValue
  /** Of a refusal; empty where there is none. */
  readonly message: string
}

export interface Asker extends AsyncDisposable {
  /** `act` is told in the user agent. Throws BulwarkError CLUSTER_UNREACHABLE, KUBECONFIG_INVALID. */
  ask(ask: Ask, act: string, signal?: AbortSignal): Promise<Answered>
  /** All repetitions of a request; the first answer that is not as expected is why it stopped. */
  askAll(ask: Ask, act: string, signal: AbortSignal): Promise<string>
  /** From now on requests as this service account have its token. */
  use(who: Who, token: string): void
}

const requestMillis = 15_000
/** Requests a second at most, and at once. */
const pace = 40
const atOnce = 4
const longestAnswer = 1024 * 1024

const patchTypes = {
  apply: 'application/apply-patch+yaml',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
} as const

/** `own`: the namespace of the self-test, outside of which nothing is changed. */
export const openAsker = (access: ClusterAccess, marker: string, own: string): Asker => {
  const tokens = new Map<Who, string>()
  const connections = new Map<Who, WritingConnection>()
  let next = 0

  const connectionOf = (who: Who): WritingConnection => {
    let connection = connections.get(who)
    if (connection === undefined) {
      connection = connectToWrite(accessAs(access, who, tokens.get(who)))
      connections.set(who, connection)
    }
    return connection
  }
  const myTurn = async (signal: AbortSignal | undefined): Promise<void> => {
    const now = performance.now()
    next = Math.max(next, now)
    const delay = next - now
    next += 1000 / pace
    if (delay > 1) await wait(delay, undefined, signal && { signal })
  }

  const ask: Asker['ask'] = async (one, act, signal) => {
    if (one.isReal === true && !mayBeReal(one, own)) throw new Error(`${one.method} ${one.path} would change something`)
    await myTurn(signal)
    const { as: who = 'person', method, body, patch, from, client, asUser } = one
    if ((who === 'helper' || who === 'visitor') && !tokens.has(who))
      return { status: 0, body: null, message: 'there is no token of the service account of the self-test' }
    const name = `${agent}/${marker} (${act})`
    const request = {
      method,
      path: pathOf(one),
      accept: 'application/json',
      agent: client === undefined ? name : `${client} ${name}`,
      signal: AbortSignal.timeout(requestMillis),
      headers: {
        ...(from !== undefined && { 'x-forwarded-for': from }),
        ...(asUser !== undefined && { 'impersonate-user': asUser }),
      },
      ...(body !== undefined && { body: JSON.stringify(filled(body, name)) }),
      ...(patch !== undefined && { contentType: patchTypes[patch] }),
    }
    try {
      if (one.isUpgrade === true)
        return upgraded(
          await connectionOf(who).upgrade({ ...request, headers: { ...request.headers, ...webSocket() } }),
        )
      const answer = await connectionOf(who).send(request)
      return await answered(answer.status, answer.body)
    } catch (error) {
      if (error instanceof BulwarkError && error.code === 'CLUSTER_UNAUTHORIZED')
        return { status: 401, body: null, message: error.what }
      if (error instanceof Error && error.name === 'TimeoutError')
        return { status: 0, body: null, message: `nothing was answered for ${requestMillis / 1000} s` }
      throw error
    }
  }

  return {
    ask,
    askAll: async (one, act, signal) => {
      const { times = 1 } = one
      let at = 0
      let fault = ''
      const work = async (): Promise<void> => {
        while (at < times && fault === '' && !signal.aborted) {
          const answer = await ask(numbered(one, at++), act, signal)
          if (!isExpected(one, answer.status) && fault === '')
            fault = answer.message || `the API server answered ${answer.status}`
        }
      }
      await Promise.all(Array.from({ length: Math.min(atOnce, times) }, work)).catch((error: unknown) => {
        if (!signal.aborted) throw error
      })
      return signal.aborted ? 'it was interrupted' : fault
    },
    use: (who, token) => void tokens.set(who, token),
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...connections.values()].map((connection) => connection.close()))
    },
  }
}

const isExpected = ({ expect }: Ask, status: number): boolean => {
  switch (expect) {
    case undefined:
      return status === 101 || (status >= 200 && status < 300)
    case 'refused':
      return status === 401 || status === 403
    case 'forbidden':
      return status === 403
    case 'missing':
      return status === 404
    default:
      return status > 0
  }
}

/** What is made in the own namespaces, these themselves, and questions, which keep nothing. */
export const mayBeReal = ({ method, path }: Ask, own: string): boolean => {
  const [pure = ''] = path.split('?')
  const isQuestion = /^\/apis\/(authentication|authorization)\.k8s\.io\/v1\/self[a-z]+$/.test(pure)
  if (method === 'POST' && (pure === '/api/v1/namespaces' || isQuestion)) return true
  // One that was left by an earlier run is deleted too: its label was looked at.
  if (method === 'DELETE' && /^\/api\/v1\/namespaces\/[^/]+$/.test(pure)) return true
  return [own, `${own}-open`].some(
    (one) => pure.includes(`/namespaces/${one}/`) || pure === `/api/v1/namespaces/${one}`,
  )
}

/** A write is a dry run unless it says that it is real. */
export const pathOf = ({ method, path, isReal }: Ask): string =>
  method === 'GET' || isReal === true ? path : `${path}${path.includes('?') ? '&' : '?'}${dryRun}`

const numbered = (one: Ask, n: number): Ask => ({
  ...one,
  path: one.path.replaceAll('{n}', String(n)),
  ...(one.from !== undefined && { from: one.from.replaceAll('{n}', String(n)) }),
})

/** Only whom it is asked as; where and by which way stays. */
const accessAs = (access: ClusterAccess, who: Who, token: string | undefined): ClusterAccess => {
  if (who === 'person') return access
  const text = who === 'guesser' ? `selftest-${randomBytes(12).toString('hex')}` : who === 'nobody' ? undefined : token
  return {
    ...access,
    user: { ...noCredentials, ...(text !== undefined && { token: { kind: 'data', bytes: Buffer.from(text) } }) },
  }
}

const filled = (value: JsonValue, name: string): JsonValue => {
  if (typeof value === 'string')
    return value === '{time}' ? new Date().toISOString().replace(/\.\d+Z$/, 'Z') : value === '{mark}' ? name : value
  if (Array.isArray(value)) return value.map((one: JsonValue) => filled(one, name))
  if (!isObject(value)) return value
  const object: JsonObject = value
  return Object.fromEntries(Object.entries(object).map(([key, one]) => [key, filled(one ?? null, name)]))
}

/** RFC 6455, and the sub-protocols of exec and port-forward (k8s.io/apimachinery/pkg/util/remotecommand). */
const webSocket = (): Readonly<Record<string, string>> => ({
  'sec-websocket-version': '13',
  'sec-websocket-key': randomBytes(16).toString('base64'),
  'sec-websocket-protocol': 'v4.channel.k8s.io',
})

const upgraded = (status: number): Answered => ({
  status,
  body: null,
  message: status === 101 ? '' : `the API server did not change the protocol (${status || 'no status'})`,
})

const answered = async (status: number, stream: AsyncIterable<Uint8Array>): Promise<Answered> => {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream) {
    size += chunk.length
    if (size <= longestAnswer) chunks.push(chunk)
  }
  const body = jsonOf(Buffer.concat(chunks).toString('utf8')) ?? null
  const message = isObject(body) && status >= 300 ? body.message : undefined
  return {
    status,
    body,
    message: typeof message === 'string' ? message : status < 300 ? '' : `the API server answered ${status}`,
  }
}
