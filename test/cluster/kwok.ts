import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { at, type Client } from './client.ts'
import type { Nest, Running } from './processes.ts'
import { until } from './until.ts'

/** kwok at work: it reports its nodes ready and the pods on them running, and nothing runs. */
export type Kwok = { readonly nodes: readonly string[]; readonly process: Running }

/** Starts kwok and makes fake nodes fake-1, fake-2, …; resolves when all of them are ready. */
export async function startKwok(from: {
  readonly nest: Nest
  /** kwok itself. */
  readonly file: string
  /** The program that prints the stages of nodes and pods, which kwok does not have built in. */
  readonly stages: string
  readonly kubeconfig: string
  readonly admin: Client
  readonly nodes: number
}): Promise<Kwok> {
  const { stdout } = await promisify(execFile)(from.stages, { maxBuffer: 1 << 20 })
  const config = join(from.nest.folder, 'kwok-stages.yaml')
  await writeFile(config, stdout)
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
    ],
  })
  const nodes = Array.from({ length: from.nodes }, (_, index) => `fake-${index + 1}`)
  for (const [index, name] of nodes.entries()) {
    const made = await from.admin.post('/api/v1/nodes', fakeNode(name, `10.0.${index >> 8}.${(index & 255) + 1}`))
    if (made.status !== 201) throw new Error(`the node ${name} was refused: ${JSON.stringify(made.body)}`)
  }
  await until('the fake nodes to be ready', async () => {
    const list = await from.admin.get('/api/v1/nodes?labelSelector=type%3Dkwok')
    const items = at(list.body, 'items')
    return Array.isArray(items) && items.filter(isReady).length === nodes.length
  })
  return { nodes, process }
}

/** A node of 32 CPUs that kwok takes care of. */
export function fakeNode(name: string, address: string): unknown {
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
      ],
    },
  }
}

function isReady(node: unknown): boolean {
  const conditions = at(node, 'status', 'conditions')
  return (
    Array.isArray(conditions) &&
    conditions.some((each) => at(each, 'type') === 'Ready' && at(each, 'status') === 'True')
  )
}
