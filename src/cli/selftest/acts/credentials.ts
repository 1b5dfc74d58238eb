/** Secrets, tokens, certificates and the kubelet's API. */
import { type Act, byHand, core, create, nothing, read } from '../act.ts'

const tokenFor = (seconds: number) => ({
  apiVersion: 'authentication.k8s.io/v1',
  kind: 'TokenRequest',
  spec: { expirationSeconds: seconds },
})

/** Of a key that was thrown away. */
const certificateRequest =
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIVU1IMENBUUF3R3pFWk1CY0dBMVVFQXd3UVluVnNkMkZ5YXkxelpXeG1kR1Z6ZERCWk1CTUdCeXFHU000OQpBZ0VHQ0NxR1NNNDlBd0VIQTBJQUJCblg5RHJ4cHVMM3BUdlUrNjZNZ1Vlb0o1ajlaMnRzeTk1QUhYTk1JdTBTCjV0L3QvM3VqU3pmRmlab25IZmdjYVFkUVB6Ymc2OGpiaTJ2MWxlTFJJMFNnQURBS0JnZ3Foa2pPUFFRREFnTkgKQURCRUFpQXEydXFRdkRSMGVZdmdYUFVERUp2a0xCRzVJenlFSThrTlJRY2thSXd0VndJZ1hnMnNkam5CSkhFSgp0eGgrSG13bSt1Z3o4dDJkZzFnMVQzZUhYN2xiUzVrPQotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K'

export const credentialActs: readonly Act[] = [
  {
    id: 'guess-secrets',
    what: 'ask, as a service account, for twelve Secrets that are not there and that it may not read, then for one of its own',
    rules: ['secret-guessing', 'secret-refused', 'secret-guessed', 'secret-read-of-service-account'],
    asks: ({ own }) => [
      read(`${core}/namespaces/default/secrets/bulwark-selftest-{n}`, { as: 'helper', expect: 'refused', times: 12 }),
      read(`${core}/namespaces/${own}/secrets/selftest-0`, { as: 'helper' }),
    ],
  },
  {
    id: 'secret-by-hand',
    what: 'read an empty Secret of its own as a service account, by a tool for people',
    rules: ['secret-read-by-hand'],
    asks: ({ own }) => [read(`${core}/namespaces/${own}/secrets/selftest-0`, { as: 'helper', client: byHand })],
  },
  {
    id: 'secret-elsewhere',
    what: 'read an empty Secret of the other own namespace as a service account',
    rules: ['secret-of-another-namespace'],
    asks: ({ open }) => [read(`${core}/namespaces/${open}/secrets/selftest-0`, { as: 'helper' })],
  },
  {
    id: 'many-secrets',
    what: 'read twelve empty Secrets of its own',
    rules: ['many-secrets-read', 'secret-read-by-person', 'secret-read-of-anybody'],
    asks: ({ own }) => [read(`${core}/namespaces/${own}/secrets/selftest-{n}`, { times: 12 })],
    needsPerson: true,
  },
  {
    id: 'all-secrets',
    what: 'list those Secrets of the cluster that have a label which none has',
    rules: ['all-secrets-listed-by-hand', 'secrets-listed'],
    asks: () => [read(`${core}/secrets?limit=1&labelSelector=${nothing}`, { client: byHand })],
  },
  {
    id: 'token',
    what: 'ask for a token of a service account without rights, and throw it away',
    rules: ['token-requested'],
    asks: ({ own }) => [create(core, own, 'serviceaccounts/visitor/token', tokenFor(600))],
  },
  {
    id: 'lasting-token',
    what: 'ask for a token of it that lasts a month, and throw it away: it ends with the namespace',
    rules: ['token-that-lasts'],
    asks: ({ own }) => [create(core, own, 'serviceaccounts/visitor/token', tokenFor(2_592_000))],
  },
  {
    id: 'system-token',
    what: 'ask for a token of the default service account of kube-node-lease, which has no rights, and throw it away',
    rules: ['token-of-system-requested'],
    asks: () => [create(core, 'kube-node-lease', 'serviceaccounts/default/token', tokenFor(600))],
  },
  {
    id: 'token-secret',
    what: 'ask for a Secret with a token',
    rules: ['token-secret-made'],
    asks: ({ own }) => [
      create(core, own, 'secrets', {
        metadata: { name: 'token', annotations: { 'kubernetes.io/service-account.name': 'visitor' } },
        type: 'kubernetes.io/service-account-token',
      }),
    ],
  },
  {
    id: 'certificate',
    what: 'ask for a client certificate that nobody has the key of',
    rules: ['client-certificate-requested'],
    asks: () => [
      create('/apis/certificates.k8s.io/v1', '', 'certificatesigningrequests', {
        metadata: { name: 'bulwark-selftest' },
        spec: {
          request: certificateRequest,
          signerName: 'kubernetes.io/kube-apiserver-client',
          expirationSeconds: 600,
          usages: ['client auth'],
        },
      }),
    ],
  },
  {
    id: 'kubelet-asked',
    what: 'ask the kubelet of a node that is not there for its pods',
    rules: ['kubelet-asked'],
    asks: () => [read(`${core}/nodes/bulwark-selftest-none/proxy/pods`, { expect: 'anything' })],
  },
  {
    id: 'kubelet-commanded',
    what: 'ask a kubelet for its configuration, and look away from the answer',
    rules: ['kubelet-commanded'],
    asks: ({ node }) => [read(`${core}/nodes/${node}/proxy/configz`)],
    lacks: ({ node }) => (node === '' ? 'no node of the cluster can be seen' : ''),
  },
]
