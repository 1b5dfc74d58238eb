import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { access, mkdir, mkdtemp, open, readFile, rename, rm, symlink } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

/** The version of Kubernetes that stack/go.mod requires. */
export const kubernetesVersion = 'v1.37.2'

const programs = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kube-proxy',
  'kubectl',
  'kwok',
  'kwok-stages',
] as const

/** A program of the stack, under the name of its file. */
export type ProgramName = (typeof programs)[number]

/** The real Kubernetes programs, or the reason why there are none: tests then skip by name and show it. */
export type Stack =
  | { readonly kind: 'available'; readonly programs: ReadonlyMap<ProgramName, string> }
  | { readonly kind: 'unavailable'; readonly reason: string }

/**
 * Finds the programs in KUBEBUILDER_ASSETS where that is set, else in the cache, and builds them there with Go the
 * first time (about 12 CPU minutes; 1 GB of modules is fetched from the Go module proxy).
 *
 * @param say is given a line of progress now and then
 */
export async function findStack(
  say: (line: string) => void = sayOnStderr,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Stack> {
  const assets = env.KUBEBUILDER_ASSETS
  if (assets !== undefined && assets !== '') return stackIn(assets, ['etcd', 'kube-apiserver', 'kubectl'])
  const source = join(import.meta.dirname, 'stack')
  const folder = join(cacheFolder(env), 'kubestack', await keyOf(source))
  if (await exists(folder)) return stackIn(folder, programs)
  const go = await run('go', ['env', 'GOVERSION'], { cwd: source, env })
  if (go.code !== 0) {
    return { kind: 'unavailable', reason: `Kubernetes ${kubernetesVersion} is built with Go, and ${go.problem}` }
  }
  await using _ = await lock(`${folder}.lock`, say)
  if (await exists(folder)) return stackIn(folder, programs) // another run built it while this one waited
  const failure = await build(source, folder, say, env)
  return failure === undefined
    ? stackIn(folder, programs)
    : { kind: 'unavailable', reason: `the build of Kubernetes ${kubernetesVersion} failed: ${failure}` }
}

/** Where things are kept that take long to make: $XDG_CACHE_HOME/bulwark, or ~/.cache/bulwark. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'bulwark')
}

/**
 * Takes a lock that is a file with the holder's process id, and waits while another living process holds it.
 * Disposing gives it back; the lock of a process that died is taken over.
 */
export async function lock(path: string, say: (line: string) => void): Promise<AsyncDisposable> {
  await mkdir(join(path, '..'), { recursive: true })
  for (let said = false; ; await wait(500)) {
    try {
      const file = await open(path, 'wx')
      await file.writeFile(String(process.pid))
      await file.close()
      return { [Symbol.asyncDispose]: () => rm(path, { force: true }) }
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw error
    }
    const holder = Number(await readFile(path, 'utf8').catch(() => ''))
    if (holder > 0 && !alive(holder)) await rm(path, { force: true })
    else if (!said) {
      say(`waiting for process ${holder}, which is making ${path.replace(/\.lock$/, '')}`)
      said = true
    }
  }
}

/** Whether the path exists. */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

async function stackIn(folder: string, required: readonly ProgramName[]): Promise<Stack> {
  const found = new Map<ProgramName, string>()
  for (const name of programs) if (await exists(join(folder, name))) found.set(name, join(folder, name))
  const missing = required.filter((name) => !found.has(name))
  if (missing.length > 0) return { kind: 'unavailable', reason: `${folder} has no ${missing.join(', ')}` }
  return { kind: 'available', programs: found }
}

async function keyOf(source: string): Promise<string> {
  const hash = createHash('sha256')
  for (const name of ['go.mod', 'go.sum', 'main.go']) hash.update(await readFile(join(source, name)))
  return `${kubernetesVersion}-${hash.digest('hex').slice(0, 16)}`
}

/** Builds into a folder beside the final one, which then appears whole by one rename. Returns why it failed, if so. */
async function build(
  source: string,
  folder: string,
  say: (line: string) => void,
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const work = await mkdtemp(`${folder}.new-`)
  try {
    const output = join(work, 'kubestack')
    say(`building Kubernetes ${kubernetesVersion}, etcd and kwok: once, about 6 minutes on 2 idle cores`)
    const started = performance.now()
    let packages = 0
    let told = started
    const arguments_ = ['build', '-v', '-trimpath', '-ldflags', linkerFlags(), '-o', output, '.']
    const result = await run('go', arguments_, { cwd: source, env }, () => {
      packages++
      if (performance.now() - told < 15_000) return
      told = performance.now()
      say(`built ${packages} of about 2,900 packages in ${Math.round((told - started) / 1000)} s`)
    })
    if (result.code !== 0) return result.problem
    for (const name of programs) await symlink('kubestack', join(work, name))
    await rename(work, folder)
    say(`built in ${Math.round((performance.now() - started) / 1000)} s: ${folder}`)
    return undefined
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** Without these flags everything works, but /version says v0.0.0-master. */
function linkerFlags(): string {
  const [major, minor] = kubernetesVersion.slice(1).split('.')
  const values = {
    gitVersion: kubernetesVersion,
    gitMajor: major,
    gitMinor: minor,
    gitCommit: 'unknown',
    gitTreeState: 'archive',
    buildDate: '2026-01-01T00:00:00Z',
  }
  const sets = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((path) =>
    Object.entries(values).map(([name, value]) => `-X ${path}.${name}=${value}`),
  )
  return ['-s', '-w', ...sets].join(' ')
}

type Result = { readonly code: number; readonly problem: string }

function run(
  command: string,
  args: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
  onLine?: (line: string) => void,
): Promise<Result> {
  return new Promise((resolve) => {
    const forGo = { ...env, CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false -mod=readonly' }
    const child = spawn(command, args, { cwd, env: forGo, stdio: ['ignore', 'ignore', 'pipe'] })
    const last: string[] = []
    let rest = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        last.push(line)
        if (last.length > 20) last.shift()
        onLine?.(line)
      }
    })
    child.once('error', (error) => {
      resolve({
        code: -1,
        problem: `${command} cannot be started (${isCode(error, 'ENOENT') ? 'not found' : error.message})`,
      })
    })
    child.once('close', (code) =>
      resolve({ code: code ?? -1, problem: `${command} said: ${[...last, rest].join('\n').trim()}` }),
    )
  })
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

function sayOnStderr(line: string): void {
  process.stderr.write(`${line}\n`)
}
