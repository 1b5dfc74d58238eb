import type { Allowed } from './destination.ts'
import type { Notice, Output } from './output.ts'
import { post } from './post.ts'
import { clipped, digestLine, facts, headline } from './wording.ts'

export interface AlertmanagerSettings {
  readonly id: string
  /** Base address: `https://alertmanager.example/`. */
  readonly url: string
  /** With `Authorization`, where it asks for one. */
  readonly authorization?: string
  readonly allow: Allowed
}

/** An alert that is not told of again ends by itself after so long; a case stays until it is closed. */
const keptMillis = 7 * 86_400_000

/**
 * Prometheus Alertmanager by its API v2 (`postableAlerts` of api/v2/openapi.yaml). What names a case are its labels, so
 * they never change; all else is annotations.
 */
export const alertmanagerOutput = ({ id, url, authorization, allow }: AlertmanagerSettings): Output => {
  const target = new URL('api/v2/alerts', url.endsWith('/') ? url : `${url}/`).href
  return {
    id,
    type: 'alertmanager',
    to: new URL(url).host,
    editsInPlace: true,
    preview: (notice) => JSON.stringify(alertsOf(notice), null, 2),
    send: async (notice) => {
      const headers = authorization === undefined ? {} : { authorization }
      await post({ url: target, headers, body: JSON.stringify(alertsOf(notice)), allow })
      return undefined
    },
    close: async () => {},
  }
}

const alertsOf = (notice: Notice): readonly object[] => {
  if (notice.kind === 'digest') {
    const labels = { alertname: 'BulwarkDigest', severity: 'warning' }
    return [
      {
        labels,
        annotations: { summary: digestLine(notice) },
        startsAt: notice.from,
        endsAt: later(notice.to, 3_600_000),
      },
    ]
  }
  const { case: one, link, isTest } = notice
  const labels = {
    alertname: isTest ? 'BulwarkTest' : 'BulwarkCase',
    case: one.id,
    cluster: one.cluster,
    // The namespace routes; the severity of a case may change, and is an annotation for that.
    ...(one.namespaces[0] !== undefined && { namespace: one.namespaces[0] }),
  }
  const details = facts(one).map(([name, text]) => [name.toLowerCase(), clipped(text, 1000)] as const)
  const annotations = { summary: headline(one), severity: one.severity, ...Object.fromEntries(details) }
  const endsAt = notice.event === 'closed' || isTest ? later(one.changedAt, 1000) : later(one.changedAt, keptMillis)
  return [{ labels, annotations, startsAt: one.firstTime, endsAt, generatorURL: link }]
}

const later = (time: string, millis: number): string => new Date(Date.parse(time) + millis).toISOString()
