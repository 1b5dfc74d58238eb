import type { Detection } from '../../model/detection.ts'
import { uidDigits } from '../../model/event-id.ts'
import { boundedGroups } from './groups.ts'

const longest = 512
const longestText = 1000

/** Texts of a record may be as long as a request; a case keeps the start of a long one, and a hash so that two stay two. */
const bounded = (text: string): string =>
  text.length <= longest ? text : `${text.slice(0, longest - 18).toWellFormed()}…${uidDigits(text).slice(0, 16)}`

const cut = (text: string): string =>
  text.length <= longestText ? text : `${text.slice(0, longestText - 1).toWellFormed()}…`

/**
 * The detection with no text longer than a case may keep, and at most as many grants and techniques. One that claims to
 * be later than it came is taken for the moment at which it came: it must not carry the time of all others away.
 */
export const boundedDetection = (detection: Detection): Detection => {
  if (detection.time > detection.receivedAt) return boundedDetection({ ...detection, time: detection.receivedAt })
  const { target } = detection
  if (!isLong(detection)) return detection
  return {
    ...detection,
    title: cut(detection.title),
    message: cut(detection.message),
    principal: bounded(detection.principal),
    impersonated: bounded(detection.impersonated),
    sourceIp: bounded(detection.sourceIp),
    userAgent: bounded(detection.userAgent),
    verb: bounded(detection.verb),
    target: {
      group: bounded(target.group),
      resource: bounded(target.resource),
      subresource: bounded(target.subresource),
      namespace: bounded(target.namespace),
      name: bounded(target.name),
    },
    node: bounded(detection.node),
    pod: bounded(detection.pod),
    container: bounded(detection.container),
    image: bounded(detection.image),
    groups: boundedGroups(detection.groups),
    impersonatedGroups: boundedGroups(detection.impersonatedGroups),
    grants: detection.grants.slice(0, 32).map(bounded),
    tags: detection.tags.slice(0, 64),
  }
}

const isLong = (detection: Detection): boolean => {
  const { target } = detection
  return (
    detection.message.length > longestText ||
    detection.title.length > longestText ||
    detection.principal.length > longest ||
    detection.impersonated.length > longest ||
    detection.sourceIp.length > longest ||
    detection.userAgent.length > longest ||
    detection.verb.length > longest ||
    target.group.length > longest ||
    target.resource.length > longest ||
    target.subresource.length > longest ||
    target.namespace.length > longest ||
    target.name.length > longest ||
    detection.node.length > longest ||
    detection.pod.length > longest ||
    detection.container.length > longest ||
    detection.image.length > longest ||
    detection.groups !== boundedGroups(detection.groups) ||
    detection.impersonatedGroups !== boundedGroups(detection.impersonatedGroups) ||
    detection.tags.length > 64 ||
    detection.grants.length > 32 ||
    detection.grants.some((name) => name.length > longest)
  )
}
