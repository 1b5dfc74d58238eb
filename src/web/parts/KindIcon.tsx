/** One sign a family of kinds, so that the eye finds workloads, access, network and settings in a list of names. */
const families = {
  workload: 'm8 2 5.5 3v6L8 14l-5.5-3V5zM2.5 5 8 8l5.5-3M8 8v6',
  pod: 'm8 2.5 4.8 2.7v5.6L8 13.5l-4.8-2.7V5.2z',
  job: 'M8 2.5a5.5 5.5 0 1 1-5.2 3.6M2.5 2.5v3.7h3.7M8 5v3.2l2 1.3',
  network: 'M8 2.5v4M8 6.5 3.5 10M8 6.5l4.5 3.5M6.5 1.5h3v2h-3zM2 10h3v3H2zM11 10h3v3h-3z',
  settings: 'M4 2.5h6l2.5 2.5v8.5H4zM6 7h4.5M6 9.5h4.5',
  secret: 'M4.5 7.5h7v6h-7zM6 7.5V5.2a2 2 0 0 1 4 0v2.3',
  access: 'M9.8 3a3.2 3.2 0 1 1-2.6 5L2.5 12.7V14h2v-1.2h1.3v-1.3L7.4 10',
  storage: 'M2.8 4.5c0-2.7 10.4-2.7 10.4 0s-10.4 2.7-10.4 0ZM2.8 4.5v7c0 2.7 10.4 2.7 10.4 0v-7',
  node: 'M2.5 3h11v4h-11zM2.5 9h11v4h-11zM5 5h.1M5 11h.1',
  namespace: 'M2.5 5V2.5H5M11 2.5h2.5V5M13.5 11v2.5H11M5 13.5H2.5V11',
  policy: 'M8 2l5 2v4c0 3-2.2 5-5 6-2.8-1-5-3-5-6V4z',
  event: 'M8 2.5v6M8 11.5v1',
  other: 'M8 3a5 5 0 1 1 0 10A5 5 0 0 1 8 3Z',
} as const

const familyOf: Readonly<Record<string, keyof typeof families>> = {
  Deployment: 'workload',
  ReplicaSet: 'workload',
  StatefulSet: 'workload',
  DaemonSet: 'workload',
  ReplicationController: 'workload',
  HorizontalPodAutoscaler: 'workload',
  Pod: 'pod',
  PodTemplate: 'pod',
  Job: 'job',
  CronJob: 'job',
  Service: 'network',
  Endpoints: 'network',
  EndpointSlice: 'network',
  Ingress: 'network',
  IngressClass: 'network',
  ConfigMap: 'settings',
  Secret: 'secret',
  ServiceAccount: 'access',
  Role: 'access',
  RoleBinding: 'access',
  ClusterRole: 'access',
  ClusterRoleBinding: 'access',
  PersistentVolume: 'storage',
  PersistentVolumeClaim: 'storage',
  StorageClass: 'storage',
  Node: 'node',
  Lease: 'node',
  Namespace: 'namespace',
  NetworkPolicy: 'policy',
  ValidatingAdmissionPolicy: 'policy',
  ValidatingAdmissionPolicyBinding: 'policy',
  ValidatingWebhookConfiguration: 'policy',
  MutatingWebhookConfiguration: 'policy',
  ResourceQuota: 'policy',
  LimitRange: 'policy',
  PodDisruptionBudget: 'policy',
  Event: 'event',
}

export const KindIcon = ({ kind }: { readonly kind: string }) => (
  <svg
    viewBox="0 0 16 16"
    className="size-4 shrink-0 text-dim"
    role="img"
    aria-label={kind}
    fill="none"
    stroke="currentColor"
    strokeWidth="1.2"
    strokeLinecap="round"
    strokeLinejoin="round"
  >
    <title>{kind}</title>
    <path d={families[Object.hasOwn(familyOf, kind) ? (familyOf[kind] ?? 'other') : 'other']} />
  </svg>
)
