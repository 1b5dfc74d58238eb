import { Command, Option } from 'commander'
import { BulwarkError } from '../../model/error.ts'
import { principalOf } from '../can/principal.ts'
import { clientFor, type ServerChoice } from '../client.ts'
import { momentOf } from '../moment.ts'
import { type LoadedObject, manifestWorld, recordedWorld, type World } from '../objects/load.ts'
import { collect, honestyOf } from '../objects/world-options.ts'
import type { ScanProcess } from '../scan/command.ts'
import { withServerOptions } from '../server-options.ts'
import { exitCodes, visible } from '../terminal.ts'
import { type Doing, type Judgement, judge, judgementLines } from './judge.ts'
import { isPolicy, loadPolicies } from './policies.ts'
import { readSchemas, ruleProblems } from './schemas.ts'
import { typeWarnings, warningLine } from './types.ts'
import { admissionWorld } from './world.ts'

interface AdmitOptions extends ServerChoice {
  readonly file: readonly string[]
  readonly schema: readonly string[]
  readonly live: boolean
  readonly at?: string
  readonly user: string
  readonly group: readonly string[]
  readonly operation: Doing['operation']
  readonly explain: boolean
  readonly strict: boolean
  readonly output: 'table' | 'json'
}

const examples = `
Examples:
  $ bulwark admit policies/ deploy/web.yaml
  $ bulwark admit policy.yaml binding.yaml deploy/ -f params.yaml --user serviceaccount/ci/deployer
  $ helm template ./chart | bulwark admit --live -            what the running server's cluster would say
  $ bulwark admit --live --at 2h candidate-policy.yaml web.yaml
  $ bulwark admit --strict policies/ --schema crds.yaml       are all fields spelt as the schemas have them?

Policies and their bindings may stand anywhere among the paths; every other object is a request that is judged. An object
is seen as it is written, decoded as the API server does, but without its defaults, and in no other version of its kind.

Expressions are checked by the schemas of the kinds that a policy matches: those of Kubernetes, of the
CustomResourceDefinitions among the files, and of --schema. What fits none of them is a warning.

Exit codes: 0 all allowed, 1 something denied, 2 wrong usage, 3 something could not be read or compiled.`

/** `bulwark admit POLICY… RESOURCE…`. Hands one of the exit codes to `exit` when it is done. */
export const admitCommand = (
  around: ScanProcess = process,
  exit: (code: number) => void = (code) => {
    process.exitCode = code
  },
): Command =>
  withServerOptions(
    new Command('admit')
      .description('judge manifests by ValidatingAdmissionPolicies and MutatingAdmissionPolicies')
      .argument('<path...>', 'policies, bindings and the objects to judge: files, folders, or - for standard input')
      .option(
        '-f, --file <path>',
        'more of the cluster, not judged: params, namespaces, roles (may be repeated)',
        collect,
        [],
      )
      .option(
        '--schema <file>',
        'schemas to check expressions by: CustomResourceDefinitions, or an OpenAPI v3 document (may be repeated)',
        collect,
        [],
      )
      .option('--live', "with the policies, params and namespaces of a server's record", false)
      .option('--at <moment>', 'as of then: 10m, 2h ago, or RFC 3339 (default: now)')
      .option('-u, --user <name>', 'who asks: a user, group/NAME, or serviceaccount/NAMESPACE/NAME', 'kubernetes-admin')
      .option('-g, --group <name>', 'a group of the user (may be repeated)', collect, [])
      .addOption(
        new Option('--operation <operation>', 'what is done; UPDATE changes nothing')
          .choices(['CREATE', 'UPDATE', 'DELETE'])
          .default('CREATE'),
      )
      .option('--strict', 'exit with 3 also where an expression fits none of the schemas', false)
      .option(
        '--explain',
        'also tell which policies are not for an object, and why, and what does not fit the schema of one kind',
        false,
      )
      .addOption(new Option('-o, --output <format>', 'how to print').choices(['table', 'json']).default('table'))
      .addHelpText('after', examples),
  ).action(async (paths: readonly string[], options: AdmitOptions) => exit(await run(paths, options, around)))

