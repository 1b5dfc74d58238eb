/**
 * Which rules of ours (rules/bulwark, by name) claim the behaviour of a rule of Panther's, by its RuleID. Ids of a family
 * differ from one log source and release to the next, so a row is for all that speak of the same thing. The first row that
 * fits counts.
 */
const rows: readonly (readonly [RegExp, readonly string[]])[] = [
  [/AdmissionController\.Created/i, ['webhook-created']],
  [/Anonymous|Unauthenticated/i, ['anonymous-request-allowed']],
  [/ClientCertificate/i, ['client-certificate-requested']],
  [/Cron\.?Job/i, ['cronjob-changed']],
  [/Daemon\.?Set/i, ['daemonset-created']],
  [/Ingress/i, ['ingress-without-tls']],
  [/IOC\.Activity/i, []],
  [/Kubectl\.CP/i, ['files-copied-out']],
  [/StealServiceAccountToken/i, ['exec-reads-token']],
  [/ServiceAccount\.?Token/i, ['token-requested', 'token-of-system-requested']],
  [/Unauthori[sz]ed.*Exec|Exec.*(Denied|Refused)/i, ['exec-refused']],
  [/Exec(\.|$|Into)|Pod\.?Exec/i, ['exec']],
  [/PortForward/i, ['port-forward']],
  [/Attach(\.|$)/i, ['attach']],
  [/Multiple403/i, ['forbidden-from-public-address']],
  [/SystemNamespace/i, ['pod-in-system-namespace']],
  [/Host\.?IPC/i, ['host-ipc-pod']],
  [/Host\.?PID/i, ['host-pid-pod']],
  [/Host\.?Network/i, ['host-network-pod']],
  [/Host\.?Path/i, ['host-path-any-pod', 'host-path-workload']],
  [/Privileged/i, ['privileged-pod', 'root-pod']],
  [/NodeProxy/i, ['node-proxy-rights']],
  [/Role\.Wildcard/i, ['wildcard-role']],
  [/WritePermissions/i, ['write-role']],
  [/Secret\.AccessDenied/i, ['secret-refused']],
  [/Secret.*(Enumerat|List|Dump)/i, ['secrets-listed']],
  [/NodePort/i, ['node-port-service']],
  [/System\.Principal\.PublicIP/i, ['service-account-from-public-address']],
  [/SystemRole\.Modified/i, ['system-role-modified']],
  [/ClusterAdmin|Cluster\.?Admin\.?Binding|AdminRole/i, ['cluster-admin-binding']],
  [/RoleBinding/i, ['binding-changed']],
  [/Impersonat/i, ['impersonation']],
  [/Events?\.?Delet/i, ['events-wiped', 'event-deleted']],
  [/NetworkPolicy/i, ['network-policy-deleted']],
  [/DefaultNamespace/i, ['pod-in-default-namespace']],
  [/Capabilit/i, ['capabilities-pod']],
]

/** Names of our rules, any of which gives the verdict; none where we claim no such thing. */
export const rulesThatClaim = (ruleId: string): readonly string[] =>
  rows.find(([pattern]) => pattern.test(ruleId))?.[1] ?? []
