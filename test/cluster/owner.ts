import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'

/** A process of its own that starts something, so that a test can end it roughly and look at what it leaves. */
export type Owner = ChildProcessByStdio<Writable, Readable, null>

/** Runs the script (TypeScript, in this folder); resolves with the first that it writes. */
export async function startOwner(script: string): Promise<{ readonly owner: Owner; readonly line: string }> {
  const owner = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], {
    cwd: import.meta.dirname,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const output: unknown = (await once(owner.stdout, 'data'))[0]
  return { owner, line: String(output).trim() }
}

/** Ids of the processes that have the folder in their command line. */
export async function processesIn(folder: string): Promise<readonly string[]> {
  const found: string[] = []
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    const commandLine = await readFile(join('/proc', pid, 'cmdline'), 'utf8').catch(() => '')
    if (commandLine.includes(folder)) found.push(pid)
  }
  return found
}
