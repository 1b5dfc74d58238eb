/** Configuration files of a test cluster, as JSON, which Kubernetes reads wherever it reads YAML. */

import type { Credentials } from './client.ts'

/** A kubeconfig for one server and one identity; everything is inside it, so that it can be moved. */
export function kubeconfig(server: string, ca: string, credentials: Credentials): string {
  return JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'bulwark-test', cluster: { server, 'certificate-authority-data': base64(ca) } }],
      users: [{ name: 'user', user: kubeconfigUser(credentials) }],
      contexts: [{ name: 'bulwark-test', context: { cluster: 'bulwark-test', user: 'user' } }],
      'current-context': 'bulwark-test',
    },
    null,
    2,
  )
}

/** Where the API server posts its audit events, and how. */
export type AuditWebhook = {
  readonly url: string
  /** Longest time an event waits for its batch to fill, in milliseconds; 1,000 if not given (upstream: 30,000). */
  readonly maxWait?: number
  /** Most events in one batch; 400 if not given, as upstream. */
  readonly maxBatch?: number
  /** Authority of the receiver's certificate, PEM. */
  readonly ca?: string
  readonly credentials?: Credentials
}

/** The kubeconfig-shaped file of --audit-webhook-config-file. */
export function auditWebhookConfig({ url, ca, credentials }: AuditWebhook): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'receiver', cluster: { server: url, ...(ca && { 'certificate-authority-data': base64(ca) }) } }],
    users: [{ name: 'apiserver', user: kubeconfigUser(credentials ?? { kind: 'anonymous' }) }],
    contexts: [{ name: 'receiver', context: { cluster: 'receiver', user: 'apiserver' } }],
    'current-context': 'receiver',
  })
}

/** Everything by its metadata, pods, workloads and RBAC with their bodies, the control plane's own noise left out. */
export const defaultAuditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    { level: 'None', users: ['system:apiserver'] },
    { level: 'None', nonResourceURLs: ['/healthz*', '/readyz*', '/livez*', '/metrics', '/openapi*'] },
    { level: 'None', resources: [{ group: 'coordination.k8s.io', resources: ['leases'] }] },
    {
      level: 'Metadata',
      resources: [
        { group: '', resources: ['secrets', 'configmaps', 'serviceaccounts/token'] },
        { group: 'authentication.k8s.io', resources: ['tokenreviews'] },
      ],
    },
    {
      level: 'RequestResponse',
      verbs: ['create', 'update', 'patch', 'delete', 'deletecollection'],
      resources: [
        { group: '', resources: ['pods', 'pods/ephemeralcontainers', 'namespaces', 'serviceaccounts'] },
        { group: 'apps' },
        { group: 'batch' },
        { group: 'rbac.authorization.k8s.io' },
      ],
    },
    { level: 'Metadata' },
  ],
}

/** Pod Security as a cluster has it where nobody set anything, unless told otherwise. */
export type PodSecurity = {
  readonly defaults?: Readonly<Record<string, string>>
  readonly exemptions?: Readonly<Record<'usernames' | 'namespaces' | 'runtimeClasses', readonly string[]>>
}

/** The file of --admission-control-config-file. */
export function admissionConfig(podSecurity: PodSecurity): string {
  return JSON.stringify({
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'AdmissionConfiguration',
    plugins: [
      {
        name: 'PodSecurity',
        configuration: {
          apiVersion: 'pod-security.admission.config.k8s.io/v1',
          kind: 'PodSecurityConfiguration',
          defaults: podSecurity.defaults ?? {},
          exemptions: podSecurity.exemptions ?? {},
        },
      },
    ],
  })
}

/** The file of --encryption-provider-config: Secrets with a key of 32 bytes that lives as long as the cluster. */
export function encryptionConfig(key: Buffer): string {
  return JSON.stringify({
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'EncryptionConfiguration',
    resources: [
      {
        resources: ['secrets'],
        providers: [{ secretbox: { keys: [{ name: 'key1', secret: key.toString('base64') }] } }, { identity: {} }],
      },
    ],
  })
}

function kubeconfigUser(credentials: Credentials): Readonly<Record<string, string>> {
  switch (credentials.kind) {
    case 'anonymous':
      return {}
    case 'token':
      return { token: credentials.token }
    case 'certificate':
      return {
        'client-certificate-data': base64(credentials.certificate),
        'client-key-data': base64(credentials.key),
      }
  }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
