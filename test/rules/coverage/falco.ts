import { type Row, row, why } from './row.ts'

/** The actions of Falco's event generator (Apache-2.0) for the audit log. Falco's stock rules, which ship beside ours, tell of each by its name. */
export const falcoEvents: readonly Row[] = [
  row('cluster-role-with-pod-exec-created', 'ClusterRole with pod exec created', 'exec-role'),
  row('cluster-role-with-wildcard-created', 'ClusterRole with wildcard created', 'wildcard-role'),
  row('cluster-role-with-write-privileges-created', 'ClusterRole with write privileges created', 'write-role'),
  row(
    'create-disallowed-pod',
    'Create disallowed pod',
    '',
    'which images are allowed is a matter of an admission policy or of a rule of your own',
  ),
  row('create-host-network-pod', 'Create HostNetwork pod', 'privileged-workload host-network-pod'),
  row(
    'create-modify-configmap-with-private-credentials',
    'Create or modify ConfigMap with private credentials',
    '',
    why.redacted,
  ),
  row('create-node-port-service', 'Create NodePort service', 'node-port-service'),
  row('create-privileged-pod', 'Create privileged pod', 'privileged-workload privileged-pod'),
  row('create-sensitive-mount-pod', 'Create sensitive mount pod', 'host-path-workload host-path-pod'),
  row('k8s-config-map-created', 'ConfigMap created', '', 'it is ordinary; the record has it'),
  row('k8s-deployment-created', 'Deployment created', '', 'it is ordinary; the record has it'),
  row('k8s-service-created', 'Service created', '', 'it is ordinary; the record has it'),
  row(
    'k8s-serviceaccount-created',
    'Service account created',
    '',
    'it is ordinary outside of the system’s namespaces (there: service-account-in-system-namespace); the record has it',
  ),
]
