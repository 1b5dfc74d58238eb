import {
  embeddedPodTemplates,
  type LevelVersion,
  messageOf,
  type PodTemplate,
  pathInObject,
  podTemplateOf,
  policyFor,
  readPod,
  strictestLevel,
  withApiDefaults,
} from '../../engines/pod-security/index.ts'
import type { WorkloadRef } from '../../model/finding.ts'
import { asString, isObject, type JsonObject } from '../../model/json.ts'
import { splitApiVersion } from '../../model/object.ts'
import { type PodFault, podFaults } from '../../posture/checks/pod-faults.ts'
import type { ManifestItem, ManifestObject, ManifestProblem } from '../../sources/manifests/index.ts'
import type { ScanFinding, ScannedWorkload, ScanReport } from './report.ts'

/** How far a scan is. */
export interface ScanProgress {
  readonly objects: number
  readonly workloads: number
}

/**
 * Checks every pod and pod template among `items` against a level at a version, as the API server would find it after its
 * defaults. Of an object that comes again with another value of a duplicate key only new findings are kept.
 */
export const scan = async (
  items: AsyncIterable<ManifestItem>,
  policy: LevelVersion,
  onProgress: (progress: ScanProgress) => void = () => {},
): Promise<Omit<ScanReport, 'files'>> => {
  const workloads: ScannedWorkload[] = []
  const problems: ManifestProblem[] = []
  const told = new Set<string>()
  let objects = 0
  for await (const item of items) {
    if (item.kind === 'problem') {
      problems.push(item)
      continue
    }
    if (item.variant === 0) objects += 1
    const inspected = inspect(item, policy)
    if (item.variants === 1) {
      for (const problem of inspected.problems) problems.push(problem)
      for (const workload of inspected.workloads) workloads.push(workload)
    } else {
      for (const problem of inspected.problems) if (isNew(told, problem)) problems.push(problem)
      for (const workload of inspected.workloads) {
        const findings = workload.findings.filter((finding) => isNew(told, finding))
        if (item.variant === 0 || findings.length > 0) workloads.push({ ...workload, findings })
      }
    }
    onProgress({ objects, workloads: workloads.length })
  }
  return { policy, workloads, problems, objects }
}

/** True the first time that it is asked for something equal, whatever place it was found in. */
const isNew = (told: Set<string>, { file, message, ...rest }: ScanFinding | ManifestProblem): boolean => {
  const key = JSON.stringify([file, message, 'id' in rest ? rest.id : ''])
  const before = told.size
  return told.add(key).size > before
}

interface Inspection {
  readonly workloads: readonly ScannedWorkload[]
  readonly problems: readonly ManifestProblem[]
}

const inspect = (found: ManifestObject, policy: LevelVersion): Inspection => {
  const inspection = inspectBody(found, policy)
  return { ...inspection, problems: [...inspectNames(found), ...inspection.problems] }
}

/** Names that are no texts, as `name: on` and `namespace: 2024` are not: the API server refuses the object. */
const inspectNames = (found: ManifestObject): readonly ManifestProblem[] => {
  const { metadata } = found.object
  if (!isObject(metadata)) return []
  return ['name', 'generateName', 'namespace'].flatMap((field) => {
    const value = metadata[field]
    if (value === undefined || value === null || typeof value === 'string') return []
    const got = typeof value === 'object' ? 'an object or a list' : String(value)
    const message = `${titleOf(refOf(found.object))}: metadata.${field} wants a text, not ${got}`
    return [problemAt(found, `metadata.${field}`, message, 'The API server refuses the object. Put it in quotes.')]
  })
}

