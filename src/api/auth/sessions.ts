import { digestText, randomSecret } from './secrets.ts'

export interface SessionLimits {
  /** Milliseconds without a request after which a session ends. */
  readonly idleMillis: number
  /** Milliseconds after which it ends in any case. */
  readonly absoluteMillis: number
}

const maxSessions = 1000
const maxLinks = 100

/**
 * Who is signed in, and the links that sign in. All in memory: a restart ends every session, and the page then asks for a
 * new link. Of each secret only a digest is kept.
 */
export class Sessions {
  readonly #limits: SessionLimits
  readonly #now: () => number
  readonly #sessions = new Map<string, { readonly since: number; seen: number }>()
  readonly #links = new Set<string>()

  constructor(limits: SessionLimits, now: () => number) {
    this.#limits = limits
    this.#now = now
  }

  /** A secret that signs in once. The oldest of too many unused ones is forgotten. */
  newLink(): string {
    const link = randomSecret()
    this.#links.add(digestText(link))
    dropOldest(this.#links, maxLinks)
    return link
  }

  /** True the first time a link is used. */
  takeLink(link: string): boolean {
    return this.#links.delete(digestText(link))
  }

  /** The secret of a new session, for the cookie. */
  begin(): string {
    const secret = randomSecret()
    this.#sessions.set(digestText(secret), { since: this.#now(), seen: this.#now() })
    dropOldest(this.#sessions, maxSessions)
    return secret
  }

  /** Whether the session lives; each look keeps it from being idle. */
  isLive(secret: string): boolean {
    const key = digestText(secret)
    const session = this.#sessions.get(key)
    if (!session) return false
    const now = this.#now()
    if (now - session.since >= this.#limits.absoluteMillis || now - session.seen >= this.#limits.idleMillis) {
      this.#sessions.delete(key)
      return false
    }
    session.seen = now
    return true
  }

  end(secret: string): void {
    this.#sessions.delete(digestText(secret))
  }
}

/** Maps and sets keep the order in which their keys came. */
const dropOldest = (kept: Map<string, unknown> | Set<string>, max: number): void => {
  for (const key of kept.keys()) {
    if (kept.size <= max) return
    kept.delete(key)
  }
}
