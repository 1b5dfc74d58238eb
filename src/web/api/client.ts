/** Asks the API. Answers are of the same version as this page, for the server that answers also served it. */
import type { ErrorAnswer } from '../../api/contract/answers.ts'
import { isObject } from '../../model/json.ts'

/** What the API said instead of an answer, or that it could not be reached (`status` 0). */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly where: string | undefined
  readonly mend: string | undefined
  readonly position: { readonly from: number; readonly to: number } | undefined

  constructor(status: number, error: Partial<ErrorAnswer['error']> & { readonly what: string }) {
    super(error.what)
    this.name = 'ApiError'
    this.status = status
    this.code = error.code ?? ''
    this.where = error.where
    this.mend = error.mend
    this.position = error.position
  }
}

type Params = Readonly<Record<string, string | number | undefined>>

/** A path below /api/v1 with its query; parameters that are undefined or empty are left out. */
export const apiUrl = (path: string, params: Params = {}): string => {
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(params)) {
    if (value !== undefined && value !== '') search.set(key, String(value))
  }
  const text = search.toString()
  return `/api/v1/${path}${text === '' ? '' : `?${text}`}`
}

/** One segment of a path; `-` stands for an empty text (core group, cluster-scoped). */
export const segment = (text: string): string => (text === '' ? '-' : encodeURIComponent(text))

/** GET as JSON. Throws {@link ApiError}; the types are those of `Routes` in api/contract. */
export const get = async <Answer>(path: string, params: Params, signal: AbortSignal): Promise<Answer> =>
  answerOf<Answer>(await reach(apiUrl(path, params), { signal }))

/** POST, with a body where one is given. */
export const post = <Answer>(path: string, body?: object, params: Params = {}): Promise<Answer> =>
  send<Answer>('POST', path, body, params)

/** PUT, POST or DELETE with a body, as JSON. */
export const send = async <Answer>(
  method: 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: object,
  params: Params = {},
): Promise<Answer> => {
  const headers = { 'content-type': 'application/json' }
  const content = body === undefined ? {} : { body: JSON.stringify(body), headers }
  return answerOf<Answer>(await reach(apiUrl(path, params), { method, ...content }))
}

const reach = async (url: string, init: RequestInit): Promise<Response> => {
  try {
    return await fetch(url, { ...init, headers: { ...init.headers, accept: 'application/json' } })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new ApiError(0, { what: 'Bulwark does not answer.', mend: 'Is it still running? Start it with: npm start' })
  }
}

const answerOf = async <Answer>(response: Response): Promise<Answer> => {
  const body: unknown = await response.json().catch(() => undefined)
  if (!response.ok) throw new ApiError(response.status, faultOf(body) ?? { what: `The answer was ${response.status}.` })
  // The server's own tests prove that each route answers with the type the contract gives it.
  return body as Answer
}

const faultOf = (body: unknown): ErrorAnswer['error'] | undefined => {
  if (!isObject(body) || !isObject(body.error)) return undefined
  const error = body.error as Readonly<Record<string, unknown>>
  return typeof error.what === 'string' ? (error as unknown as ErrorAnswer['error']) : undefined
}