const run = async (paths: readonly string[], options: AdmitOptions, around: ScanProcess): Promise<number> => {
  const doing: Doing = { user: principalOf(options.user, options.group), operation: options.operation }
  const given = await manifestWorld(paths, around.stdin)
  const context = await contextOf(options, around)
  const kinds = [...given.kinds, ...(context?.kinds ?? [])]
  const policies = await loadPolicies(given, context)
  const world = await admissionWorld(given, context, policies, kinds)
  const judged = given.loaded.filter((one) => !isPolicy(one)).map((one) => judge(one, doing, policies, world, kinds))
  const schemas = await readSchemas(options.schema)
  const definitions = [...given.loaded, ...(await definitionsOf(context)), ...schemas.definitions]
  const warnings = typeWarnings(policies, definitions, schemas.openApi, kinds)
  const judgements = judged.filter((one): one is Judgement => typeof one !== 'string')
  const problems = [
    ...given.problems,
    ...(context?.problems ?? []),
    ...policies.problems,
    ...schemas.problems,
    ...ruleProblems([...given.loaded, ...schemas.definitions]),
    ...judged.filter((one) => typeof one === 'string'),
  ]
  const certain = warnings.filter((one) => one.certain)
  const notes = [
    ...given.notes,
    ...policies.notes,
    ...emptiness(judgements, policies),
    ...(options.explain ? [] : uncertainty(warnings.length - certain.length)),
  ]
  if (options.output === 'json') {
    const complete = problems.length === 0
    around.stdout.write(`${JSON.stringify({ judgements, complete, problems, warnings, notes }, null, 2)}\n`)
  } else {
    const lines = judgements.flatMap((one) => judgementLines(one, options.explain))
    around.stdout.write(lines.map((line) => `${visible(line)}\n`).join(''))
    const told = options.explain ? warnings : certain
    around.stderr.write(told.map((one) => `${visible(warningLine(one))}\n`).join(''))
    around.stderr.write(honestyOf(problems, notes))
  }
  if (problems.length > 0 || (options.strict && certain.length > 0)) return exitCodes.failed
  return judgements.every(({ allowed }) => allowed) ? exitCodes.ok : exitCodes.found
}

/** Policies for several kinds ask for the kind before they use a field that only one of them has. */
const uncertainty = (count: number): readonly string[] =>
  count === 0
    ? []
    : [`${count} more places in expressions do not fit a schema, which may be meant: --explain tells them`]

/** An answer that nothing was denied means little where there was nothing to judge, or nothing to judge it by. */
const emptiness = (
  judgements: readonly Judgement[],
  { validating, mutating }: { readonly validating: readonly unknown[]; readonly mutating: readonly unknown[] },
): readonly string[] => [
  ...(judgements.length === 0 ? ['there is no object to judge'] : []),
  ...(validating.length + mutating.length === 0 ? ['there is no policy to judge by'] : []),
]

/** The definitions of a server's record; one that does not watch them has none, and its kinds are then not checked. */
const definitionsOf = async (context: World | undefined): Promise<readonly LoadedObject[]> => {
  const kind = { group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition' }
  if (context === undefined) return []
  try {
    return await context.objectsOf([kind])
  } catch (error) {
    if (error instanceof BulwarkError && error.code === 'NOT_FOUND') return []
    throw error
  }
}

const contextOf = async (options: AdmitOptions, around: ScanProcess): Promise<World | undefined> => {
  const live = options.live || options.at !== undefined || options.server !== undefined
  if (live && options.file.length > 0) {
    throw new BulwarkError('CONFIG_INVALID', {
      what: 'the rest of the cluster comes from files or from a server, not from both',
      where: '--file',
      mend: 'Leave out --file, or --live, --at and --server',
    })
  }
  if (live) {
    const at = options.at === undefined ? undefined : momentOf('at', options.at, Date.now())
    return recordedWorld(clientFor(options, around.env), at)
  }
  return options.file.length === 0 ? undefined : manifestWorld(options.file, around.stdin)
}
