/**
 * The file that kube-apiserver wants as `--audit-webhook-config-file`, as YAML.
 * https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/#webhook-backend
 *
 * client-go sends no token to an address without TLS (k8s.io/client-go/tools/clientcmd/client_config.go, "only try to
 * read the auth information if we are secure"), so the token of an `http:` receiver goes into the path.
 *
 * @param url The address of the receiver, path included.
 * @param token Bearer token of the receiver.
 * @param caPem Certificates that the API server shall trust for an HTTPS address that no public authority signed.
 */
export const webhookKubeconfig = (url: string, token: string | undefined, caPem?: string): string => {
  const authority =
    caPem === undefined ? '' : `\n    certificate-authority-data: ${Buffer.from(caPem).toString('base64')}`
  const isPlain = url.startsWith('http:')
  const server = isPlain && token !== undefined ? `${url}/${encodeURIComponent(token)}` : url
  const user = token === undefined || isPlain ? ' {}' : `\n    token: ${JSON.stringify(token)}`
  return `apiVersion: v1
kind: Config
clusters:
- name: bulwark
  cluster:
    server: ${JSON.stringify(server)}${authority}
users:
- name: kube-apiserver
  user:${user}
contexts:
- name: audit
  context:
    cluster: bulwark
    user: kube-apiserver
current-context: audit
`
}
