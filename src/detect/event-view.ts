import { asText, isObject, type JsonObject, type JsonValue } from '../model/json.ts'
import type { ObjectVersion } from '../model/object.ts'
import { imageNameOf } from './image-name.ts'
import type { Subject } from './subject.ts'

/**
 * An Event object as rules see it: the object itself, with what it is about. `occurrences`: how often it happened since
 * the version before. rules/README.md has the table.
 */
export const eventView = (version: ObjectVersion, subject: Subject | undefined, occurrences: number): JsonObject => {
  const { namespace, pod, node, container } = eventPlace(version, subject)
  const image = eventImage(version)
  const name = imageNameOf(image)
  const view: Record<string, JsonValue> = { ...version.body, occurrences }
  const put = (key: string, value: string | undefined): void => {
    if (value !== undefined && value !== '') view[key] = value
  }
  put('namespace', namespace)
  put('pod', pod)
  put('node', node)
  put('container', container)
  put('image', image)
  put('imageRepository', name?.repository)
  put('imageRegistry', name?.registry)
  put('workload', subject?.workload)
  put('serviceAccount', subject?.serviceAccount)
  return view
}

/** The object that an Event is about, of either API. */
export const regardingOf = ({ body }: ObjectVersion): JsonObject =>
  isObject(body.regarding) ? body.regarding : isObject(body.involvedObject) ? body.involvedObject : {}

/** Where it happened. The kubelet names the container in the path of the field, and its node in the event's source. */
export const eventPlace = (
  version: ObjectVersion,
  subject: Subject | undefined,
): Pick<Subject, 'namespace' | 'pod' | 'node' | 'container'> => {
  const about = regardingOf(version)
  const { body } = version
  const source = isObject(body.source) ? body.source : isObject(body.deprecatedSource) ? body.deprecatedSource : {}
  return {
    namespace: asText(about.namespace),
    pod: about.kind === 'Pod' ? asText(about.name) : '',
    node: about.kind === 'Node' ? asText(about.name) : asText(source.host) || (subject?.node ?? ''),
    container: /^spec\.(?:init|ephemeral)?[cC]ontainers\{([^{}]{1,253})\}$/.exec(asText(about.fieldPath))?.[1] ?? '',
  }
}

/** The image that the kubelet names in what it says of a pull (pkg/kubelet/images/image_manager.go), else empty. */
export const eventImage = ({ body }: ObjectVersion): string => {
  if (!reasonsWithImage.has(asText(body.reason))) return ''
  return /\bimage "([^"\s]{1,512})"/.exec((asText(body.note) || asText(body.message)).slice(0, 4096))?.[1] ?? ''
}

const reasonsWithImage: ReadonlySet<string> = new Set([
  'Pulling',
  'Pulled',
  'Failed',
  'BackOff',
  'InspectFailed',
  'ErrImageNeverPull',
])
