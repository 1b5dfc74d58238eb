import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runningServersDir } from './places.ts'

/** What a server that runs on this machine tells the command line: where it is and the token that opens it. */
export interface RunningServer {
  readonly url: string
  readonly token: string
  readonly pid: number
  readonly startedAt: string
  readonly watches: string
  /** Where it receives audit batches, and the token that they have to bear. */
  readonly audit?: { readonly url: string; readonly token: string }
  /** The same for each runtime sensor that it receives. */
  readonly sensors?: readonly { readonly sensor: string; readonly url: string; readonly token: string }[]
}

type Environment = Readonly<Record<string, string | undefined>>

/** Leaves word of this server, readable by its user alone; the answer takes it back. */
export const announceServer = (server: RunningServer, env: Environment): (() => void) => {
  const dir = runningServersDir(env)
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const file = join(dir, `${server.pid}.json`)
  writeFileSync(file, JSON.stringify(server), { mode: 0o600 })
  chmodSync(file, 0o600)
  return () => rmSync(file, { force: true })
}

/** Servers of this user that run now, the youngest first. What a killed server left behind is cleared away. */
export const runningServers = (env: Environment): readonly RunningServer[] => {
  const dir = runningServersDir(env)
  return namesIn(dir)
    .map((name) => ({ file: join(dir, name), server: readServer(join(dir, name)) }))
    .filter(({ file, server }) => {
      const alive = server !== undefined && isAlive(server.pid)
      if (!alive) rmSync(file, { force: true })
      return alive
    })
    .flatMap(({ server }) => (server === undefined ? [] : [server]))
    .sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1))
}

const namesIn = (dir: string): readonly string[] => {
  try {
    return readdirSync(dir).filter((name) => name.endsWith('.json'))
  } catch {
    return []
  }
}

const readServer = (file: string): RunningServer | undefined => {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'))
    return isServer(value) ? value : undefined
  } catch {
    return undefined
  }
}

const isServer = (value: unknown): value is RunningServer =>
  typeof value === 'object' &&
  value !== null &&
  ['url', 'token', 'startedAt', 'watches'].every((key) => typeof Reflect.get(value, key) === 'string') &&
  Number.isInteger(Reflect.get(value, 'pid'))

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it lives, and is another user's.
    return error instanceof Error && Reflect.get(error, 'code') === 'EPERM'
  }
}
