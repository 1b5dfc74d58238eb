import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isObject, type JsonObject } from '../../src/model/json.ts'

const root = join(import.meta.dirname, '..', '..')

/**
 * What a command, a server or an answer is given at most, in milliseconds: it ends a hang on a machine that has much else to
 * do, and measures nothing.
 */
const patience = 180_000

/** A home folder of its own, so that a test sees no kubeconfig, record or server of the person who runs it. */
export interface Home extends Disposable {
  readonly dir: string
  readonly env: Readonly<Record<string, string>>
}

export const makeHome = (): Home => {
  const dir = mkdtempSync(join(tmpdir(), 'bulwark-home-'))
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: dir,
    XDG_DATA_HOME: join(dir, 'data'),
    XDG_STATE_HOME: join(dir, 'state'),
    TMPDIR: dir,
  }
  return { dir, env, [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }) }
}

/** What a command printed and ended with. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A `bulwark` command that runs. It dies with the test, whatever happens. */
export interface Running extends AsyncDisposable {
  readonly pid: number
  stdout(): string
  stderr(): string
  /** Resolves when a line of standard output matches; rejects when the command ends before or `millis` are over. */
  until(pattern: RegExp, millis?: number): Promise<RegExpExecArray>
  kill(signal: NodeJS.Signals): void
  readonly ended: Promise<Ended>
}

/** As `npm start` and bin/bulwark.cjs start it. */
const startFlags = ['--max-semi-space-size=8']

/** Starts a command of the command line as a user would. `flags` are of Node.js. */
export const bulwark = (
  home: Home,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  flags: readonly string[] = [],
): Running => {
  const child = spawn(process.execPath, [...startFlags, ...flags, join(root, 'bin', 'start.mjs'), ...args], {
    cwd: home.dir,
    env: { ...home.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const texts = { stdout: '', stderr: '' }
  const listeners = new Set<() => void>()
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      texts[stream] += text
      for (const listener of listeners) listener()
    })
  }
  const ended = endOf(child, texts)
  const until: Running['until'] = (pattern, millis = patience) =>
    new Promise((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(texts.stdout)
        if (match === null) return
        done()
        resolve(match)
      }
      const fail = (why: string) => {
        done()
        reject(new Error(`${why} before ${pattern}:\n${texts.stdout}\n${texts.stderr}`))
      }
      const timer = setTimeout(() => fail(`${millis} ms were over`), millis)
      const done = () => {
        clearTimeout(timer)
        listeners.delete(look)
      }
      listeners.add(look)
      look()
      void ended.then(({ code, signal }) => fail(`it ended with ${code ?? signal}`))
    })
  return {
    pid: child.pid ?? 0,
    stdout: () => texts.stdout,
    stderr: () => texts.stderr,
    until,
    kill: (signal) => child.kill(signal),
    ended,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}

const endOf = (child: ChildProcess, texts: { readonly stdout: string; readonly stderr: string }): Promise<Ended> =>
  new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal, ...texts })))

/** Runs a command to its end. */
export const runBulwark = async (
  home: Home,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> => {
  await using running = bulwark(home, args, env)
  return await running.ended
}

/** A server that serves its page, with a way to ask its API. */
export interface Served {
  readonly running: Running
  readonly url: string
  readonly token: string
  get(path: string): Promise<JsonObject>
}

/** Waits until a server that was started serves its page. */
export const served = async (home: Home, running: Running): Promise<Served> => {
  const [, url = ''] = await running.until(/Open (http:\/\/\S+)\/login\S*\n/)
  const announced = join(home.env.XDG_STATE_HOME ?? '', 'bulwark', 'servers', `${running.pid}.json`)
  const word: unknown = JSON.parse(readFileSync(announced, 'utf8'))
  const token = isObject(word) && typeof word.token === 'string' ? word.token : ''
  const get = async (path: string): Promise<JsonObject> => {
    const ask = () => fetch(url + path, { headers: { authorization: `Bearer ${token}` } })
    let response = await ask()
    // A store that does not answer yet is asked again, as the page does.
    for (const end = Date.now() + patience; response.status === 503 && Date.now() < end; response = await ask()) {
      await response.body?.cancel()
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    const body: unknown = await response.json()
    if (!response.ok || !isObject(body)) throw new Error(`${path}: ${response.status} ${JSON.stringify(body)}`)
    return body
  }
  return { running, url, token, get }
}

/** Asks again until the answer is right; throws what was wrong last when `millis` are over. */
export const eventually = async <T>(
  ask: () => Promise<T>,
  isRight: (answer: T) => boolean,
  millis = patience,
): Promise<T> => {
  const end = Date.now() + millis
  for (;;) {
    const answer = await ask().catch((error: unknown) => error)
    if (!(answer instanceof Error) && isRight(answer as T)) return answer as T
    if (Date.now() > end)
      throw new Error(
        `not right after ${millis} ms: ${answer instanceof Error ? answer.message : JSON.stringify(answer)}`,
      )
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** Processes that were started with this home: what a command left behind. */
export const processesOf = (home: Home): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && environmentOf(name).includes(`HOME=${home.dir}\0`))
    .map(Number)

const environmentOf = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8')
  } catch {
    // It ended, or is another user's.
    return ''
  }
}
