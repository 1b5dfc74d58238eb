/** A suppression as it stands in the form, and what keeps it from being saved. Pure. */
import { parseQuery } from '../../../model/query/index.ts'
import type { SuppressionSpec } from '../../../model/suppression.ts'

export interface Draft {
  readonly name: string
  readonly rules: readonly string[]
  readonly query: string
  readonly owner: string
  readonly reason: string
  /** The last day on which it counts, `2026-12-24`, in the viewer's own days. */
  readonly lastDay: string
}

export type DraftFault = 'name' | 'owner' | 'reason' | 'expires' | 'broad' | 'query'

/** What has to be mended, in the order of the form. */
export const draftFaults = (draft: Draft, now: Date): readonly DraftFault[] => [
  ...(draft.name.trim() === '' ? (['name'] as const) : []),
  ...tryFaults(draft),
  ...(draft.owner.trim() === '' ? (['owner'] as const) : []),
  ...(draft.reason.trim() === '' ? (['reason'] as const) : []),
  ...((endOfDay(draft.lastDay)?.getTime() ?? 0) <= now.getTime() ? (['expires'] as const) : []),
]

/** What keeps it from being tried on the record: only rules and query decide what goes quiet. */
export const tryFaults = ({ rules, query }: Draft): readonly DraftFault[] => {
  if (!parseQuery(query).ok) return ['query']
  return rules.length === 0 && query.trim() === '' ? ['broad'] : []
}

export const specOf = (draft: Draft): SuppressionSpec => ({
  name: draft.name.trim(),
  rules: draft.rules,
  query: draft.query.trim(),
  owner: draft.owner.trim(),
  reason: draft.reason.trim(),
  expires: (endOfDay(draft.lastDay) ?? new Date(0)).toISOString(),
})

/**
 * The suppression as it is tried. Who owns it and why may still be missing: they decide nothing, but the API takes no
 * suppression without them.
 */
export const triedSpec = (draft: Draft, now: Date): SuppressionSpec => {
  const spec = specOf(draft)
  const isOver = Date.parse(spec.expires) <= now.getTime()
  return {
    ...spec,
    name: spec.name || 'candidate',
    owner: spec.owner || 'candidate',
    reason: spec.reason || 'candidate',
    expires: isOver ? new Date(now.getTime() + 86_400_000).toISOString() : spec.expires,
  }
}

/** The same for suppressions that mean the same detections. */
export const meaningOf = ({ rules, query }: Pick<Draft, 'rules' | 'query'>): string =>
  JSON.stringify([[...rules].sort(), query.trim()])

export const draftOf = (spec: SuppressionSpec): Draft => ({
  name: spec.name,
  rules: spec.rules,
  query: spec.query,
  owner: spec.owner,
  reason: spec.reason,
  lastDay: lastDayOf(spec.expires),
})

export const emptyDraft = (owner: string, now: Date): Draft => ({
  name: '',
  rules: [],
  query: '',
  owner,
  reason: '',
  lastDay: dayAfter(now, 30),
})

/** The day that lies so many days ahead, in the viewer's own days. */
export const dayAfter = (now: Date, days: number): string =>
  isoDay(new Date(now.getFullYear(), now.getMonth(), now.getDate() + days))

/** The last whole or part day before a moment. */
const lastDayOf = (expires: string): string => {
  const end = new Date(Date.parse(expires) - 1)
  return Number.isNaN(end.getTime()) ? '' : isoDay(end)
}

const isoDay = (date: Date): string =>
  [
    String(date.getFullYear()).padStart(4, '0'),
    String(date.getMonth() + 1).padStart(2, '0'),
    String(date.getDate()).padStart(2, '0'),
  ].join('-')

/** The moment after the last of a day. */
const endOfDay = (day: string): Date | undefined => {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day)
  if (!parts) return undefined
  const date = new Date(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3]) + 1)
  return Number.isNaN(date.getTime()) ? undefined : date
}
