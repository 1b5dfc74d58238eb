import { type EventKind, type EventRow, eventKinds } from '../../model/answer.ts'
import type { EventIdentity } from '../../model/event-id.ts'
import { rowOfLine } from '../../model/event-row.ts'
import type { JsonObject } from '../../model/json.ts'
import { count, oneOf, text } from '../columns.ts'

/** What to select from `events` for {@link toEventRow}. */
export const eventColumns = `toUnixTimestamp64Micro(time) AS micros, toString(uid) AS uid_text, mark,
  toUnixTimestamp64Micro(received_at) AS received_micros, kind, cluster, source, user, impersonated_user, verb,
  api_group, resource, subresource, namespace, name, code, decision, reason, level, stage, source_ip, user_agent,
  request_uri, message, node, container, image, process`

export const toEventRow = (row: JsonObject): EventRow =>
  rowOfLine({
    identity: identityOf(row),
    receivedAt: count(row.received_micros),
    message: text(row.message),
    fields: {
      cluster: text(row.cluster),
      source: text(row.source),
      user: text(row.user),
      impersonatedUser: text(row.impersonated_user),
      verb: text(row.verb),
      group: text(row.api_group),
      resource: text(row.resource),
      subresource: text(row.subresource),
      namespace: text(row.namespace),
      name: text(row.name),
      code: count(row.code),
      decision: oneOf(row.decision, ['allow', 'forbid', 'none'], 'none'),
      reason: text(row.reason),
      level: text(row.level),
      stage: text(row.stage),
      sourceIp: text(row.source_ip),
      userAgent: text(row.user_agent),
      requestUri: text(row.request_uri),
      node: text(row.node),
      container: text(row.container),
      image: text(row.image),
      process: text(row.process),
    },
  })

export const identityOf = (row: JsonObject): EventIdentity => ({
  kind: oneOf<EventKind>(row.kind, eventKinds, 'audit'),
  time: count(row.micros),
  uid: text(row.uid_text).replaceAll('-', ''),
  mark: count(row.mark),
})
