import { dirname, isAbsolute, join } from 'node:path'
import { BulwarkError } from '../../model/error.ts'
import { asString, isObject, type JsonObject } from '../../model/json.ts'
import type { ExecPlugin, Material, UserAccess } from './access.ts'

/**
 * Reads one entry of `users`. Paths in it start at the folder of the kubeconfig `path`.
 * Fields: k8s.io/client-go/tools/clientcmd/api/v1/types.go (AuthInfo).
 *
 * @param where names the entry in errors
 */
export function userOf(user: JsonObject, path: string, where: string): UserAccess {
  const tokenFile = text(user.tokenFile)
  const token = text(user.token)
  const username = text(user.username)
  return {
    certificate: material(user, 'client-certificate', path, where),
    key: material(user, 'client-key', path, where),
    // The file goes before the token, as in client-go (rest.Config.BearerTokenFile).
    token: tokenFile
      ? { kind: 'file', path: beside(path, tokenFile) }
      : token
        ? { kind: 'data', bytes: Buffer.from(token) }
        : undefined,
    basic: username === undefined ? undefined : { username, password: text(user.password) ?? '' },
    impersonate: impersonationOf(user),
    exec: isObject(user.exec) ? execOf(user.exec, path, where) : undefined,
    authProvider: isObject(user['auth-provider']) ? user['auth-provider'] : undefined,
  }
}

/** Header names and escaping as k8s.io/client-go/transport/round_trippers.go writes them. */
function impersonationOf(user: JsonObject): Readonly<Record<string, string | string[]>> {
  const headers: Record<string, string | string[]> = {}
  const as = text(user.as)
  const uid = text(user['as-uid'])
  const groups = texts(user['as-groups'])
  if (as !== undefined) headers['impersonate-user'] = as
  if (uid !== undefined) headers['impersonate-uid'] = uid
  if (groups.length > 0) headers['impersonate-group'] = groups
  if (isObject(user['as-user-extra'])) {
    for (const [key, values] of Object.entries(user['as-user-extra'])) {
      headers[`impersonate-extra-${encodeURIComponent(key)}`] = texts(values)
    }
  }
  return headers
}

function execOf(exec: JsonObject, path: string, where: string): ExecPlugin {
  const command = text(exec.command)
  if (command === undefined) throw invalid('exec has no command', where, 'Set users[].user.exec.command')
  const env: Record<string, string> = {}
  for (const each of Array.isArray(exec.env) ? exec.env : []) {
    const name = isObject(each) ? text(each.name) : undefined
    if (isObject(each) && name !== undefined) env[name] = asString(each.value) ?? ''
  }
  return {
    apiVersion: text(exec.apiVersion) ?? 'client.authentication.k8s.io/v1',
    // A name is looked up on the PATH; a relative path starts at the file's folder (clientcmd.ResolveLocalPaths).
    command: /[\\/]/.test(command) ? beside(path, command) : command,
    args: texts(exec.args),
    env,
    installHint: text(exec.installHint) ?? '',
    provideClusterInfo: exec.provideClusterInfo === true,
    interactiveMode: text(exec.interactiveMode) ?? 'IfAvailable',
  }
}

/** `NAME-data` (base64) before `NAME` (a file), as clientcmd has it. */
export function material(entry: JsonObject, name: string, path: string, where: string): Material | undefined {
  const data = text(entry[`${name}-data`])
  if (data !== undefined) {
    if (!/^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(data)) throw invalid(`${name}-data is not base64`, where, 'Mend the file')
    return { kind: 'data', bytes: Buffer.from(data, 'base64') }
  }
  const file = text(entry[name])
  return file === undefined ? undefined : { kind: 'file', path: beside(path, file) }
}

/** A fault of the file. */
export const invalid = (what: string, where: string, mend: string): BulwarkError =>
  new BulwarkError('KUBECONFIG_INVALID', { what: `the kubeconfig cannot be used: ${what}`, where, mend })

/** A text that is not empty. */
export const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : []

const beside = (file: string, path: string): string => (isAbsolute(path) ? path : join(dirname(file), path))
