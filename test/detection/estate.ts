/** What a busy cluster has besides the shop: twenty services, batch work, and the programs that tend them. */
import { registry } from '../cluster/recording/names.ts'
import {
  account,
  clusterRole,
  configMap,
  deployment,
  group,
  type Manifest,
  namespace,
  role,
  roleBinding,
  secret,
  service,
  serviceAccount,
} from '../cluster/recording/objects.ts'

/** The services of the namespace `apps`. */
export const services: readonly string[] = Array.from({ length: 20 }, (_, n) => `svc-${String(n + 1).padStart(2, '0')}`)

export const serviceDeployment = (name: string, tag: number, replicas?: number): Manifest => {
  const image = `${registry}/apps/${name}:1.${tag}.0`
  const made = deployment({ namespace: 'apps', name, image, hardening: 'restricted', replicas: replicas ?? 2 })
  if (replicas !== undefined) return made
  const { replicas: _, ...spec } = Object(made.spec)
  return { ...made, spec }
}

const write = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete']

export const estate = (): readonly Manifest[] => [
  ...['apps', 'batch', 'argocd', 'external-secrets'].map((name) =>
    namespace(name, { enforce: 'baseline' }, 'platform'),
  ),
  ...services.flatMap((name) => [
    serviceDeployment(name, 1, 2),
    service('apps', name, 8080),
    configMap('apps', `${name}-config`, { 'application.yaml': 'pool: 8\n' }),
    secret('apps', `${name}-database`, { password: `not-a-password-of-${name}` }),
  ]),
  serviceAccount('ci', 'kubectl'),
  ...clusterRole(
    'ci-kubectl',
    [
      { apiGroups: ['apps', 'batch'], resources: ['*'], verbs: write },
      { apiGroups: [''], resources: ['pods', 'pods/log', 'services', 'configmaps', 'serviceaccounts'], verbs: write },
    ],
    account('ci', 'kubectl'),
  ),
  serviceAccount('batch', 'workflow'),
  ...role(
    'batch',
    'workflow',
    [
      { apiGroups: ['batch'], resources: ['jobs'], verbs: [...write, 'deletecollection'] },
      {
        apiGroups: [''],
        resources: ['pods', 'pods/log', 'configmaps', 'services'],
        verbs: [...write, 'deletecollection'],
      },
    ],
    account('batch', 'workflow'),
  ),
  serviceAccount('argocd', 'application-controller'),
  ...clusterRole(
    'argocd-application-controller',
    [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }],
    account('argocd', 'application-controller'),
  ),
  serviceAccount('external-secrets', 'operator'),
  ...clusterRole(
    'external-secrets',
    [{ apiGroups: [''], resources: ['secrets'], verbs: write }],
    account('external-secrets', 'operator'),
  ),
  serviceAccount('monitoring', 'keda'),
  ...clusterRole(
    'keda',
    [
      {
        apiGroups: ['apps'],
        resources: ['deployments', 'deployments/scale'],
        verbs: ['get', 'list', 'patch', 'update'],
      },
    ],
    account('monitoring', 'keda'),
  ),
  ...clusterRole(
    'prometheus-kubelets',
    [{ apiGroups: [''], resources: ['nodes/proxy'], verbs: ['get'] }],
    account('monitoring', 'prometheus'),
  ),
  serviceAccount('kube-system', 'cluster-autoscaler'),
  ...clusterRole(
    'cluster-autoscaler',
    [
      { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'patch', 'update', 'delete'] },
      { apiGroups: [''], resources: ['pods', 'pods/eviction'], verbs: ['list', 'create'] },
    ],
    account('kube-system', 'cluster-autoscaler'),
  ),
  roleBinding('apps', 'storefront', { kind: 'ClusterRole', name: 'edit' }, group('storefront')),
]
