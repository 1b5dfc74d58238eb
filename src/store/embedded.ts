import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { Agent } from 'node:http'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ClickHouseLogLevel, createClient } from '@clickhouse/client'
import { BulwarkError } from '../model/error.ts'
import type { Backend, BackendState } from './backend.ts'
import type { ChildOptions, ChildReport } from './child/protocol.ts'
import { Client } from './client.ts'
import type { StoreSettings } from './store.ts'

const firstPause = 100
const longestPause = 10_000
/** About half a minute of trying: the engine of a run that was killed may still hold the directory for some seconds. */
const maxFailedStarts = 10
/** How long questions in flight may finish when the store is closed; an engine killed after that loses nothing. */
const closingMillis = 3000

/**
 * chDB in a child process, started again whenever it ends. A child because a slow query takes threads of libuv's pool,
 * which fsync needs too, and because an engine that runs out of memory takes only itself down.
 */
export class EmbeddedBackend implements Backend {
  readonly kind = 'embedded'
  readonly client: Client
  readonly #options: ChildOptions
  readonly #socketDir: string
  #child: ChildProcess | undefined
  #state: BackendState = { state: 'opening', message: 'the engine is starting' }
  #up = Promise.withResolvers<void>()
  #restarts = 0
  #wasReady = false
  readonly #closing = new AbortController()
  #loop: Promise<void>

  private constructor(options: ChildOptions, socketDir: string, socket: string, settings: StoreSettings) {
    this.#options = options
    this.#socketDir = socketDir
    // An agent hands all its options to net.connect; its type does not know that.
    const place = { socketPath: socket }
    const agent = new Agent({ ...place, keepAlive: true, maxSockets: 32 })
    this.client = new Client(
      createClient({
        url: 'http://localhost',
        password: options.password,
        http_agent: agent,
        request_timeout: settings.queryTimeoutMillis * 3 + 60_000,
        log: { level: ClickHouseLogLevel.OFF },
      }),
      settings,
    )
    this.#up.promise.catch(() => {})
    this.#loop = this.#run()
  }

  /** Returns at once; the engine starts in the background. */
  static async open(dir: string, settings: StoreSettings): Promise<EmbeddedBackend> {
    await mkdir(dir, { recursive: true, mode: 0o700 })
    // Not in `dir`: the path of a socket may have 107 bytes at most. mkdtemp makes it ours alone.
    const socketDir = await mkdtemp(join(tmpdir(), 'bulwark-store-'))
    const socket = join(socketDir, 'engine.sock')
    const options: ChildOptions = {
      dir,
      maxMemory: settings.maxMemory,
      querySessions: 3,
      password: randomBytes(24).toString('base64url'),
      listen: { socket },
    }
    return new EmbeddedBackend(options, socketDir, socket, settings)
  }

  get state(): BackendState {
    return this.#state
  }

  get restarts(): number {
    return this.#restarts
  }

  /** The process id of the engine, undefined while none runs. For tests of its death. */
  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Where the engine keeps its data. */
  get dir(): string {
    return this.#options.dir
  }

  available(): Promise<void> {
    return this.#up.promise
  }

  async #run(): Promise<void> {
    for (let pause = firstPause; !this.#closing.signal.aborted; pause = Math.min(pause * 2, longestPause)) {
      const why = await this.#live()
      if (this.#closing.signal.aborted) return
      // Only starts that fail are spaced out: an engine that was up has callers who pace themselves.
      if (this.#state.state === 'ready') pause = firstPause
      this.#restarts++
      if (!this.#wasReady && this.#restarts >= maxFailedStarts) {
        this.#state = { state: 'failed', message: `the engine cannot be started: ${why}` }
        this.#up.reject(new BulwarkError('STORE_UNAVAILABLE', { what: this.#state.message }))
        return
      }
      this.#state = { state: 'restarting', message: `the engine ended (${why}) and is started again` }
      await sleep(pause, undefined, { signal: this.#closing.signal }).catch(() => {})
    }
  }

  /** One life of the child; resolves with the reason of its end. */
  async #live(): Promise<string> {
    const main = new URL(`./child/main${extname(import.meta.url)}`, import.meta.url)
    const child = fork(main, {
      // Not the flags of this process: a debugger's port, for one, can be had only once.
      execArgv: [],
      serialization: 'json',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...process.env, UV_THREADPOOL_SIZE: '8' },
    })
    this.#child = child
    let failure = ''
    let lastWords = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      lastWords = (lastWords + text).slice(-1000)
    })
    child.on('message', (report: ChildReport) => {
      if (report.kind === 'failed') failure = report.message
      else {
        this.#wasReady = true
        this.#state = { state: 'ready', message: '' }
        this.#up.resolve()
      }
    })
    child.send(this.#options, () => {})
    const ended = Promise.withResolvers<string>()
    child.once('error', (error) => ended.resolve(error.message))
    child.once('exit', (code, signal) =>
      ended.resolve(failure || `${signal ?? `exit code ${code}`} ${lastWords}`.trim()),
    )
    const why = await ended.promise
    this.#child = undefined
    if (this.#state.state === 'ready') {
      this.#up = Promise.withResolvers<void>()
      this.#up.promise.catch(() => {})
    }
    return why
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    this.#state = { state: 'closed', message: 'the store is closed' }
    this.#up.reject(new BulwarkError('STORE_UNAVAILABLE', { what: 'the store is closed' }))
    const child = this.#child
    if (child) {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.send('end', () => {})
      const patience = setTimeout(() => child.kill('SIGKILL'), closingMillis)
      await ended
      clearTimeout(patience)
    }
    await this.#loop
    await this.client.close()
    await rm(this.#socketDir, { recursive: true, force: true })
  }
}
