/** Detections of what fired: a rule over one event, a baseline, a window. */
import type { CorrelationDetection } from '../engines/sigma/index.ts'
import type { Detection } from '../model/detection.ts'
import type { RuleHead } from '../model/rule.ts'
import type { BaselineDetection } from './baseline/index.ts'
import { baselineSentence, correlationSentence } from './correlation-text.ts'
import { detectionId } from './detection-id.ts'
import { documentKey, severityOfLevel } from './heads.ts'
import type { Told } from './told.ts'

/** Of a rule over single events. */
export const detectionOf = (head: RuleHead, told: Told, message: string): Detection => ({
  ...contextOf(told),
  id: detectionId(head.id, noGroup, told.event),
  rule: head.id,
  title: head.title,
  severity: head.severity,
  tags: head.tags,
  message,
  group: noGroup,
  measured: 1,
  evidence: [told.event],
})

/** `told`: of the event that was unusual. */
export const baselineDetection = (unusual: BaselineDetection, told: Told): Detection => {
  const { rule, time, group, values, measured, refs } = unusual
  const id = documentKey(rule)
  return {
    ...contextOf(told),
    id: detectionId(id, { ...group, ...values }, told.event),
    rule: id,
    title: rule.title,
    severity: severityOfLevel(rule.level),
    tags: rule.tags,
    time,
    message: baselineSentence(unusual),
    group: { ...group, ...values },
    measured,
    evidence: refs,
  }
}

/** `toldOf`: what is known of the event that completed the window, by its id and what the window was grouped by. */
export const windowDetection = (
  { correlation, time, group, measured, refs }: CorrelationDetection,
  toldOf: (event: string, fields: Readonly<Record<string, string>>) => Told,
): Detection => {
  const fields = Object.fromEntries(
    Object.entries(group).map(([field, value]) => [field, typeof value === 'string' ? value : JSON.stringify(value)]),
  )
  const [completing = ''] = refs
  const id = documentKey(correlation)
  return {
    ...contextOf(toldOf(completing, fields)),
    // Of a window that was decided at its end, the end: two windows of one group may hold the same events.
    id: detectionId(id, fields, `${completing}@${time}`),
    rule: id,
    title: correlation.title,
    severity: severityOfLevel(correlation.level),
    tags: correlation.tags,
    time,
    message: correlationSentence(correlation, fields, measured),
    group: fields,
    measured,
    evidence: refs,
  }
}

const noGroup: Readonly<Record<string, string>> = {}

/** Member by member: the rest of an object is made several times more slowly. */
const contextOf = (told: Told): Omit<Told, 'event'> => ({
  time: told.time,
  receivedAt: told.receivedAt,
  cluster: told.cluster,
  source: told.source,
  principal: told.principal,
  groups: told.groups,
  impersonated: told.impersonated,
  impersonatedGroups: told.impersonatedGroups,
  sourceIp: told.sourceIp,
  userAgent: told.userAgent,
  verb: told.verb,
  target: told.target,
  grants: told.grants,
  code: told.code,
  refused: told.refused,
  node: told.node,
  pod: told.pod,
  container: told.container,
  image: told.image,
  workload: told.workload,
  serviceAccount: told.serviceAccount,
  position: told.position,
})
