import type { Allowed } from './destination.ts'
import { DeliveryFailure, type Notice, type Output } from './output.ts'
import { post } from './post.ts'
import { clipped, digestLine, facts, headline } from './wording.ts'

export interface TeamsSettings {
  readonly id: string
  /** Of a workflow "When a Teams webhook request is received". Whoever has it can post: it is a secret. */
  readonly url: string
  readonly allow: Allowed
}

/**
 * Microsoft Teams by a workflow's webhook, with an Adaptive Card 1.4. Such a webhook cannot edit what it posted: each
 * word on a case is a message of its own, so only its opening and closing are sent.
 */
export const teamsOutput = ({ id, url, allow }: TeamsSettings): Output => ({
  id,
  type: 'teams',
  to: new URL(url).host,
  editsInPlace: false,
  preview: (notice) => JSON.stringify(messageOf(notice), null, 2),
  send: async (notice) => {
    const { body } = await post({ url, body: JSON.stringify(messageOf(notice)), allow })
    // Connectors answer 200 also to what did not arrive, with a sentence.
    if (/failed with error|returned HTTP error/i.test(body))
      throw new DeliveryFailure(`Teams did not take it: ${body.slice(0, 200)}`, { retry: true })
    return undefined
  },
  close: async () => {},
})

const messageOf = (notice: Notice): object => ({
  type: 'message',
  attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content: cardOf(notice) }],
})

/** Teams takes 28 KB in all. */
const longest = 1000

const cardOf = (notice: Notice): object => {
  const schema = { $schema: 'http://adaptivecards.io/schemas/adaptive-card.json', type: 'AdaptiveCard', version: '1.4' }
  if (notice.kind === 'digest') {
    const rows = notice.cases.slice(0, 15).map((one) => textBlock(`${headline(one.case)} [Open](${one.link})`))
    return { ...schema, body: [title(digestLine(notice)), ...rows] }
  }
  const test = notice.isTest ? [textBlock('This is a test: nothing happened.')] : []
  const list = facts(notice.case).map(([name, text]) => ({ title: name, value: plain(text) }))
  const actions = [{ type: 'Action.OpenUrl', title: 'Open the case', url: notice.link }]
  return { ...schema, body: [title(headline(notice.case)), ...test, { type: 'FactSet', facts: list }], actions }
}

const title = (text: string): object => ({ ...textBlock(plain(text)), weight: 'Bolder', size: 'Medium' })

const textBlock = (text: string): object => ({ type: 'TextBlock', text: clipped(text, longest), wrap: true })

/** Cards read a part of Markdown: what a name holds must stay a name. */
const plain = (text: string): string => clipped(text.replace(/[\\`*_{}[\]()#+!|<>~-]/g, '\\$&'), longest)
