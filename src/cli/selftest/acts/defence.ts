/** What takes defences away, and what is destroyed: dry runs, by selectors of nothing where they reach beyond the own namespaces. */
import type { JsonObject } from '../../../model/json.ts'
import {
  type Act,
  type Ask,
  admission,
  apply,
  apps,
  core,
  create,
  networking,
  removeAll,
  removeNone,
  selector,
  template,
  type Who,
} from '../act.ts'

const webhook = (name: string): JsonObject => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingWebhookConfiguration',
  metadata: { name },
  webhooks: [
    {
      name: 'selftest.bulwark.dev',
      clientConfig: { url: 'https://selftest.invalid/' },
      rules: [
        { apiGroups: ['selftest.bulwark.dev'], apiVersions: ['v1'], resources: ['none'], operations: ['CREATE'] },
      ],
      failurePolicy: 'Ignore',
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
    },
  ],
})

const configMap = (namespace: string, name: string): JsonObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
})

/** A policy that lets nothing into pods of a label which none has, and then everything. */
const loosened = (own: string, name: string, who: Who): readonly Ask[] => [
  create(
    networking,
    own,
    'networkpolicies',
    { metadata: { name }, spec: { podSelector: selector, policyTypes: ['Ingress'] } },
    { isReal: true },
  ),
  {
    as: who,
    method: 'PATCH',
    patch: 'merge',
    path: `${networking}/namespaces/${own}/networkpolicies/${name}`,
    body: { spec: { ingress: [{}] } },
    isReal: true,
  },
]

