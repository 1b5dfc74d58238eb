// The command line. Each command is a file of its own that is loaded when it is asked for, so that `scan` does not pay
// for the server.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { exitCodes, tellError } from './terminal.ts'

const version = (): string => {
  const manifest: unknown = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8'))
  return typeof manifest === 'object' && manifest !== null ? String(Reflect.get(manifest, 'version')) : ''
}

/** Name of the command → its file. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./serve.ts')).serveCommand(),
  link: async () => (await import('./link.ts')).linkCommand(),
  'audit-kubeconfig': async () => (await import('./audit-kubeconfig.ts')).auditKubeconfigCommand(),
  connect: async () => (await import('./connect/command.ts')).connectCommand(),
  scan: async () => (await import('./scan/command.ts')).scanCommand(),
  reach: async () => (await import('./reach/command.ts')).reachCommand(),
  record: async () => (await import('./record.ts')).recordCommand(),
  replay: async () => (await import('./replay.ts')).replayCommand(),
  query: async () => (await import('./query.ts')).queryCommand(),
  state: async () => (await import('./state.ts')).stateCommand(),
  can: async () => (await import('./can/command.ts')).canCommand(),
  rules: async () => (await import('./rules/command.ts')).rulesCommand(),
  selftest: async () => (await import('./selftest/command.ts')).selftestCommand(),
  rehearse: async () => (await import('./rehearse/command.ts')).rehearseCommand(),
  'audit-policy': async () => (await import('./audit-policy/command.ts')).auditPolicyCommand(),
  admit: async () => (await import('./admit/command.ts')).admitCommand(),
}

const run = async (): Promise<void> => {
  const program = new Command('bulwark')
    .description('Records a Kubernetes cluster for its security, and answers every question on that record.')
    .version(version())
    .showHelpAfterError('(add --help for all options and examples)')
    .configureOutput({ writeErr: (text) => process.stderr.write(text) })
    .exitOverride((error) => {
      // Help and version end well; whatever else commander ends with was asked wrongly.
      process.exit(error.exitCode === 0 ? exitCodes.ok : exitCodes.usage)
    })
  const asked = process.argv.slice(2).find((argument) => !argument.startsWith('-')) ?? ''
  const named = Object.hasOwn(commands, asked) ? [asked] : Object.keys(commands)
  for (const name of named) {
    const command = await commands[name]?.()
    if (command === undefined) continue
    for (const part of [command, ...command.commands]) part.copyInheritedSettings(program)
    program.addCommand(command)
  }
  await program.parseAsync()
}

// A reader that has seen enough (`bulwark query … | head`) is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitCodes.ok)
  throw error
})

await run().catch((error: unknown) => {
  process.exitCode = tellError(error)
})
