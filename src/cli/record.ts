import { setTimeout } from 'node:timers/promises'
import { Command } from 'commander'
import { type Flags, settingsFrom } from '../config/settings.ts'
import { BulwarkError } from '../model/error.ts'
import { withClusterOptions } from './serve-options.ts'

const examples = `
Examples:
  $ bulwark record incident.jsonl.zst                          until Ctrl-C
  $ bulwark record lunch.jsonl.zst --for 30m --context prod
  $ bulwark record node.jsonl.zst --audit-log /var/log/kubernetes/audit.log

A recording holds no secret values. Look at it with \`bulwark replay FILE\`.`

/** `bulwark record FILE`: a cluster, its audit log and its sensors, into a file. */
export const recordCommand = (): Command =>
  withClusterOptions(new Command('record').description('record a cluster, its audit log and its sensors into a file'))
    .argument('<file>', 'the file to make')
    .option('--for <duration>', 'stop after so long: 90s, 30m, 2h (default: until Ctrl-C)')
    .addHelpText('after', examples)
    .action(async (file: string, { for: duration, ...flags }: Flags & { readonly for?: string }) => {
      const millis = duration === undefined ? undefined : millisOf(duration)
      const { recordCluster } = await import('../server/record-cluster.ts')
      const recording = await recordCluster(settingsFrom(flags, process.env), file)
      process.stderr.write(`recording the cluster "${recording.cluster}" into ${file}; Ctrl-C ends it\n`)
      if (recording.audit !== undefined) process.stderr.write(`audit batches are received at ${recording.audit.url}\n`)
      for (const { sensor, url, token } of recording.sensors) {
        process.stderr.write(`what ${sensor} tells is received at ${url}/${token}\n`)
      }
      const stopProgress = showProgress(() =>
        recording.statuses().reduce((sum, { recordsTotal }) => sum + recordsTotal, 0),
      )
      await untilStopped(millis)
      stopProgress()
      const { records, from, to } = await recording.stop()
      process.stderr.write(`${records.toLocaleString('en')} records from ${from} to ${to} in ${file}\n`)
    })

const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 }

const millisOf = (text: string): number => {
  const [, number, unit = ''] = /^(\d{1,6})([smh])$/.exec(text) ?? []
  if (number !== undefined && Number(number) > 0) return Number(number) * (units[unit] ?? 0)
  throw new BulwarkError('CONFIG_INVALID', {
    what: `"${text}" is not a duration`,
    where: '--for',
    mend: 'Write 90s, 30m or 2h',
  })
}

const untilStopped = async (millis: number | undefined): Promise<void> => {
  const interrupted = Promise.withResolvers<void>()
  process.once('SIGINT', () => {
    process.once('SIGINT', () => process.exit(130))
    interrupted.resolve()
  })
  process.once('SIGTERM', interrupted.resolve)
  // Without a time the timer only keeps the process alive: it is longer than anybody records.
  const timer = new AbortController()
  await Promise.race([interrupted.promise, setTimeout(millis ?? 2 ** 31 - 1, undefined, timer).catch(() => {})])
  timer.abort()
}

/** A count that grows on one line of a terminal; nothing where there is none. The answer ends it. */
const showProgress = (count: () => number): (() => void) => {
  if (!process.stderr.isTTY) return () => {}
  const timer = setInterval(() => process.stderr.write(`\r${count().toLocaleString('en')} records `), 500)
  return () => {
    clearInterval(timer)
    process.stderr.write('\r\x1b[K')
  }
}
