import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { BulwarkError, type ErrorCode } from '../model/error.ts'
import type { ErrorAnswer } from './contract/answers.ts'

/** A query text at fault, with the characters that are. */
export class QueryFault extends BulwarkError {
  readonly position: { readonly from: number; readonly to: number }

  constructor(what: string, mend: string, position: { readonly from: number; readonly to: number }) {
    super('QUERY_SYNTAX', { what, ...(mend === '' ? {} : { mend }) })
    this.position = position
  }
}

const statuses: Partial<Record<ErrorCode, ContentfulStatusCode>> = {
  REQUEST_INVALID: 400,
  QUERY_SYNTAX: 400,
  RULES_INVALID: 400,
  SUPPRESSION_INVALID: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CASE_CONFLICT: 409,
  RULES_CONFLICT: 409,
  DESK_FAILED: 503,
  OVERLOADED: 503,
  STORE_UNAVAILABLE: 503,
  RUNTIME_MISSING: 503,
}

/** The answer to a fault, and its status. What is not ours is told as INTERNAL, without a word of its own. */
export const errorAnswerOf = (
  error: unknown,
): { readonly status: ContentfulStatusCode; readonly body: ErrorAnswer } => {
  if (error instanceof HTTPException && error.status < 500) {
    const what = error.message === '' ? 'the request cannot be understood' : error.message
    const told = { code: 'REQUEST_INVALID', what, where: undefined, mend: undefined, position: undefined } as const
    // The library's type allows statuses without a body, which are below 300.
    return { status: error.status as ContentfulStatusCode, body: { error: told } }
  }
  if (!(error instanceof BulwarkError)) {
    const what = 'Bulwark could not answer, by a fault of its own'
    const mend = 'The log of Bulwark has the details: please report them'
    return { status: 500, body: { error: { code: 'INTERNAL', what, where: undefined, mend, position: undefined } } }
  }
  const { code, what, where, mend } = error
  const position = error instanceof QueryFault ? error.position : undefined
  return { status: statuses[code] ?? 500, body: { error: { code, what, where, mend, position } } }
}

/** 404 for a thing that the record or the state does not have. */
export const notFound = (what: string, mend?: string): BulwarkError =>
  new BulwarkError('NOT_FOUND', { what, ...(mend === undefined ? {} : { mend }) })

/** 400 for one parameter. */
export const invalidParameter = (name: string, what: string, mend: string): BulwarkError =>
  new BulwarkError('REQUEST_INVALID', { what, where: `parameter "${name}"`, mend })
