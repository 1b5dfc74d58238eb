import type { IncomingMessage } from 'node:http'
import { gunzip } from 'node:zlib'

/** How much of a request is read. Bytes. */
export interface BodyLimits {
  readonly body: number
  readonly inflated: number
  /** Most that gzip may have saved, as inflated bytes for one of the body. */
  readonly ratio: number
}

/** Below this size no ratio is a bomb, and small batches of equal events compress well (bytes). */
const harmless = 1024 * 1024

/** A request's body, or why it is refused. `aborted`: the sender went away. */
export type Body =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'too-large'; readonly what: string }
  | { readonly kind: 'overload' }
  | { readonly kind: 'aborted' }

/** Takes memory from a common budget; false when there is not so much left. */
export interface Budget {
  take(bytes: number): boolean
  give(bytes: number): void
}

/**
 * Reads a body, inflated when it is gzip. What claims to be gzip and is none is given as it came: the recorder keeps it
 * in quarantine. The memory taken is given back by the caller, `bytes.length` of it.
 */
export const readBody = async (request: IncomingMessage, limits: BodyLimits, budget: Budget): Promise<Body> => {
  const declared = Number(request.headers['content-length'])
  if (declared > limits.body) return { kind: 'too-large', what: `a batch of ${declared} bytes` }
  const read = await readAll(request, limits, budget)
  if (read.kind !== 'bytes' || !isGzip(request)) return read
  return inflate(read.bytes, limits, budget)
}

const isGzip = (request: IncomingMessage): boolean =>
  request.headers['content-encoding']?.trim().toLowerCase() === 'gzip'

/** Collects a body: in one piece of memory where its length is declared, else in the pieces that come. */
const readAll = (request: IncomingMessage, limits: BodyLimits, budget: Budget): Promise<Body> =>
  new Promise((resolve) => {
    const declared = Number(request.headers['content-length'] ?? Number.NaN)
    const whole = declared > 0 && budget.take(declared) ? Buffer.allocUnsafe(declared) : undefined
    const chunks: Buffer[] = []
    let taken = whole?.length ?? 0
    let length = 0
    let ended = false
    const end = (body: Body) => {
      if (ended) return
      ended = true
      request.off('data', onData)
      if (body.kind !== 'bytes') budget.give(taken)
      resolve(body)
    }
    const onData = (chunk: Buffer) => {
      length += chunk.length
      if (whole) chunk.copy(whole, length - chunk.length)
      else if (length > limits.body) end({ kind: 'too-large', what: `a batch of more than ${limits.body} bytes` })
      else if (budget.take(chunk.length)) {
        taken += chunk.length
        chunks.push(chunk)
      } else end({ kind: 'overload' })
    }
    request.once('end', () => end({ kind: 'bytes', bytes: whole ?? Buffer.concat(chunks, length) }))
    request.once('error', () => end({ kind: 'aborted' }))
    request.once('close', () => end({ kind: 'aborted' }))
    if (declared > 0 && !whole) end({ kind: 'overload' })
    else request.on('data', onData)
  })

const inflate = (bytes: Buffer, limits: BodyLimits, budget: Budget): Promise<Body> => {
  const most = Math.min(limits.inflated, Math.max(harmless, bytes.length * limits.ratio))
  return new Promise((resolve) => {
    gunzip(bytes, { maxOutputLength: most }, (error, inflated) => {
      if (error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') {
        budget.give(bytes.length)
        resolve({ kind: 'too-large', what: `a batch of ${bytes.length} bytes that inflates to more than ${most}` })
      } else if (error) resolve({ kind: 'bytes', bytes })
      else {
        budget.give(bytes.length)
        resolve(budget.take(inflated.length) ? { kind: 'bytes', bytes: inflated } : { kind: 'overload' })
      }
    })
  })
}
