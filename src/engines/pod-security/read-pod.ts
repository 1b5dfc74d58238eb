import { isObject, type JsonObject } from '../../model/json.ts'
import {
  type Capabilities,
  type Container,
  type ContainerList,
  containerLists,
  type Located,
  type Pod,
  type PodSecurityContext,
  type SELinuxOptions,
  type SecurityContext,
  type Volume,
  volumeSources,
} from './pod.ts'

/** A field whose value has the wrong type. The API server refuses an object with such a field: nothing of it would run. */
export interface UnreadableField {
  /** From the pod's root: `spec.containers[0].securityContext.privileged`. */
  readonly path: string
  /** `true or false`, `a text`, `a whole number`, `an object`, `a list`. */
  readonly expected: string
  /** What stands there instead: `the text "true"`. */
  readonly got: string
}

/** A pod as far as it can be read, and every field of it that cannot. An unreadable field counts as unset in `pod`. */
export interface PodReading {
  readonly pod: Pod
  readonly unreadable: readonly UnreadableField[]
}

/**
 * Reads the fields that the standards look at out of untyped JSON, with the API server's own strictness: no text for a
 * boolean, no number for a text; null is unset; keys are case-sensitive (sigs.k8s.io/json). Fields that no check reads
 * are not looked at.
 */
export const readPod = (metadata: unknown, spec: unknown): PodReading => {
  const unreadable: UnreadableField[] = []
  const read = fieldReader(unreadable)
  const meta = read.whole(metadata, 'metadata')
  const body = read.whole(spec, 'spec')
  const pod: Pod = {
    annotations: readAnnotations(read, meta),
    hostNetwork: read.boolean(body, 'hostNetwork', 'spec') ?? false,
    hostPID: read.boolean(body, 'hostPID', 'spec') ?? false,
    hostIPC: read.boolean(body, 'hostIPC', 'spec') ?? false,
    hostUsers: read.boolean(body, 'hostUsers', 'spec'),
    osName: read.text(read.object(body, 'os', 'spec'), 'name', 'spec.os') ?? '',
    runtimeClassName: read.text(body, 'runtimeClassName', 'spec') ?? '',
    securityContext: readPodSecurityContext(read, read.object(body, 'securityContext', 'spec')),
    volumes: read.objects(body, 'volumes', 'spec').map(({ value, path }) => readVolume(read, value, path)),
    containers: containerLists.flatMap((list) =>
      read.objects(body, list, 'spec').map(({ value, path }) => readContainer(read, value, path, list)),
    ),
  }
  return { pod, unreadable }
}

type FieldReader = ReturnType<typeof fieldReader>

const fieldReader = (unreadable: UnreadableField[]) => {
  const refuse = (path: string, expected: string, value: unknown): undefined => {
    unreadable.push({ path, expected, got: describe(value) })
    return undefined
  }
  const whole = (value: unknown, path: string): JsonObject | undefined => {
    if (value === undefined || value === null) return undefined
    return isObject(value) ? value : refuse(path, 'an object', value)
  }
  const list = (from: JsonObject | undefined, key: string, path: string): readonly unknown[] => {
    const value = from?.[key]
    if (value === undefined || value === null) return []
    return Array.isArray(value) ? value : (refuse(`${path}.${key}`, 'a list', value) ?? [])
  }
  return {
    whole,
    boolean: (from: JsonObject | undefined, key: string, path: string): boolean | undefined => {
      const value = from?.[key]
      if (typeof value === 'boolean') return value
      return value === undefined || value === null ? undefined : refuse(`${path}.${key}`, 'true or false', value)
    },
    text: (from: JsonObject | undefined, key: string, path: string): string | undefined => {
      const value = from?.[key]
      if (typeof value === 'string') return value
      return value === undefined || value === null ? undefined : refuse(`${path}.${key}`, 'a text', value)
    },
    integer: (from: JsonObject | undefined, key: string, path: string, bits: 32 | 64): number | undefined => {
      const value = from?.[key]
      if (
        typeof value === 'number' &&
        Number.isInteger(value) &&
        value >= -(2 ** (bits - 1)) &&
        value < 2 ** (bits - 1)
      )
        return value
      return value === undefined || value === null ? undefined : refuse(`${path}.${key}`, 'a whole number', value)
    },
    object: (from: JsonObject | undefined, key: string, path: string): JsonObject | undefined => {
      const value = from?.[key]
      if (value === undefined || value === null) return undefined
      return isObject(value) ? value : refuse(`${path}.${key}`, 'an object', value)
    },
    /** The objects of a list. Null stands for an empty object, as Go decodes it. */
    objects: (from: JsonObject | undefined, key: string, path: string): readonly Located<JsonObject>[] =>
      list(from, key, path).flatMap((value, index) => {
        const at = `${path}.${key}[${index}]`
        const object = value === null ? {} : whole(value, at)
        return object === undefined ? [] : [{ value: object, path: at }]
      }),
    texts: (from: JsonObject | undefined, key: string, path: string): readonly string[] =>
      list(from, key, path).map((value, index) => {
        if (typeof value === 'string') return value
        if (value !== null) refuse(`${path}.${key}[${index}]`, 'a text', value)
        return ''
      }),
    refuse,
  }
}

