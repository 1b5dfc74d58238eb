import { setFlagsFromString } from 'node:v8'
import { Command } from 'commander'
import { type Flags, settingsFrom } from '../config/settings.ts'
import { withServeOptions } from './serve-options.ts'

const examples = `
Examples:
  $ bulwark serve                                  the cluster of your kubeconfig; without one, a recording
  $ bulwark serve --context prod --secrets metadata
  $ bulwark serve --audit-log /var/log/kubernetes/audit.log
  $ bulwark serve --recording incident.jsonl.zst --speed 10
  $ BULWARK_TOKEN=$(openssl rand -hex 24) bulwark serve --listen 0.0.0.0:7300

Every option has an environment variable: --data-dir is BULWARK_DATA_DIR.`

/** `bulwark serve`: records and serves the page until it is stopped. */
export const serveCommand = (): Command =>
  withServeOptions(new Command('serve').description('record a cluster and serve the page and the API'))
    .option('--recording <file>', 'replay a recording instead of watching a cluster')
    .option('--speed <factor>', 'how fast: 1 is as it happened, max is at once (the default)')
    .addHelpText('after', examples)
    .action((flags: Flags) => serve(flags))

/** Runs a server until Ctrl-C or SIGTERM; a second Ctrl-C ends it at once. */
export const serve = async (flags: Flags): Promise<void> => {
  // Parsed batches make much garbage: without it the heap grows to twice what is in use before it is collected.
  setFlagsFromString('--heap-growing-percent=75')
  const { startServer } = await import('../main.ts')
  await startServer(settingsFrom(flags, process.env), {
    env: process.env,
    say: (line) => process.stdout.write(`${line}\n`),
    warn: (line) => process.stderr.write(`${line}\n`),
  }).then(({ stop, stopped }) => {
    const end = () => {
      process.stdout.write('\nstopping …\n')
      process.once('SIGINT', () => process.exit(130))
      void stop()
    }
    process.once('SIGINT', end)
    process.once('SIGTERM', end)
    return stopped
  })
}
