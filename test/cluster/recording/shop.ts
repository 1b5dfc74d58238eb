/** The shop as it stands when the recording begins. */
import { registry, type SecretName } from './names.ts'
import {
  account,
  configMap,
  cronJob,
  deployment,
  type Manifest,
  namespace,
  role,
  secret,
  service,
  serviceAccount,
  statefulSet,
} from './objects.ts'
import { backups, ci, kubeSystem, monitoring, people } from './platform.ts'

/** Image tags that change in the course of the recording. */
export const firstTag = { web: '2026.11.1', catalog: '4.2.0', api: '1.18.3' }

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

function networkPolicy(namespaceName: string, name: string, app: string, from: readonly unknown[]): Manifest {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace: namespaceName },
    spec: { podSelector: { matchLabels: { app } }, policyTypes: ['Ingress'], ingress: [{ from }] },
  }
}
