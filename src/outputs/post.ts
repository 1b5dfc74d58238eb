import { Agent, type Dispatcher, request } from 'undici'
import { type Allowed, addressOf, checkPlain } from './destination.ts'
import { DeliveryFailure } from './output.ts'

/** What is sent by HTTP. */
export interface Post {
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
  readonly allow: Allowed
}

/** What the other side said: at most 64 KiB of it. */
export interface Answer {
  readonly status: number
  readonly body: string
}

const timeoutMillis = 5000
const longestAnswer = 64 * 1024

/**
 * Posts a body by HTTPS (by HTTP only to a host that the user allows by name). Follows no redirect, waits five seconds at
 * most, reads 64 KiB at most. Resolves with any answer of 200 to 299; throws DeliveryFailure for all else, for good where
 * the other side refused it (4xx but 408 and 429).
 */
export const post = async ({ url, headers = {}, body, allow }: Post): Promise<Answer> => {
  const { protocol, hostname, host } = new URL(url)
  if (protocol !== 'https:') checkPlain(hostname, allow)
  const pinned = await addressOf(hostname, allow)
  const dispatcher = new Agent({
    connect: {
      lookup: (_host, options, done) =>
        options.all ? done(null, [pinned]) : done(null, pinned.address, pinned.family),
      timeout: timeoutMillis,
    },
    headersTimeout: timeoutMillis,
    bodyTimeout: timeoutMillis,
  })
  try {
    const answer = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'bulwark', ...headers },
      body,
      dispatcher,
      signal: AbortSignal.timeout(timeoutMillis),
    })
    const text = await readSome(answer.body)
    if (answer.statusCode >= 200 && answer.statusCode < 300) return { status: answer.statusCode, body: text }
    throw refused(host, answer, text)
  } catch (error) {
    if (error instanceof DeliveryFailure) throw error
    const why = error instanceof Error && error.name === 'TimeoutError' ? 'it took more than 5 s' : messageOf(error)
    throw new DeliveryFailure(`${host} could not be sent to: ${why}`, { retry: true, cause: error })
  } finally {
    // Not close(): that waits for an answer that may never end.
    await dispatcher.destroy()
  }
}

const readSome = async (body: Dispatcher.ResponseData['body']): Promise<string> => {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of body) {
    const bytes = Buffer.from(chunk)
    chunks.push(bytes)
    length += bytes.length
    if (length > longestAnswer) break
  }
  return Buffer.concat(chunks).subarray(0, longestAnswer).toString('utf8')
}

const refused = (host: string, { statusCode, headers }: Dispatcher.ResponseData, text: string): DeliveryFailure => {
  if (statusCode >= 300 && statusCode < 400)
    return new DeliveryFailure(`${host} answered with a redirect (${statusCode}), which is not followed`, {
      retry: false,
    })
  const retry = statusCode >= 500 || statusCode === 429 || statusCode === 408
  const wait = secondsOf(headers['retry-after'])
  const said = text.trim().slice(0, 200)
  return new DeliveryFailure(`${host} answered ${statusCode}${said === '' ? '' : `: ${said}`}`, {
    retry,
    ...(retry && Number.isFinite(wait) && wait > 0 && { retryAfterSeconds: Math.min(wait, 3600) }),
  })
}

/** `Retry-After` says seconds, or a moment (RFC 9110, 10.2.3). NaN: neither. */
const secondsOf = (header: string | string[] | undefined): number => {
  const text = typeof header === 'string' ? header.trim() : ''
  if (/^\d+$/.test(text)) return Number(text)
  return Math.ceil((Date.parse(text) - Date.now()) / 1000)
}

/** Without the URL, which may hold a token. */
const messageOf = (error: unknown): string => {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined
  return typeof code === 'string' ? code : error instanceof Error ? error.name : 'unknown'
}
