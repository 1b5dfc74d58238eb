import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { platform } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Stack } from './build.ts'
import { at } from './client.ts'
import { type Cluster, type ClusterOptions, startCluster } from './cluster.ts'
import { kubeconfig } from './configuration.ts'
import {
  busyboxImageName,
  containerdConfig,
  egressConfig,
  kubeletConfig,
  kubeProxyConfig,
  networkConfig,
  nodeAddress,
  nodeName,
  pauseImage,
} from './node/configuration.ts'
import { busyboxImage } from './node/image.ts'
import { nodeRoot } from './node/root.ts'
import { expectAlive, makeNest, type Nest, type Running } from './processes.ts'
import { until } from './until.ts'

const run = promisify(execFile)

/** What a real node needs of this machine, or why it cannot be had: tests then skip by name and show it. */
export type NodeSupport =
  | { readonly kind: 'available'; readonly root: string }
  | { readonly kind: 'unavailable'; readonly reason: string }

/** A cluster with one real node in namespaces of its own: kubelet, containerd, runc, kube-proxy and a pod network. */
export type NodeCluster = AsyncDisposable & {
  readonly cluster: Cluster
  readonly node: string
  /** A temporary folder that lives as long as the node: its configuration, state and logs. */
  readonly folder: string
  /** An image with a shell that is on the node; a pod needs `imagePullPolicy: Never`. */
  readonly image: string
}

/** Finds out whether this machine can have a real node, and fetches containerd and runc into the cache the first time. */
export async function findNodeSupport(say: (line: string) => void = () => {}): Promise<NodeSupport> {
  const unavailable = (reason: string): NodeSupport => ({ kind: 'unavailable', reason: `a real node needs ${reason}` })
  if (platform() !== 'linux') return unavailable('Linux')
  if (process.getuid?.() !== 0) return unavailable('root')
  for (const tool of ['unshare', 'nsenter', 'apt-get', 'dpkg-deb', 'ip']) {
    if (!(await works('sh', ['-c', `command -v ${tool}`]))) return unavailable(`the command ${tool}`)
  }
  if (!(await works('unshare', ['-m', '-n', '-p', '-C', '-u', '-i', '--fork', 'true'])))
    return unavailable('namespaces')
  if (!(await works('test', ['-d', '/sys/fs/cgroup/memory'])))
    return unavailable('cgroup v1, the only kind it was made for')
  try {
    return { kind: 'available', root: await nodeRoot(say) }
  } catch (error) {
    return unavailable(`packages from Debian, and they could not be fetched: ${String(error)}`)
  }
}

/** Starts a cluster and its real node; resolves when the node is ready and pods can be made. */
export async function startNodeCluster(
  stack: Stack,
  support: NodeSupport,
  options: ClusterOptions = {},
): Promise<NodeCluster> {
  if (support.kind === 'unavailable') throw new Error(support.reason)
  await using stacked = new AsyncDisposableStack()
  const nest = stacked.use(await makeNest('node'))
  const config = join(nest.folder, 'config')
  await mkdir(config)
  const intoNode = join(nest.folder, 'into-node.sock')
  await writeFile(join(config, 'egress.json'), egressConfig(intoNode))
  const cluster = stacked.use(
    await startCluster(stack, {
      ...options,
      controllers: true,
      apiserverFlags: [
        `--advertise-address=${nodeAddress}`, // where pods reach the API server: a proxy in the node listens there
        '--endpoint-reconciler-type=lease',
        `--egress-selector-config-file=${join(config, 'egress.json')}`,
        ...(options.apiserverFlags ?? []),
      ],
    }),
  )
  await writeNodeFiles(config, cluster, support.root)
  const programs = dirname(cluster.program('kubelet'))
  const inNode = await startNamespaces(nest, support.root, programs)
  const server = stacked.use(await openWayOut(nest, cluster))
  nest.start({
    name: 'proxy',
    file: 'nsenter',
    args: [
      `--target=${inNode.pid}`,
      '--net',
      process.execPath,
      join(import.meta.dirname, 'node', 'proxy.ts'),
      new URL(cluster.server).port,
      server.socket,
      intoNode,
    ],
  })
  await startContainerd(inNode)
  inNode.start('kubelet', join(programs, 'kubelet'), [
    `--config=${join(config, 'kubelet.json')}`,
    `--kubeconfig=${join(config, 'kubelet.kubeconfig')}`,
    `--hostname-override=${nodeName}`,
    `--node-ip=${nodeAddress}`,
    '--root-dir=/var/lib/kubelet',
    '--cert-dir=/var/lib/kubelet/pki',
  ])
  inNode.start('kube-proxy', join(programs, 'kube-proxy'), [`--config=${join(config, 'kube-proxy.json')}`])
  await until('the node to be ready', async () => {
    await expectAlive(inNode.programs)
    const { body } = await cluster.admin.get(`/api/v1/nodes/${nodeName}`)
    const conditions = at(body, 'status', 'conditions')
    return (
      Array.isArray(conditions) &&
      conditions.some((each) => at(each, 'type') === 'Ready' && at(each, 'status') === 'True')
    )
  })
  const everything = stacked.move()
  return {
    cluster,
    node: nodeName,
    folder: nest.folder,
    image: busyboxImageName,
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  }
}

