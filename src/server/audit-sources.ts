import type { Settings } from '../config/settings.ts'
import type { Append, Source } from '../model/source.ts'
import { auditFileSource, auditWebhookSource } from '../sources/audit/index.ts'
import { receiverToken } from './receiver-token.ts'
import { readTlsFiles } from './tls-files.ts'

/** The sources of an audit log that the settings ask for, not started. */
export interface AuditSources {
  readonly all: readonly Source[]
  /** Where the webhook is received, and the token that it has to bear; undefined while nothing listens. */
  receiver(): { readonly url: string; readonly token: string } | undefined
}

/** `dataDir` keeps the receiver's token and the place in the log file. Throws CONFIG_INVALID for PEM files that cannot be read. */
export const auditSources = (
  { auditListen, auditTls, auditLog }: Settings,
  cluster: string,
  dataDir: string,
  append: Append,
): AuditSources => {
  const token = receiverToken(dataDir, 'audit-webhook')
  const tls = auditTls && readTlsFiles('audit', auditTls)
  const webhook =
    auditListen &&
    auditWebhookSource(
      {
        id: 'audit-webhook',
        cluster,
        host: auditListen.host,
        port: auditListen.port,
        path: '/audit',
        token,
        ...(tls && { tls }),
      },
      append,
    )
  const file =
    auditLog === undefined
      ? undefined
      : auditFileSource({ id: 'audit-file', cluster, file: auditLog, stateDir: dataDir }, append)
  return {
    all: [webhook, file].filter((source) => source !== undefined),
    receiver: () => {
      const url = webhook?.url()
      return url === undefined ? undefined : { url, token }
    },
  }
}
