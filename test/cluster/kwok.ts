import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Authority } from './certificates.ts'
import { at, type Client } from './client.ts'
import { freePorts } from './ports.ts'
import type { Nest, Running } from './processes.ts'
import { until } from './until.ts'

export type KwokOptions = {
  readonly nodes: number
  /** Nodes are called PREFIX-1, PREFIX-2, …; "fake" if not given. */
  readonly prefix?: string
  /**
   * Answers exec and logs for the fake pods as a kubelet would. BEWARE: the commands are run on this machine, by the
   * user who runs the test.
   */
  readonly kubelet?: boolean
}

/** kwok at work: it reports its nodes ready and the pods on them running, and nothing runs. */
export type Kwok = { readonly nodes: readonly string[]; readonly process: Running }

/** Starts kwok and makes the fake nodes; resolves when all of them are ready. */
export async function startKwok(
  from: {
    readonly nest: Nest
    /** kwok itself. */
    readonly file: string
    /** The program that prints the stages of nodes and pods, which kwok does not have built in. */
    readonly stages: string
    readonly kubeconfig: string
    readonly authority: Authority
    readonly admin: Client
  },
  options: KwokOptions,
): Promise<Kwok> {
  const { stdout } = await promisify(execFile)(from.stages, { maxBuffer: 1 << 20 })
  const config = join(from.nest.folder, 'kwok.yaml')
  await writeFile(config, options.kubelet === true ? `${stdout}\n---\n${await execAndLogs(from.nest.folder)}` : stdout)
  const process = from.nest.start({
    name: 'kwok',
    file: from.file,
    args: [
      `--config=${config}`,
      `--kubeconfig=${from.kubeconfig}`,
      '--manage-all-nodes=false',
      '--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake',
      '--node-lease-duration-seconds=40',
      '--cidr=10.244.0.0/16',
      ...(options.kubelet === true ? await kubeletFlags(from.nest.folder, from.authority) : []),
    ],
  })
  const nodes = Array.from({ length: options.nodes }, (_, index) => `${options.prefix ?? 'fake'}-${index + 1}`)
  for (const [index, name] of nodes.entries()) {
    const address = `10.0.${1 + (index >> 7)}.${11 + (index & 127)}`
    const made = await from.admin.post('/api/v1/nodes', fakeNode(name, address, options.kubelet === true))
    if (made.status !== 201) throw new Error(`the node ${name} was refused: ${JSON.stringify(made.body)}`)
  }
  await until('the fake nodes to be ready', async () => {
    const list = await from.admin.get('/api/v1/nodes?labelSelector=type%3Dkwok')
    const items = at(list.body, 'items')
    return Array.isArray(items) && items.filter(isReady).length === nodes.length
  })
  return { nodes, process }
}

function fakeNode(name: string, address: string, kubelet: boolean): unknown {
  const resources = { cpu: '32', memory: '128Gi', pods: '250', 'ephemeral-storage': '200Gi' }
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      annotations: { 'kwok.x-k8s.io/node': 'fake' },
      labels: {
        type: 'kwok',
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
      },
    },
    status: {
      capacity: resources,
      allocatable: resources,
      addresses: [
        { type: 'InternalIP', address },
        { type: 'Hostname', address: name },
        ...(kubelet ? [{ type: 'ExternalIP', address: '127.0.0.1' }] : []), // where the API server finds kwok
      ],
    },
  }
}

/** kwok's kubelet interface on a free loopback port, with a certificate that the API server trusts. */
async function kubeletFlags(folder: string, authority: Authority): Promise<readonly string[]> {
  const [port = 0] = await freePorts(1)
  const pair = await authority.server('kwok', ['127.0.0.1'])
  const certificate = join(folder, 'kwok.crt')
  const key = join(folder, 'kwok.key')
  await writeFile(certificate, pair.certificate)
  await writeFile(key, pair.key, { mode: 0o600 })
  return [
    `--node-port=${port}`,
    `--server-address=127.0.0.1:${port}`,
    `--tls-cert-file=${certificate}`,
    `--tls-private-key-file=${key}`,
  ]
}

/** https://kwok.sigs.k8s.io/docs/user/kwok-manage-exec-configuration/ and …-logs-configuration/ */
async function execAndLogs(folder: string): Promise<string> {
  const logsFile = join(folder, 'every-pod.log')
  await writeFile(logsFile, `${new Date().toISOString()} stdout F nothing runs here\n`) // the format of the CRI
  const common = { apiVersion: 'kwok.x-k8s.io/v1alpha1', metadata: { name: 'all' } }
  const exec = { ...common, kind: 'ClusterExec', spec: { execs: [{ local: { workDir: folder } }] } }
  const logs = { ...common, kind: 'ClusterLogs', spec: { logs: [{ logsFile }] } }
  return `${JSON.stringify(exec)}\n---\n${JSON.stringify(logs)}\n`
}

function isReady(node: unknown): boolean {
  const conditions = at(node, 'status', 'conditions')
  return (
    Array.isArray(conditions) &&
    conditions.some((each) => at(each, 'type') === 'Ready' && at(each, 'status') === 'True')
  )
}