/** Everything that the node's programs read, in a folder that the node sees. */
async function writeNodeFiles(config: string, cluster: Cluster, root: string): Promise<void> {
  const serving = await cluster.authority.server(nodeName, [nodeAddress])
  const kubeconfigOf = async (user: string, groups: readonly string[]) =>
    kubeconfig(cluster.server, cluster.authority.certificate, {
      kind: 'certificate',
      ...(await cluster.authority.client(user, groups)),
    })
  const busybox = join(root, 'usr/bin/busybox')
  const sleep = ['/bin/sh', '-c', 'trap "exit 0" TERM INT; while :; do sleep 3600 & wait $!; done']
  const files: Readonly<Record<string, string | Buffer>> = {
    'ca.crt': cluster.authority.certificate,
    'kubelet.crt': serving.certificate,
    'kubelet.key': serving.key,
    'kubelet.json': kubeletConfig(config),
    'kubelet.kubeconfig': await kubeconfigOf(`system:node:${nodeName}`, ['system:nodes']),
    'kube-proxy.json': kubeProxyConfig(join(config, 'kube-proxy.kubeconfig')),
    'kube-proxy.kubeconfig': await kubeconfigOf('system:kube-proxy', []),
    'containerd.toml': containerdConfig,
    '10-pods.conflist': networkConfig,
    'pause.tar': await busyboxImage(busybox, pauseImage, sleep),
    'busybox.tar': await busyboxImage(busybox, busyboxImageName, ['/bin/sh']),
  }
  for (const [name, content] of Object.entries(files)) await writeFile(join(config, name), content, { mode: 0o600 })
}

/** The node's namespaces, entered by the process id of their first process. */
type Namespaces = {
  readonly pid: number
  readonly config: string
  readonly start: (name: string, file: string, args: readonly string[]) => Running
  readonly programs: readonly Running[]
  readonly run: (file: string, args: readonly string[]) => Promise<string>
}

const controllers = 'cpu cpuacct cpuset memory devices freezer blkio pids systemd unified'

async function startNamespaces(nest: Nest, root: string, programs: string): Promise<Namespaces> {
  const group = nest.folder.split('/').at(-1) ?? 'bulwark-node'
  // the programs must be in the cgroups that the node sees as the root of all: they go there before they are started
  const enter = `for c in ${controllers}; do echo $$ >/sys/fs/cgroup/$c/${group}/cgroup.procs || exit 1; done`
  const make = [
    `for c in ${controllers}; do mkdir -p /sys/fs/cgroup/$c/${group}; done`,
    `for f in cpus mems; do cat /sys/fs/cgroup/cpuset/cpuset.$f >/sys/fs/cgroup/cpuset/${group}/cpuset.$f; done`,
    `echo 1 >/sys/fs/cgroup/memory/${group}/memory.use_hierarchy 2>/dev/null || true`,
  ]
  const unshare = 'exec unshare --mount --net --pid --cgroup --uts --ipc --fork --propagation private "$@"'
  const init = join(import.meta.dirname, 'node', 'init.sh')
  nest.atEnd(
    `for try in 1 2 3 4 5 6 7 8 9 10; do find /sys/fs/cgroup/*/${group} -depth -type d -exec rmdir {} + 2>/dev/null; ` +
      `ls -d /sys/fs/cgroup/*/${group} >/dev/null 2>&1 || break; sleep 0.2; done`,
  )
  const first = nest.start({
    name: 'namespaces',
    file: '/bin/sh',
    args: ['-c', [...make, enter, unshare].join('\n'), 'namespaces', '/bin/sh', init, root, nest.folder, programs],
  })
  let pid = 0
  await until('the namespaces of the node', async () => {
    await expectAlive([first])
    pid = Number((await readFile(`/proc/${first.pid}/task/${first.pid}/children`, 'utf8').catch(() => '')).trim())
    return pid > 0 && works('test', ['-e', `/proc/${pid}/root/run/node.ready`])
  })
  const into = `exec nsenter --target=${pid} --mount --net --pid --cgroup --uts --ipc "$@"`
  const args = (file: string, rest: readonly string[]) => ['-c', `${enter}\n${into}`, 'nsenter', file, ...rest]
  const env = { PATH: '/usr/bin:/usr/sbin', HOME: '/' }
  const started: Running[] = [first]
  return {
    pid,
    config: join(nest.folder, 'config'),
    start: (name, file, rest) => {
      const program = nest.start({ name, file: '/bin/sh', args: args(file, rest), env })
      started.push(program)
      return program
    },
    programs: started,
    run: async (file, rest) => (await run('/bin/sh', args(file, rest), { env, cwd: '/' })).stdout,
  }
}

async function startContainerd(inNode: Namespaces): Promise<void> {
  inNode.start('containerd', '/usr/bin/containerd', ['--config', '/etc/containerd.toml', '--log-level', 'info'])
  const ctr = (...args: readonly string[]) => inNode.run('/usr/bin/ctr', ['--namespace', 'k8s.io', ...args])
  await until('containerd', () =>
    ctr('version').then(
      () => true,
      () => false,
    ),
  )
  for (const name of ['pause.tar', 'busybox.tar']) await ctr('images', 'import', join(inNode.config, name))
}

/** A Unix socket through which the node reaches the API server on this machine's loopback. */
async function openWayOut(nest: Nest, cluster: Cluster): Promise<AsyncDisposable & { readonly socket: string }> {
  const path = join(nest.folder, 'out-of-node.sock')
  const port = Number(new URL(cluster.server).port)
  const server = createServer((socket) => {
    const apiserver = connect(port, '127.0.0.1')
    socket.pipe(apiserver).pipe(socket)
    socket.on('error', () => apiserver.destroy()).on('close', () => apiserver.destroy())
    apiserver.on('error', () => socket.destroy()).on('close', () => socket.destroy())
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve))
  return {
    socket: path,
    [Symbol.asyncDispose]: async () => {
      server.close() // its connections end with the API server and the node
    },
  }
}

function works(command: string, args: readonly string[]): Promise<boolean> {
  return run(command, args).then(
    () => true,
    () => false,
  )
}
