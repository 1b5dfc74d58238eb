import { Command, Option } from 'commander'
import {
  addTraffic,
  commonTraffic,
  type Endpoint,
  externalEndpoint,
  formatTraffic,
  isNoTraffic,
  judge,
  podOfWorkload,
  portsOf,
  readWorld,
  removeTraffic,
  type Traffic,
  type World,
} from '../../engines/network-policy/index.ts'
import { BulwarkError } from '../../model/error.ts'
import type { JsonObject } from '../../model/json.ts'
import { type ManifestProblem, readManifests } from '../../sources/manifests/index.ts'
import { exitCodes, visible } from '../terminal.ts'
import { type Reach, reachJson, reachTable } from './report.ts'

interface ReachOptions {
  readonly port?: string
  readonly ipBlocks: 'pods too' | 'not pods'
  readonly output: 'table' | 'json'
}

/** What the command needs of the process around it. */
export interface ReachProcess {
  readonly stdin: AsyncIterable<Uint8Array>
  readonly stdout: { write(text: string): unknown }
  readonly stderr: { write(text: string): unknown }
}

/** `bulwark reach FROM TO PATH…|-`. Hands one of {@link exitCodes} to `exit` when it is done. */
export const reachCommand = (
  around: ReachProcess = process,
  exit: (code: number) => void = (code) => {
    process.exitCode = code
  },
): Command =>
  new Command('reach')
    .description('whether one pod can reach another by the network policies in manifests, and which rules decide')
    .argument('<from>', 'a pod or workload as NAMESPACE/NAME (NAME alone: in default), or an address outside')
    .argument('<to>', 'the same')
    .argument('<path...>', 'files, folders (all .yaml, .yml and .json below them), or - for standard input')
    .option('-p, --port <port>', 'ask for one port only: 443, 53/UDP, or a name of the destination')
    .addOption(
      new Option('--ip-blocks <reading>', 'whether an ipBlock matches the addresses of pods')
        .choices(['pods too', 'not pods'])
        .default('pods too'),
    )
    .addOption(new Option('-o, --output <format>', 'how to tell it').choices(['table', 'json']).default('table'))
    .addHelpText('after', helpText)
    .action(async (from: string, to: string, paths: readonly string[], options: ReachOptions) => {
      exit(await run(from, to, paths, options, around))
    })

const helpText = `
Exit codes:
  0  allowed (with --port: that port; else: something)
  1  not allowed
  2  wrong usage
  3  something could not be read or is not known, so the answer may be another

Examples:
  bulwark reach shop/web shop/db deploy/
  bulwark reach --port 5432 shop/web shop/db deploy/
  kubectl get ns,po,networkpolicy -A -o yaml | bulwark reach 203.0.113.7 shop/web -
`

const run = async (
  from: string,
  to: string,
  paths: readonly string[],
  options: ReachOptions,
  around: ReachProcess,
): Promise<number> => {
  const objects: JsonObject[] = []
  const unread: ManifestProblem[] = []
  for await (const item of readManifests(paths, around.stdin)) {
    if (item.kind === 'object') objects.push(item.object, ...(podIn(item.object) ?? []))
    else if (item.level === 'error') unread.push(item)
  }
  const world = readWorld(objects, { ipBlocks: options.ipBlocks })
  const source = endIn(world, from)
  const destination = endIn(world, to)
  const verdict = judge(world.gates, source, destination, world.namespaceLabels)
  const asked = options.port === undefined ? undefined : askedTraffic(options.port, destination)
  const within = (traffic: Traffic): Traffic => (asked === undefined ? traffic : commonTraffic(traffic, asked))
  const allowed = within(verdict.allowed)
  const unknown = within(removeTraffic(verdict.possible, verdict.allowed))
  const reach: Reach = {
    from: source.name,
    to: destination.name,
    asked: asked === undefined ? undefined : formatTraffic(asked),
    allowed: formatTraffic(allowed),
    unknown: formatTraffic(unknown),
    exempt: verdict.exempt,
    decisions: verdict.decisions.filter(({ traffic }) => !isNoTraffic(within(traffic))),
    problems: world.problems,
    unread: unread.map(({ file, message }) => `${file}: ${message}`),
  }
  around.stdout.write(options.output === 'json' ? reachJson(reach) : reachTable(reach))
  if (unread.length > 0 || !isNoTraffic(unknown)) return exitCodes.failed
  const missing = asked === undefined ? isNoTraffic(allowed) : !isNoTraffic(removeTraffic(asked, allowed))
  return missing ? exitCodes.found : exitCodes.ok
}

/** A pod stands for a workload of its name; pods that are there by themselves come as they are. */
const podIn = (object: JsonObject): readonly JsonObject[] | undefined => {
  const pod = podOfWorkload(object)
  return pod === undefined ? undefined : [pod]
}

const endIn = ({ pods }: World, text: string): Endpoint => {
  const name = text.includes('/') ? text : `default/${text}`
  const found = pods.find((pod) => pod.name === name) ?? externalEndpoint(text)
  if (found !== undefined) return found
  const some = pods.slice(0, 5).map((pod) => pod.name)
  throw new BulwarkError('REQUEST_INVALID', {
    what: `there is no pod or workload "${visible(name)}", and it is no address`,
    where: 'the manifests given',
    mend:
      some.length === 0
        ? 'They hold no pod or workload'
        : `There are ${visible(some.join(', '))}${pods.length > 5 ? ', …' : ''}`,
  })
}

const askedTraffic = (text: string, destination: Endpoint): Traffic => {
  const [port = '', protocolText = 'TCP'] = text.split('/')
  const protocol = (['TCP', 'UDP', 'SCTP'] as const).find((one) => one === protocolText.toUpperCase())
  const invalid = (what: string): BulwarkError =>
    new BulwarkError('CONFIG_INVALID', { what, where: '--port', mend: 'Use 443, 53/UDP, or the name of a port' })
  if (protocol === undefined) throw invalid(`"${visible(protocolText)}" is not TCP, UDP or SCTP`)
  if (/^\d{1,5}$/.test(port)) {
    const traffic = portsOf(protocol, Number(port), Number(port))
    if (isNoTraffic(traffic)) throw invalid(`${port} is not a port`)
    return traffic
  }
  const named = destination.ports
    .filter((one) => one.name === port && one.protocol === protocol)
    .map((one) => portsOf(protocol, one.port, one.port))
  const [first, ...rest] = named
  if (first === undefined) throw invalid(`${destination.name} has no ${protocol} port named "${visible(port)}"`)
  return rest.reduce(addTraffic, first)
}
