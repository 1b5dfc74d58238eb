import { type Row, row, why } from './row.ts'

/** The scenarios of Stratus Red Team by DataDog (Apache-2.0) for Kubernetes and EKS. */
export const stratus: readonly Row[] = [
  row('k8s.credential-access.dump-secrets', 'Dump all Secrets', 'all-secrets-listed-by-hand secrets-listed'),
  row('k8s.credential-access.steal-serviceaccount-token', 'Steal pod service account token', 'exec-reads-token'),
  row(
    'k8s.persistence.create-admin-clusterrole',
    'Create admin ClusterRole',
    'wildcard-role service-account-in-system-namespace binding-changed token-secret-made',
    'the binding is to a role of its own name, so that what tells is the role',
  ),
  row(
    'k8s.persistence.create-client-certificate',
    'Create client certificate credential',
    'client-certificate-requested client-certificate-approved',
  ),
  row(
    'k8s.persistence.create-token',
    'Create long-lived token',
    'token-requested token-of-system-requested token-that-lasts',
  ),
  row('k8s.privilege-escalation.hostpath-volume', 'Container breakout via hostPath volume mount', 'host-path-pod'),
  row(
    'k8s.privilege-escalation.nodes-proxy',
    'Privilege escalation through node/proxy permissions',
    'node-proxy-rights kubelet-commanded token-requested',
  ),
  row('k8s.privilege-escalation.privileged-pod', 'Run a privileged pod', 'privileged-pod'),
  row('eks.lateral-movement.create-access-entry', 'Create access entry on EKS cluster', '', why.cloud),
  row('eks.persistence.backdoor-aws-auth-configmap', 'Backdoor aws-auth EKS ConfigMap', 'cloud-access-map'),
]
