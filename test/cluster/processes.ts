import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What to start: a file with its arguments; `name` also becomes its argv[0] and names its log. */
export type Program = {
  readonly name: string
  readonly file: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** A running program of a nest. */
export type Running = {
  readonly name: string
  readonly pid: number
  /** The exit code, or the signal's name, once it has ended. */
  readonly ended: () => number | NodeJS.Signals | undefined
  /** Sends the signal to the program's whole group, SIGKILL if nothing is said, and waits until it has ended. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<void>
  /** Stands it still (SIGSTOP): connections stay open and are not answered. */
  readonly pause: () => void
  readonly resume: () => void
  /** Everything it has written so far, both streams. */
  readonly log: () => Promise<string>
}

/** A temporary folder and the programs that live in it, which all go together. */
export type Nest = AsyncDisposable & {
  readonly folder: string
  readonly start: (program: Program) => Running
  /** Shell commands that run after every program has been killed, before the folder is removed. */
  readonly atEnd: (command: string) => void
}

/** Throws, with the last lines of its log, if one of the programs has ended. */
export async function expectAlive(programs: readonly Running[]): Promise<void> {
  for (const each of programs) {
    if (each.ended() === undefined) continue
    const lines = (await each.log()).trimEnd().split('\n')
    throw new Error(`${each.name} ended with ${each.ended()}:\n${lines.slice(-20).join('\n')}`)
  }
}

/**
 * Makes a nest. However this process ends (return, exception, Ctrl-C, kill -9), the programs are killed with their
 * children and the folder is removed: a small shell in a session of its own holds the read end of a pipe, and clears
 * up when the pipe closes.
 */
export async function makeNest(name: string): Promise<Nest> {
  const folder = await mkdtemp(join(tmpdir(), `bulwark-${name}-`))
  const warden = spawn('/bin/sh', ['-c', wardenScript, 'warden', folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
  })
  const tell = (line: string) => warden.stdin.write(`${line}\n`)
  warden.stdin.on('error', () => {}) // the warden is gone only when it has been killed from outside
  warden.unref()
  const running = new Set<Running>()
  return {
    folder,
    start: (program) => {
      const started = start(program, folder, tell)
      running.add(started)
      return started
    },
    atEnd: (command) => void tell(`! ${command}`),
    [Symbol.asyncDispose]: async () => {
      warden.ref()
      await Promise.all([...running].map((each) => each.stop()))
      const gone = warden.exitCode === null && warden.signalCode === null ? once(warden, 'exit') : undefined
      warden.stdin.end()
      await gone
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** Reads lines "+ GROUP", "- GROUP" and "! COMMAND"; when they end, clears up. */
const wardenScript = `
trap '' INT TERM HUP QUIT
groups= ; commands=
while read -r sign rest; do
  case $sign in
    +) groups="$groups $rest" ;;
    -) kept= ; for g in $groups; do [ "$g" = "$rest" ] || kept="$kept $g"; done; groups=$kept ;;
    !) commands="$commands$rest
" ;;
  esac
done
for g in $groups; do kill -s KILL -- "-$g"; done
eval "$commands"
for try in 1 2 3 4 5 6 7 8 9 10; do rm -rf -- "$1" && break; sleep 0.2; done
`

function start(program: Program, folder: string, tell: (line: string) => void): Running {
  const logFile = join(folder, `${program.name}.log`)
  const output = openSync(logFile, 'a')
  const child = spawn(program.file, program.args, {
    argv0: program.name,
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: folder, ...program.env },
    cwd: folder,
    stdio: ['ignore', output, output],
    detached: true, // a group of its own, so that its children can be ended with it
  })
  closeSync(output)
  child.on('error', () => {}) // told below, by the missing pid
  const pid = child.pid
  if (pid === undefined) throw new Error(`${program.file} cannot be started`)
  tell(`+ ${pid}`)
  const exit = new Promise<void>((resolve) => child.once('exit', () => resolve())).then(() => tell(`- ${pid}`))
  child.unref()
  return {
    name: program.name,
    pid,
    ended: () => endOf(child),
    stop: async (signal = 'SIGKILL') => {
      child.ref()
      if (endOf(child) === undefined) signalGroup(pid, signal)
      await exit
    },
    pause: () => signalGroup(pid, 'SIGSTOP'),
    resume: () => signalGroup(pid, 'SIGCONT'),
    log: () => readFile(logFile, 'utf8'),
  }
}

function endOf(child: ChildProcess): number | NodeJS.Signals | undefined {
  return child.exitCode ?? child.signalCode ?? undefined
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  process.kill(-pid, signal)
}
