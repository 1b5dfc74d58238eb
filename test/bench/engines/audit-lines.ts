/**
 * Audit events as the API server logs them, one JSON line each, always the same. `write-heavy`: creations with their
 * bodies; `mixed`: one write in twenty, the rest reads at level Metadata; `quiet`: reads by the system that no rule minds.
 */
export const auditLines = (kind: 'write-heavy' | 'mixed' | 'quiet', count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => {
    const isWrite = kind === 'write-heavy' || (kind === 'mixed' && index % 20 === 0)
    return JSON.stringify(isWrite ? write(index) : read(index, kind === 'quiet'))
  })

const resources = ['pods', 'deployments', 'configmaps', 'services', 'rolebindings', 'secrets', 'clusterroles'] as const

const write = (index: number) => {
  const resource = resources[index % resources.length] ?? 'pods'
  const name = `${resource}-${index}`
  const metadata = {
    name,
    namespace: 'shop',
    uid: `uid-${index}`,
    labels: { app: 'shop', tier: 'web', run: `r${index}` },
  }
  return {
    ...envelope(index, 'RequestResponse'),
    verb: 'create',
    requestURI: `/api/v1/namespaces/shop/${resource}?fieldManager=kubectl-client-side-apply&fieldValidation=Strict`,
    user: {
      username: index % 10 === 0 ? 'system:serviceaccount:ci:deployer' : 'alice',
      groups: ['dev', 'system:authenticated'],
    },
    objectRef: { resource, namespace: 'shop', name, apiVersion: 'v1' },
    responseStatus: { metadata: {}, code: 201 },
    requestObject: { kind: 'Any', apiVersion: 'v1', metadata, ...bodies[resource] },
    responseObject: { kind: 'Any', apiVersion: 'v1', metadata: { ...metadata, resourceVersion: String(index) } },
  }
}

const template = {
  containers: [
    {
      name: 'web',
      image: 'registry.example.com/shop/web:1.2.3',
      command: ['/bin/web', '--port', '8080'],
      ports: [{ containerPort: 8080, protocol: 'TCP' }],
      env: [{ name: 'MODE', value: 'production' }],
      resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
      securityContext: { privileged: false, capabilities: { drop: ['ALL'] } },
      volumeMounts: [{ name: 'config', mountPath: '/etc/web' }],
    },
    { name: 'proxy', image: 'registry.example.com/mesh/proxy@sha256:0123', securityContext: { runAsUser: 1337 } },
  ],
  volumes: [{ name: 'config', configMap: { name: 'web' } }],
  serviceAccountName: 'web',
  securityContext: { runAsNonRoot: true },
}

const bodies: Readonly<Record<(typeof resources)[number], object>> = {
  pods: { spec: template },
  deployments: { spec: { replicas: 3, selector: { matchLabels: { app: 'shop' } }, template: { spec: template } } },
  configmaps: { data: { 'web.conf': 'listen 8080;\n'.repeat(40), 'feature.flags': 'a=1,b=2,c=3' } },
  services: { spec: { type: 'NodePort', ports: [{ port: 80, targetPort: 8080 }], selector: { app: 'shop' } } },
  rolebindings: {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'viewer' },
    subjects: [{ kind: 'User', name: 'bob', apiGroup: 'rbac.authorization.k8s.io' }],
  },
  secrets: { type: 'Opaque' },
  clusterroles: {
    rules: Array.from({ length: 8 }, () => ({
      apiGroups: ['apps'],
      resources: ['deployments', 'replicasets'],
      verbs: ['get', 'list', 'watch'],
    })),
  },
}

const read = (index: number, isQuiet: boolean) => ({
  ...envelope(index, 'Metadata'),
  verb: index % 3 === 0 ? 'watch' : 'list',
  requestURI: `/api/v1/namespaces/shop/endpoints?resourceVersion=${index}`,
  user: {
    username: isQuiet || index % 4 !== 0 ? 'system:kube-controller-manager' : 'alice',
    groups: ['system:authenticated'],
  },
  objectRef: { resource: 'endpoints', namespace: 'shop', apiVersion: 'v1' },
  responseStatus: { metadata: {}, code: 200 },
})

const envelope = (index: number, level: string) => {
  const time = new Date(1_780_000_000_000 + index * 10).toISOString().replace('Z', '000Z')
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level,
    auditID: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
    stage: 'ResponseComplete',
    sourceIPs: ['10.0.0.7'],
    userAgent: 'kubectl/v1.37.2 (linux/amd64) kubernetes/0123456',
    requestReceivedTimestamp: time,
    stageTimestamp: time,
    annotations: {
      'authorization.k8s.io/decision': 'allow',
      'authorization.k8s.io/reason': 'RBAC: allowed by RoleBinding "dev/shop" of Role "editor" to Group "dev"',
    },
  }
}
