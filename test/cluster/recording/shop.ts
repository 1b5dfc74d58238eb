/** The shop as it stands when the recording begins. */
import { randomBytes } from 'node:crypto'
import {
  account,
  clusterRole,
  configMap,
  cronJob,
  daemonSet,
  deployment,
  group,
  type Manifest,
  namespace,
  role,
  roleBinding,
  secret,
  service,
  serviceAccount,
  statefulSet,
} from './objects.ts'

/** Image tags that change in the course of the recording. */
export const firstTag = { web: '2026.11.1', catalog: '4.2.0', api: '1.18.3' }

const registry = 'registry.shop.example'

export function webDeployment(tag: string): Manifest {
  return deployment({
    namespace: 'shop',
    name: 'web',
    image: `${registry}/shop/web:${tag}`,
    hardening: 'restricted',
    replicas: 3,
    serviceAccount: 'web',
  })
}

export function catalogDeployment(tag: string): Manifest {
  const image = `${registry}/shop/catalog:${tag}`
  return deployment({ namespace: 'shop', name: 'catalog', image, hardening: 'restricted', replicas: 2 })
}

export function paymentsApi(tag: string): Manifest {
  return deployment({
    namespace: 'payments',
    name: 'api',
    image: `${registry}/payments/api:${tag}`,
    hardening: 'restricted',
    replicas: 2,
    serviceAccount: 'api',
  })
}

/** The values of the Secrets, made anew for each recording, so that a check can look for them in the file. */
export function makeSecretValues(): Readonly<Record<SecretName, string>> {
  const value = () => `v-${randomBytes(18).toString('base64url')}`
  return { database: value(), stripe: value(), session: value(), registry: value(), grafana: value(), webhook: value() }
}

export type SecretName = 'database' | 'stripe' | 'session' | 'registry' | 'grafana' | 'webhook'

/** Every object of the shop, in the order in which they can be made. */
export function shop(values: Readonly<Record<SecretName, string>>): readonly Manifest[] {
  return [
    namespace('shop', { enforce: 'baseline', audit: 'restricted', warn: 'restricted' }, 'storefront'),
    namespace('payments', { enforce: 'restricted', 'enforce-version': 'v1.37' }, 'payments'),
    namespace('monitoring', { enforce: 'privileged', audit: 'baseline', warn: 'baseline' }, 'platform'),
    namespace('dev', { warn: 'baseline' }, 'storefront'),
    namespace('ci', {}, 'platform'),
    ...storefront(values),
    ...payments(values),
    ...monitoring(values),
    ...ci(values),
    ...kubeSystem(),
    deployment({ namespace: 'dev', name: 'legacy-php', image: 'php:7.4-apache', hardening: 'host-port' }),
    ...people(),
    backups(),
  ]
}

function storefront(values: Readonly<Record<SecretName, string>>): readonly Manifest[] {
  const namespaceName = 'shop'
  const busy = { namespace: namespaceName, hardening: 'baseline' } as const
  return [
    serviceAccount(namespaceName, 'web'),
    serviceAccount(namespaceName, 'cart'),
    configMap(namespaceName, 'web-config', { 'features.yaml': 'checkout: v2\nrecommendations: true\n' }),
    configMap(namespaceName, 'search-synonyms', { 'synonyms.txt': 'mug,cup\ntee,t-shirt\n' }),
    secret(namespaceName, 'session-key', { key: values.session }),
    secret(namespaceName, 'registry-pull', { token: values.registry }),
    ...role(
      namespaceName,
      'web',
      [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'watch'] }],
      account(namespaceName, 'web'),
    ),
    webDeployment(firstTag.web),
    catalogDeployment(firstTag.catalog),
    deployment({ ...busy, name: 'cart', image: `${registry}/shop/cart:3.9.1`, replicas: 2, serviceAccount: 'cart' }),
    deployment({ ...busy, name: 'search', image: `${registry}/shop/search:0.31.0`, replicas: 2 }),
    statefulSet({ ...busy, name: 'redis', image: 'redis:7.4', replicas: 3 }),
    cronJob({ ...busy, name: 'sweep-carts', image: `${registry}/shop/cart:3.9.1` }, '*/2 * * * *'),
    cronJob({ ...busy, name: 'sitemap', image: `${registry}/shop/web:${firstTag.web}` }, '*/10 * * * *'),
    ...['web', 'catalog', 'cart', 'search', 'redis'].map((name) => service(namespaceName, name, 8080)),
    {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'web', namespace: namespaceName },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
        minReplicas: 3,
        maxReplicas: 10,
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
        ],
        behavior: { scaleDown: { stabilizationWindowSeconds: 120 } },
      },
    },
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'web', namespace: namespaceName },
      spec: { minAvailable: 2, selector: { matchLabels: { app: 'web' } } },
    },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'web', namespace: namespaceName },
      spec: {
        rules: [
          {
            host: 'shop.example',
            http: {
              paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 8080 } } } }],
            },
          },
        ],
      },
    },
    networkPolicy(namespaceName, 'redis-from-cart', 'redis', [{ podSelector: { matchLabels: { app: 'cart' } } }]),
  ]
}

