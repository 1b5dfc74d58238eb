/** What the server says that it saw and found. */
import { at, listAt, textAt } from '../cluster/client.ts'
import { eventually, type Served } from '../server/process.ts'
import { ruleNameOf } from './rule-names.ts'
import type { Site } from './site.ts'

/** Audit events of a period, by what was asked for. */
export interface Seen {
  readonly total: number
  readonly byVerb: readonly Count[]
  readonly byResource: readonly Count[]
  readonly byCode: readonly Count[]
  readonly principals: number
}

export interface Count {
  readonly value: string
  readonly count: number
}

/** How often a rule fired since the server started. */
export interface Firing {
  readonly id: string
  readonly name: string
  readonly severity: string
  readonly fired: number
}

/** `from` and `to` are RFC 3339. */
export const seenBetween = async (server: Served, from: string, to: string): Promise<Seen> => {
  const asked = `q=${encodeURIComponent('kind:audit')}&from=${from}&to=${to}`
  const facets = await server.get(`/api/v1/events/facets?${asked}&fields=verb,resource,code,user&limit=100`)
  const counts = (field: string): readonly Count[] => {
    const found = listAt(facets, 'fields').find((one) => at(one, 'field') === field)
    return listAt(found, 'values').map((one) => ({ value: textAt(one, 'value'), count: Number(at(one, 'count')) }))
  }
  const histogram = await server.get(`/api/v1/events/histogram?${asked}&buckets=1`)
  return {
    total: Number(at(histogram, 'total')),
    byVerb: counts('verb'),
    byResource: counts('resource'),
    byCode: counts('code'),
    principals: counts('user').length,
  }
}

/** Rules that fired at all, the gravest and most frequent first. */
export const firings = async (server: Served): Promise<readonly Firing[]> => {
  const items = listAt(await server.get('/api/v1/rules'), 'items')
  return items
    .map((row) => ({
      id: textAt(row, 'rule', 'id'),
      name: ruleNameOf(textAt(row, 'rule', 'id')),
      severity: textAt(row, 'rule', 'severity'),
      fired: Number(at(row, 'fired')),
    }))
    .filter(({ fired }) => fired > 0)
    .sort((a, b) => severities.indexOf(b.severity) - severities.indexOf(a.severity) || b.fired - a.fired)
}

const severities = ['info', 'low', 'medium', 'high', 'critical']

/** Whether such detections open a case. */
export const isAlarm = ({ severity }: Firing): boolean => severities.indexOf(severity) >= severities.indexOf('medium')

/** Every case there is, as `GET /api/v1/cases` tells them. */
export const casesOf = async (server: Served): Promise<readonly unknown[]> =>
  listAt(await server.get('/api/v1/cases?limit=1000'), 'items')

/**
 * Resolves when rules have seen all that happened before the call, with the 10 s that rates and sequences wait for what
 * comes late.
 */
export const caughtUp = async ({ cluster, server }: Site, lateness = 12_000): Promise<void> => {
  await new Promise((resolve) => setTimeout(resolve, lateness))
  const marker = await cluster.client({ user: 'marker' })
  const name = `marker-${Date.now()}`
  const began = new Date().toISOString()
  await marker.get(`/api/v1/namespaces/default/configmaps/${name}`)
  await eventually(
    () => server.get(`/api/v1/events?q=${encodeURIComponent(`kind:audit user:marker name:${name}`)}`),
    (answer) => listAt(answer, 'items').length === 1,
  )
  await eventually(
    () => server.get('/api/v1/cases?limit=1'),
    (answer) => String(at(answer, 'honesty', 'upTo')) > began && at(answer, 'honesty', 'lagMillis') === 0,
  )
}
