import { Command, Option } from 'commander'
import { collect } from '../objects/world-options.ts'
import type { ScanProcess } from '../scan/command.ts'
import { exitCodes, visible } from '../terminal.ts'
import { attributesOf, type DescribedRequest } from './attributes.ts'
import { explain, explanationLines } from './explain.ts'
import { remarkLines, remarksOf } from './lint.ts'
import { loadPolicies, type PolicyFile } from './load.ts'

const severities = ['low', 'medium', 'high', 'error'] as const

interface Printed {
  readonly output: 'table' | 'json'
}

interface LintOptions extends Printed {
  readonly failOn: (typeof severities)[number] | 'never'
}

const examples = `
Examples:
  $ bulwark audit-policy lint /etc/kubernetes/audit-policy.yaml
  $ bulwark audit-policy lint --fail-on high policies/
  $ bulwark audit-policy explain policy.yaml --user alice --verb get --resource secrets -n shop
  $ bulwark audit-policy explain policy.yaml --uri '/api/v1/namespaces/shop/pods?watch=1' --user group/devs
  $ bulwark audit-policy explain policy.yaml --verb create --resource pods/exec    user and namespace not known

Exit codes: 0 nothing found, 1 something found (lint: from --fail-on up; explain: the API server refuses the policy),
2 wrong usage, 3 a file could not be read, so there may be more.`

/** `bulwark audit-policy lint|explain`. Hands one of the exit codes to `exit` when it is done. */
export const auditPolicyCommand = (
  around: ScanProcess = process,
  exit: (code: number) => void = (code) => {
    process.exitCode = code
  },
): Command => {
  const output = () => new Option('-o, --output <format>', 'how to print').choices(['table', 'json']).default('table')
  const lintCommand = new Command('lint')
    .description('find what an audit policy does and was probably not meant to do')
    .argument('<file...>', 'policy files, folders of them, or - for standard input')
    .addOption(
      new Option('--fail-on <severity>', 'the mildest severity that ends with exit code 1')
        .choices([...severities, 'never'])
        .default('low'),
    )
    .addOption(output())
    .action(async (files: readonly string[], options: LintOptions) => exit(await lint(files, options, around)))
  const explainCommand = new Command('explain')
    .description(
      'tell what an audit policy makes of a request: level, stages, the rule, and why not the rules above it',
    )
    .argument('<file>', 'the policy file, or - for standard input')
    .option('-u, --user <name>', 'who asks: a user, group/NAME, or serviceaccount/NAMESPACE/NAME')
    .option('-g, --group <name>', 'a group of the user (may be repeated)', collect, [])
    .option('--verb <verb>', 'get, list, create, …')
    .option('--resource <resource>', 'pods, pods/exec, deployments.apps')
    .option('--name <name>', 'of the object')
    .option('-n, --namespace <name>', 'of the object')
    .option('--uri <path>', 'instead of verb and resource: the path that is asked for, with its query')
    .option('--method <method>', 'the HTTP method with which it is', 'GET')
    .addOption(output())
    .action(async (file: string, options: DescribedRequest & Printed) => exit(await tell(file, options, around)))
  const command = new Command('audit-policy')
    .description("check and explain policies of the API server's audit log")
    .addHelpText('after', examples)
  for (const part of [lintCommand, explainCommand]) command.addCommand(part.addHelpText('after', examples))
  return command
}

const lint = async (
  files: readonly string[],
  { failOn, output }: LintOptions,
  around: ScanProcess,
): Promise<number> => {
  const { policies, problems } = await loadPolicies(files, around.stdin)
  const remarks = policies.flatMap(remarksOf)
  if (output === 'json') {
    around.stdout.write(`${JSON.stringify({ remarks, problems, complete: problems.length === 0 }, null, 2)}\n`)
  } else {
    around.stdout.write(lined(remarks.flatMap(remarkLines)))
    around.stderr.write(lined([...problemLines(problems), sumOf(policies.length, remarks.length)]))
  }
  if (problems.length > 0) return exitCodes.failed
  const counts = (severity: (typeof severities)[number]): boolean =>
    failOn !== 'never' && severities.indexOf(severity) >= severities.indexOf(failOn)
  return remarks.some(({ severity }) => counts(severity)) ? exitCodes.found : exitCodes.ok
}

const sumOf = (policies: number, remarks: number): string =>
  `${policies === 1 ? 'one policy' : `${policies} policies`}: ${remarks === 0 ? 'nothing found' : `${remarks} found`}`

const tell = async (file: string, options: DescribedRequest & Printed, around: ScanProcess): Promise<number> => {
  const request = attributesOf(options)
  const { policies, problems } = await loadPolicies([file], around.stdin)
  around.stderr.write(lined(problemLines(problems)))
  const codes = policies.map((policy) => explainOne(policy, request, options, around))
  return problems.length > 0 ? exitCodes.failed : Math.max(exitCodes.ok, ...codes)
}

/** A refused policy decides nothing: the API server does not start with it. */
const explainOne = (
  policy: PolicyFile,
  request: ReturnType<typeof attributesOf>,
  { output }: Printed,
  around: ScanProcess,
): number => {
  if (policy.reading.kind === 'refused') {
    around.stderr.write(lined(remarksOf(policy).flatMap(remarkLines)))
    return exitCodes.found
  }
  const explanation = explain(policy.reading.policy, request, policy.place)
  const lines = explanationLines(explanation, policy.reading.policy).map(visible)
  around.stdout.write(output === 'json' ? `${JSON.stringify(explanation, null, 2)}\n` : lined(lines))
  return exitCodes.ok
}

const problemLines = (problems: readonly string[]): readonly string[] =>
  problems.map((problem) => `not read: ${visible(problem)}`)

const lined = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')
