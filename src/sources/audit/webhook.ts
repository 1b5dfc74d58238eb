import type { Append } from '../../model/source.ts'
import { type Received, type ReceiverOptions, type ReceiverSource, receiverSource } from '../intake/receiver.ts'
import { glance } from './glance.ts'

export type WebhookOptions = ReceiverOptions
export type WebhookSource = ReceiverSource

/**
 * What kube-apiserver's audit webhook backend sends (k8s.io/apiserver plugin/pkg/audit/webhook: POST of an EventList,
 * retried on any error, given up after 81 to 97 s).
 */
const received: Received = {
  stream: 'audit',
  type: 'audit-webhook',
  name: 'the audit receiver',
  expected: 'audit events',
  glance,
  // Even an idle cluster renews leases every few seconds.
  silentMicros: 120_000_000,
}

/**
 * A source that listens for audit batches.
 *
 * @throws BulwarkError CONFIG_INVALID for an open receiver on an address that others reach; from `start`, PORT_IN_USE.
 */
export const auditWebhookSource = (options: WebhookOptions, append: Append): WebhookSource =>
  receiverSource(received, options, append)
