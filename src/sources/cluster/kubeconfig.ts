import { readFile, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { LineCounter, parseDocument } from 'yaml'
import { BulwarkError } from '../../model/error.ts'
import { asString, isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import { type ClusterAccess, noCredentials } from './access.ts'
import { invalid, material, text, userOf } from './kubeconfig-user.ts'

/** What the person asked for; everything may be left out. `env`, `home` and `serviceAccountDir` are for tests. */
export interface FindOptions {
  /** `--kubeconfig`: this file only. */
  readonly kubeconfig?: string
  /** `--context` instead of the file's current context. */
  readonly context?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly home?: string
  readonly serviceAccountDir?: string
}

/** A cluster to read, or none with the places that were looked at. */
export type FoundCluster =
  | { readonly kind: 'found'; readonly access: ClusterAccess }
  | { readonly kind: 'none'; readonly looked: readonly string[] }

/**
 * Finds the cluster to read, without speaking to it, in kubectl's order: `--kubeconfig`, the files of $KUBECONFIG,
 * ~/.kube/config, the service account of the pod that we run in.
 *
 * Reading and merging follow k8s.io/client-go/tools/clientcmd (loader.go): missing files of $KUBECONFIG are skipped,
 * the first file to name a cluster, user or context wins, relative paths start at the file's folder. We do it here
 * and not with @kubernetes/client-node, which ignores `tokenFile` and `as-groups`, throws at a missing file and at a
 * name that two files share, and costs 0.4 s and 80 MB to load.
 *
 * @throws BulwarkError KUBECONFIG_MISSING where a file was asked for and is not there, KUBECONFIG_INVALID where one
 * cannot be used.
 */
export async function findCluster(options: FindOptions = {}): Promise<FoundCluster> {
  const env = options.env ?? process.env
  const looked: string[] = []
  const files = await readFiles(options, env, looked)
  const contexts = files.flatMap((file) => file.contexts)
  const asked = options.kubeconfig !== undefined || options.context !== undefined
  if (files.length > 0 && (contexts.length > 0 || asked)) {
    return { kind: 'found', access: contextOf(files, options.context) }
  }
  const dir = options.serviceAccountDir ?? '/var/run/secrets/kubernetes.io/serviceaccount'
  const access = await inCluster(dir, env)
  if (access) return { kind: 'found', access }
  return { kind: 'none', looked: [...looked, `${dir}/token`] }
}

interface Named {
  readonly name: string
  readonly value: JsonObject
}

interface KubeconfigFile {
  readonly path: string
  readonly currentContext: string
  readonly contexts: readonly Named[]
  readonly clusters: readonly Named[]
  readonly users: readonly Named[]
}

// A kubeconfig with thousands of clusters stays below this; more is another file named by mistake.
const maxFileBytes = 16 * 1024 * 1024

async function readFiles(
  options: FindOptions,
  env: Readonly<Record<string, string | undefined>>,
  looked: string[],
): Promise<readonly KubeconfigFile[]> {
  const listed = (env.KUBECONFIG ?? '').split(delimiter).filter((path) => path !== '')
  const paths =
    options.kubeconfig !== undefined
      ? [options.kubeconfig]
      : listed.length > 0
        ? [...new Set(listed)]
        : [join(options.home ?? homedir(), '.kube', 'config')]
  const files: KubeconfigFile[] = []
  for (const path of paths) {
    looked.push(path)
    const text = await readText(path)
    if (text !== undefined) files.push(parseKubeconfig(text, path))
  }
  if (files.length === 0 && (options.kubeconfig !== undefined || listed.length > 0)) {
    const what = options.kubeconfig !== undefined ? 'the kubeconfig does not exist' : 'no file of $KUBECONFIG exists'
    throw new BulwarkError('KUBECONFIG_MISSING', {
      what,
      where: paths.join(', '),
      mend:
        options.kubeconfig !== undefined ? 'Give the right path to --kubeconfig' : 'Set KUBECONFIG right, or unset it',
    })
  }
  return files
}

async function readText(path: string): Promise<string | undefined> {
  try {
    const about = await stat(path)
    if (about.size > maxFileBytes) throw new Error(`it has ${about.size} bytes, more than ${maxFileBytes}`)
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined
    throw new BulwarkError('KUBECONFIG_INVALID', {
      what: `the kubeconfig cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      where: path,
      mend: 'Check the path and its permissions',
      cause: error,
    })
  }
}

/** Parses one file. An empty file is a kubeconfig without contexts. */
function parseKubeconfig(text: string, path: string): KubeconfigFile {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false, logLevel: 'silent' })
  const [fault] = document.errors
  if (fault) {
    const at = lines.linePos(fault.pos[0])
    // The parser's own message quotes the line, which may hold a token or a key.
    throw invalid(
      `it is not YAML: ${fault.code}`,
      `${path}:${at.line}:${at.col}`,
      'Mend the file; `kubectl config view` shows whether kubectl can read it',
    )
  }
  const root: unknown = toPlain(document, path)
  if (root === null || root === undefined) return { path, currentContext: '', contexts: [], clusters: [], users: [] }
  if (!isObject(root))
    throw invalid('it is not a kubeconfig: no mapping at the top', path, 'Give the path of a kubeconfig')
  if (root.kind !== undefined && root.kind !== 'Config') {
    throw invalid(`it is not a kubeconfig: kind is ${JSON.stringify(root.kind)}`, path, 'Give the path of a kubeconfig')
  }
  return {
    path,
    currentContext: asString(root['current-context']) ?? '',
    contexts: namedList(root, 'contexts', 'context', path),
    clusters: namedList(root, 'clusters', 'cluster', path),
    users: namedList(root, 'users', 'user', path),
  }
}

function toPlain(document: ReturnType<typeof parseDocument>, path: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    throw invalid(`it is not YAML: ${error instanceof Error ? error.message : String(error)}`, path, 'Mend the file')
  }
}

function namedList(root: JsonObject, list: string, entry: string, path: string): readonly Named[] {
  const items = root[list] ?? []
  if (!Array.isArray(items)) throw invalid(`${list} is not a list`, path, 'Mend the file')
  return items.map((item: JsonValue, index) => {
    const name = isObject(item) ? asString(item.name) : undefined
    if (!isObject(item) || name === undefined) throw invalid(`${list}[${index}] has no name`, path, 'Mend the file')
    const value = item[entry] ?? {}
    if (!isObject(value)) throw invalid(`${list}[${index}].${entry} is not a mapping`, path, 'Mend the file')
    return { name, value }
  })
}

function contextOf(files: readonly KubeconfigFile[], asked: string | undefined): ClusterAccess {
  const paths = files.map((file) => file.path).join(', ')
  const names = [...new Set(files.flatMap((file) => file.contexts.map((context) => context.name)))]
  const choose = names.length === 0 ? 'It holds no contexts: add one' : `Choose one with --context: ${shorten(names)}`
  const name = asked ?? files.map((file) => file.currentContext).find((current) => current !== '')
  if (name === undefined) throw invalid('it has no current-context', paths, choose)
  const context = findNamed(files, 'contexts', name)
  if (!context) throw invalid(`there is no context "${name}"`, paths, choose)
  const clusterName = asString(context.value.cluster) ?? ''
  const cluster = findNamed(files, 'clusters', clusterName)
  const where = `${context.path}, context "${name}"`
  if (!cluster)
    throw invalid(
      `its cluster "${clusterName}" is not in the file`,
      where,
      'Add the cluster, or choose another context',
    )
  const userName = asString(context.value.user) ?? ''
  const user = findNamed(files, 'users', userName)
  if (!user && userName !== '')
    throw invalid(`its user "${userName}" is not in the file`, where, 'Add the user, or choose another context')
  const entry = `${cluster.path}, cluster "${clusterName}"`
  return {
    context: name,
    from: where,
    server: serverOf(asString(cluster.value.server), entry),
    ca: material(cluster.value, 'certificate-authority', cluster.path, entry),
    serverName: text(cluster.value['tls-server-name']),
    skipVerify: cluster.value['insecure-skip-tls-verify'] === true,
    proxyUrl: text(cluster.value['proxy-url']),
    user: userOf(user?.value ?? {}, user?.path ?? context.path, `${user?.path ?? context.path}, user "${userName}"`),
  }
}

function findNamed(
  files: readonly KubeconfigFile[],
  list: 'contexts' | 'clusters' | 'users',
  name: string,
): { readonly value: JsonObject; readonly path: string } | undefined {
  for (const file of files) {
    const found = file[list].find((each) => each.name === name)
    if (found) return { value: found.value, path: file.path }
  }
  return undefined
}

function serverOf(server: string | undefined, where: string): string {
  const full = server?.includes('://') ? server : `https://${server ?? ''}`
  if (server === undefined || server === '' || !URL.canParse(full) || !/^https?:$/.test(new URL(full).protocol)) {
    throw invalid(`server is ${JSON.stringify(server ?? '')}, not an address`, where, 'Set server to https://HOST:PORT')
  }
  return full.replace(/\/+$/, '')
}

/** Possible as in clientcmd (inClusterClientConfig.Possible); the rest as rest.InClusterConfig. */
async function inCluster(
  dir: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ClusterAccess | undefined> {
  const host = env.KUBERNETES_SERVICE_HOST ?? ''
  const port = env.KUBERNETES_SERVICE_PORT ?? ''
  if (host === '' || port === '') return undefined
  const token = join(dir, 'token')
  const there = await stat(token).then(
    (about) => about.isFile(),
    () => false,
  )
  if (!there) return undefined
  return {
    context: 'in-cluster',
    from: `the service account of this pod, ${dir}`,
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    ca: { kind: 'file', path: join(dir, 'ca.crt') },
    serverName: undefined,
    skipVerify: false,
    proxyUrl: undefined,
    user: { ...noCredentials, token: { kind: 'file', path: token } },
  }
}

const shorten = (names: readonly string[]): string =>
  names.length <= 10 ? names.join(', ') : `${names.slice(0, 10).join(', ')} and ${names.length - 10} more`