function payments(values: Readonly<Record<SecretName, string>>): readonly Manifest[] {
  const namespaceName = 'payments'
  const strict = { namespace: namespaceName, hardening: 'restricted' } as const
  const tmp = { volumes: [{ name: 'data', emptyDir: {} }] }
  return [
    serviceAccount(namespaceName, 'api'),
    secret(namespaceName, 'database', { username: 'payments', password: values.database }),
    secret(namespaceName, 'stripe', { apiKey: values.stripe, webhookSecret: values.webhook }),
    ...role(
      namespaceName,
      'api',
      [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }],
      account(namespaceName, 'api'),
    ),
    paymentsApi(firstTag.api),
    deployment({ ...strict, name: 'worker', image: `${registry}/payments/worker:1.18.3`, replicas: 2 }),
    statefulSet({ ...strict, name: 'postgres', image: 'postgres:17.2', pod: tmp }),
    cronJob({ ...strict, name: 'settle', image: `${registry}/payments/worker:1.18.3` }, '*/5 * * * *'),
    service(namespaceName, 'api', 8080),
    service(namespaceName, 'postgres', 5432),
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'default-deny', namespace: namespaceName },
      spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
    },
    networkPolicy(namespaceName, 'api-from-shop', 'api', [
      { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } } },
    ]),
    networkPolicy(namespaceName, 'postgres-from-payments', 'postgres', [{ podSelector: {} }]),
    {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'payments', namespace: namespaceName },
      spec: { hard: { pods: '20', 'requests.cpu': '8' } },
    },
  ]
}