const inspectBody = (found: ManifestObject, policy: LevelVersion): Inspection => {
  const { object } = found
  const known = podTemplateOf(object)
  if (known !== undefined) {
    if (known.spec !== undefined && known.spec !== null) return inspectPods(found, [known], policy)
    const message = `${titleOf(refOf(object))} has no ${known.specPath}: the API server refuses it`
    return { workloads: [], problems: [problemAt(found, known.specPath, message, '')] }
  }
  if (object.apiVersion === 'v1' && object.kind === 'Namespace') {
    return { workloads: [], problems: inspectLabels(found) }
  }
  const { templates, complete } = embeddedPodTemplates(object)
  const inspection = inspectPods(found, templates, policy)
  if (complete) return inspection
  const message = `${titleOf(refOf(object))} is too large to be searched for pods to its end`
  return { ...inspection, problems: [...inspection.problems, problemAt(found, '', message, '')] }
}

const inspectPods = (found: ManifestObject, templates: readonly PodTemplate[], policy: LevelVersion): Inspection => {
  const ref = refOf(found.object)
  const problems: ManifestProblem[] = []
  const workloads = templates.map((template): ScannedWorkload => {
    const { pod: asWritten, unreadable } = readPod(template.metadata, template.spec)
    for (const field of unreadable) {
      const message = `${titleOf(ref)}: ${field.path} wants ${field.expected}, not ${field.got}`
      const mend = 'The API server refuses the object. The rest of it was checked.'
      problems.push(problemAt(found, pathInObject(template, field.path), message, mend))
    }
    const pod = withApiDefaults(asWritten, template.kind)
    return {
      file: found.file,
      title: templates.length === 1 ? titleOf(ref) : `${titleOf(ref)} (${template.specPath})`,
      level: unreadable.length === 0 ? strictestLevel(pod, policy.version) : undefined,
      findings: podFaults(pod, policy).map((fault) => findingOf(found, ref, template, fault)),
    }
  })
  return { workloads, problems }
}

const findingOf = (
  found: ManifestObject,
  object: WorkloadRef,
  template: PodTemplate,
  { check, fault }: PodFault,
): ScanFinding => {
  const paths = fault.paths.map((path) => pathInObject(template, path))
  return {
    id: `${check.id}:${object.group}/${object.kind}/${object.namespace}/${object.name}:${template.specPath}`,
    check: check.id,
    title: check.title,
    severity: check.severity,
    object,
    message: messageOf([fault]),
    paths,
    remediation: check.remediation,
    reference: check.reference,
    file: found.file,
    positions: paths.map((path) => found.locate(path)),
  }
}

/** Labels for Pod Security that the API server would not take on a new namespace. */
const inspectLabels = (found: ManifestObject): readonly ManifestProblem[] => {
  const { metadata } = found.object
  const labels = isObject(metadata) && isObject(metadata.labels) ? metadata.labels : {}
  const texts = Object.entries(labels).flatMap(([key, value]) =>
    typeof value === 'string' ? [[key, value] as const] : [],
  )
  return policyFor(Object.fromEntries(texts)).errors.map(({ label, message }) =>
    problemAt(
      found,
      `metadata.labels[${JSON.stringify(label)}]`,
      `${titleOf(refOf(found.object))}: the label ${label} ${message}`,
      'The API server refuses a new namespace with it.',
    ),
  )
}

const problemAt = (found: ManifestObject, path: string, message: string, mend: string): ManifestProblem => ({
  kind: 'problem',
  level: 'error',
  file: found.file,
  position: found.locate(path),
  message,
  mend,
})

const refOf = (object: JsonObject): WorkloadRef => {
  const metadata: JsonObject = isObject(object.metadata) ? object.metadata : {}
  const generated = asString(metadata.generateName)
  return {
    group: splitApiVersion(asString(object.apiVersion) ?? '').group,
    kind: asString(object.kind) ?? '',
    namespace: asString(metadata.namespace) ?? '',
    name: asString(metadata.name) ?? (generated === undefined ? '' : `${generated}*`),
  }
}

/** `Deployment shop/web`; the parts that a manifest leaves out are left out here too. */
const titleOf = ({ kind, namespace, name }: WorkloadRef): string =>
  `${kind === '' ? 'object' : kind} ${namespace === '' ? '' : `${namespace}/`}${name === '' ? '(no name)' : name}`
