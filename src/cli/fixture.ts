import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import type { ScanProcess } from './scan/command.ts'

/** What a test lays around a command. */
export interface Around {
  /** Files of its folder, by name. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  /** Standard input. */
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
  /** Whether standard error is a terminal. */
  readonly isTTY?: boolean
}

/** Runs a command in a folder of its own, of which `argsOf` and the answer tell. */
export const runCommand = async (
  commandOf: (around: ScanProcess, exit: (code: number) => void) => Command,
  argsOf: (folder: string) => readonly string[],
  { files = {}, input = '', env = {}, isTTY = false }: Around,
): Promise<{
  readonly folder: string
  readonly code: number | undefined
  readonly stdout: string
  readonly stderr: string
}> => {
  const folder = mkdtempSync(join(tmpdir(), 'bulwark-command-'))
  let stdout = ''
  let stderr = ''
  let code: number | undefined
  async function* stdin() {
    yield Buffer.from(input)
  }
  const around = {
    stdin: stdin(),
    stdout: { write: (text: string) => (stdout += text) },
    stderr: { isTTY, write: (text: string) => (stderr += text) },
    env,
  }
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
    const command = commandOf(around, (given) => {
      code = given
    })
    const bulwark = new Command('bulwark').version('1.2.3').addCommand(command)
    await bulwark.parseAsync([command.name(), ...argsOf(folder)], { from: 'user' })
    return { folder, code, stdout, stderr }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
