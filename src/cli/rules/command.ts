import { Command, Option } from 'commander'
import { BulwarkError } from '../../model/error.ts'
import { checkRules, type Told } from './check.ts'
import type { RuleLanguage } from './language.ts'
import { languages } from './languages.ts'
import { listRules } from './list.ts'
import { type ReadEvent, readEvents } from './read-events.ts'
import { type ReadRules, readRules, reasonOf } from './read-rules.ts'
import { testRules } from './test-rules.ts'

/** What the command needs of the process around it. */
export interface RulesProcess {
  readonly stdin: AsyncIterable<Uint8Array>
  readonly stdout: { write(text: string): unknown }
}

interface Options {
  readonly output: 'table' | 'json'
  readonly language?: string
}

const examples = `
Examples:
  $ bulwark rules check rules/                                   is every rule read and understood
  $ bulwark rules check k8s_audit_rules.yaml mine.yaml           in this order: the second may change the first
  $ bulwark rules test k8s_audit_rules.yaml -e audit.log         what would have matched
  $ bulwark rules test mine.yaml -e shell.json --expect "Attach/Exec Pod"
  $ bulwark rules list rules/ -o json

Rules are files or folders (all .yaml and .yml below them), or - for standard input. Events are JSON lines as an API
server logs them, or one EventList.

Exit codes: 0 good, 1 rules in error (test: an expected rule did not match), 2 wrong usage, 3 something could not be read.`

/** `bulwark rules check|test|list PATH…`. Hands one of the exit codes to `exit` when it is done. */
export const rulesCommand = (
  around: RulesProcess = process,
  exit: (code: number) => void = (code) => {
    process.exitCode = code
  },
): Command => {
  const tell = async (paths: readonly string[], options: Options, make: (read: ReadRules) => Told | Promise<Told>) => {
    const told = await make(await readRules(paths, languageFor(options.language), around.stdin))
    around.stdout.write(told.text)
    exit(told.exitCode)
  }
  const check = subcommand('check', 'read rules and tell what is wrong with them')
    .option('--strict', 'warnings end with exit code 1, too', false)
    .action((paths: readonly string[], options: Options & { readonly strict: boolean }) =>
      tell(paths, options, (read) => checkRules(read, { json: options.output === 'json', strict: options.strict })),
    )
  const test = subcommand('test', 'run rules over audit events and tell what matches')
    .requiredOption('-e, --events <file>', 'audit events, or - for standard input')
    .option('--expect <rule...>', 'a rule that has to match, by its name')
    .action((paths: readonly string[], options: Options & { readonly events: string; readonly expect?: string[] }) => {
      const { events, expect = [] } = options
      if (events === '-' && paths.includes('-')) {
        throw new BulwarkError('CONFIG_INVALID', {
          what: 'rules and events cannot both come from standard input',
          mend: 'Give a file for one of them',
        })
      }
      return tell(paths, options, (read) =>
        testRules(read, opened(events, readEvents(events, around.stdin)), { json: options.output === 'json', expect }),
      )
    })
  const list = subcommand('list', 'list rules with their severity, source and state').action(
    (paths: readonly string[], options: Options) =>
      tell(paths, options, (read) => listRules(read, { json: options.output === 'json' })),
  )
  const rules = new Command('rules').description('check, try and list detection rules').addHelpText('after', examples)
  for (const command of [check, test, list]) rules.addCommand(command.addHelpText('after', examples))
  return rules
}

const subcommand = (name: string, description: string): Command =>
  new Command(name)
    .description(description)
    .argument('<path...>', 'rules files, folders, or - for standard input')
    .addOption(
      new Option('-l, --language <name>', 'the language of the files; by default each file shows it').choices(
        languages.map((one) => one.name),
      ),
    )
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['table', 'json']).default('table'))

const languageFor =
  (name: string | undefined) =>
  (text: string): RuleLanguage | undefined =>
    languages.find((language) => (name === undefined ? language.recognises(text) : language.name === name))

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
