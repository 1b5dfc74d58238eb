import { createInterface } from 'node:readline/promises'
import { Command, Option } from 'commander'
import { BulwarkError } from '../../model/error.ts'
import { isObject } from '../../model/json.ts'
import { findCluster } from '../../sources/cluster/index.ts'
import { type Client, clientFor, type ServerChoice } from '../client.ts'
import { collect } from '../objects/world-options.ts'
import type { ScanProcess } from '../scan/command.ts'
import { withServerOptions } from '../server-options.ts'
import { exitCodes, visible } from '../terminal.ts'
import { type Act, acts } from './acts.ts'
import { type Outcome, outcomesJson, outcomesText } from './report.ts'
import { type ServedRule, servedRules } from './rules.ts'
import { openStage, type Stage } from './stage.ts'

interface Options extends ServerChoice {
  readonly kubeconfig?: string
  readonly context?: string
  readonly rule: readonly string[]
  readonly namespace: string
  readonly wait: string
  readonly yes?: boolean
  readonly dryRun?: boolean
  readonly output: 'table' | 'json'
}

export interface SelftestProcess extends ScanProcess {
  readonly stdin: ScanProcess['stdin'] & { readonly isTTY?: boolean }
}

const examples = `
Examples:
  $ bulwark selftest --dry-run                 what would be done, and nothing else
  $ bulwark selftest --yes                     in the cluster of the kubeconfig, seen by the server that runs
  $ bulwark selftest --rule 886fd7e9-858e-40df-ba78-3d1e1ca6cf75 --context staging --yes

Each rule is acted out by one request in a namespace of its own, which is deleted at the end, also after Ctrl-C. Pods are
never scheduled, roles and bindings reach nobody, and nothing outside of the namespace changes. What is detected is real:
it opens cases, and outputs tell of them. The kubeconfig needs the right to make a namespace and what is made in it.

Exit codes: 0 every rule that was acted out fired, 1 one did not, 2 wrong usage, 3 the server or the cluster could not be
reached, or the namespace could not be deleted.`

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
      .option('--rule <id>', 'only this rule (may be repeated)', collect, [])
      .option('--namespace <name>', 'the namespace that is made for it', 'bulwark-selftest')
      .option('--wait <seconds>', 'how long a rule may take to fire', '30')
      .option('--yes', 'do not ask first')
      .option('--dry-run', 'only say what would be done')
      .addOption(new Option('-o, --output <format>', 'how to tell it').choices(['table', 'json']).default('table')),
  )
    .addHelpText('after', examples)
    .action(async (options: Options) => exit(await selftest(options, around)))

const selftest = async (options: Options, around: SelftestProcess): Promise<number> => {
  const waitMillis = checked(options)
  const chosen = options.rule.length === 0 ? acts : acts.filter(({ rule }) => options.rule.includes(rule))
  if (options.dryRun === true) {
    around.stdout.write(planText(options, chosen, 'the cluster of the kubeconfig'))
    return exitCodes.ok
  }
  const client = clientFor(options, around.env)
  const before = await servedRules(client)
  const found = await findCluster({
    env: around.env,
    ...(options.kubeconfig !== undefined && { kubeconfig: options.kubeconfig }),
    ...(options.context !== undefined && { context: options.context }),
  })
  if (found.kind !== 'found') {
    throw new BulwarkError('KUBECONFIG_MISSING', {
      what: 'there is no kubeconfig',
      where: found.looked.join(', '),
      mend: 'Name one with --kubeconfig FILE',
    })
  }
  const { access } = found
  await checkSameCluster(client, access.context)
  const exercised = chosen.filter(({ rule }) => before.get(rule)?.enabled === true)
  around.stderr.write(planText(options, exercised, access.from))
  if (options.yes !== true && !(await isConfirmed(around))) return exitCodes.usage
  const stopping = new AbortController()
  const stop = (): void => stopping.abort()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop)
  let outcomes: readonly Outcome[] = []
  let left = ''
  try {
    await using stage = await openStage(access, options.namespace)
    try {
      outcomes = await actOut(exercised, before, stage, client, waitMillis, stopping.signal)
    } finally {
      left = await stage.cleanUp().catch((error: unknown) => (error instanceof Error ? error.message : String(error)))
    }
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeListener(signal, stop)
  }
  const all = [...outcomes, ...notExercised(before, options.rule, exercised)]
  around.stdout.write(options.output === 'json' ? outcomesJson(all) : outcomesText(all, options.rule.length > 0))
  if (left !== '') {
    const mend = `kubectl --context '${access.context}' delete namespace ${options.namespace}`
    around.stderr.write(
      `${visible(`The namespace ${options.namespace} is still there: ${left}. Delete it with: ${mend}`)}\n`,
    )
  }
  if (left !== '' || stopping.signal.aborted) return exitCodes.failed
  return outcomes.some(({ kind }) => kind !== 'fired') ? exitCodes.found : exitCodes.ok
}

