import type { Exception } from './exceptions.ts'

/** Events of Panther's that our rules judge otherwise, by the reason for it. */
const reasons: readonly { readonly reason: string; readonly cases: readonly string[] }[] = [
  {
    reason:
      'it is of the activity log of Azure, which holds no audit event of the cluster; the audit log has the request',
    cases: [
      'Arc-enabled Cluster RoleBinding Created',
      'Arc-enabled Cluster ClusterRoleBinding Created',
      'AKS Managed Cluster RoleBinding Created',
      'AKS Managed Cluster ClusterRoleBinding Created Case Insensitive',
    ].map((name) => `azure_activity_rules/azure_kubernetes_rolebinding_created.yml: ${name}`),
  },
  {
    reason: 'the sample names a method of Deployment Manager; GKE’s own entries name io.k8s and its resource',
    cases: [
      'gcp_k8s_rules/gcp_k8s_cron_job_created_or_modified.yml: create',
      'gcp_k8s_rules/gcp_k8s_cron_job_created_or_modified.yml: update',
      'gcp_k8s_rules/gcp_k8s_new_daemonset_deployed.yml: privilege-escalation',
    ],
  },
  {
    reason: 'the verdict comes from a list of Tor exit nodes, which was looked up before; Bulwark has and fetches none',
    cases: [
      'gcp_k8s_rules/gcp_k8s_ioc_activity.yml: triggers',
      'kubernetes_rules/k8s_ioc_activity.yml: EKS Activity from Tor Exit Node',
      'kubernetes_rules/k8s_ioc_activity.yml: AKS Activity from Tor Exit Node',
      'kubernetes_rules/k8s_ioc_activity.yml: GCP GKE Activity from Tor Exit Node',
    ],
  },
  {
    reason:
      'the verdict comes from whose the address is (Microsoft); ours is a signal for every address of the internet',
    cases: [
      'kubernetes_rules/k8s_system_principal_public_ip.yml: AKS CSI Disk Driver from Azure Node',
      'kubernetes_rules/k8s_system_principal_public_ip.yml: AKS CSI File Driver from Azure Node',
    ],
  },
  {
    reason:
      'a client writes all addresses but the last itself (X-Forwarded-For): one private address does not make it an insider',
    cases: ['kubernetes_rules/k8s_system_principal_public_ip.yml: Pod with Mixed Public and Private IPs'],
  },
]

export const pantherExceptions = (): readonly Exception[] =>
  reasons.flatMap(({ reason, cases }) => cases.map((name) => ({ suite: 'panther-kubernetes', case: name, reason })))
