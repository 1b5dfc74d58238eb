import { spawn } from 'node:child_process'
import { BulwarkError } from '../../model/error.ts'
import { asString, isObject, type JsonObject, jsonOf } from '../../model/json.ts'
import type { ClusterAccess, ExecPlugin } from './access.ts'

/** What a plugin gave. `expiresAt` is in milliseconds since 1970; undefined: good until the API server answers 401. */
export interface ExecCredential {
  readonly token: string | undefined
  readonly certificate: string | undefined
  readonly key: string | undefined
  readonly expiresAt: number | undefined
}

// A plugin that waits for a browser log-in nobody sees must not hold us for ever.
const timeoutMillis = 60_000
const maxOutputBytes = 1024 * 1024

/**
 * Runs a kubeconfig's credential plugin, following k8s.io/client-go/plugin/pkg/client/auth/exec (exec.go,
 * refreshCredsLocked): what it needs stands in $KUBERNETES_EXEC_INFO, and an ExecCredential comes back on stdout.
 * It gets no terminal: Bulwark runs by itself. @kubernetes/client-node neither sets KUBERNETES_EXEC_INFO nor bounds
 * the time or the output.
 *
 * @param ca the cluster's CA in PEM, handed on where the plugin asks for the cluster's data
 * @throws BulwarkError KUBECONFIG_INVALID or CLUSTER_UNAUTHORIZED, never with anything of stdout in it
 */
export async function runExecPlugin(
  plugin: ExecPlugin,
  access: ClusterAccess,
  ca: Buffer | undefined,
  signal?: AbortSignal,
): Promise<ExecCredential> {
  if (plugin.interactiveMode === 'Always') {
    throw new BulwarkError('KUBECONFIG_INVALID', {
      what: `the credential plugin "${plugin.command}" wants a terminal (interactiveMode: Always)`,
      where: access.from,
      mend: 'Use a service account token or a plugin that needs no terminal',
    })
  }
  const info = {
    apiVersion: plugin.apiVersion,
    kind: 'ExecCredential',
    spec: { interactive: false, ...(plugin.provideClusterInfo ? { cluster: clusterInfo(access, ca) } : {}) },
  }
  const stdout = await run(plugin, access, JSON.stringify(info), signal)
  return parseCredential(stdout, plugin, access)
}

function clusterInfo(access: ClusterAccess, ca: Buffer | undefined): JsonObject {
  return {
    server: access.server,
    ...(access.serverName === undefined ? {} : { 'tls-server-name': access.serverName }),
    ...(access.skipVerify ? { 'insecure-skip-tls-verify': true } : {}),
    ...(ca === undefined ? {} : { 'certificate-authority-data': ca.toString('base64') }),
    ...(access.proxyUrl === undefined ? {} : { 'proxy-url': access.proxyUrl }),
  }
}

function run(plugin: ExecPlugin, access: ClusterAccess, info: string, signal?: AbortSignal): Promise<string> {
  const failed = (what: string, cause?: unknown) =>
    new BulwarkError('CLUSTER_UNAUTHORIZED', {
      what: `the credential plugin "${plugin.command}" ${what}`,
      where: access.from,
      mend: plugin.installHint || 'Run the same command in a terminal to see why',
      cause,
    })
  // That is ours (bin/start.mjs): a plugin that runs on Node.js would put its code where we read ours from.
  const { NODE_COMPILE_CACHE: _, ...environment } = process.env
  return new Promise((resolve, reject) => {
    const child = spawn(plugin.command, plugin.args, {
      env: { ...environment, ...plugin.env, KUBERNETES_EXEC_INFO: info },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMillis,
      killSignal: 'SIGKILL',
      ...(signal ? { signal } : {}),
    })
    const out: Buffer[] = []
    let outBytes = 0
    let complaint = ''
    child.stdout.on('data', (part: Buffer) => {
      outBytes += part.length
      if (outBytes > maxOutputBytes) child.kill('SIGKILL')
      else out.push(part)
    })
    child.stderr.on('data', (part: Buffer) => {
      complaint = (complaint + part.toString()).slice(-400)
    })
    child.on('error', (error) => {
      const absent = 'code' in error && error.code === 'ENOENT'
      reject(failed(absent ? 'is not installed' : `could not be run: ${error.message}`, error))
    })
    child.on('close', (code, killedBy) => {
      if (code === 0 && outBytes <= maxOutputBytes) return resolve(Buffer.concat(out).toString())
      const how =
        outBytes > maxOutputBytes
          ? `wrote more than ${maxOutputBytes} bytes`
          : killedBy !== null
            ? `was ended after ${timeoutMillis / 1000} s without an answer`
            : `ended with code ${code}`
      reject(failed(complaint.trim() === '' ? how : `${how}: ${complaint.trim()}`))
    })
  })
}

function parseCredential(stdout: string, plugin: ExecPlugin, access: ClusterAccess): ExecCredential {
  const wrong = (what: string) =>
    new BulwarkError('KUBECONFIG_INVALID', {
      what: `the credential plugin "${plugin.command}" ${what}`,
      where: access.from,
      mend: 'Update the plugin, or set the apiVersion that it speaks in users[].user.exec',
    })
  const answer = jsonOf(stdout)
  if (!isObject(answer) || answer.kind !== 'ExecCredential') throw wrong('did not write an ExecCredential')
  if (answer.apiVersion !== plugin.apiVersion) {
    throw wrong(`speaks ${JSON.stringify(answer.apiVersion)}, the kubeconfig says ${JSON.stringify(plugin.apiVersion)}`)
  }
  if (!isObject(answer.status)) throw wrong('gave no status')
  const token = asString(answer.status.token) || undefined
  const certificate = asString(answer.status.clientCertificateData) || undefined
  const key = asString(answer.status.clientKeyData) || undefined
  if (token === undefined && certificate === undefined && key === undefined) {
    throw wrong('gave neither a token nor a certificate')
  }
  if ((certificate === undefined) !== (key === undefined)) throw wrong('gave only one of certificate and key')
  const expires = asString(answer.status.expirationTimestamp)
  const expiresAt = expires === undefined ? undefined : Date.parse(expires)
  if (expiresAt !== undefined && Number.isNaN(expiresAt)) throw wrong('gave an expirationTimestamp that is no time')
  return { token, certificate, key, expiresAt }
}
