import { decide } from './decide.ts'
import type { Attributes, Policy, Stage } from './types.ts'

/** A request of the record, with the sizes that its parts have in an audit event, in bytes. */
export interface SizedRequest {
  readonly attributes: Attributes
  readonly stages: readonly Stage[]
  readonly metadataBytes: number
  readonly requestBytes: number
  readonly responseBytes: number
}

/** What a policy would have written of some requests. */
export interface SizeEstimate {
  readonly events: number
  readonly bytes: number
  /** By place of rule; -1 for requests that no rule matched. Largest first. */
  readonly byRule: readonly { readonly rule: number; readonly events: number; readonly bytes: number }[]
}

/** Bodies stand in the last event of a request alone, as upstream writes them. Non-resource requests have none. */
export const estimateSize = (policy: Policy, requests: Iterable<SizedRequest>): SizeEstimate => {
  const byRule = new Map<number, { events: number; bytes: number }>()
  for (const request of requests) {
    const { level, omitStages, rule } = decide(policy, request.attributes)
    const events = level === 'None' ? 0 : request.stages.filter((stage) => !omitStages.includes(stage)).length
    const hasBodies = events > 0 && request.attributes.scope.kind === 'resource'
    const bodies =
      (hasBodies && (level === 'Request' || level === 'RequestResponse') ? request.requestBytes : 0) +
      (hasBodies && level === 'RequestResponse' ? request.responseBytes : 0)
    const sum = byRule.get(rule) ?? { events: 0, bytes: 0 }
    byRule.set(rule, { events: sum.events + events, bytes: sum.bytes + events * request.metadataBytes + bodies })
  }
  const rows = [...byRule].map(([rule, sum]) => ({ rule, ...sum })).sort((a, b) => b.bytes - a.bytes || a.rule - b.rule)
  return {
    events: rows.reduce((total, row) => total + row.events, 0),
    bytes: rows.reduce((total, row) => total + row.bytes, 0),
    byRule: rows,
  }
}
