import { Command, Option } from 'commander'
import { BulwarkError } from '../../model/error.ts'
import { clientFor, type ServerChoice } from '../client.ts'
import { withServerOptions } from '../server-options.ts'
import { checkRules, type Told } from './check.ts'
import { listRules } from './list.ts'
import { listRunningRules } from './list-running.ts'
import { type ReadEvent, readEvents, recordedEvents } from './read-events.ts'
import { type ReadRules, readRules, reasonOf } from './read-rules.ts'
import { testRules } from './test-rules.ts'

/** What the command needs of the process around it. */
export interface RulesProcess {
  readonly stdin: AsyncIterable<Uint8Array>
  readonly stdout: { write(text: string): unknown }
}

interface Options {
  readonly output: 'table' | 'json'
}

interface TestOptions extends Options {
  readonly events?: string
  readonly recording?: string
  readonly expect?: readonly string[]
}

const examples = `
Examples:
  $ bulwark rules check rules/                                   is every rule read and understood
  $ bulwark rules check k8s_audit_rules.yaml mine.yaml           in this order: the second may change the first
  $ bulwark rules test k8s_audit_rules.yaml -e audit.log         what would have matched
  $ bulwark rules test sigma/ --recording shop.jsonl.zst         the same over a recording
  $ bulwark rules test mine.yaml -e shell.json --expect "Attach/Exec Pod"
  $ bulwark rules list rules/ -o json
  $ bulwark rules list                                           those of your running server, and how they do

Rules are files or folders (all .yaml and .yml below them), or - for standard input: Falco's and Sigma's, mixed as you
like. Events are JSON lines as an API server logs them, or one EventList. Correlations count them in order of time.

Exit codes: 0 good, 1 rules in error (test: an expected rule did not match), 2 wrong usage, 3 something could not be read.`

/** `bulwark rules check|test|list PATH…`. Hands one of the exit codes to `exit` when it is done. */
export const rulesCommand = (
  around: RulesProcess = process,
  exit: (code: number) => void = (code) => {
    process.exitCode = code
  },
): Command => {
  const tell = async (paths: readonly string[], make: (read: ReadRules) => Told | Promise<Told>) => {
    const told = await make(await readRules(paths, around.stdin))
    around.stdout.write(told.text)
    exit(told.exitCode)
  }
  const check = subcommand('check', 'read rules and tell what is wrong with them')
    .option('--strict', 'warnings end with exit code 1, too', false)
    .action((paths: readonly string[], options: Options & { readonly strict: boolean }) =>
      tell(paths, (read) => checkRules(read, { json: options.output === 'json', strict: options.strict })),
    )
  const test = subcommand('test', 'run rules over audit events and tell what matches')
    .option('-e, --events <file>', 'audit events, or - for standard input')
    .option('--recording <file>', 'the audit events of a recording (.jsonl.zst)')
    .option('--expect <rule...>', 'a rule that has to match, by its name (of Sigma: title, name or id)')
    .action((paths: readonly string[], options: TestOptions) => {
      const { expect = [] } = options
      const events = eventsOf(options, paths, around.stdin)
      return tell(paths, (read) => testRules(read, events, { json: options.output === 'json', expect }))
    })
  const list = withServerOptions(
    subcommand('list', 'list rules: of files, or without any those of a running server and how they do', '[path...]'),
  ).action(async (paths: readonly string[], options: Options & ServerChoice) => {
    const json = options.output === 'json'
    if (paths.length > 0) return tell(paths, (read) => listRules(read, { json }))
    const told = await listRunningRules(clientFor(options, process.env), { json })
    around.stdout.write(told.text)
    exit(told.exitCode)
  })
  const rules = new Command('rules').description('check, try and list detection rules').addHelpText('after', examples)
  for (const command of [check, test, list]) rules.addCommand(command.addHelpText('after', examples))
  return rules
}

const subcommand = (name: string, description: string, paths = '<path...>'): Command =>
  new Command(name)
    .description(description)
    .argument(paths, 'rules files, folders, or - for standard input')
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['table', 'json']).default('table'))

const eventsOf = (
  { events, recording }: TestOptions,
  paths: readonly string[],
  stdin: AsyncIterable<Uint8Array>,
): AsyncIterable<ReadEvent> => {
  if (events === '-' && paths.includes('-'))
    throw new BulwarkError('CONFIG_INVALID', {
      what: 'rules and events cannot both come from standard input',
      mend: 'Give a file for one of them',
    })
  if (events !== undefined && recording === undefined) return opened(events, readEvents(events, stdin))
  if (recording !== undefined && events === undefined) return recordedEvents(recording)
  throw new BulwarkError('CONFIG_INVALID', {
    what: 'rules are tried on one set of events',
    mend: 'Give either --events FILE or --recording FILE',
  })
}

/** The events, with what the file system says about their file as an error of ours. */
async function* opened(file: string, events: AsyncIterable<ReadEvent>): AsyncGenerator<ReadEvent> {
  try {
    yield* events
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error
    throw new BulwarkError('NOT_FOUND', {
      what: `the events cannot be read: ${reasonOf(error)}`,
      where: file,
      cause: error,
    })
  }
}