export const defenceActs: readonly Act[] = [
  {
    id: 'webhook',
    what: 'ask for an admission webhook for a kind that is not there, to an address that is not there',
    rules: ['webhook-created', 'webhook-to-url', 'admission-control-changed'],
    asks: () => [create(admission, '', 'validatingwebhookconfigurations', webhook('bulwark-selftest'))],
  },
  {
    id: 'admission-removed',
    what: 'ask to delete those admission webhooks that have a label which none has',
    rules: ['admission-control-removed'],
    asks: () => [removeNone(`${admission}/validatingwebhookconfigurations`)],
  },
  {
    id: 'audit-tampered',
    what: 'ask for a ConfigMap of the own namespace that is called as an audit policy',
    rules: ['audit-tampered'],
    asks: ({ own }) => [create(core, own, 'configmaps', configMap(own, 'audit-policy'))],
  },
  {
    id: 'monitoring-tampered',
    what: 'ask to delete an empty Deployment of its own that is called grafana',
    rules: ['monitoring-tampered'],
    asks: ({ own }) => [{ method: 'DELETE', path: `${apps}/namespaces/${own}/deployments/grafana` }],
    needsPerson: true,
  },
  {
    id: 'events-wiped',
    what: 'ask to delete the Events of the own namespace',
    rules: ['events-wiped'],
    asks: ({ own }) => [removeAll(`${core}/namespaces/${own}/events`)],
  },
  {
    id: 'event-deleted',
    what: 'ask to delete an Event of its own',
    rules: ['event-deleted'],
    asks: ({ own }) => [{ method: 'DELETE', path: `${core}/namespaces/${own}/events/selftest` }],
  },
  {
    id: 'kube-system',
    what: 'ask for a ConfigMap in kube-system',
    rules: ['kube-system-changed'],
    asks: () => [create(core, 'kube-system', 'configmaps', configMap('kube-system', 'bulwark-selftest'))],
    needsPerson: true,
  },
  {
    id: 'dns',
    what: 'ask to change what people add to CoreDNS (coredns-custom) in nothing',
    rules: ['dns-changed'],
    asks: () => [
      apply(`${core}/namespaces/kube-system/configmaps/coredns-custom`, configMap('kube-system', 'coredns-custom')),
    ],
  },
  {
    id: 'network-policies',
    what: 'ask to delete the NetworkPolicies of the own namespace',
    rules: ['network-policy-deleted'],
    asks: ({ own }) => [removeAll(`${networking}/namespaces/${own}/networkpolicies`)],
  },
  {
    id: 'network-policies-by-program',
    what: 'ask the same as a service account',
    rules: ['network-policy-deleted-by-program'],
    asks: ({ own }) => [removeAll(`${networking}/namespaces/${own}/networkpolicies`, { as: 'helper' })],
  },
  {
    id: 'pod-security',
    what: 'loosen Pod Security in the own namespace by one level',
    rules: ['pod-security-loosened'],
    // A dry run lowers nothing, and is not taken for it.
    asks: ({ own }) => [
      {
        method: 'PATCH',
        patch: 'merge',
        path: `${core}/namespaces/${own}`,
        body: { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'baseline' } } },
        isReal: true,
      },
    ],
  },
  {
    id: 'network-policy',
    what: 'make a NetworkPolicy for no pod of the own namespace, and loosen it',
    rules: ['network-policy-loosened'],
    asks: ({ own }) => loosened(own, 'by-hand', 'person'),
  },
  {
    id: 'network-policy-by-program',
    what: 'make another one, and loosen it as a service account',
    rules: ['network-policy-loosened-by-program'],
    asks: ({ own }) => loosened(own, 'by-program', 'helper'),
  },
  {
    id: 'privileged-namespace',
    what: 'ask for a namespace in which Pod Security allows everything',
    rules: ['namespace-privileged'],
    asks: ({ own }) => [
      create(core, '', 'namespaces', {
        metadata: { name: `${own}-none`, labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } },
      }),
    ],
  },
  {
    id: 'agent-removed',
    what: 'ask for a Deployment of the own namespace that is called falco, without pods',
    rules: ['security-agent-removed'],
    asks: ({ own }) => [
      apply(`${apps}/namespaces/${own}/deployments/falco`, {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'falco', namespace: own },
        spec: { replicas: 0, selector, template: template() },
      }),
    ],
  },
  {
    id: 'agent-pod',
    what: 'ask to delete a pod of its own that is called falco-selftest and never runs',
    rules: ['security-agent-pods-deleted'],
    asks: ({ own }) => [{ method: 'DELETE', path: `${core}/namespaces/${own}/pods/falco-selftest` }],
  },
  {
    id: 'agent-configured',
    what: 'ask for a ConfigMap of the own namespace that is called as one of Falco',
    rules: ['security-agent-configured'],
    asks: ({ own }) => [apply(`${core}/namespaces/${own}/configmaps/falco-selftest`, configMap(own, 'falco-selftest'))],
    needsPerson: true,
  },
  {
    id: 'mass-deletion',
    what: 'ask to delete 22 empty Secrets of its own',
    rules: ['thing-deleted', 'mass-deletion'],
    asks: ({ own }) => [{ method: 'DELETE', path: `${core}/namespaces/${own}/secrets/selftest-{n}`, times: 22 }],
  },
  {
    id: 'collection-deleted',
    what: 'ask to delete the ConfigMaps of the own namespace',
    rules: ['collection-deleted'],
    asks: ({ own }) => [removeAll(`${core}/namespaces/${own}/configmaps`)],
  },
  {
    id: 'namespace-deleted',
    what: 'ask to delete the own namespace',
    rules: ['namespace-deleted'],
    asks: ({ own }) => [{ method: 'DELETE', path: `${core}/namespaces/${own}` }],
  },
  {
    id: 'backup-deleted',
    what: 'ask to delete the snapshots of the own namespace, of which there are none',
    rules: ['backup-deleted'],
    asks: ({ own }) => [removeAll(`/apis/snapshot.storage.k8s.io/v1/namespaces/${own}/volumesnapshots`)],
    needsPerson: true,
  },
  {
    id: 'quota-deleted',
    what: 'ask to delete the quotas of the own namespace, of which there are none',
    rules: ['quota-deleted'],
    asks: ({ own }) => [removeAll(`${core}/namespaces/${own}/resourcequotas`)],
  },
  {
    id: 'pod-deleted',
    what: 'ask, as a service account, to delete a pod of its own that never runs',
    rules: ['pod-deleted'],
    asks: ({ own }) => [{ as: 'helper', method: 'DELETE', path: `${core}/namespaces/${own}/pods/falco-selftest` }],
  },
]
