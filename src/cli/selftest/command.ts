import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline/promises'
import { Command, Option } from 'commander'
import { BulwarkError } from '../../model/error.ts'
import { isObject } from '../../model/json.ts'
import { type ClusterAccess, findCluster } from '../../sources/cluster/index.ts'
import { type Client, clientFor, type ServerChoice } from '../client.ts'
import { collect } from '../objects/world-options.ts'
import type { ScanProcess } from '../scan/command.ts'
import { withServerOptions } from '../server-options.ts'
import { tableLines } from '../table.ts'
import { exitCodes, visible } from '../terminal.ts'
import { acts, notActed } from './acts/index.ts'
import { type KnownRule, knownRules } from './catalog.ts'
import { type Choice, choose } from './choice.ts'
import { planText } from './plan.ts'
import { reportJson, reportText } from './report.ts'
import { runSelftest } from './run.ts'
import { connectedSensors, servedRules } from './server.ts'

interface Options extends ServerChoice {
  readonly kubeconfig?: string
  readonly context?: string
  readonly rule: readonly string[]
  readonly namespace?: string
  readonly wait: string
  readonly yes?: boolean
  readonly list?: boolean
  readonly dryRun?: boolean
  readonly strict?: boolean
  readonly tellOutputs?: boolean
  readonly json?: boolean
  readonly output: 'table' | 'json'
}

export interface SelftestProcess extends ScanProcess {
  readonly stdin: ScanProcess['stdin'] & { readonly isTTY?: boolean }
}

const examples = `
Examples:
  $ bulwark selftest --list                    every rule, and how it would be tested
  $ bulwark selftest --dry-run                 what would be done, what it needs, and nothing else
  $ bulwark selftest --yes                     in the cluster of the kubeconfig, seen by the server that runs
  $ bulwark selftest --rule privileged-pod --context staging --yes --json

Only what is inert is made, in two namespaces of its own, which are deleted at the end, also after Ctrl-C; a second Ctrl-C
does not wait for that. All other writes are dry runs. Requests name themselves (user agent bulwark-selftest) and carry a
mark that the server gave, by which it labels and closes the cases; outputs are told only with --tell-outputs.

Each rule ends as one of: fired end to end; fired on its replayed tests (those that learn for hours, and those that
nothing harmless acts out); could not fire, and why (off, suppressed, no such source, dropped by the audit policy); FAILED.

Exit codes: 0 no rule failed, 1 one did (with --strict: or could not fire), 2 wrong usage or no yes, 3 the server or the cluster could not be
reached, it was interrupted, or a namespace is still there.`

/** `bulwark selftest`. Hands one of the exit codes to `exit` when it is done. */
export const selftestCommand = (
  around: SelftestProcess = process,
  exit: (code: number) => void = (code) => {
    process.exitCode = code
  },
): Command =>
  withServerOptions(
    new Command('selftest')
      .description('act out what rules look for, without harm, and see whether they fire')
      .option('--kubeconfig <file>', 'the kubeconfig to act with (default: as kubectl does)')
      .option('--context <name>', 'its context')
      .option('--rule <id or name>', 'only this rule (may be repeated)', collect, [])
      .option('--namespace <name>', 'the namespace that is made for it (default: bulwark-selftest- and six digits)')
      .option('--wait <seconds>', 'how long rules may take to fire after the last request', '60')
      .option('--yes', 'do not ask first')
      .option('--list', 'only say how each rule is tested')
      .option('--dry-run', 'only say what would be done')
      .option('--strict', 'exit with 1 also where a rule could not fire')
      .option('--tell-outputs', 'let outputs be told of the cases')
      .option('--json', 'the same as --output json')
      .addOption(new Option('-o, --output <format>', 'how to tell it').choices(['table', 'json']).default('table')),
  )
    .addHelpText('after', examples)
    .action(async (options: Options) => exit(await selftest(options, around)))

const selftest = async (options: Options, around: SelftestProcess): Promise<number> => {
  const waitMillis = checkedWait(options.wait)
  const own = checkedNamespace(options.namespace)
  const known = knownRules()
  const wanted = wantedRules(known, options.rule)
  const isJson = options.json === true || options.output === 'json'
  if (options.list === true) {
    around.stdout.write(listText(wanted, isJson))
    return exitCodes.ok
  }
  const choice = choose(wanted)
  const told = { own, tellOutputs: options.tellOutputs === true }
  const plan = (chosen: Choice, where: string): string =>
    planText({ ...told, where, acts: chosen.acts, samples: chosen.sampled.length, replayed: chosen.replayed })
  if (options.dryRun === true) {
    around.stdout.write(visibleLines(plan(choice, 'the cluster of the kubeconfig')))
    return exitCodes.ok
  }
  const client = clientFor(options, around.env)
  const served = await servedRules(client)
  const access = await accessOf(options, around)
  await checkSameCluster(client, access.context)
  const running = choose(wanted.filter(({ id }) => served.get(id)?.enabled === true))
  around.stderr.write(visibleLines(plan(running, access.from)))
  if (options.yes !== true && !(await isConfirmed(around))) return exitCodes.usage
  const report = await runSelftest({
    client,
    access,
    ...told,
    known,
    wanted,
    choice: running,
    served,
    sensors: await connectedSensors(client),
    waitMillis,
    tell: progressTo(around),
  })
  around.stdout.write(isJson ? reportJson(report) : reportText(report))
  if (report.left !== '')
    around.stderr.write(
      `${visible(`Still there: ${report.left}. Delete with: kubectl --context '${access.context}' delete namespace ${own} ${own}-open`)}\n`,
    )
  if (report.left !== '' || report.isInterrupted) return exitCodes.failed
  const isBad = report.outcomes.some(({ kind }) => kind === 'failed' || (kind === 'cannot' && options.strict === true))
  return isBad ? exitCodes.found : exitCodes.ok
}

