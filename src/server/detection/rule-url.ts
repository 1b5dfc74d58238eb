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
import { type Allowed, addressOf } from '../../outputs/destination.ts'
import { problemOf, ruleFileLimits } from './rule-files.ts'

interface Kept {
  readonly etag: string
  readonly text: string
}

const timeoutMillis = 10_000

export class RuleUrl {
  readonly url: string
  readonly #allow: Allowed
  readonly #cache: string
  #kept: Kept | undefined

  constructor(url: string, allow: Allowed, dataDir: string) {
    this.url = url
    this.#allow = allow
    this.#cache = join(dataDir, `rules-${createHash('sha256').update(url).digest('hex').slice(0, 16)}.json`)
    this.#kept = readKept(this.#cache)
  }

  /** What was last received. */
  file(): RuleFile | undefined {
    return this.#kept && { name: this.name(), text: this.#kept.text, origin: 'user' }
  }

  /** The address without what may be a token in it. */
  name(): string {
    const { origin, pathname } = new URL(this.url)
    return origin + pathname
  }

  /** Asks once. What went wrong is told, and what was received before goes on. */
  async ask(): Promise<RuleSetProblem | undefined> {
    try {
      const text = await this.#fetch()
      if (text !== undefined) {
        await writeFile(`${this.#cache}.new`, JSON.stringify(text), { mode: 0o600 })
        await rename(`${this.#cache}.new`, this.#cache)
        this.#kept = text
      }
      return undefined
    } catch (error) {
      const what = `rules could not be fetched: ${error instanceof Error ? error.message : String(error)}`
      const mend = 'What was fetched before goes on; hosts inside have to be named by --rules-allow'
      return problemOf(this.name(), what, mend)
    }
  }

  /** Undefined where the other side says that nothing has changed. */
  async #fetch(): Promise<Kept | undefined> {
    const { protocol, hostname } = new URL(this.url)
    if (protocol !== 'https:') throw new Error('only https is asked')
    const pinned = await addressOf(hostname, this.#allow)
    const dispatcher = new Agent({
      connect: {
        lookup: (_host, options, done) =>
          options.all ? done(null, [pinned]) : done(null, pinned.address, pinned.family),
        timeout: timeoutMillis,
      },
    })
    try {
      const answer = await request(this.url, {
        headers: { 'user-agent': 'bulwark', ...(this.#kept && { 'if-none-match': this.#kept.etag }) },
        dispatcher,
        signal: AbortSignal.timeout(timeoutMillis),
      })
      if (answer.statusCode === 304) return undefined
      if (answer.statusCode !== 200) throw new Error(`answered ${answer.statusCode}`)
      const chunks: Buffer[] = []
      let length = 0
      for await (const chunk of answer.body) {
        const bytes = Buffer.from(chunk)
        length += bytes.length
        if (length > ruleFileLimits.fileBytes) throw new Error(`more than ${ruleFileLimits.fileBytes} bytes`)
        chunks.push(bytes)
      }
      const { etag } = answer.headers
      return { etag: typeof etag === 'string' ? etag : '', text: Buffer.concat(chunks).toString('utf8') }
    } finally {
      await dispatcher.destroy()
    }
  }
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
