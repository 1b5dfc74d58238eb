/**
 * Commands in the pod of the self-test, whose image has no program but one that waits, so that none of them runs; each is
 * cut as soon as it began. And what is asked of other pods as a dry run that says nothing.
 */
import { type Act, type Ask, core, pauseImage, read } from '../act.ts'

const command = (open: string, words: readonly string[], more: Partial<Ask> = {}): Ask => ({
  method: 'GET',
  path: `${core}/namespaces/${open}/pods/target/exec?${words.map((word) => `command=${encodeURIComponent(word)}`).join('&')}&stdout=true&container=none`,
  isUpgrade: true,
  ...more,
})

const none = 'bulwark-selftest-none'

/** What `kubectl debug` does to a pod; without a container it changes nothing. */
const debug = (namespace: string, pod: string, securityContext?: Readonly<Record<string, boolean>>): Ask => ({
  method: 'PATCH',
  patch: 'strategic',
  path: `${core}/namespaces/${namespace}/pods/${pod}/ephemeralcontainers`,
  body:
    securityContext === undefined
      ? {}
      : { spec: { ephemeralContainers: [{ name: 'selftest', image: pauseImage, securityContext }] } },
})

export const executionActs: readonly Act[] = [
  {
    id: 'exec',
    what: 'run a command that is not there in its own pod, after a privileged pod of that name was asked for',
    rules: ['exec', 'machine-pod-entered'],
    asks: ({ open }) => [command(open, [none])],
    after: ['privileged-pod'],
    needsPod: true,
  },
  {
    id: 'hostile-exec',
    what: 'run a tool of attackers that is not there in its own pod',
    rules: ['exec-hostile-command'],
    asks: ({ open }) => [command(open, ['deepce'])],
    needsPod: true,
  },
  {
    id: 'exec-token',
    what: 'name the file of a token, which is not there, to a command that is not there in its own pod',
    rules: ['exec-reads-token'],
    asks: ({ open }) => [command(open, [none, '/var/run/secrets/kubernetes.io/serviceaccount/token'])],
    needsPod: true,
  },
  {
    id: 'copy-out',
    what: 'copy a file that is not there out of its own pod, which has no tar',
    rules: ['files-copied-out'],
    asks: ({ open }) => [command(open, ['tar', 'cf', '-', '/bulwark-selftest-none'])],
    needsPod: true,
  },
  {
    id: 'attach',
    what: 'attach to its own pod, and let go of it',
    rules: ['attach'],
    asks: ({ open }) => [
      {
        method: 'GET',
        path: `${core}/namespaces/${open}/pods/target/attach?stdout=true&container=none`,
        isUpgrade: true,
      },
    ],
    needsPod: true,
  },
  {
    id: 'port-forward',
    what: 'forward a port of its own pod, on which nothing listens, and let go of it',
    rules: ['port-forward'],
    asks: ({ open }) => [
      { method: 'GET', path: `${core}/namespaces/${open}/pods/target/portforward?ports=80`, isUpgrade: true },
    ],
    needsPod: true,
  },
  {
    id: 'exec-by-account',
    what: 'run a command that is not there in its own pod as a service account',
    rules: ['exec-by-service-account'],
    asks: ({ open }) => [command(open, [none], { as: 'helper' })],
    needsPod: true,
  },
  {
    id: 'exec-refused',
    what: 'ask to run a command as a service account without rights',
    rules: ['exec-refused'],
    // Refused before anything is said of a protocol.
    asks: ({ open }) => [
      read(`${core}/namespaces/${open}/pods/target/exec?command=${none}`, { as: 'visitor', expect: 'refused' }),
    ],
  },
  {
    id: 'debug-container',
    what: 'ask for a debug container in its own pod',
    rules: ['ephemeral-container'],
    asks: ({ open }) => [debug(open, 'target', {})],
  },
  {
    id: 'privileged-debug-container',
    what: 'ask for a privileged debug container in its own pod',
    rules: ['ephemeral-container-privileged'],
    asks: ({ open }) => [debug(open, 'target', { privileged: true })],
  },
  {
    id: 'system-debug-container',
    what: 'ask to change the debug containers of a pod of kube-system in nothing',
    rules: ['exec-in-system-namespace'],
    asks: ({ systemPod }) => [debug('kube-system', systemPod)],
    lacks: ({ systemPod }) => (systemPod === '' ? 'kube-system has no pod that can be seen' : ''),
  },
]