const invalid = (what: string, where: string, mend: string): BulwarkError =>
  new BulwarkError('CONFIG_INVALID', { what, where, mend })

const checkedWait = (wait: string): number => {
  if (/^\d{1,3}$/.test(wait) && Number(wait) >= 1) return Number(wait) * 1000
  throw invalid(`"${wait}" is not a number of seconds`, '--wait', 'Give one up to 999, such as 60')
}

const checkedNamespace = (namespace = `bulwark-selftest-${randomBytes(3).toString('hex')}`): string => {
  if (/^[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?$/.test(namespace)) return namespace
  throw invalid(`"${namespace}" cannot be used`, '--namespace', 'Use small letters, digits and -, at most 50')
}

const wantedRules = (known: ReadonlyMap<string, KnownRule>, asked: readonly string[]): readonly KnownRule[] => {
  const rules = [...known.values()]
  if (asked.length === 0) return rules
  const unknown = asked.find((one) => !rules.some(({ id, name }) => id === one || name === one))
  if (unknown !== undefined)
    throw invalid(`there is no rule "${unknown}" of ours`, '--rule', 'bulwark selftest --list names them')
  return rules.filter(({ id, name }) => asked.includes(id) || asked.includes(name))
}

const accessOf = async (options: Options, { env }: SelftestProcess): Promise<ClusterAccess> => {
  const found = await findCluster({
    env,
    ...(options.kubeconfig !== undefined && { kubeconfig: options.kubeconfig }),
    ...(options.context !== undefined && { context: options.context }),
  })
  if (found.kind === 'found') return found.access
  throw new BulwarkError('KUBECONFIG_MISSING', {
    what: 'there is no kubeconfig',
    where: found.looked.join(', '),
    mend: 'Name one with --kubeconfig FILE',
  })
}

/** What a server of another cluster sees would prove nothing. */
const checkSameCluster = async (client: Client, context: string): Promise<void> => {
  const status = await client.get('/api/v1/status')
  const { mode, cluster } = isObject(status) ? status : {}
  if (mode === 'live' && cluster === context) return
  throw invalid(
    mode === 'live'
      ? `the server looks at the cluster "${String(cluster)}", and the kubeconfig is for "${context}"`
      : 'the server replays a recording: it does not see the cluster',
    client.url,
    'Name the same cluster with --context, or another server with --server',
  )
}

const listText = (rules: readonly KnownRule[], isJson: boolean): string => {
  const rows = rules.map((rule) => ({ rule: rule.name, id: rule.id, title: rule.title, ...howTested(rule) }))
  if (isJson) return `${JSON.stringify(rows, null, 2)}\n`
  const columns = [{ title: 'rule' }, { title: 'how' }, { title: 'what is done' }]
  return `${tableLines(
    columns,
    rows.map(({ rule, how, what }) => [rule, how, what]),
  ).join('\n')}\n`
}

const howTested = (rule: KnownRule): { readonly how: 'acted out' | 'sample' | 'replayed'; readonly what: string } => {
  const act = acts.find(({ rules }) => rules.includes(rule.name))
  if (act !== undefined) return { how: 'acted out', what: act.what }
  if (rule.isBaseline) return { how: 'replayed', what: 'it learns what is usual' }
  if (!rule.alerts) return { how: 'replayed', what: 'it tells of nothing alone' }
  if (rule.looksAt === 'sensors') return { how: 'sample', what: 'hand a made-up sample to the server' }
  return { how: 'replayed', what: notActed.get(rule.name) ?? 'nothing harmless acts it out' }
}

const isConfirmed = async ({ stdin, stderr }: SelftestProcess): Promise<boolean> => {
  if (stdin.isTTY !== true) {
    stderr.write('Nothing was done: add --yes, or run it on a terminal.\n')
    return false
  }
  const asking = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await asking.question('Do this? (yes or no) ')).trim())
  } finally {
    asking.close()
  }
}

/** A line each, and none twice: acts come and go too quickly for a person, and a log is read later. */
const progressTo =
  ({ stderr }: SelftestProcess) =>
  (line: string): void => {
    stderr.write(`${visible(line)}\n`)
  }

const visibleLines = (text: string): string => text.split('\n').map(visible).join('\n')
