import { createTransport } from 'nodemailer'
import { type Allowed, addressOf, checkPlain } from './destination.ts'
import { DeliveryFailure, type Notice, type Output, type Thread } from './output.ts'
import { clipped, digestLine, headline, plainText } from './wording.ts'

export interface EmailSettings {
  readonly id: string
  readonly host: string
  readonly port: number
  /** `implicit` (port 465), `starttls` (required, port 587), `none` only to a host that is allowed by name. */
  readonly tls: 'implicit' | 'starttls' | 'none'
  readonly user?: string
  readonly password?: string
  readonly from: string
  readonly recipients: readonly string[]
  readonly allow: Allowed
}

const timeoutMillis = 10_000

/** E-mail by SMTP, as plain text. Words on the same case are one thread (`References`, RFC 5322 §3.6.4). */
export const emailOutput = (settings: EmailSettings): Output => {
  const { id, host, port, from, recipients } = settings
  return {
    id,
    type: 'email',
    to: `${recipients.length} ${recipients.length === 1 ? 'recipient' : 'recipients'} by ${host}`,
    editsInPlace: false,
    preview: (notice, thread) => {
      const { subject, text, headers } = messageOf(notice, thread)
      const lines = [`From: ${from}`, `To: ${recipients.join(', ')}`, `Subject: ${subject}`]
      return [...lines, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`), '', text].join('\n')
    },
    send: async (notice, thread) => {
      const pinned = await addressOf(host, settings.allow)
      if (settings.tls === 'none') checkPlain(host, settings.allow)
      const transport = createTransport({
        host: pinned.address,
        port,
        secure: settings.tls === 'implicit',
        requireTLS: settings.tls === 'starttls',
        ignoreTLS: settings.tls === 'none',
        tls: { servername: host },
        ...(settings.user !== undefined && { auth: { user: settings.user, pass: settings.password ?? '' } }),
        connectionTimeout: timeoutMillis,
        greetingTimeout: timeoutMillis,
        socketTimeout: timeoutMillis,
        disableFileAccess: true,
        disableUrlAccess: true,
      })
      const { subject, text, headers, messageId } = messageOf(notice, thread)
      try {
        await transport.sendMail({ from, to: [...recipients], subject, text, headers, messageId })
      } catch (error) {
        throw failureOf(host, error)
      } finally {
        transport.close()
      }
      return notice.kind === 'case' ? (thread ?? { messageId }) : undefined
    },
    close: async () => {},
  }
}

interface Message {
  readonly subject: string
  readonly text: string
  readonly messageId: string
  readonly headers: Readonly<Record<string, string>>
}

const messageOf = (notice: Notice, thread: Thread | undefined): Message => {
  // Of the record alone, so that a message that is sent twice after a crash is the same one.
  const own =
    notice.kind === 'case'
      ? `${notice.case.id}.${notice.event}.${Date.parse(notice.case.changedAt)}`
      : `digest.${Date.parse(notice.to)}`
  const first = thread?.messageId
  const line = notice.kind === 'case' ? headline(notice.case) : digestLine(notice)
  const test = notice.kind === 'case' && notice.isTest ? 'Test: ' : ''
  return {
    subject: clipped(`${first === undefined ? '' : 'Re: '}[Bulwark] ${test}${line}`, 250),
    text: plainText(notice),
    messageId: `<${own}@bulwark.invalid>`,
    headers: {
      'Auto-Submitted': 'auto-generated',
      ...(first !== undefined && { 'In-Reply-To': first, References: first }),
    },
  }
}

/** SMTP's answers of 500 and above are for good (RFC 5321 §4.2.1). */
const failureOf = (host: string, error: unknown): DeliveryFailure => {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'responseCode') : undefined
  const name: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined
  const said = typeof code === 'number' ? `answered ${code}` : `could not be sent to: ${String(name ?? 'unknown')}`
  return new DeliveryFailure(`${host} ${said}`, { retry: typeof code !== 'number' || code < 500, cause: error })
}