const checked = ({ namespace, wait, rule }: Options): number => {
  const invalid = (what: string, where: string, mend: string) =>
    new BulwarkError('CONFIG_INVALID', { what, where, mend })
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(namespace))
    throw invalid(`"${namespace}" is not a name of a namespace`, '--namespace', 'Use small letters, digits and -')
  if (!/^\d{1,4}$/.test(wait) || Number(wait) < 1)
    throw invalid(`"${wait}" is not a number of seconds`, '--wait', 'Give one, such as 30')
  const unknown = rule.find((id) => !acts.some((act) => act.rule === id))
  if (unknown !== undefined)
    throw invalid(
      `there is no safe way to act out the rule "${unknown}"`,
      '--rule',
      'bulwark selftest --dry-run lists those that there are',
    )
  return Number(wait) * 1000
}

const planText = ({ namespace }: Options, chosen: readonly Act[], where: string): string =>
  [
    `In ${where}: make the namespace ${namespace}, labelled bulwark.dev/selftest=true, and in it`,
    ...chosen.map(({ what, rule }) => `  ${what} (rule ${rule})`),
    'then wait for the rules to fire, and delete the namespace with all that is in it.',
    '',
  ]
    .map(visible)
    .join('\n')

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

/** What a server of another cluster sees would prove nothing. */
const checkSameCluster = async (client: Client, context: string): Promise<void> => {
  const status = await client.get('/api/v1/status')
  const { mode, cluster } = isObject(status) ? status : {}
  if (mode === 'live' && cluster === context) return
  throw new BulwarkError('CONFIG_INVALID', {
    what:
      mode === 'live'
        ? `the server looks at the cluster "${String(cluster)}", and the kubeconfig is for "${context}"`
        : 'the server replays a recording: it does not see the cluster',
    where: client.url,
    mend: 'Name the same cluster with --context, or another server with --server',
  })
}

const lookMillis = 250

/** One request after another, so that a detection is of its rule; then waits for those that did not fire yet. */
const actOut = async (
  chosen: readonly Act[],
  before: ReadonlyMap<string, ServedRule>,
  stage: Stage,
  client: Client,
  waitMillis: number,
  signal: AbortSignal,
): Promise<readonly Outcome[]> => {
  const began = new Map<string, number>()
  const outcomes = new Map<string, Outcome>()
  const title = (rule: string): string => before.get(rule)?.title ?? rule
  for (const act of chosen) {
    if (signal.aborted) break
    began.set(act.rule, performance.now())
    const { status, message } = await stage.act(act)
    if (status >= 300)
      outcomes.set(act.rule, {
        kind: 'refused',
        rule: act.rule,
        title: title(act.rule),
        why: `the cluster refused it: ${message}`,
      })
  }
  const end = performance.now() + waitMillis
  const waiting = () => [...began.keys()].filter((rule) => !outcomes.has(rule))
  let now = before
  while (waiting().length > 0 && performance.now() < end && !signal.aborted) {
    now = await servedRules(client)
    for (const rule of waiting()) {
      const [then, served] = [before.get(rule), now.get(rule)]
      if (then === undefined || served === undefined) continue
      const seconds = Math.round((performance.now() - (began.get(rule) ?? 0)) / 100) / 10
      if (served.fired > then.fired)
        outcomes.set(rule, { kind: 'fired', rule, title: title(rule), seconds, suppressed: false })
      else if (served.suppressed > then.suppressed)
        outcomes.set(rule, { kind: 'fired', rule, title: title(rule), seconds, suppressed: true })
    }
    if (waiting().length > 0) await new Promise((resolve) => setTimeout(resolve, lookMillis))
  }
  for (const { rule, resource } of chosen.filter((act) => waiting().includes(act.rule))) {
    const explain = `npx bulwark audit-policy explain FILE --verb create --resource ${resource}`
    const unseen = `the server did not see it, or not its body: look at the page Sources, and ${explain}`
    const why = signal.aborted ? 'it was interrupted' : now.get(rule)?.trouble || unseen
    outcomes.set(rule, { kind: 'silent', rule, title: title(rule), why })
  }
  return chosen.flatMap(({ rule }) => outcomes.get(rule) ?? [])
}

/** Rules of ours that were not acted out, and why. */
const notExercised = (
  rules: ReadonlyMap<string, ServedRule>,
  asked: readonly string[],
  exercised: readonly Act[],
): readonly Outcome[] =>
  [...rules.values()]
    .filter(({ id, origin }) => origin === 'bulwark' && !exercised.some(({ rule }) => rule === id))
    .filter(({ id }) => asked.length === 0 || asked.includes(id))
    .map(({ id, title, enabled }) => ({
      kind: 'not-exercised',
      rule: id,
      title,
      why: enabled
        ? 'one request in a namespace of its own does not act it out without harm; events that do stand beside the rule as tests'
        : 'it is switched off',
    }))