function monitoring(values: Readonly<Record<SecretName, string>>): readonly Manifest[] {
  const namespaceName = 'monitoring'
  const readAll = { apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list', 'watch'] }
  const scrape = { apiGroups: [''], resources: ['nodes', 'services', 'endpoints', 'pods'], verbs: readAll.verbs }
  const hostRoot = { volumes: [{ name: 'root', hostPath: { path: '/' } }], hostNetwork: true, hostPID: true }
  return [
    ...['prometheus', 'kube-state-metrics', 'bulwark'].map((name) => serviceAccount(namespaceName, name)),
    secret(namespaceName, 'grafana-admin', { password: values.grafana }),
    ...clusterRole('prometheus', [scrape], account(namespaceName, 'prometheus')),
    ...clusterRole('kube-state-metrics', [readAll], account(namespaceName, 'kube-state-metrics')),
    ...clusterRole('bulwark', [readAll], account(namespaceName, 'bulwark')),
    statefulSet({
      namespace: namespaceName,
      name: 'prometheus',
      image: 'quay.io/prometheus/prometheus:v3.5.0',
      hardening: 'restricted',
      serviceAccount: 'prometheus',
    }),
    deployment({
      namespace: namespaceName,
      name: 'kube-state-metrics',
      image: 'registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.17.0',
      hardening: 'restricted',
      serviceAccount: 'kube-state-metrics',
    }),
    deployment({ namespace: namespaceName, name: 'grafana', image: 'grafana/grafana:12.1.0', hardening: 'baseline' }),
    daemonSet({
      namespace: namespaceName,
      name: 'node-exporter',
      image: 'quay.io/prometheus/node-exporter:v1.9.1',
      hardening: 'baseline',
      pod: hostRoot,
      container: { volumeMounts: [{ name: 'root', mountPath: '/host', readOnly: true }] },
    }),
    service(namespaceName, 'prometheus', 9090),
    service(namespaceName, 'grafana', 3000),
  ]
}

/** What CI may do is the hole of this shop: its account may do more than it needs, in every namespace. */
function ci(values: Readonly<Record<SecretName, string>>): readonly Manifest[] {
  const namespaceName = 'ci'
  const write = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete']
  return [
    serviceAccount(namespaceName, 'deployer'),
    secret(namespaceName, 'registry-push', { token: values.registry }),
    ...clusterRole(
      'ci-deployer',
      [
        { apiGroups: ['apps', 'batch', 'autoscaling'], resources: ['*'], verbs: write },
        { apiGroups: [''], resources: ['pods', 'pods/log', 'pods/exec', 'services', 'configmaps'], verbs: write },
        { apiGroups: [''], resources: ['events'], verbs: [...write, 'deletecollection'] },
      ],
      account(namespaceName, 'deployer'),
    ),
    statefulSet({
      namespace: namespaceName,
      name: 'runner',
      image: `${registry}/ci/runner:2.330.0`,
      hardening: 'privileged',
      replicas: 2,
      serviceAccount: 'deployer',
    }),
  ]
}

function kubeSystem(): readonly Manifest[] {
  const namespaceName = 'kube-system'
  const registryK8s = 'registry.k8s.io'
  const lease = { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['*'] }
  const dns = { apiGroups: [''], resources: ['services', 'endpoints', 'namespaces'], verbs: ['list', 'watch'] }
  const hostNetwork = { hostNetwork: true, tolerations: [{ operator: 'Exists' }] }
  const accounts = ['addon-manager', 'cert-operator', 'backup-operator', 'coredns', 'kube-proxy']
  const certificates = [
    { apiGroups: ['certificates.k8s.io'], resources: ['*'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] },
    lease,
  ]
  const backupRules = [{ apiGroups: ['ops.shop.example'], resources: ['*'], verbs: ['*'] }, lease]
  return [
    ...accounts.map((name) => serviceAccount(namespaceName, name)),
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'addon-manager' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [account(namespaceName, 'addon-manager')],
    },
    ...clusterRole('cert-operator', certificates, account(namespaceName, 'cert-operator')),
    ...clusterRole('backup-operator', backupRules, account(namespaceName, 'backup-operator')),
    ...clusterRole('coredns', [dns], account(namespaceName, 'coredns')),
    ...accounts.slice(0, 3).map((name) =>
      deployment({
        namespace: namespaceName,
        name,
        image: `${registry}/platform/${name}:1.4.0`,
        hardening: 'restricted',
        serviceAccount: name,
      }),
    ),
    deployment({
      namespace: namespaceName,
      name: 'coredns',
      image: `${registryK8s}/coredns/coredns:v1.12.4`,
      hardening: 'baseline',
      replicas: 2,
      serviceAccount: 'coredns',
      container: { securityContext: { capabilities: { add: ['NET_BIND_SERVICE'], drop: ['ALL'] } } },
    }),
    daemonSet({
      namespace: namespaceName,
      name: 'kube-proxy',
      image: `${registryK8s}/kube-proxy:v1.37.2`,
      hardening: 'privileged',
      serviceAccount: 'kube-proxy',
      pod: { ...hostNetwork, hostPID: false },
    }),
    daemonSet({
      namespace: namespaceName,
      name: 'flannel',
      image: 'ghcr.io/flannel-io/flannel:v0.27.3',
      hardening: 'baseline',
      pod: { ...hostNetwork, volumes: [{ name: 'run', hostPath: { path: '/run/flannel' } }] },
      container: { securityContext: { capabilities: { add: ['NET_ADMIN', 'NET_RAW'] } } },
    }),
  ]
}

function people(): readonly Manifest[] {
  return [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'platform-admins' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [group('platform')],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'developers-view' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: [group('storefront'), group('payments')],
    },
    roleBinding('shop', 'storefront', { kind: 'ClusterRole', name: 'edit' }, group('storefront')),
    roleBinding('dev', 'storefront', { kind: 'ClusterRole', name: 'edit' }, group('storefront')),
    roleBinding('payments', 'payments', { kind: 'ClusterRole', name: 'edit' }, group('payments')),
  ]
}

function backups(): Manifest {
  return {
    apiVersion: 'ops.shop.example/v1',
    kind: 'BackupSchedule',
    metadata: { name: 'postgres', namespace: 'payments' },
    spec: { target: 'postgres', every: '5m', keep: 12 },
  }
}

/** The kind that the backup operator works on; it must be there before any object of it. */
export const backupScheduleKind: Manifest = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'backupschedules.ops.shop.example' },
  spec: {
    group: 'ops.shop.example',
    scope: 'Namespaced',
    names: { kind: 'BackupSchedule', plural: 'backupschedules', singular: 'backupschedule' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
}

function networkPolicy(namespaceName: string, name: string, app: string, from: readonly unknown[]): Manifest {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace: namespaceName },
    spec: { podSelector: { matchLabels: { app } }, policyTypes: ['Ingress'], ingress: [{ from }] },
  }
}
