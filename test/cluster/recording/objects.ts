/** Kubernetes objects of the shop, made short: each function returns a whole object to be applied. */

/** An object that can be applied: its kind says where. */
export type Manifest = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [key: string]: unknown }
  readonly [key: string]: unknown
}

/** How strictly a workload keeps itself: `restricted` passes that level, `baseline` that one, the others neither. */
export type Hardening = 'restricted' | 'baseline' | 'host-port' | 'privileged'

export type Workload = {
  readonly namespace: string
  readonly name: string
  readonly image: string
  readonly hardening: Hardening
  readonly replicas?: number
  readonly serviceAccount?: string
  /** More fields of the pod's spec. */
  readonly pod?: Readonly<Record<string, unknown>>
  /** More fields of the container. */
  readonly container?: Readonly<Record<string, unknown>>
}

export function namespace(name: string, podSecurity: Readonly<Record<string, string>>, team: string): Manifest {
  const labels = Object.entries(podSecurity).map(([mode, level]) => [`pod-security.kubernetes.io/${mode}`, level])
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { ...Object.fromEntries(labels), team } } }
}

export function deployment(workload: Workload): Manifest {
  return inAppsGroup('Deployment', workload, {
    replicas: workload.replicas ?? 1,
    selector: { matchLabels: { app: workload.name } },
    template: template(workload),
  })
}

export function statefulSet(workload: Workload): Manifest {
  return inAppsGroup('StatefulSet', workload, {
    replicas: workload.replicas ?? 1,
    serviceName: workload.name,
    selector: { matchLabels: { app: workload.name } },
    template: template(workload),
  })
}

export function daemonSet(workload: Workload): Manifest {
  return inAppsGroup('DaemonSet', workload, {
    selector: { matchLabels: { app: workload.name } },
    template: template(workload),
  })
}

export function cronJob(workload: Workload, schedule: string): Manifest {
  const podTemplate = template({ ...workload, pod: { restartPolicy: 'Never', ...workload.pod } })
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: workload.name, namespace: workload.namespace, labels: { app: workload.name } },
    spec: {
      schedule,
      successfulJobsHistoryLimit: 2,
      jobTemplate: { spec: { backoffLimit: 1, template: podTemplate } },
    },
  }
}

export function service(namespaceName: string, name: string, port: number): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: namespaceName, labels: { app: name } },
    spec: { selector: { app: name }, ports: [{ name: 'http', port }] },
  }
}

export function serviceAccount(namespaceName: string, name: string): Manifest {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: namespaceName } }
}

export function configMap(namespaceName: string, name: string, data: Readonly<Record<string, string>>): Manifest {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: namespaceName }, data }
}

/** A Secret with random values: the recording may hold the names of its keys, and a test looks for the values. */
export function secret(namespaceName: string, name: string, values: Readonly<Record<string, string>>): Manifest {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: namespaceName }, stringData: values }
}

export type Rule = {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

/** A ClusterRole and its binding to a service account, or to a group where the account has no namespace. */
export function clusterRole(name: string, rules: readonly Rule[], subject: Subject): readonly Manifest[] {
  return [
    { apiVersion: rbac, kind: 'ClusterRole', metadata: { name }, rules },
    {
      apiVersion: rbac,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects: [subject],
    },
  ]
}

/** A Role and its binding in one namespace, both of the same name. */
export function role(
  namespaceName: string,
  name: string,
  rules: readonly Rule[],
  subject: Subject,
): readonly Manifest[] {
  return [
    { apiVersion: rbac, kind: 'Role', metadata: { name, namespace: namespaceName }, rules },
    roleBinding(namespaceName, name, { kind: 'Role', name }, subject),
  ]
}

export function roleBinding(
  namespaceName: string,
  name: string,
  to: { readonly kind: 'Role' | 'ClusterRole'; readonly name: string },
  subject: Subject,
): Manifest {
  return {
    apiVersion: rbac,
    kind: 'RoleBinding',
    metadata: { name, namespace: namespaceName },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', ...to },
    subjects: [subject],
  }
}

export type Subject = Readonly<Record<string, string>>

export function account(namespaceName: string, name: string): Subject {
  return { kind: 'ServiceAccount', namespace: namespaceName, name }
}

export function group(name: string): Subject {
  return { apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name }
}

const rbac = 'rbac.authorization.k8s.io/v1'

function inAppsGroup(kind: string, { name, namespace: namespaceName }: Workload, spec: unknown): Manifest {
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace: namespaceName, labels: { app: name } },
    spec,
  }
}

function template({ name, image, hardening, serviceAccount: accountName, pod, container }: Workload): unknown {
  const hardened = byHardening[hardening]
  return {
    metadata: { labels: { app: name } },
    spec: {
      ...(accountName === undefined ? { automountServiceAccountToken: false } : { serviceAccountName: accountName }),
      ...hardened.pod,
      containers: [
        {
          name,
          image,
          resources: { requests: { cpu: '200m', memory: '128Mi' }, limits: { memory: '256Mi' } },
          ...hardened.container,
          ...container,
        },
      ],
      ...pod,
    },
  }
}

const byHardening: Readonly<Record<Hardening, { readonly pod: object; readonly container: object }>> = {
  restricted: {
    pod: { securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: 'RuntimeDefault' } } },
    container: {
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
    },
  },
  baseline: { pod: {}, container: {} },
  'host-port': { pod: {}, container: { ports: [{ containerPort: 8080, hostPort: 8080 }] } },
  privileged: { pod: { hostPID: true }, container: { securityContext: { privileged: true } } },
}
