import type { SourceSetup } from '../api/contract/answers.ts'
import type { Sensor } from '../model/record.ts'

interface Receiver {
  readonly sensor: Sensor
  readonly url: string
}

/** How to connect each type of source, in the commands of this machine. `auditUrl`: where the audit webhook is received, if it is. */
export const sourceSetups = (
  auditUrl: string | undefined,
  receivers: readonly Receiver[] = [],
): readonly SourceSetup[] => [
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
    type: 'audit-cloud',
    title: 'The audit log, as EKS, AKS or GKE export it',
    steps: [
      {
        text: 'Send what the cloud exports to the address of the audit webhook as it comes: CloudWatch Logs of EKS, records of a diagnostic setting of AKS, LogEntries of GKE. One JSON document, an array, or a line each.',
        copy: 'npx bulwark audit-kubeconfig   # has the address and the token',
      },
      { text: 'Or follow a file of it.', copy: 'npm start -- --audit-log export.jsonl' },
    ],
  },
  {
    type: 'falco',
    title: 'Falco: what processes do on the nodes',
    steps: [
      listenStep('falco', '7302', receivers),
      {
        text: 'Put this into falco.yaml, or let falcosidekick send to the same address.',
        copy: 'npx bulwark connect falco\nnpx bulwark connect falcosidekick',
      },
      {
        text: 'On one machine with Falco, its file will do as well (file_output with json_output: true).',
        copy: 'npm start -- --falco-log /var/log/falco/events.json',
      },
    ],
  },
  {
    type: 'tetragon',
    title: 'Tetragon: every process on the nodes',
    steps: [
      listenStep('tetragon', '7303', receivers),
      {
        text: 'Let a log shipper on each node send the file that Tetragon exports to. Configuration of Fluent Bit and Vector:',
        copy: 'npx bulwark connect tetragon',
      },
      {
        text: 'On one machine with Tetragon, its file will do as well.',
        copy: 'npm start -- --tetragon-log /var/run/cilium/tetragon/tetragon.log',
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

const listenStep = (sensor: Sensor, port: string, receivers: readonly Receiver[]): SourceSetup['steps'][number] => {
  const url = receivers.find((one) => one.sensor === sensor)?.url
  return {
    text:
      url === undefined
        ? 'Nothing listens for it now: start Bulwark where it can be reached, by HTTPS.'
        : `It is received at ${url}, which the nodes have to reach.`,
    copy: `npm start -- --${sensor}-listen 0.0.0.0:${port} --sensor-tls-cert tls.crt --sensor-tls-key tls.key`,
  }
}
