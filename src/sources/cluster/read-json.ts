import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { asString, isObject, type JsonObject } from '../../model/json.ts'
import type { Answer } from './connect.ts'

const decompress = promisify(gunzip)

/** A whole body, or why there is none. */
export type ReadJson =
  | { readonly kind: 'json'; readonly value: JsonObject }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'unreadable'; readonly why: string }

/**
 * Reads a body that must be one JSON object, of at most `maxBytes` before and after decompression.
 * A body that is cut throws, as the connection's failure.
 */
export async function readJson(answer: Answer, maxBytes: number): Promise<ReadJson> {
  const bytes = await collect(answer, maxBytes)
  if (bytes === undefined) return { kind: 'too-large' }
  const plain = await plainBytes(answer, bytes, maxBytes)
  if (!Buffer.isBuffer(plain)) return plain
  try {
    const value: unknown = JSON.parse(decodeUtf8(plain))
    return isObject(value) ? { kind: 'json', value } : { kind: 'unreadable', why: 'the answer is no JSON object' }
  } catch (error) {
    return { kind: 'unreadable', why: `the answer is no JSON: ${reasonOf(error)}` }
  }
}

/** What a refusal tells: `metav1.Status`, or the bare HTTP status where the body is something else. */
export interface Refusal {
  readonly status: number
  readonly reason: string
  readonly message: string
  /** Seconds from the Retry-After header, 0 where there is none. */
  readonly retryAfter: number
}

const maxRefusalBytes = 256 * 1024

/** Reads the body of an answer that is not a success. */
export async function readRefusal(answer: Answer): Promise<Refusal> {
  const read = await readJson(answer, maxRefusalBytes)
  const header = answer.headers['retry-after']
  const seconds = typeof header === 'string' && /^\d{1,4}$/.test(header) ? Number(header) : 0
  return refusalOf(read.kind === 'json' ? read.value : {}, answer.status, seconds)
}

/** The refusal in a Status object, which also comes inside of a watch. */
export function refusalOf(status: JsonObject, httpStatus: number, retryAfter = 0): Refusal {
  const code = typeof status.code === 'number' ? status.code : httpStatus
  return {
    status: code,
    reason: asString(status.reason) ?? '',
    message: (asString(status.message) ?? `HTTP status ${code}`).slice(0, 500),
    retryAfter,
  }
}

/** Text of bytes that must be UTF-8; throws on anything else, so that nothing is changed in silence. */
export const decodeUtf8 = (bytes: Uint8Array): string => new TextDecoder('utf-8', { fatal: true }).decode(bytes)

/** A parser's message without the quoted input, which may hold a value that is nobody's business. */
export const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/,? ?["'`][\s\S]*$/, '').slice(0, 200)

async function collect(answer: Answer, maxBytes: number): Promise<Buffer | undefined> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of answer.body) {
    if (!Buffer.isBuffer(part)) continue
    length += part.length
    if (length > maxBytes) return undefined // leaving the loop destroys the body
    parts.push(part)
  }
  return Buffer.concat(parts)
}

async function plainBytes(answer: Answer, bytes: Buffer, maxBytes: number): Promise<Buffer | ReadJson> {
  const encoding = answer.headers['content-encoding']
  if (encoding === undefined || encoding === 'identity') return bytes
  if (encoding !== 'gzip') return { kind: 'unreadable', why: `the answer is in an encoding that was not asked for` }
  try {
    return await decompress(bytes, { maxOutputLength: maxBytes })
  } catch (error) {
    const tooLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
    return tooLarge ? { kind: 'too-large' } : { kind: 'unreadable', why: 'the answer is damaged gzip' }
  }
}
