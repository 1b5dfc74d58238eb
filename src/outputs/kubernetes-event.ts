import type { JsonObject } from '../model/json.ts'
import { DeliveryFailure, type Notice, type Output } from './output.ts'
import { clipped, digestLine, headline } from './wording.ts'

/** Writes an Event object: makes it, or puts it in place of the one of the same name. Throws what the API server said. */
export type WriteEvent = (namespace: string, name: string, event: JsonObject) => Promise<void>

export interface KubernetesEventSettings {
  readonly id: string
  /** Where cases go that touch no namespace. */
  readonly namespace: string
  readonly write: WriteEvent
}

/**
 * An Event (events.k8s.io/v1) in the first namespace that a case touches, so that `kubectl get events` tells the team that
 * owns it. Needs the rights to create and patch events, which Bulwark does not have by default.
 */
export const kubernetesEventOutput = ({ id, namespace, write }: KubernetesEventSettings): Output => {
  const placeOf = (notice: Notice): string =>
    notice.kind === 'case' ? (notice.case.namespaces[0] ?? namespace) : namespace
  return {
    id,
    type: 'kubernetes-event',
    to: 'events of the cluster',
    editsInPlace: true,
    preview: (notice) => JSON.stringify(eventOf(notice, placeOf(notice)), null, 2),
    send: async (notice) => {
      const place = placeOf(notice)
      const event = eventOf(notice, place)
      try {
        await write(place, nameOf(notice), event)
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause)
        throw new DeliveryFailure(`the API server did not take the Event: ${clipped(why, 200)}`, { retry: true, cause })
      }
      return undefined
    },
    close: async () => {},
  }
}

/** A name that is allowed for objects; ids of cases are. */
const nameOf = (notice: Notice): string =>
  notice.kind === 'case'
    ? `bulwark-${notice.isTest ? 'test' : notice.case.id}`
    : `bulwark-digest-${Date.parse(notice.to)}`

/** The API server refuses a note above 1,024 bytes and an action or reason above 128 (k8s.io/kubernetes pkg/apis/core/validation/events.go). */
const eventOf = (notice: Notice, namespace: string): JsonObject => {
  const text =
    notice.kind === 'case'
      ? `${notice.isTest ? 'Test: ' : ''}${headline(notice.case)} ${notice.link}`
      : digestLine(notice)
  const time = notice.kind === 'case' ? notice.case.changedAt : notice.to
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: nameOf(notice), namespace, labels: { 'app.kubernetes.io/managed-by': 'bulwark' } },
    eventTime: time,
    type: 'Warning',
    reason: notice.kind === 'case' ? 'SecurityCase' : 'SecurityDigest',
    action: notice.kind === 'case' ? `Case${notice.event[0]?.toUpperCase()}${notice.event.slice(1)}` : 'Digest',
    regarding: { apiVersion: 'v1', kind: 'Namespace', name: namespace, namespace },
    note: clippedBytes(text, 1000),
    reportingController: 'bulwark.dev/bulwark',
    reportingInstance: 'bulwark',
  }
}

const clippedBytes = (text: string, bytes: number): string => {
  let cut = text
  while (Buffer.byteLength(cut) > bytes)
    cut = clipped(cut, cut.length - Math.max(1, Math.ceil((Buffer.byteLength(cut) - bytes) / 4)))
  return cut
}
