import { Command, Option } from 'commander'
import type { BacktestStatus } from '../../api/contract/detection.ts'
import { readSuppressions } from '../../detect/suppressions/index.ts'
import { BulwarkError } from '../../model/error.ts'
import type { SuppressionSpec } from '../../model/suppression.ts'
import { clientFor, type ServerChoice } from '../client.ts'
import { collect, honestyOf } from '../objects/world-options.ts'
import { reasonOf, textAt } from '../rules/read-rules.ts'
import type { ScanProcess } from '../scan/command.ts'
import { withServerOptions } from '../server-options.ts'
import { exitCodes } from '../terminal.ts'
import { askServer } from './ask-server.ts'
import type { Candidate } from './candidate.ts'
import { type AskedPeriod, checkPeriod, periodOfServer } from './period.ts'
import { progressLine } from './progress.ts'
import { reportText } from './report.ts'
import { tryRecording } from './try-recording.ts'

interface Options extends ServerChoice, AskedPeriod {
  readonly replaces?: string
  readonly name?: string
  readonly recording?: string
  readonly rules: readonly string[]
  readonly ruleSets?: string
  readonly output: 'table' | 'json'
  readonly json?: boolean
  readonly maxFired?: number
  readonly failIfMore?: number
}

const examples = `
Examples:
  $ bulwark rehearse rule mine.yml                                   the last 7 days of the running server's record
  $ bulwark rehearse rule mine.yml --replaces 4f2f2f3e-6a55-4d0e-8b4c-2a3f6f0d8c11 --since 30d
  $ bulwark rehearse rule mine.yml --recording shop.jsonl.zst --max-fired 10    in CI, without a server
  $ bulwark rehearse suppression backup.yml --since 7d
  $ bulwark rehearse suppression suppressions/ci.yml --name backup --json

A rules file holds one or more documents, as Sigma, Falco or baselines write them. A file of suppressions holds objects of
kind Suppression or plain ones; of several, --name says which. Of what a period never had nothing can be said: the
report names it, with the gaps of the record.

Exit codes: 0 tried, 1 tried and it fires more than --max-fired or --fail-if-more allow, 2 wrong usage, 3 something could
not be read or reached, or the back-test did not come to its end.`

/** `bulwark rehearse rule|suppression FILE`. Hands one of the exit codes to `exit` when it is done. */
export const rehearseCommand = (
  around: ScanProcess = process,
  exit: (code: number) => void = (code) => {
    process.exitCode = code
  },
): Command => {
  const rule = subcommand('rule', 'what a new or changed rule would have done', 'a rules file, or - for standard input')
    .option('--replaces <id>', 'the rule in whose place it would run (default: it is a further one)')
    .action(async (file: string, options: Options) => {
      const text = await textOf(file, around.stdin)
      const { replaces } = options
      exit(await rehearse({ kind: 'rule', text, ...(replaces !== undefined && { replaces }) }, file, options, around))
    })
  const suppression = subcommand(
    'suppression',
    'what a suppression would have kept out of cases',
    'a file with suppressions, or - for standard input',
  )
    .option('--name <name>', 'which of several')
    .action(async (file: string, options: Options) => {
      const spec = suppressionIn(await textOf(file, around.stdin), file, options.name)
      exit(await rehearse({ kind: 'suppression', suppression: spec }, spec.name, options, around))
    })
  const command = new Command('rehearse')
    .description('try a rule or a suppression on what was recorded, old against new')
    .addHelpText('after', examples)
  for (const part of [rule, suppression]) command.addCommand(part.addHelpText('after', examples))
  return command
}

const subcommand = (name: string, description: string, file: string): Command =>
  withServerOptions(
    new Command(name)
      .description(description)
      .argument('<file>', file)
      .option('--since <moment>', 'from then on: 10m, 2h, 7d ago, or RFC 3339 (default: 7 days, or all of a recording)')
      .option('--from <moment>', 'the same')
      .option('--to <moment>', 'up to then (default: now, or the end of a recording)')
      .option('--recording <file>', 'try it on a recording, without a server')
      .option(
        '--rules <path>',
        'with --recording: rules that run beside it, a file or folder (may be repeated)',
        collect,
        [],
      )
      .option('--rule-sets <names>', 'with --recording: shipped sets that run beside it, or none (default: bulwark)')
      .option('--max-fired <count>', 'end with 1 where it fires more often', wholeNumber('max-fired'))
      .option(
        '--fail-if-more <count>',
        'end with 1 where it fires more often than before, by more than so many',
        wholeNumber('fail-if-more'),
      )
      .option('--json', 'the same as --output json')
      .addOption(new Option('-o, --output <format>', 'how to tell it').choices(['table', 'json']).default('table')),
  )

