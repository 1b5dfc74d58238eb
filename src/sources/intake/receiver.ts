/**
 * Receives batches by HTTP POST, as kube-apiserver's audit webhook, Falco and log shippers send them. A batch is answered
 * with 200 only after the recorder has it on disk. Nothing in a batch makes the answer 4xx, except that it is too large:
 * what cannot be read is recorded, and becomes a gap.
 */
import { hash, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { TLSSocket } from 'node:tls'
import { BulwarkError } from '../../model/error.ts'
import type { Append, Source, SourceState, SourceStatus, StreamId } from '../../model/source.ts'
import { type Micros, microsFromMillis } from '../../model/time.ts'
import { SourceMeter } from '../../telemetry/source-meter.ts'
import { GapNotes } from './gap-notes.ts'
import type { Glance } from './glance.ts'
import { type BodyLimits, readBody } from './read-body.ts'

/** What the receiver may take. Sizes in bytes. */
export interface ReceiverLimits extends BodyLimits {
  /** Memory of all batches in hand. */
  readonly inFlight: number
  readonly requests: number
}

const mebi = 1024 * 1024
const defaultLimits: ReceiverLimits = {
  body: 16 * mebi,
  inflated: 64 * mebi,
  ratio: 100,
  inFlight: 256 * mebi,
  requests: 128,
}

/** What is sent here, and what can be told of it before it is parsed. */
export interface Received {
  readonly stream: StreamId
  /** Of the status: `audit-webhook`. */
  readonly type: string
  /** In messages: `the audit receiver`. */
  readonly name: string
  /** In messages: `3 of the batches are no audit events`. */
  readonly expected: string
  readonly glance: (batch: Buffer) => Glance
  /** A sender that is connected is never quiet for longer; undefined where quiet says nothing. */
  readonly silentMicros: Micros | undefined
}

/** How to listen, and to whom. Without token and client certificates, only a loopback address is accepted. */
export interface ReceiverOptions {
  readonly id: string
  readonly cluster: string
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  readonly path: string
  readonly token?: string
  /** PEM. With `clientCa`, a client certificate signed by it is as good as the token. */
  readonly tls?: { readonly key: string; readonly cert: string; readonly clientCa?: string }
  readonly limits?: Partial<ReceiverLimits>
  readonly now?: () => Micros
}

/** A receiver; `url` is known when it listens. */
export interface ReceiverSource extends Source {
  url(): string | undefined
}

/**
 * A source that listens for batches.
 *
 * @throws BulwarkError CONFIG_INVALID for an open receiver on an address that others reach; from `start`, PORT_IN_USE.
 */
export const receiverSource = (received: Received, options: ReceiverOptions, append: Append): ReceiverSource => {
  const isProtected = options.token !== undefined || options.tls?.clientCa !== undefined
  if (!isProtected && !isLoopback(options.host)) {
    throw new BulwarkError('CONFIG_INVALID', {
      what: `${received.name} would take events from anybody who reaches ${options.host}`,
      mend: 'set a token or a client CA, or listen on 127.0.0.1',
    })
  }
  return new Receiver(received, options, append)
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || host.startsWith('127.')

interface StateNow {
  readonly state: SourceState
  readonly message: string
  readonly since: Micros
}

const heard = (state: StateNow, lastAt: Micros | undefined, now: Micros, silent: Micros | undefined): StateNow => {
  if (lastAt === undefined || silent === undefined || now - lastAt <= silent) return state
  const minutes = Math.round((now - lastAt) / 60_000_000)
  return { state: 'silent', message: `${state.message}; nothing came for ${minutes} minutes`, since: lastAt }
}

/** The sender waits so long before it tries again (seconds). kube-apiserver ignores it; proxies do not. */
const retryAfter = '5'

class Receiver implements ReceiverSource {
  readonly id: string
  readonly #received: Received
  readonly #options: ReceiverOptions
  readonly #append: Append
  readonly #limits: ReceiverLimits
  readonly #now: () => Micros
  readonly #server: Server
  readonly #meter = new SourceMeter()
  readonly #gaps: GapNotes
  #inFlight = 0
  #requests = 0
  #strange = 0
  #unauthorised = 0
  #putOff = 0
  #state: { readonly state: SourceState; readonly message: string; readonly since: Micros }

  constructor(received: Received, options: ReceiverOptions, append: Append) {
    this.id = options.id
    this.#received = received
    this.#options = options
    this.#append = append
    this.#limits = { ...defaultLimits, ...options.limits }
    this.#now = options.now ?? (() => microsFromMillis(Date.now()))
    this.#state = { state: 'starting', message: 'about to listen', since: this.#now() }
    this.#gaps = new GapNotes(append, { source: options.id, cluster: options.cluster, now: this.#now })
    const { tls } = options
    const onRequest = (request: IncomingMessage, response: ServerResponse) => void this.#serve(request, response)
    const common = { requestTimeout: 60_000, headersTimeout: 10_000, keepAliveTimeout: 120_000 }
    this.#server = tls
      ? createTlsServer({ ...common, key: tls.key, cert: tls.cert, ...clientAuthority(tls.clientCa) }, onRequest)
      : createServer(common, onRequest)
    this.#server.maxConnections = 1024
  }

  async start(): Promise<void> {
    const { host, port } = this.#options
    await new Promise<void>((resolve, reject) => {
      const onError = (error: Error) => reject(listenError(error, this.#received.name, host, port))
      this.#server.once('error', onError)
      this.#server.listen(port, host, () => {
        this.#server.off('error', onError)
        this.#server.on('error', (error) => this.#set('broken', error.message))
        resolve()
      })
    })
    // Until somebody sends, silence is all there is.
    this.#set('silent', this.#message())
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeIdleConnections()
    })
    await this.#gaps.flush()
    this.#set('ended', 'it was stopped')
  }

  url(): string | undefined {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') return undefined
    return `${this.#options.tls ? 'https' : 'http'}://${hostOf(address)}:${address.port}${this.#options.path}`
  }

  status(): SourceStatus {
    const now = this.#now()
    const metered = this.#meter.read(now)
    return {
      id: this.id,
      type: this.#received.type,
      cluster: this.#options.cluster,
      ...(this.#state.state === 'connected'
        ? heard(this.#state, metered.lastRecordAt, now, this.#received.silentMicros)
        : this.#state),
      ...metered,
      quarantinedTotal: 0,
      missing: [],
    }
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.split('?', 1)[0] ?? ''
    const { path: ours } = this.#options
    if (path !== ours && !path.startsWith(`${ours}/`)) return answer(request, response, 404, 'not found')
    if (request.method !== 'POST') return answer(request, response, 405, 'only POST')
    if (!this.#isAllowed(request, path.slice(ours.length + 1))) {
      this.#unauthorised++
      this.#set(this.#state.state, this.#message())
      return answer(request, response, 401, 'neither the token nor a client certificate of the receiver')
    }
    if (this.#requests >= this.#limits.requests) return this.#overload(request, response)
    this.#requests++
    try {
      await this.#receive(request, response)
    } finally {
      this.#requests--
    }
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request, this.#limits, {
      take: (bytes) => {
        if (this.#inFlight + bytes > this.#limits.inFlight) return false
        this.#inFlight += bytes
        return true
      },
      give: (bytes) => {
        this.#inFlight -= bytes
      },
    })
    switch (body.kind) {
      case 'aborted':
        return
      case 'overload':
        return this.#overload(request, response)
      case 'too-large':
        this.#tooLarge(body.what)
        return answer(request, response, 413, `${body.what} is too large`)
      case 'bytes':
        try {
          await this.#keep(body.bytes)
          return answer(request, response, 200, 'kept')
        } catch (error) {
          const message = error instanceof Error ? error.message : String(error)
          this.#set('broken', `the recorder takes nothing: ${message}`)
          return answer(request, response, 503, 'it cannot be kept now')
        } finally {
          this.#inFlight -= body.bytes.length
        }
    }
  }

  async #keep(payload: Buffer): Promise<void> {
    const receivedAt = this.#now()
    const { stream, glance } = this.#received
    const seen = glance(payload)
    const { id, cluster } = this.#options
    await this.#append({ stream, source: id, cluster, receivedAt, payload })
    this.#meter.add(seen.events, payload.length, receivedAt, seen.newest)
    if (!seen.isExpected) this.#strange++
    this.#set('connected', this.#message())
  }

  #message(): string {
    const told = [`listens at ${this.url()}`]
    if (this.#meter.read(this.#now()).bytesTotal === 0) told.push('nothing came yet')
    if (this.#strange > 0) told.push(`${this.#strange} of the batches are no ${this.#received.expected}`)
    if (this.#unauthorised > 0) told.push(`${this.#unauthorised} requests came without the right token or certificate`)
    return told.join('; ')
  }

  #tooLarge(what: string): void {
    const now = this.#now()
    this.#meter.addGap()
    this.#gaps.add({ from: now, to: now, reason: 'too-large', what: `${what} was refused`, estimate: undefined })
  }

  #overload(request: IncomingMessage, response: ServerResponse): void {
    this.#putOff++
    this.#set('partial', `too much at once: ${this.#putOff} batches were put off, their sender tries again`)
    answer(request, response, 503, 'too much at once')
  }

  /** By header, by certificate, or by the path: client-go sends no credentials at all to an `http:` address. */
  #isAllowed(request: IncomingMessage, inPath: string): boolean {
    const { token, tls } = this.#options
    if (token === undefined && tls?.clientCa === undefined) return true
    if (tls?.clientCa !== undefined && request.socket instanceof TLSSocket && request.socket.authorized) return true
    if (token === undefined) return false
    const byHeader = isSame(request.headers.authorization ?? '', `Bearer ${token}`)
    return isSame(inPath, encodeURIComponent(token)) || byHeader
  }

  #set(state: SourceState, message: string): void {
    const since = state === this.#state.state ? this.#state.since : this.#now()
    this.#state = { state, message, since }
  }
}

/** Hashes are of equal length and tell nothing by the time that comparing them takes. */
const isSame = (a: string, b: string): boolean =>
  timingSafeEqual(hash('sha256', a, 'buffer'), hash('sha256', b, 'buffer'))

const clientAuthority = (ca: string | undefined) =>
  ca === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: false }

const hostOf = ({ address, family }: AddressInfo): string => (family === 'IPv6' ? `[${address}]` : address)

const answer = (request: IncomingMessage, response: ServerResponse, status: number, text: string): void => {
  response.statusCode = status
  if (status === 503) response.setHeader('Retry-After', retryAfter)
  // What is left of a refused body is not read: the connection ends with the answer.
  if (!request.complete) response.setHeader('Connection', 'close')
  response.end(`${text}\n`)
}

const listenError = (error: Error, name: string, host: string, port: number): Error => {
  const code = 'code' in error ? error.code : undefined
  if (code !== 'EADDRINUSE') return error
  return new BulwarkError('PORT_IN_USE', {
    what: `${name} cannot listen on ${host}:${port}, another program does`,
    mend: `stop that program, or choose another port for ${name}`,
    cause: error,
  })
}
