import type { SourceSetup } from '../api/contract/answers.ts'

/** How to connect each type of source, in the commands of this machine. `auditUrl`: where the audit webhook is received, if it is. */
export const sourceSetups = (auditUrl: string | undefined): readonly SourceSetup[] => [
  {
    type: 'cluster',
    title: 'A cluster, by its API server',
    steps: [
      {
        text: 'Start Bulwark with a kubeconfig; it only lists and watches.',
        copy: 'npm start -- --kubeconfig ~/.kube/config --context NAME',
      },
      {
        text: 'Secrets are left out. To see which there are and who changes them, without their values, let it read their metadata.',
        copy: 'npm start -- --secrets metadata',
      },
    ],
  },
  {
    type: 'audit-webhook',
    title: 'The audit log, by webhook: who did what',
    steps: [
      {
        text: 'Write the file that tells the API server where to send its audit events.',
        copy: 'npx bulwark audit-kubeconfig > audit-webhook.kubeconfig',
      },
      {
        text: `Give it to kube-apiserver, with an audit policy. ${auditUrl === undefined ? 'Nothing listens for it now: start Bulwark with --audit-listen.' : `It has to reach ${auditUrl}.`}`,
        copy: '--audit-policy-file=audit-policy.yaml --audit-webhook-config-file=audit-webhook.kubeconfig --audit-webhook-batch-max-wait=2s',
      },
      {
        text: 'If the API server runs on another machine, listen where it reaches you, by HTTPS.',
        copy: 'npm start -- --audit-listen 0.0.0.0:7301 --audit-tls-cert tls.crt --audit-tls-key tls.key',
      },
    ],
  },
  {
    type: 'audit-file',
    title: 'The audit log, from its file',
    steps: [
      {
        text: 'On the machine of the API server, follow the file that --audit-log-path names.',
        copy: 'npm start -- --audit-log /var/log/kubernetes/audit.log',
      },
    ],
  },
  {
    type: 'replay',
    title: 'A recording',
    steps: [
      { text: 'Record a cluster into a file.', copy: 'npx bulwark record incident.jsonl.zst --for 30m' },
      { text: 'Look at it anywhere.', copy: 'npx bulwark replay incident.jsonl.zst' },
    ],
  },
]
