import { Command } from 'commander'
import { runningServers } from '../config/running-server.ts'
import { BulwarkError } from '../model/error.ts'

const examples = `
Example:
  $ bulwark audit-kubeconfig > audit-webhook.kubeconfig
  $ kube-apiserver … --audit-webhook-config-file=audit-webhook.kubeconfig

The file holds the token of the receiver: keep it readable by the API server alone.`

/** `bulwark audit-kubeconfig`: the file by which kube-apiserver sends its audit events to the server that runs here. */
export const auditKubeconfigCommand = (): Command =>
  new Command('audit-kubeconfig')
    .description('print the --audit-webhook-config-file for the server that runs here')
    .option('--url <url>', 'the address at which the API server reaches it, where that is another')
    .option('--ca <file>', 'the certificate authority of an HTTPS receiver (PEM)')
    .addHelpText('after', examples)
    .action(async (options: { readonly url?: string; readonly ca?: string }) => {
      const receiver = runningServers(process.env).find(({ audit }) => audit !== undefined)?.audit
      if (receiver === undefined) {
        throw new BulwarkError('RUNTIME_MISSING', {
          what: 'no server of yours on this machine receives audit batches',
          mend: 'Start one that watches a cluster (npm start), without --audit-listen off',
        })
      }
      const { receiverKubeconfig } = await import('../server/receiver-kubeconfig.ts')
      process.stdout.write(receiverKubeconfig({ ...receiver, ...options }))
    })
