import { webhookKubeconfig } from '../sources/audit/index.ts'
import { readPem } from './tls-files.ts'

/** The file for kube-apiserver's `--audit-webhook-config-file`. `ca` is the path of a PEM file. */
export const receiverKubeconfig = (receiver: {
  readonly url: string
  readonly token: string
  readonly ca?: string
}): string =>
  webhookKubeconfig(receiver.url, receiver.token, receiver.ca === undefined ? undefined : readPem('ca', receiver.ca))
