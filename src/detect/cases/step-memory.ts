import type { CaseStep } from '../../model/case.ts'
import { type Severity, severities } from '../../model/finding.ts'
import type { JsonObject } from '../../model/json.ts'
import { numberAt, objectAt, oneOf, textAt, textsAt } from './decode.ts'
import { type Step, stepKeys, stepLevels } from './step.ts'

/** The whole step as data. */
export const stepMemory = (step: Step): JsonObject => {
  const { keys: _, target, place, ...rest } = step
  return { ...rest, target: { ...target }, place: { ...place } }
}

export const readStep = (memory: JsonObject): Step => {
  const target = objectAt(memory, 'target')
  const place = objectAt(memory, 'place')
  const name = {
    rule: textAt(memory, 'rule'),
    principal: textAt(memory, 'principal'),
    impersonated: textAt(memory, 'impersonated'),
    verb: textAt(memory, 'verb'),
    refused: memory.refused === true,
    failed: memory.failed === true,
    target: {
      group: textAt(target, 'group'),
      resource: textAt(target, 'resource'),
      subresource: textAt(target, 'subresource'),
      namespace: textAt(target, 'namespace'),
      name: textAt(target, 'name'),
    },
  }
  const level = stepLevels.find((one) => one === memory.level) ?? 0
  return {
    ...name,
    level,
    keys: stepKeys(name).map((key, place) => (place < level ? '' : key)),
    id: textAt(memory, 'id'),
    title: textAt(memory, 'title'),
    severity: oneOf<Severity>(memory.severity, severities),
    tags: textsAt(memory, 'tags'),
    lane: oneOf<CaseStep['lane']>(memory.lane, ['requests', 'runtime', 'objects', 'flows']),
    sourceIp: textAt(memory, 'sourceIp'),
    userAgent: textAt(memory, 'userAgent'),
    place: {
      node: textAt(place, 'node'),
      pod: textAt(place, 'pod'),
      container: textAt(place, 'container'),
      image: textAt(place, 'image'),
      workload: textAt(place, 'workload'),
    },
    groups: textsAt(memory, 'groups'),
    impersonatedGroups: textsAt(memory, 'impersonatedGroups'),
    grants: textsAt(memory, 'grants'),
    containers: textsAt(memory, 'containers'),
    images: textsAt(memory, 'images'),
    first: numberAt(memory, 'first'),
    last: numberAt(memory, 'last'),
    count: numberAt(memory, 'count'),
    message: textAt(memory, 'message'),
    oldest: textsAt(memory, 'oldest'),
    newest: textsAt(memory, 'newest'),
  }
}
