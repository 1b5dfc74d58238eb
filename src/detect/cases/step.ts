import type { CaseStep } from '../../model/case.ts'
import type { Detection, DetectionTarget } from '../../model/detection.ts'
import { parseEventId } from '../../model/event-id.ts'
import type { Severity } from '../../model/finding.ts'
import { formatMicros, type Micros } from '../../model/time.ts'
import { isOfEvent, isSensed, separator } from './actor.ts'
import { boundedGroups, unitedGroups } from './groups.ts'

/**
 * How far a step is generalised: 0 one object, 1 any name in the namespace, 2 any namespace, 3 any resource and verb,
 * 4 anybody. What is left open is written `*`, which is in no Kubernetes name.
 */
export type StepLevel = 0 | 1 | 2 | 3 | 4
export const stepLevels: readonly StepLevel[] = [0, 1, 2, 3, 4]
export const anything = '*'

/** One rule, principal and target, refused or not, with its count. Only {@link StepList} changes one. */
export interface Step {
  readonly id: string
  readonly rule: string
  readonly title: string
  readonly severity: Severity
  readonly tags: readonly string[]
  readonly lane: CaseStep['lane']
  readonly level: StepLevel
  /** By level; those below the step's own are empty. */
  readonly keys: readonly string[]
  readonly verb: string
  readonly principal: string
  readonly impersonated: string
  readonly target: DetectionTarget
  readonly refused: boolean
  /** Not refused, and without success all the same: not found, not valid. */
  readonly failed: boolean
  readonly sourceIp: string
  readonly userAgent: string
  readonly place: StepPlace
  /** That the principal was seen with; of a step of anybody those of all. */
  groups: readonly string[]
  /** The same, of the one who was impersonated. */
  impersonatedGroups: readonly string[]
  readonly grants: readonly string[]
  /** Of what a sensor saw; see {@link united}. */
  containers: readonly string[]
  images: readonly string[]
  first: Micros
  last: Micros
  count: number
  message: string
  /** Ids of event rows: the first ones, the oldest first, and the last ones, the newest first. */
  readonly oldest: string[]
  readonly newest: string[]
}

/** Where it ran, of what a sensor saw. */
export interface StepPlace {
  readonly node: string
  readonly pod: string
  readonly container: string
  readonly image: string
  /** Kind and name; empty where the state of the cluster did not say. */
  readonly workload: string
}

/** What a step is known by. */
export type StepName = Pick<Step, 'rule' | 'principal' | 'impersonated' | 'verb' | 'target' | 'refused' | 'failed'>

/** The keys of a step, from the narrowest to the widest. */
export const stepKeys = ({
  rule,
  principal,
  impersonated,
  verb,
  target,
  refused,
  failed,
}: StepName): readonly string[] => {
  const anybody = `${rule}${separator}${refused ? 'refused' : failed ? 'failed' : ''}`
  const actor = `${anybody}${separator}${principal}${separator}${impersonated}`
  const { group, resource, subresource, namespace, name } = target
  const kind = `${actor}${separator}${verb}${separator}${group}${separator}${resource}${separator}${subresource}`
  const place = `${kind}${separator}${namespace}`
  return [`0${place}${separator}${name}`, `1${place}`, `2${kind}`, `3${actor}`, `4${anybody}`]
}

/** The keys of the step that a detection belongs to. */
export const detectionKeys = (detection: Detection): readonly string[] => {
  const { rule, principal, impersonated, verb, target, refused } = detection
  return stepKeys({ rule, principal, impersonated, verb, target, refused, failed: isFailed(detection) })
}

const isFailed = ({ refused, code }: Pick<Detection, 'refused' | 'code'>): boolean => !refused && code >= 400

export const stepOf = (detection: Detection, keys: readonly string[], evidence: number): Step => {
  const { node, pod, container, image, workload } = detection
  const step: Step = {
    id: detection.id,
    rule: detection.rule,
    title: detection.title,
    severity: detection.severity,
    tags: detection.tags,
    lane: laneOf(detection),
    level: 0,
    keys,
    verb: detection.verb,
    principal: detection.principal,
    impersonated: detection.impersonated,
    target: detection.target,
    refused: detection.refused,
    failed: isFailed(detection),
    sourceIp: detection.sourceIp,
    userAgent: detection.userAgent,
    place: { node, pod, container, image, workload },
    groups: boundedGroups(detection.groups),
    impersonatedGroups: boundedGroups(detection.impersonatedGroups),
    grants: detection.grants.slice(0, 8),
    containers: none,
    images: none,
    first: detection.time,
    last: detection.time,
    count: 0,
    message: detection.message,
    oldest: [],
    newest: [],
  }
  countIn(step, detection, evidence)
  return step
}

const laneOf = (detection: Detection): CaseStep['lane'] => {
  if (isOfEvent(detection)) return 'objects'
  if (isSensed(detection)) return 'runtime'
  if (detection.source.startsWith('hubble')) return 'flows'
  return detection.verb === '' && detection.code === 0 && detection.principal === '' ? 'objects' : 'requests'
}

