export { auditFileSource, type FileTailOptions } from './file-tail.ts'
export { parseAudit } from './parse.ts'
export { auditWebhookSource, type WebhookOptions, type WebhookSource } from './webhook.ts'
export { webhookKubeconfig } from './webhook-kubeconfig.ts'
