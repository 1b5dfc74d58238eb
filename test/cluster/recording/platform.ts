/** What is not the shop's own: monitoring, CI, the system's namespace, people's rights. */

import { registry, type SecretName } from './names.ts'
import {
  account,
  clusterRole,
  daemonSet,
  deployment,
  group,
  type Manifest,
  roleBinding,
  secret,
  service,
  serviceAccount,
  statefulSet,
} from './objects.ts'

/** What the platform team runs to see what happens. */
export function monitoring(values: Readonly<Record<SecretName, string>>): readonly Manifest[] {
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
export function ci(values: Readonly<Record<SecretName, string>>): readonly Manifest[] {
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

/** The system's own workloads and the operators. */
export function kubeSystem(): readonly Manifest[] {
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

/** What people may do. */
export function people(): readonly Manifest[] {
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

/** The one object of the backup operator's kind. */
export function backups(): Manifest {
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
