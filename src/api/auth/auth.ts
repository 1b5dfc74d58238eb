import { randomSecret, sameSecret } from './secrets.ts'
import { Sessions } from './sessions.ts'

export interface AuthSettings {
  /** Set by the user; undefined makes a fresh one for this run. */
  readonly token: string | undefined
  /** Only this machine reaches us. */
  readonly loopback: boolean
  /** Browsers reach us by HTTPS (through a proxy): cookies then never travel without. */
  readonly https: boolean
  /** Names beside loopback names and plain IP addresses under which browsers reach us. */
  readonly hosts: readonly string[]
  /** How a person who sees the sign-in page gets a link, for a terminal: `npx bulwark link`. */
  readonly linkCommand: string
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Who may ask. The token is for programs (`Authorization: Bearer`) and for the sign-in form; browsers get a session. */
export interface Auth {
  readonly settings: AuthSettings
  readonly token: string
  readonly sessions: Sessions
  /** The path of a new link that signs a browser in, once: `/login?link=…`. */
  newLinkPath(): string
  isToken(candidate: string): boolean
}

const hour = 3_600_000

/**
 * On loopback a session is as good as the terminal that it came from, and lasts for days; anywhere else it ends after half
 * an hour without a request and after half a day at the latest (OWASP ASVS 5.0, 7.3).
 */
export const createAuth = (settings: AuthSettings): Auth => {
  const token = settings.token ?? randomSecret()
  const limits = settings.loopback
    ? { idleMillis: 24 * hour, absoluteMillis: 7 * 24 * hour }
    : { idleMillis: hour / 2, absoluteMillis: 12 * hour }
  const sessions = new Sessions(limits, settings.now)
  return {
    settings,
    token,
    sessions,
    newLinkPath: () => `/login?link=${sessions.newLink()}`,
    isToken: (candidate) => sameSecret(candidate, token),
  }
}
