import type { Command } from 'commander'
import { withServerOptions } from '../server-options.ts'
import { visible } from '../terminal.ts'

/** Adds the options by which a command is told which objects to answer from. */
export const withWorldOptions = (command: Command): Command =>
  withServerOptions(
    command
      .option('-f, --file <path>', 'answer from manifests: a file, a folder, or - (may be repeated)', collect, [])
      .option('--at <moment>', "answer from a server's record as of then: 10m, 2h ago, or RFC 3339 (default: now)"),
  )

/** For options that may be repeated. */
export const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value]

/** What has to be said of an answer, for standard error: each a line. */
export const honestyOf = (problems: readonly string[], notes: readonly string[]): string =>
  [...problems.map((problem) => `not read: ${problem}`), ...notes.map((note) => `note: ${note}`)]
    .map((line) => `${visible(line)}\n`)
    .join('')
