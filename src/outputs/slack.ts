import { jsonOf } from '../model/json.ts'
import type { Allowed } from './destination.ts'
import { DeliveryFailure, type Notice, type Output, type Thread } from './output.ts'
import { type Answer, post } from './post.ts'
import { clipped, digestLine, facts, headline } from './wording.ts'

export interface SlackSettings {
  readonly id: string
  /** Id of a channel, such as C0123ABCD. The bot has to be a member. */
  readonly channel: string
  /** Of a bot with the scope chat:write. */
  readonly token: string
  /** `https://slack.com/api` but for tests and gateways. */
  readonly api?: string
  readonly allow: Allowed
}

/**
 * Slack by its Web API: `chat.postMessage` once a case, then `chat.update` on the same message, and a word in its
 * thread when it is closed (https://docs.slack.dev/reference/methods/chat.postMessage). Without Slack's own
 * library: it follows redirects and proxies, and here every connection is held to checked addresses.
 */
export const slackOutput = ({ id, channel, token, api = 'https://slack.com/api', allow }: SlackSettings): Output => {
  const call = async (method: string, body: object): Promise<Readonly<Record<string, unknown>>> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json; charset=utf-8' }
    return answerOf(await post({ url: `${api}/${method}`, headers, body: JSON.stringify(body), allow }))
  }
  return {
    id,
    type: 'slack',
    to: `channel ${channel}`,
    editsInPlace: true,
    preview: (notice, thread) => JSON.stringify(messageOf(channel, notice, thread), null, 2),
    send: async (notice, thread) => {
      const message = messageOf(channel, notice, thread)
      if (thread?.ts === undefined) {
        const { ts, channel: place } = await call('chat.postMessage', message)
        if (typeof ts !== 'string') throw new DeliveryFailure('Slack named no message', { retry: false })
        return { ts, channel: typeof place === 'string' ? place : channel }
      }
      await call('chat.update', message)
      if (notice.kind === 'case' && notice.event !== 'closed') return thread
      await call('chat.postMessage', { channel, thread_ts: thread.ts, text: escaped(wordOf(notice)) })
      return thread
    },
    close: async () => {},
  }
}

const wordOf = (notice: Notice): string =>
  notice.kind === 'case' ? `Closed: ${notice.case.closingReason?.replaceAll('-', ' ') ?? ''}` : digestLine(notice)

/** Slack answers 200 also to what it refuses, with `ok: false` and a code. */
const answerOf = ({ body }: Answer): Readonly<Record<string, unknown>> => {
  const answer: unknown = jsonOf(body)
  if (typeof answer !== 'object' || answer === null) throw new DeliveryFailure('Slack sent no JSON', { retry: true })
  if (Reflect.get(answer, 'ok') === true) return { ...answer }
  const code = String(Reflect.get(answer, 'error')).slice(0, 100)
  const passing = ['ratelimited', 'internal_error', 'fatal_error', 'service_unavailable', 'request_timeout'].includes(
    code,
  )
  throw new DeliveryFailure(`Slack refused it: ${code}`, { retry: passing })
}

/** Only these three are markup in texts of Slack (https://docs.slack.dev/messaging/formatting-message-text). */
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** Block Kit allows 150 characters in a header, 2,000 in a field, 3,000 in a section, 10 fields, 50 blocks. */
const messageOf = (channel: string, notice: Notice, thread: Thread | undefined): object => {
  const place = thread?.ts === undefined ? { channel } : { channel: thread.channel ?? channel, ts: thread.ts }
  const links = { unfurl_links: false, unfurl_media: false }
  if (notice.kind === 'digest') {
    const rows = notice.cases
      .slice(0, 20)
      .map((one) => section(`${escaped(headline(one.case))}\n<${one.link}|Open the case>`))
    const line = digestLine(notice)
    return { ...place, ...links, text: escaped(line), blocks: [header(line), ...rows] }
  }
  const line = headline(notice.case)
  const test = notice.isTest ? [section('This is a test: nothing happened.')] : []
  const fields = facts(notice.case)
    .slice(0, 10)
    .map(([name, text]) => ({ type: 'mrkdwn', text: clipped(`*${name}*\n${escaped(text)}`, 2000) }))
  const button = { type: 'button', text: { type: 'plain_text', text: 'Open the case' }, url: notice.link }
  const blocks = [header(line), ...test, { type: 'section', fields }, { type: 'actions', elements: [button] }]
  return { ...place, ...links, text: clipped(escaped(line), 3000), blocks }
}

const header = (text: string): object => ({
  type: 'header',
  text: { type: 'plain_text', text: clipped(text, 150), emoji: false },
})

const section = (text: string): object => ({ type: 'section', text: { type: 'mrkdwn', text: clipped(text, 3000) } })
