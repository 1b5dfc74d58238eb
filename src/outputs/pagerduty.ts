import type { Severity } from '../model/finding.ts'
import type { Allowed } from './destination.ts'
import { DeliveryFailure, type Notice, type Output } from './output.ts'
import { post } from './post.ts'
import { clipped, digestLine, facts, headline } from './wording.ts'

export interface PagerDutySettings {
  readonly id: string
  /** Integration key of a service, for Events API v2. */
  readonly routingKey: string
  /** `https://events.pagerduty.com/v2/enqueue`, but for tests and the region EU. */
  readonly url?: string
  readonly allow: Allowed
}

/** PagerDuty knows four: https://developer.pagerduty.com/docs/events-api-v2-overview */
const severities: Readonly<Record<Severity, 'critical' | 'error' | 'warning' | 'info'>> = {
  critical: 'critical',
  high: 'error',
  medium: 'warning',
  low: 'info',
  info: 'info',
}

/** PagerDuty by Events API v2: one incident a case (`dedup_key`), acknowledged and resolved with it. */
export const pagerDutyOutput = (settings: PagerDutySettings): Output => {
  const { id, routingKey, url = 'https://events.pagerduty.com/v2/enqueue', allow } = settings
  return {
    id,
    type: 'pagerduty',
    to: new URL(url).host,
    editsInPlace: true,
    preview: (notice) => JSON.stringify(eventOf('(routing key)', notice), null, 2),
    send: async (notice) => {
      const { body } = await post({ url, body: JSON.stringify(eventOf(routingKey, notice)), allow })
      if (!body.includes('success')) throw new DeliveryFailure('PagerDuty did not take it', { retry: true })
      return undefined
    },
    close: async () => {},
  }
}

const eventOf = (key: string, notice: Notice): object => {
  const common = { routing_key: key, client: 'Bulwark' }
  if (notice.kind === 'digest') {
    const [first] = notice.cases
    const links = notice.cases.slice(0, 20).map((one) => ({ href: one.link, text: clipped(headline(one.case), 200) }))
    const payload = {
      summary: clipped(digestLine(notice), 1024),
      source: first?.case.cluster ?? 'bulwark',
      severity: 'warning',
      timestamp: notice.to,
    }
    return { ...common, event_action: 'trigger', dedup_key: `bulwark/digest/${notice.from}`, payload, links }
  }
  const { case: one, link } = notice
  const action = notice.event === 'closed' ? 'resolve' : one.state === 'acknowledged' ? 'acknowledge' : 'trigger'
  const payload = {
    summary: clipped(`${notice.isTest ? 'Test: ' : ''}${headline(one)}`, 1024),
    source: one.cluster === '' ? 'bulwark' : one.cluster,
    severity: severities[one.severity],
    timestamp: one.lastTime,
    class: clipped(one.rules[0]?.title ?? '', 255),
    custom_details: Object.fromEntries(facts(one)),
  }
  const dedup = `bulwark/${notice.isTest ? 'test' : one.id}`
  return {
    ...common,
    client_url: link,
    event_action: action,
    dedup_key: dedup,
    payload,
    links: [{ href: link, text: 'Open the case' }],
  }
}
