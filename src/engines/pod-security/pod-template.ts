import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'

/** A pod, or what pods are made from, inside an object. */
export interface PodTemplate {
  /** Path of the pod spec from the object's root: `spec` in a Pod, `spec.template.spec` in a Deployment. */
  readonly specPath: string
  /** Path of the pod's metadata from the object's root; a custom resource may have none. */
  readonly metadataPath: string
  /** Pods get a few defaults that templates do not. */
  readonly kind: 'Pod' | 'template'
  readonly metadata: JsonValue | undefined
  readonly spec: JsonValue | undefined
}

/** A path from the pod's root (`spec.containers[0]`) as a path from the root of the object around it. */
export const pathInObject = (template: PodTemplate, path: string): string =>
  path.startsWith('metadata')
    ? `${template.metadataPath}${path.slice('metadata'.length)}`
    : `${template.specPath}${path.slice('spec'.length)}`

/**
 * Where the pod stands in an object of a kind that Kubernetes itself knows, or undefined for other kinds. The parts on the
 * way may have any type; `spec` is then undefined, as for a ReplicationController without a template.
 * Upstream: k8s.io/pod-security-admission/admission DefaultPodSpecExtractor.
 */
export const podTemplateOf = (object: JsonObject): PodTemplate | undefined => {
  const { apiVersion, kind } = object
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return undefined
  const steps = templateSteps.get(`${groupOf(apiVersion)}/${kind}`)
  if (steps === undefined) return undefined
  let at: unknown = object
  for (const step of steps) at = isObject(at) ? at[step] : undefined
  const holder = isObject(at) ? at : undefined
  return {
    specPath: [...steps, 'spec'].join('.'),
    metadataPath: [...steps, 'metadata'].join('.'),
    kind: steps.length === 0 ? 'Pod' : 'template',
    metadata: holder?.metadata,
    spec: holder?.spec,
  }
}

const groupOf = (apiVersion: string): string => {
  const slash = apiVersion.indexOf('/')
  return slash < 0 ? '' : apiVersion.slice(0, slash)
}

const underTemplate = ['spec', 'template']

/** By group and kind, whatever the version: the beta versions that were removed held the template in the same place. */
const templateSteps: ReadonlyMap<string, readonly string[]> = new Map([
  ['/Pod', []],
  ['/PodTemplate', ['template']],
  ['/ReplicationController', underTemplate],
  ['apps/Deployment', underTemplate],
  ['apps/ReplicaSet', underTemplate],
  ['apps/DaemonSet', underTemplate],
  ['apps/StatefulSet', underTemplate],
  ['extensions/Deployment', underTemplate],
  ['extensions/ReplicaSet', underTemplate],
  ['extensions/DaemonSet', underTemplate],
  ['batch/Job', underTemplate],
  ['batch/CronJob', ['spec', 'jobTemplate', 'spec', 'template']],
])

/** How many values `embeddedPodTemplates` looks at in one object before it gives up. */
const searchLimit = 1_000_000

/**
 * Pods inside an object of a kind that we do not know, such as a custom resource: every nested object that looks like a
 * pod spec, with the `metadata` beside it where it stands under the name `spec`. A custom resource's own metadata are not
 * a pod's. Nothing is searched below a match. `complete` is false when the object was too large to be searched whole.
 */
export const embeddedPodTemplates = (
  object: JsonObject,
): { readonly templates: readonly PodTemplate[]; readonly complete: boolean } => {
  const templates: PodTemplate[] = []
  const queue: Nested[] = [{ value: object, path: '', parent: undefined, parentPath: '' }]
  let seen = 0
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    seen += 1
    if (seen > searchLimit) return { templates, complete: false }
    const { value, path, parent, parentPath } = next
    if (Array.isArray(value)) {
      for (let index = value.length - 1; index >= 0; index -= 1) {
        queue.push({ value: value[index], path: `${path}[${index}]`, parent: undefined, parentPath: path })
      }
    } else if (isObject(value)) {
      if (isPodSpec(value)) {
        const metadata = parentPath !== '' && path === `${parentPath}.spec` ? parent?.metadata : undefined
        const metadataPath = metadata === undefined ? path : `${parentPath}.metadata`
        templates.push({ specPath: path, metadataPath, kind: 'template', metadata, spec: value })
        continue
      }
      for (const key of Object.keys(value).reverse()) {
        const child = value[key]
        if (typeof child !== 'object') continue
        queue.push({ value: child, path: `${path}${fieldStep(key, path === '')}`, parent: value, parentPath: path })
      }
    }
  }
  return { templates, complete: true }
}

interface Nested {
  readonly value: unknown
  readonly path: string
  readonly parent: JsonObject | undefined
  readonly parentPath: string
}

/** Looks like a pod spec: containers that have images, or at least a name and something that only containers have. */
const isPodSpec = (value: JsonObject): boolean => {
  const { containers } = value
  if (Array.isArray(containers)) return containers.some(isContainer)
  return isObject(containers) && Object.values(containers).some(isContainer)
}

const isContainer = (value: unknown): boolean =>
  isObject(value) &&
  (typeof value.image === 'string' || (typeof value.name === 'string' && isObject(value.securityContext)))

/** One more field of a path: `.name`, or `["a.b"]` where the name has other characters. */
const fieldStep = (key: string, first: boolean): string =>
  /^[A-Za-z_$][\w$-]*$/.test(key) ? `${first ? '' : '.'}${key}` : `[${JSON.stringify(key)}]`
