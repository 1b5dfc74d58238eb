import { createSocket } from 'node:dgram'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Severity } from '../model/finding.ts'
import { type Allowed, addressOf, checkPlain } from './destination.ts'
import { DeliveryFailure, type Notice, type Output } from './output.ts'
import { clipped, digestLine, headline, oneLine } from './wording.ts'

export interface SyslogSettings {
  readonly id: string
  readonly host: string
  readonly port: number
  /** `tls` by RFC 5425, `tcp` by RFC 6587, `udp` by RFC 5426; without TLS only to a host that is allowed by name. */
  readonly transport: 'tls' | 'tcp' | 'udp'
  readonly allow: Allowed
}

/** Severities of RFC 5424 §6.2.1. */
const severities: Readonly<Record<Severity, number>> = { critical: 2, high: 3, medium: 4, low: 5, info: 6 }
/** Log audit (13). */
const facility = 13
const timeoutMillis = 5000

/** Syslog by RFC 5424, one message for each word on a case, with structured data. */
export const syslogOutput = (settings: SyslogSettings): Output => ({
  id: settings.id,
  type: 'syslog',
  to: `${settings.host}:${settings.port} (${settings.transport})`,
  editsInPlace: true,
  preview: (notice) => lineOf(notice),
  send: async (notice) => {
    const { host, transport, allow } = settings
    if (transport !== 'tls') checkPlain(host, allow)
    const { address, family } = await addressOf(host, allow)
    const bytes = Buffer.from(lineOf(notice))
    if (transport === 'udp') await sendDatagram(address, family, settings.port, bytes)
    else await sendStream(settings, address, bytes)
    return undefined
  },
  close: async () => {},
})

const lineOf = (notice: Notice): string => {
  const severity = notice.kind === 'case' ? notice.case.severity : 'medium'
  const time = notice.kind === 'case' ? notice.case.changedAt : notice.to
  const priority = facility * 8 + severities[severity]
  const message =
    notice.kind === 'case' ? `${notice.isTest ? 'Test: ' : ''}${headline(notice.case)}` : digestLine(notice)
  const event = notice.kind === 'case' ? notice.event : 'digest'
  // 32473 is the enterprise number that RFC 5612 keeps for documentation: Bulwark has none of its own.
  const parameters =
    notice.kind === 'case' ? structured(notice) : `[bulwark@32473 cases="${notice.cases.length + notice.more}"]`
  const [seconds = ''] = time.split('Z')
  // The byte order mark says that the message is UTF-8 (§6.4).
  return `<${priority}>1 ${clipped(seconds, 26)}Z - bulwark - ${event} ${parameters} \uFEFF${clipped(oneLine(message), 1500)}`
}

const structured = ({ case: one, link, isTest }: Extract<Notice, { kind: 'case' }>): string => {
  const parameters = {
    case: one.id,
    cluster: one.cluster,
    severity: one.severity,
    state: one.state,
    detections: String(one.detections),
    techniques: one.techniques.join(','),
    link,
    test: String(isTest),
  }
  const texts = Object.entries(parameters).map(([name, value]) => `${name}="${quoted(clipped(oneLine(value), 250))}"`)
  return `[bulwark@32473 ${texts.join(' ')}]`
}

/** §6.3.3: a quote, a backslash and a closing bracket are escaped. */
const quoted = (text: string): string => text.replace(/["\\\]]/g, '\\$&')

const sendDatagram = (address: string, family: 4 | 6, port: number, bytes: Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4')
    socket.send(bytes, port, address, (error) => {
      socket.close()
      if (error === null) resolve()
      else reject(new DeliveryFailure(`${address} could not be sent to: ${error.name}`, { retry: true, cause: error }))
    })
  })

/** With the length in front (RFC 6587 §3.4.1), so a message may hold line ends. */
const sendStream = ({ host, port, transport }: SyslogSettings, address: string, bytes: Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    const fail = (cause: Error): void => {
      const code: unknown = Reflect.get(cause, 'code')
      const why = typeof code === 'string' ? code : cause.message
      reject(new DeliveryFailure(`${host}:${port} could not be sent to: ${why}`, { retry: true, cause }))
    }
    const opened = (): void => {
      socket.end(Buffer.concat([Buffer.from(`${bytes.length} `), bytes]))
    }
    const socket: Socket =
      transport === 'tls'
        ? connectTls({ host: address, port, servername: host }, opened)
        : connectTcp({ host: address, port }, opened)
    socket.setTimeout(timeoutMillis, () => socket.destroy(new Error('it took more than 5 s')))
    socket.on('error', fail)
    socket.on('finish', () => resolve())
    socket.on('close', () => fail(new Error('the connection ended')))
    socket.resume()
  })
