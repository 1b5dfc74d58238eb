import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { BulwarkError } from '../../model/error.ts'
import { asString } from '../../model/json.ts'
import type { ClusterAccess, Material } from './access.ts'
import { type ExecCredential, runExecPlugin } from './exec-credential.ts'

/** What one request goes out with. Equal `tls` may share connections. */
export interface CurrentCredentials {
  readonly headers: Readonly<Record<string, string | string[]>>
  readonly tls: TlsMaterial
}

export interface TlsMaterial {
  readonly ca: Buffer | undefined
  readonly cert: Buffer | undefined
  readonly key: Buffer | undefined
}

export interface Credentials {
  /** The credentials as of now: files are read anew at most every 10 s, a plugin runs when its answer has expired. */
  current(signal?: AbortSignal): Promise<CurrentCredentials>
  /**
   * Drops these credentials after the API server refused them: the next call asks everything anew, but a plugin at
   * most each 10 s. Nothing happens where they were replaced since: sixty watches may be refused at once.
   */
  forget(used: CurrentCredentials): void
}

// Tokens of pods rotate each hour, and the old one stays good for long after: a short memory saves reads in a burst.
const rememberMillis = 10_000

/**
 * The credentials of a context. Over plain http nothing is sent, as in client-go
 * (clientcmd: "only try to read the auth information if we are secure").
 *
 * @param clock milliseconds since 1970
 */
export function credentialsOf(access: ClusterAccess, clock: () => number = Date.now): Credentials {
  let exec: ExecCredential | undefined
  let remembered: { readonly credentials: CurrentCredentials; readonly until: number } | undefined
  let execAt = -Infinity
  let asking: Promise<CurrentCredentials> | undefined

  const ask = async (signal?: AbortSignal): Promise<CurrentCredentials> => {
    const { user } = access
    const ca = await bytesOf(access.ca, access)
    if (!access.server.startsWith('https:')) return { headers: {}, tls: { ca, cert: undefined, key: undefined } }
    if (user.exec && (exec === undefined || (exec.expiresAt !== undefined && exec.expiresAt <= clock()))) {
      exec = await runExecPlugin(user.exec, access, ca, signal)
      execAt = clock()
    }
    const token = exec?.token ?? (await bytesOf(user.token, access))?.toString('utf8').trim()
    const legacy = user.authProvider ? await legacyAuthorization(access) : undefined
    const headers: Record<string, string | string[]> = { ...user.impersonate }
    if (token !== undefined && token !== '') headers.authorization = `Bearer ${token}`
    else if (legacy !== undefined) headers.authorization = legacy
    else if (user.basic) {
      const pair = Buffer.from(`${user.basic.username}:${user.basic.password}`).toString('base64')
      headers.authorization = `Basic ${pair}`
    }
    const cert = exec?.certificate ? Buffer.from(exec.certificate) : await bytesOf(user.certificate, access)
    const key = exec?.key ? Buffer.from(exec.key) : await bytesOf(user.key, access)
    return { headers, tls: { ca, cert, key } }
  }

  return {
    current(signal) {
      if (remembered && clock() < remembered.until) return Promise.resolve(remembered.credentials)
      // A burst of requests asks once.
      asking ??= ask(signal)
        .then((credentials) => {
          remembered = { credentials, until: Math.min(clock() + rememberMillis, exec?.expiresAt ?? Infinity) }
          return credentials
        })
        .finally(() => {
          asking = undefined
        })
      return asking
    },
    forget(used) {
      if (remembered?.credentials !== used) return
      remembered = undefined
      if (clock() >= execAt + rememberMillis) exec = undefined
    },
  }
}

/** Why the API server may refuse us, as far as it can be told here: a client certificate whose time is over. */
export function expiredCertificate(tls: TlsMaterial, now: number): string | undefined {
  if (!tls.cert) return undefined
  try {
    const until = new X509Certificate(tls.cert).validTo
    return Date.parse(until) < now ? until : undefined
  } catch {
    return undefined // not a certificate: the TLS library says so itself
  }
}

async function bytesOf(material: Material | undefined, access: ClusterAccess): Promise<Buffer | undefined> {
  if (material === undefined) return undefined
  if (material.kind === 'data') return material.bytes
  try {
    return await readFile(material.path)
  } catch (error) {
    throw new BulwarkError('KUBECONFIG_INVALID', {
      what: `a file that the kubeconfig names cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      where: access.from,
      mend: 'Put the file back, or write a new kubeconfig',
      cause: error,
    })
  }
}

/**
 * The legacy `auth-provider` entries (OIDC with refresh, and others that kubectl itself gave up). Only for them is
 * @kubernetes/client-node loaded.
 */
async function legacyAuthorization(access: ClusterAccess): Promise<string | undefined> {
  const { KubeConfig } = await import('@kubernetes/client-node')
  const config = new KubeConfig()
  config.loadFromOptions({
    clusters: [{ name: 'cluster', server: access.server, skipTLSVerify: access.skipVerify }],
    users: [{ name: 'user', authProvider: access.user.authProvider }],
    contexts: [{ name: 'context', cluster: 'cluster', user: 'user' }],
    currentContext: 'context',
  })
  const options: { headers?: Record<string, string> } = {}
  try {
    await config.applyToHTTPSOptions(options)
  } catch (error) {
    throw new BulwarkError('CLUSTER_UNAUTHORIZED', {
      what: `the auth-provider gave no credentials: ${error instanceof Error ? error.message : String(error)}`,
      where: access.from,
      mend: 'Log in again with kubectl',
      cause: error,
    })
  }
  return asString(options.headers?.Authorization)
}
