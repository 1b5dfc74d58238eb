import { Command, Option } from 'commander'
import {
  type World as Connections,
  commonTraffic,
  type Decision,
  type Endpoint,
  formatTraffic,
  isNoTraffic,
  judge,
  judgeRequest,
  noTraffic,
  type ProxiedRequest,
  portsOf,
  readWorld,
  removeTraffic,
  type Traffic,
} from '../../engines/network-policy/index.ts'
import { loadWorld, type WorldChoice } from '../objects/load.ts'
import { collect, honestyOf, withWorldOptions } from '../objects/world-options.ts'
import type { ScanProcess } from '../scan/command.ts'
import { exitCodes } from '../terminal.ts'
import { askedRequest, askedTraffic, type RequestOptions } from './asked.ts'
import { type End, endNamed } from './ends.ts'
import { loadReachObjects } from './objects.ts'
import { type Reach, reachJson, reachTable } from './report.ts'

interface ReachOptions extends WorldChoice, RequestOptions {
  readonly port?: string
  readonly ipBlocks: 'pods too' | 'not pods'
  readonly output: 'table' | 'json'
}

/** `bulwark reach FROM TO [PATH…]`. Hands one of the exit codes to `exit` when it is done. */
export const reachCommand = (
  around: ScanProcess = process,
  exit: (code: number) => void = (code) => {
    process.exitCode = code
  },
): Command =>
  withWorldOptions(
    new Command('reach')
      .description('whether one pod can reach another by the network policies, and which rules decide')
      .argument('<from>', 'a pod or workload as NAMESPACE/NAME (NAME alone: in default), or an address outside')
      .argument('<to>', 'the same')
      .argument('[path...]', "files and folders, as with --file; without any: a server's record")
      .option('-p, --port <port>', 'ask for one port only: 443, 53/UDP, or a name of the destination')
      .option('--request <request>', "ask for one request of HTTP to that port: 'GET /path'")
      .option('--host <name>', 'with this host')
      .option('--header <header>', 'with this header, as name:value (may be repeated)', collect, [])
      .addOption(
        new Option('--ip-blocks <reading>', 'whether an ipBlock matches the addresses of pods')
          .choices(['pods too', 'not pods'])
          .default('pods too'),
      )
      .addOption(new Option('-o, --output <format>', 'how to tell it').choices(['table', 'json']).default('table')),
  )
    .addHelpText('after', helpText)
    .action(async (from: string, to: string, paths: readonly string[], options: ReachOptions) => {
      exit(await run(from, to, { ...options, file: [...options.file, ...paths] }, around))
    })

const helpText = `
Examples:
  $ bulwark reach shop/web shop/db                                   by the running server's record, as it is now
  $ bulwark reach --at 2h --port 5432 shop/web shop/db               two hours ago
  $ bulwark reach --port 80 --request 'GET /admin' shop/web shop/api by the policies of Istio
  $ bulwark reach shop/web shop/db deploy/                           by manifests
  $ kubectl get ns,po,networkpolicy -A -o yaml | bulwark reach 203.0.113.7 shop/web -

Exit codes:
  0  allowed (with --port: that port; else: something)
  1  not allowed
  2  wrong usage
  3  something could not be read or is not known, so the answer may be another
`

const run = async (from: string, to: string, options: ReachOptions, around: ScanProcess): Promise<number> => {
  const world = await loadWorld(options, around)
  const { objects, unseen, placeOf } = await loadReachObjects(world)
  const connections = readWorld(objects, { ipBlocks: options.ipBlocks })
  const [source, destination] = [from, to].map((text) => endNamed(text, connections, objects, world.origin))
  if (source === undefined || destination === undefined) return exitCodes.failed
  const asked = options.port === undefined ? undefined : askedTraffic(options.port, destination.endpoints[0])
  const request = askedRequest(options, asked)
  const { allowed, unknown, exempt, decisions } = answerOf(
    connections,
    source.endpoints[0],
    destination.endpoints[0],
    asked,
    request,
  )
  const reach: Reach = {
    from: source.name,
    to: destination.name,
    asked: asked && formatTraffic(asked),
    request: options.request,
    allowed: formatTraffic(allowed),
    unknown: formatTraffic(unknown),
    exempt,
    decisions,
    problems: connections.problems,
    unread: [...world.problems, ...unseen, ...differing(connections, source, destination, asked, request)],
    origin: world.origin,
  }
  const notes = [...world.notes, ...stands(source), ...stands(destination)]
  if (options.output === 'json') around.stdout.write(reachJson(reach, notes, placeOf))
  else {
    around.stdout.write(reachTable(reach, placeOf))
    around.stderr.write(honestyOf([], notes))
  }
  if (reach.unread.length > 0 || !isNoTraffic(unknown)) return exitCodes.failed
  const missing = asked === undefined ? isNoTraffic(allowed) : !isNoTraffic(removeTraffic(asked, allowed))
  return missing ? exitCodes.found : exitCodes.ok
}

interface Answer {
  readonly allowed: Traffic
  /** What may be allowed beyond. */
  readonly unknown: Traffic
  readonly exempt: Reach['exempt']
  readonly decisions: readonly Decision[]
}

const answerOf = (
  { gates, namespaceLabels }: Connections,
  source: Endpoint,
  destination: Endpoint,
  asked: Traffic | undefined,
  request: ProxiedRequest | undefined,
): Answer => {
  const whole = judge(gates, source, destination, namespaceLabels)
  if (request !== undefined) {
    const { verdict, decisions } = judgeRequest(gates, source, destination, request, namespaceLabels)
    const one = portsOf('TCP', request.port, request.port)
    return {
      allowed: verdict === 'allowed' ? one : noTraffic,
      unknown: verdict === 'unknown' ? one : noTraffic,
      exempt: whole.exempt,
      decisions,
    }
  }
  const within = (traffic: Traffic): Traffic => (asked === undefined ? traffic : commonTraffic(traffic, asked))
  return {
    allowed: within(whole.allowed),
    unknown: within(removeTraffic(whole.possible, whole.allowed)),
    exempt: whole.exempt,
    decisions: whole.decisions.filter(({ traffic }) => !isNoTraffic(within(traffic))),
  }
}

const stands = ({ name, endpoints: [first, ...rest] }: End): readonly string[] =>
  rest.length === 0 ? [] : [`${first.name} stands for the ${rest.length + 1} pods of ${name}`]

/** How many pairs of pods are looked at, where workloads have many. */
const pairs = 400

/** Pods of one workload are mostly treated alike. Where they are not, the answer for one of them is not that for all. */
const differing = (
  connections: Connections,
  source: End,
  destination: End,
  asked: Traffic | undefined,
  request: ProxiedRequest | undefined,
): readonly string[] => {
  const textOf = (one: Endpoint, other: Endpoint): string => {
    const { allowed, unknown } = answerOf(connections, one, other, asked, request)
    return `${formatTraffic(allowed)}, ${formatTraffic(unknown)}`
  }
  const [from, to] = [source.endpoints[0], destination.endpoints[0]]
  // What is exempt is a matter of one pair only.
  const expected = textOf(from, to)
  let looked = 0
  for (const one of source.endpoints) {
    for (const other of destination.endpoints) {
      looked += 1
      if (looked > pairs) return [`only ${pairs} pairs of pods were looked at: ask for single pods`]
      if (textOf(one, other) !== expected)
        return [`pods of one workload are not treated alike: ${one.name} -> ${other.name} is another answer`]
    }
  }
  return []
}