const describe = (value: unknown): string => {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'an object'
  if (typeof value === 'string')
    return `the text ${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)}`
  return typeof value === 'number' ? `the number ${value}` : `${value}`
}

const readAnnotations = (read: FieldReader, metadata: JsonObject | undefined): ReadonlyMap<string, string> => {
  const annotations = new Map<string, string>()
  const object = read.object(metadata, 'annotations', 'metadata')
  if (object === undefined) return annotations
  for (const key of Object.keys(object)) {
    const value = object[key]
    if (typeof value === 'string') annotations.set(key, value)
    else if (value === null) annotations.set(key, '')
    else if (value !== undefined) read.refuse(`metadata.annotations[${JSON.stringify(key)}]`, 'a text', value)
  }
  return annotations
}

const readCommon = (read: FieldReader, context: JsonObject, path: string) => {
  const profileType = (key: string): string | undefined => {
    const profile = read.object(context, key, path)
    return profile === undefined ? undefined : (read.text(profile, 'type', `${path}.${key}`) ?? '')
  }
  return {
    runAsNonRoot: read.boolean(context, 'runAsNonRoot', path),
    runAsUser: read.integer(context, 'runAsUser', path, 64),
    seccompProfile: profileType('seccompProfile'),
    appArmorProfile: profileType('appArmorProfile'),
    seLinuxOptions: readSELinuxOptions(read, read.object(context, 'seLinuxOptions', path), path),
    windowsHostProcess: read.boolean(
      read.object(context, 'windowsOptions', path),
      'hostProcess',
      `${path}.windowsOptions`,
    ),
  }
}

const readPodSecurityContext = (read: FieldReader, context: JsonObject | undefined): PodSecurityContext | undefined => {
  if (context === undefined) return undefined
  const path = 'spec.securityContext'
  const sysctls = read
    .objects(context, 'sysctls', path)
    .map((sysctl) => ({ value: read.text(sysctl.value, 'name', sysctl.path) ?? '', path: `${sysctl.path}.name` }))
  return { ...readCommon(read, context, path), sysctls }
}

const readContainer = (read: FieldReader, container: JsonObject, path: string, list: ContainerList): Container => ({
  path,
  list,
  name: read.text(container, 'name', path) ?? '',
  image: read.text(container, 'image', path) ?? '',
  securityContext: readSecurityContext(
    read,
    read.object(container, 'securityContext', path),
    `${path}.securityContext`,
  ),
  ports: read.objects(container, 'ports', path).map((port) => ({
    path: port.path,
    containerPort: read.integer(port.value, 'containerPort', port.path, 32) ?? 0,
    hostPort: read.integer(port.value, 'hostPort', port.path, 32) ?? 0,
  })),
  probeHosts: readProbeHosts(read, container, path),
})

const readSecurityContext = (
  read: FieldReader,
  context: JsonObject | undefined,
  path: string,
): SecurityContext | undefined => {
  if (context === undefined) return undefined
  return {
    ...readCommon(read, context, path),
    privileged: read.boolean(context, 'privileged', path),
    allowPrivilegeEscalation: read.boolean(context, 'allowPrivilegeEscalation', path),
    procMount: read.text(context, 'procMount', path),
    capabilities: readCapabilities(read, read.object(context, 'capabilities', path), `${path}.capabilities`),
  }
}

const readCapabilities = (
  read: FieldReader,
  capabilities: JsonObject | undefined,
  path: string,
): Capabilities | undefined =>
  capabilities && { add: read.texts(capabilities, 'add', path), drop: read.texts(capabilities, 'drop', path) }

const readSELinuxOptions = (
  read: FieldReader,
  options: JsonObject | undefined,
  contextPath: string,
): SELinuxOptions | undefined => {
  if (options === undefined) return undefined
  const text = (key: string): string => read.text(options, key, `${contextPath}.seLinuxOptions`) ?? ''
  return { type: text('type'), user: text('user'), role: text('role') }
}

const readProbeHosts = (read: FieldReader, container: JsonObject, path: string): readonly Located<string>[] => {
  const found: Located<string>[] = []
  const hosts = (from: JsonObject | undefined, key: string, base: string): void => {
    const holder = read.object(from, key, base)
    if (holder === undefined) return
    for (const action of ['httpGet', 'tcpSocket']) {
      const at = `${base}.${key}.${action}`
      const value = read.text(read.object(holder, action, `${base}.${key}`), 'host', at) ?? ''
      if (value !== '') found.push({ value, path: `${at}.host` })
    }
  }
  for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe']) hosts(container, probe, path)
  const lifecycle = read.object(container, 'lifecycle', path)
  for (const handler of ['postStart', 'preStop']) hosts(lifecycle, handler, `${path}.lifecycle`)
  return found
}

const readVolume = (read: FieldReader, volume: JsonObject, path: string): Volume => ({
  path,
  name: read.text(volume, 'name', path) ?? '',
  sources: volumeSources.filter((source) => read.object(volume, source, path) !== undefined),
})
