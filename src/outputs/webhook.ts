import { createHmac } from 'node:crypto'
import type { Allowed } from './destination.ts'
import type { Notice, Output } from './output.ts'
import { post } from './post.ts'

export interface WebhookSettings {
  readonly id: string
  readonly url: string
  /** Shared with the receiver, which checks the signature by it. */
  readonly secret: string
  readonly allow: Allowed
  /** Seconds since 1970, for the signature. */
  readonly now?: () => number
}

/**
 * Any HTTPS receiver, signed by the scheme of Standard Webhooks (https://www.standardwebhooks.com): headers `webhook-id`,
 * `webhook-timestamp` and `webhook-signature`, which is `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`. The
 * same word on the same case has the same id, so a receiver can tell what it has seen.
 */
export const webhookOutput = ({
  id,
  url,
  secret,
  allow,
  now = () => Math.floor(Date.now() / 1000),
}: WebhookSettings): Output => ({
  id,
  type: 'webhook',
  to: new URL(url).host,
  editsInPlace: true,
  preview: (notice) => JSON.stringify(bodyOf(notice), null, 2),
  send: async (notice) => {
    const body = JSON.stringify(bodyOf(notice))
    await post({ url, headers: signed(messageId(notice), now(), body, secret), body, allow })
    return undefined
  },
  close: async () => {},
})

/** The headers of a signed message. `secret` is a text; one that begins with `whsec_` is base64. */
export const signed = (id: string, seconds: number, body: string, secret: string): Readonly<Record<string, string>> => {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret)
  const signature = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': `v1,${signature}` }
}

const messageId = (notice: Notice): string =>
  notice.kind === 'digest' ? `digest-${notice.from}` : `${notice.case.id}-${notice.event}-${notice.case.changedAt}`

const bodyOf = (notice: Notice): object =>
  notice.kind === 'digest'
    ? {
        type: 'case.digest',
        timestamp: notice.to,
        data: { from: notice.from, to: notice.to, cases: notice.cases, more: notice.more },
      }
    : {
        type: `case.${notice.event}`,
        timestamp: notice.case.changedAt,
        data: { test: notice.isTest, link: notice.link, case: notice.case },
      }