/** Counts one more detection in a step. `evidence`: how many ids a step keeps. */
export const countIn = (step: Step, detection: Detection, evidence: number): void => {
  if (step.lane === 'runtime') {
    const isFirst = step.count === 0
    step.containers = isFirst ? [detection.container] : united(step.containers, [detection.container])
    step.images = isFirst ? [detection.image] : united(step.images, [detection.image])
  }
  step.count += 1
  step.groups = unitedGroups(step.groups, detection.groups)
  step.impersonatedGroups = unitedGroups(step.impersonatedGroups, detection.impersonatedGroups)
  if (detection.time < step.first) step.first = detection.time
  if (detection.time >= step.last) {
    step.last = detection.time
    step.message = detection.message
  }
  const half = Math.ceil(evidence / 2)
  const ids = detection.evidence
  const told = ids.length <= evidence ? ids : [...ids.slice(0, half), ...ids.slice(-half)]
  for (let place = told.length - 1; place >= 0; place--) {
    const id = told[place] ?? ''
    if (step.oldest.includes(id) || step.newest.includes(id)) continue
    if (step.oldest.length < half) step.oldest.push(id)
    else {
      step.newest.unshift(id)
      if (step.newest.length > evidence - half) step.newest.pop()
    }
  }
}

const none: readonly string[] = []

/** So many different containers or images of one step are told. */
const mostPlaces = 8

/** The values of both, in order; {@link anything} where they are too many. Whichever comes first, the same. */
const united = (known: readonly string[], more: readonly string[]): readonly string[] => {
  if (more.every((one) => known.includes(one)) || known.includes(anything)) return known
  const all = new Set([...known, ...more])
  return all.has(anything) || all.size > mostPlaces ? [anything] : [...all].sort()
}

/** One step for several that `level` makes the same, in any order. */
export const joined = (steps: readonly [Step, ...Step[]], level: StepLevel, evidence: number): Step => {
  const ordered = steps.toSorted((a, b) => a.first - b.first || (a.id < b.id ? -1 : 1))
  const [first] = ordered
  if (first === undefined) return steps[0]
  const latest = ordered.reduce((a, b) => (b.last >= a.last ? b : a))
  const open = generalised(first, level)
  const ids = [...new Set(ordered.flatMap(({ oldest, newest }) => [...oldest, ...newest]))]
    .map((id) => ({ id, time: parseEventId(id)?.time ?? 0 }))
    .sort((a, b) => a.time - b.time || (a.id < b.id ? -1 : 1))
    .map(({ id }) => id)
  const half = Math.ceil(evidence / 2)
  return {
    ...open,
    severity: first.severity,
    groups: ordered.map(({ groups }) => groups).reduce(unitedGroups),
    impersonatedGroups: ordered.map(({ impersonatedGroups }) => impersonatedGroups).reduce(unitedGroups),
    grants: [...new Set(ordered.flatMap(({ grants }) => grants))].slice(0, 8),
    containers: ordered.map(({ containers }) => containers).reduce(united),
    images: ordered.map(({ images }) => images).reduce(united),
    last: latest.last,
    count: ordered.reduce((sum, { count }) => sum + count, 0),
    message: latest.message,
    oldest: ids.slice(0, half),
    newest: ids
      .slice(half)
      .slice(half - evidence)
      .reverse(),
  }
}

const generalised = (step: Step, level: StepLevel): Step => {
  const { target } = step
  const opened: StepName = {
    rule: step.rule,
    refused: step.refused,
    failed: step.failed,
    principal: level >= 4 ? anything : step.principal,
    impersonated: level >= 4 ? anything : step.impersonated,
    verb: level >= 3 ? anything : step.verb,
    target: {
      group: level >= 3 ? anything : target.group,
      resource: level >= 3 ? anything : target.resource,
      subresource: level >= 3 ? anything : target.subresource,
      namespace: level >= 2 ? anything : target.namespace,
      name: level >= 1 ? anything : target.name,
    },
  }
  const keys = stepKeys(opened).map((key, place) => (place < level ? '' : key))
  // Of many principals each came from somewhere else.
  return { ...step, ...opened, level, keys, sourceIp: level >= 4 ? anything : step.sourceIp }
}

const isTold = (places: readonly string[]): boolean =>
  places.length > 0 && !places.includes('') && !places.includes(anything)

/** The step as people see it. */
export const caseStepOf = (step: Step): CaseStep => ({
  id: step.id,
  rule: step.rule,
  title: step.title,
  severity: step.severity,
  lane: step.lane,
  firstTime: formatMicros(step.first),
  lastTime: formatMicros(step.last),
  count: step.count,
  principal: step.principal,
  sourceIp: step.sourceIp,
  target: step.target,
  refused: step.refused,
  message: step.message,
  ...(isTold(step.containers) && { containers: step.containers }),
  ...(isTold(step.images) && { images: step.images }),
  evidence: [...step.newest, ...step.oldest.toReversed()],
})
