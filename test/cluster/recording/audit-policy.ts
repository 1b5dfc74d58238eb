/** The audit policy of the recording: bodies of pods, workloads and RBAC; never a body that may hold a secret. */
export const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    // the API server's own loopback, and the script's hand that sets the shop up
    { level: 'None', users: ['system:apiserver', 'admin'] },
    { level: 'None', namespaces: ['kube-node-lease'] },
    { level: 'None', users: ['kwok'], verbs: ['get', 'list', 'watch'] },
    {
      level: 'Metadata',
      resources: [
        { group: '', resources: ['secrets', 'configmaps', 'serviceaccounts/token'] },
        { group: 'authentication.k8s.io' },
      ],
    },
    {
      level: 'RequestResponse',
      verbs: ['create', 'update', 'patch', 'delete', 'deletecollection'],
      resources: [
        {
          group: '',
          resources: ['pods', 'pods/ephemeralcontainers', 'pods/eviction', 'namespaces', 'serviceaccounts'],
        },
        { group: 'apps', resources: ['deployments', 'statefulsets', 'daemonsets', 'replicasets', 'deployments/scale'] },
        { group: 'batch', resources: ['jobs', 'cronjobs'] },
        { group: 'autoscaling', resources: ['horizontalpodautoscalers'] },
        { group: 'networking.k8s.io' },
        { group: 'rbac.authorization.k8s.io' },
      ],
    },
    { level: 'Metadata' },
  ],
}