const rehearse = async (
  candidate: Candidate,
  title: string,
  options: Options,
  around: ScanProcess,
): Promise<number> => {
  checkPeriod(options)
  const progress = progressLine(around.stderr)
  const { recording } = options
  if (recording === undefined && (options.rules.length > 0 || options.ruleSets !== undefined)) {
    throw new BulwarkError('CONFIG_INVALID', {
      what: 'a server has rules of its own',
      where: options.rules.length > 0 ? '--rules' : '--rule-sets',
      mend: 'Leave it out, or try a recording with --recording FILE',
    })
  }
  let status: BacktestStatus
  let problems: readonly string[] = []
  try {
    if (recording === undefined)
      status = await askServer(
        clientFor(options, around.env),
        { ...candidate, ...periodOfServer(options) },
        progress.tell,
      )
    else {
      const tried = await tryRecording(candidate, recording, options, around.stdin, progress.tell)
      status = tried.status
      problems = tried.problems
    }
  } finally {
    progress.clear()
  }
  const asJson = options.json === true || options.output === 'json'
  around.stdout.write(asJson ? `${JSON.stringify({ ...status, problems }, null, 2)}\n` : reportText(title, status))
  if (!asJson) around.stderr.write(honestyOf(problems, []))
  if (status.state !== 'done' || problems.length > 0) return exitCodes.failed
  const { maxFired = Number.POSITIVE_INFINITY, failIfMore = Number.POSITIVE_INFINITY } = options
  return status.after > maxFired || status.after - status.before > failIfMore ? exitCodes.found : exitCodes.ok
}

const wholeNumber =
  (flag: string) =>
  (text: string): number => {
    if (/^\d{1,9}$/.test(text)) return Number(text)
    throw new BulwarkError('CONFIG_INVALID', {
      what: `"${text}" is not a whole number`,
      where: `--${flag}`,
      mend: 'Give one, such as 10',
    })
  }

/** The API takes no more. */
const longestText = 1024 * 1024

const textOf = async (file: string, stdin: AsyncIterable<Uint8Array>): Promise<string> => {
  const unread = (what: string, cause?: unknown): BulwarkError =>
    new BulwarkError('NOT_FOUND', { what, where: file, mend: 'Give a file of at most a megabyte', cause })
  let text: string
  try {
    text = await textAt(file, stdin, 4 * longestText)
  } catch (error) {
    throw unread(`it cannot be read: ${reasonOf(error)}`, error)
  }
  if (text.length > longestText) throw unread('there is too much of it')
  return text
}

const suppressionIn = (text: string, file: string, name: string | undefined): SuppressionSpec => {
  const { suppressions, problems } = readSuppressions(text, file, Date.now() * 1000)
  const chosen = name === undefined ? suppressions : suppressions.filter((one) => one.name === name)
  const [one] = chosen
  if (one === undefined || chosen.length > 1) {
    const [problem] = problems
    if (one === undefined && problem !== undefined) throw invalid(problem)
    throw new BulwarkError('CONFIG_INVALID', {
      what:
        one === undefined
          ? `there is no suppression${name === undefined ? '' : ` "${name}"`} in it`
          : `there are ${chosen.length} suppressions in it`,
      where: file,
      mend: `Choose one with --name NAME: ${suppressions
        .slice(0, 10)
        .map((each) => each.name)
        .join(', ')}`,
    })
  }
  const [wrong] = one.problems
  if (wrong !== undefined) throw invalid(wrong)
  const { rules, query, owner, reason, expires } = one
  return { name: one.name, rules, query, owner, reason, expires }
}

const invalid = ({
  file,
  line,
  what,
  mend,
}: {
  file: string
  line: number
  what: string
  mend: string
}): BulwarkError =>
  new BulwarkError('SUPPRESSION_INVALID', { what, where: line === 0 ? file : `${file}:${line}`, mend })
