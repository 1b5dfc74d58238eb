import { type RunningServer, runningServers } from '../config/running-server.ts'
import { BulwarkError, type ErrorCode, errorCodes } from '../model/error.ts'
import { isObject, type JsonValue } from '../model/json.ts'

/** Asks a server's API. Paths begin with `/api/v1/`; undefined query values are left out. */
export interface Client {
  readonly url: string
  get(path: string, query?: Readonly<Record<string, string | undefined>>): Promise<JsonValue>
  post(path: string, body?: JsonValue): Promise<JsonValue>
  /** The answer as it comes, for files and streams. */
  open(path: string, query: Readonly<Record<string, string | undefined>>, signal?: AbortSignal): Promise<Response>
}

/** How a person names the server: by URL and token, or not at all, which means the youngest of his that runs here. */
export interface ServerChoice {
  readonly server?: string
  readonly token?: string
}

/** Finds the server. Throws BulwarkError RUNTIME_MISSING when none was named and none runs. */
export const clientFor = (choice: ServerChoice, env: Readonly<Record<string, string | undefined>>): Client => {
  const url = choice.server ?? env.BULWARK_SERVER
  const token = choice.token ?? env.BULWARK_TOKEN
  if (url !== undefined) return clientOf(url, token ?? runningServers(env).find((one) => one.url === url)?.token)
  const running: RunningServer | undefined = runningServers(env)[0]
  if (running !== undefined) return clientOf(running.url, running.token)
  throw new BulwarkError('RUNTIME_MISSING', {
    what: 'no Bulwark of yours runs on this machine',
    mend: 'Start one with `npm start` in another terminal, or name one with --server URL and BULWARK_TOKEN',
  })
}

/** A client of the server at `url`. */
export const clientOf = (url: string, token: string | undefined): Client => {
  const ask = async (
    method: 'GET' | 'POST',
    path: string,
    query: Readonly<Record<string, string | undefined>>,
    signal?: AbortSignal,
    body?: JsonValue,
  ): Promise<Response> => {
    const target = new URL(path, url)
    for (const [key, value] of Object.entries(query)) if (value !== undefined) target.searchParams.set(key, value)
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
    if (body !== undefined) headers['content-type'] = 'application/json'
    const response = await fetch(target, {
      method,
      headers,
      redirect: 'error',
      ...(signal && { signal }),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }).catch((cause: unknown) => {
      throw new BulwarkError('RUNTIME_MISSING', {
        what: 'the server does not answer',
        where: target.origin,
        mend: 'Is it running, and is the address right?',
        cause,
      })
    })
    if (!response.ok) throw await errorOf(response)
    return response
  }
  return {
    url,
    open: (path, query, signal) => ask('GET', path, query, signal),
    get: async (path, query = {}) => (await ask('GET', path, query)).json() as Promise<JsonValue>,
    post: async (path, body) => (await ask('POST', path, {}, undefined, body)).json() as Promise<JsonValue>,
  }
}

/** The server's own error, told as if it were ours. */
const errorOf = async (response: Response): Promise<BulwarkError> => {
  const body: unknown = await response.json().catch(() => undefined)
  const error = isObject(body) && isObject(body.error) ? body.error : {}
  const text = (key: string): string | undefined => (typeof error[key] === 'string' ? error[key] : undefined)
  const code = text('code')
  const where = text('where')
  const mend = text('mend')
  return new BulwarkError(isErrorCode(code) ? code : 'STORE_QUERY_FAILED', {
    what: text('what') ?? `the server answered ${response.status}`,
    ...(where !== undefined && { where }),
    ...(mend !== undefined && { mend }),
  })
}

const isErrorCode = (code: string | undefined): code is ErrorCode =>
  code !== undefined && Object.hasOwn(errorCodes, code)
