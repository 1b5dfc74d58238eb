import { type ChdbQueryStream, type ChdbResult, Session } from 'chdb'

export interface EngineOptions {
  readonly dir: string
  /** Memory that the engine may take altogether, in bytes. */
  readonly maxMemory: number
  /** How many questions may run side by side. */
  readonly querySessions: number
}

/**
 * chDB on one directory. A session does one thing at a time, so writing has its own, and a slow question holds up
 * neither writing nor the other questions.
 */
export class Engine implements Disposable {
  readonly #writer: Lane
  readonly #readers: Lane

  constructor({ dir, maxMemory, querySessions }: EngineOptions) {
    const caches = Math.round(maxMemory / 16)
    const connectionArgs = [
      `--max_server_memory_usage=${maxMemory}`,
      `--mark_cache_size=${caches}`,
      `--primary_index_cache_size=${caches}`,
      `--index_mark_cache_size=${caches}`,
      `--text_index_tokens_cache_size=${caches}`,
      `--text_index_header_cache_size=${caches}`,
      `--text_index_postings_cache_size=${caches}`,
    ]
    const open = () => new Session(dir, { connectionArgs })
    this.#writer = new Lane(1, open)
    this.#readers = new Lane(querySessions, open)
  }

  /** Statements that change something, one after the other. */
  write<T>(task: (session: Session) => Promise<T>): Promise<T> {
    return this.#writer.run(task)
  }

  read<T>(task: (session: Session) => Promise<T>): Promise<T> {
    return this.#readers.run(task)
  }

  [Symbol.dispose](): void {
    this.#writer.close()
    this.#readers.close()
  }
}

export type { ChdbQueryStream, ChdbResult, Session }

/** Thrown where more tasks wait than any caller can have use for. */
export class LaneFull extends Error {}

const maxWaiting = 200

/** Gives each task a session of its own for as long as it runs; first come, first served. */
class Lane {
  readonly #open: () => Session
  readonly #all = new Set<Session>()
  readonly #free: Session[]
  readonly #waiting: ((session: Session) => void)[] = []

  constructor(sessions: number, open: () => Session) {
    this.#open = open
    this.#free = Array.from({ length: sessions }, open)
    for (const session of this.#free) this.#all.add(session)
  }

  async run<T>(task: (session: Session) => Promise<T>): Promise<T> {
    let session = await this.#take()
    try {
      return await task(session)
    } catch (error) {
      session = await this.#cleaned(session)
      throw error
    } finally {
      const next = this.#waiting.shift()
      if (next) next(session)
      else this.#free.push(session)
    }
  }

  #take(): Promise<Session> {
    const free = this.#free.pop()
    if (free) return Promise.resolve(free)
    if (this.#waiting.length >= maxWaiting) return Promise.reject(new LaneFull('too many queries wait'))
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /**
   * chDB 26.7: what a query had written before it failed stays in the session and stands before the next answer, which
   * may be another caller's. So a question of our own takes it away; a session that stays dirty is replaced.
   */
  async #cleaned(session: Session): Promise<Session> {
    for (let tries = 0; tries < 3; tries++) {
      const answer = await session.queryAsync('SELECT 1', { format: 'TabSeparated' }).catch(() => undefined)
      if (answer?.text() === '1\n') return session
    }
    this.#all.delete(session)
    session.close()
    const fresh = this.#open()
    this.#all.add(fresh)
    return fresh
  }

  close(): void {
    for (const session of this.#all) session.close()
  }
}
