import type { JsonObject } from '../../model/json.ts'

/** How a rule of ours is acted out by one request that does no harm, inside of a namespace that is made for it. */
export interface Act {
  /** Id of the rule. */
  readonly rule: string
  /** What is done, for a person. */
  readonly what: string
  /** Below `/apis/GROUP/VERSION` or `/api/v1`, of the namespace: `pods`. */
  readonly api: string
  readonly resource: string
  readonly body: JsonObject
}

/** No scheduler has this name, so the pods wait for one until they are deleted: nothing of them ever runs. */
const pod = (name: string, spec: JsonObject, container: JsonObject = {}): Pick<Act, 'api' | 'resource' | 'body'> => ({
  api: '/api/v1',
  resource: 'pods',
  body: {
    metadata: { name },
    spec: {
      schedulerName: 'bulwark-selftest-never',
      automountServiceAccountToken: false,
      containers: [{ name: 'none', image: 'registry.k8s.io/pause:3.10', ...container }],
      ...spec,
    },
  },
})
const rbac = '/apis/rbac.authorization.k8s.io/v1'
const never = { 'bulwark.dev/selftest': 'never' }
const template = {
  metadata: { labels: never },
  spec: { nodeSelector: never, containers: [{ name: 'none', image: 'registry.k8s.io/pause:3.10' }] },
}

export const acts: readonly Act[] = [
  {
    rule: '886fd7e9-858e-40df-ba78-3d1e1ca6cf75',
    what: 'make a privileged pod that is never scheduled',
    ...pod('privileged', {}, { securityContext: { privileged: true } }),
  },
  {
    rule: '54a760ba-bdf7-4ca8-9258-e855a9dfe80d',
    what: 'make a pod with the process namespace of its machine, never scheduled',
    ...pod('host-pid', { hostPID: true }),
  },
  {
    rule: 'e49df50a-7ae1-4b0f-a59e-f89b2fe02e7e',
    what: 'make a pod with the IPC namespace of its machine, never scheduled',
    ...pod('host-ipc', { hostIPC: true }),
  },
  {
    rule: 'fd99542c-56c2-44f7-a9ce-3d1a24307ec6',
    what: 'make a pod in the network of its machine, never scheduled',
    ...pod('host-network', { hostNetwork: true }),
  },
  {
    rule: '5fdb008f-2c5b-4a87-b125-b20896eb19cb',
    what: 'make a pod with /etc of its machine, never scheduled',
    ...pod('host-path', { volumes: [{ name: 'etc', hostPath: { path: '/etc' } }] }),
  },
  {
    rule: '31ef8be1-2db7-45b9-bfb4-fa260aa6085f',
    what: 'make a pod with the capability SYS_ADMIN, never scheduled',
    ...pod('capabilities', {}, { securityContext: { capabilities: { add: ['SYS_ADMIN'] } } }),
  },
  {
    rule: '7bcf6898-b9a9-4560-bcf0-0031bd8bddd1',
    what: 'make a pod that asks to run as root, never scheduled',
    ...pod('root', { securityContext: { runAsUser: 0 } }),
  },
  {
    rule: '884ff4b4-d1d2-468a-97b3-f9034b260482',
    what: 'make a role with all rights in the namespace, which nobody has',
    api: rbac,
    resource: 'roles',
    body: { metadata: { name: 'everything' }, rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] },
  },
  {
    rule: '8e3ae605-ef2a-4208-8845-41eb8dd66eaf',
    what: 'give cluster-admin, in the namespace alone, to a service account that is not there',
    api: rbac,
    resource: 'rolebindings',
    body: {
      metadata: { name: 'nobody' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', name: 'is-not-there' }],
    },
  },
  {
    rule: '94b92008-0867-49f8-a18e-560505bad061',
    what: 'make a service on a port of every machine, with nothing behind it',
    api: '/api/v1',
    resource: 'services',
    body: { metadata: { name: 'node-port' }, spec: { type: 'NodePort', selector: never, ports: [{ port: 80 }] } },
  },
  {
    rule: '288f469c-937c-4923-bacd-c686f8a04f6c',
    what: 'make a CronJob that is suspended',
    api: '/apis/batch/v1',
    resource: 'cronjobs',
    body: {
      metadata: { name: 'suspended' },
      spec: {
        schedule: '0 0 29 2 *',
        suspend: true,
        jobTemplate: { spec: { template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } } } },
      },
    },
  },
  {
    rule: 'ff80d3c1-0c70-4c98-b4b1-122f3c73a982',
    what: 'make a DaemonSet that no machine fits',
    api: '/apis/apps/v1',
    resource: 'daemonsets',
    body: { metadata: { name: 'nowhere' }, spec: { selector: { matchLabels: never }, template } },
  },
  {
    rule: '9ea8278f-cd9d-47b5-a5fa-50725229540d',
    what: 'make an Ingress without TLS, of a class that is not there',
    api: '/apis/networking.k8s.io/v1',
    resource: 'ingresses',
    body: {
      metadata: { name: 'plain' },
      spec: {
        ingressClassName: 'bulwark-selftest-none',
        rules: [
          {
            host: 'selftest.invalid',
            http: {
              paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'none', port: { number: 80 } } } }],
            },
          },
        ],
      },
    },
  },
]
