/**
 * Rules from an address: asked for every few minutes, by HTTPS only, from the address that the name was looked up to and
 * no other, without redirects, up to a bounded size. The last answer is kept on disk, so that a start without the other
 * side has rules.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Agent, request } from 'undici'
import type { RuleFile, RuleSetProblem } from '../../detect/rule-set.ts'
import { isObject } from '../../model/json.ts'
import { type Allowed, addressOf, type Lookup } from '../../outputs/destination.ts'
import { problemOf, ruleFileLimits } from './rule-files.ts'

interface Kept {
  readonly etag: string
  readonly text: string
}

export interface RuleUrlOptions {
  /** Of one question and its whole answer. */
  readonly timeoutMillis?: number
  readonly lookup?: Lookup
}

const defaultTimeoutMillis = 10_000

export class RuleUrl {
  readonly url: string
  readonly #allow: Allowed
  readonly #options: RuleUrlOptions
  readonly #cache: string
  #kept: Kept | undefined
  /** As it is on disk. */
  #saved: Kept | undefined

  constructor(url: string, allow: Allowed, dataDir: string, options: RuleUrlOptions = {}) {
    this.url = url
    this.#allow = allow
    this.#options = options
    this.#cache = join(dataDir, `rules-${digest(url, 16)}.json`)
    this.#kept = readKept(this.#cache)
    this.#saved = this.#kept
  }

  /** What was last received. */
  file(): RuleFile | undefined {
    return this.#kept && { name: this.name(), text: this.#kept.text, origin: 'user' }
  }

  /** The address without what may be a token in it; two that differ in that have names of their own. */
  name(): string {
    const { origin, pathname, search } = new URL(this.url)
    return origin + pathname + (search === '' ? '' : `?…${digest(search, 4)}`)
  }

  /** Asks once. What went wrong is told, and what was received before goes on. */
  async ask(stop?: AbortSignal): Promise<RuleSetProblem | undefined> {
    try {
      this.#kept = (await this.#fetch(stop)) ?? this.#kept
      return undefined
    } catch (error) {
      const what = `rules could not be fetched: ${reasonOf(error, this.#timeoutMillis)}`
      const mend = 'What was fetched before goes on; hosts inside have to be named by --rules-allow'
      return problemOf(this.name(), what, mend)
    }
  }

  /**
   * Writes what was last received to disk, for the next start, where it is what runs: an answer that was refused does not
   * take the place of the one before it. Rejects where it cannot be written.
   */
  async save(running: string | undefined): Promise<void> {
    const kept = this.#kept
    if (kept === undefined || kept.text !== running || kept === this.#saved) return
    await writeFile(`${this.#cache}.new`, JSON.stringify(kept), { mode: 0o600 })
    await rename(`${this.#cache}.new`, this.#cache)
    this.#saved = kept
  }

  get #timeoutMillis(): number {
    return this.#options.timeoutMillis ?? defaultTimeoutMillis
  }

  /** Undefined where the other side says that nothing has changed. */
  async #fetch(stop: AbortSignal | undefined): Promise<Kept | undefined> {
    const { protocol, hostname } = new URL(this.url)
    if (protocol !== 'https:') throw new Error('only https is asked')
    const timeout = this.#timeoutMillis
    const signal = AbortSignal.any([AbortSignal.timeout(timeout), ...(stop === undefined ? [] : [stop])])
    const pinned = await until(signal, addressOf(hostname, this.#allow, this.#options.lookup))
    const dispatcher = new Agent({
      connect: {
        lookup: (_host, options, done) =>
          options.all ? done(null, [pinned]) : done(null, pinned.address, pinned.family),
        timeout,
      },
    })
    try {
      const known = this.#kept?.etag ?? ''
      const answer = await request(this.url, {
        headers: {
          'user-agent': 'bulwark',
          'accept-encoding': 'identity',
          ...(known !== '' && { 'if-none-match': known }),
        },
        dispatcher,
        signal,
      })
      const { etag, 'content-encoding': encoding = 'identity' } = answer.headers
      if (answer.statusCode === 304 && known !== '') return undefined
      if (answer.statusCode >= 300 && answer.statusCode < 400)
        throw new Error(`answered ${answer.statusCode}; redirects are not followed`)
      if (answer.statusCode !== 200) throw new Error(`answered ${answer.statusCode}`)
      if (encoding !== 'identity') throw new Error('answered with a compressed file, which was not asked for')
      const chunks: Buffer[] = []
      let length = 0
      for await (const chunk of answer.body) {
        const bytes = Buffer.from(chunk)
        length += bytes.length
        if (length > ruleFileLimits.fileBytes) throw new Error(`more than ${ruleFileLimits.fileBytes} bytes`)
        chunks.push(bytes)
      }
      const text = Buffer.concat(chunks).toString('utf8')
      // All its rules would go without a word.
      if (text.trim() === '') throw new Error('answered with an empty file')
      return { etag: typeof etag === 'string' ? etag : '', text }
    } finally {
      await dispatcher.destroy()
    }
  }
}

/** What is promised, or the signal's reason where that comes first: a name server that hangs cannot be told to stop. */
const until = <T>(signal: AbortSignal, promised: Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    const end = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('stopped'))
    if (signal.aborted) end()
    signal.addEventListener('abort', end, { once: true })
    void promised.then(resolve, reject).finally(() => signal.removeEventListener('abort', end))
  })

const digest = (text: string, letters: number): string =>
  createHash('sha256').update(text).digest('hex').slice(0, letters)

const reasonOf = (error: unknown, timeoutMillis: number): string => {
  if (!(error instanceof Error)) return String(error)
  return error.name === 'TimeoutError' ? `it took more than ${timeoutMillis / 1000} s` : error.message
}

const readKept = (file: string): Kept | undefined => {
  try {
    const read: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (isObject(read) && typeof read.etag === 'string' && typeof read.text === 'string')
      return { etag: read.etag, text: read.text }
  } catch {
    // Never received, or damaged: it is asked for anew.
  }
  return undefined
}
