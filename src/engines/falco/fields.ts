/**
 * The fields of source k8s_audit: ka.* of the k8saudit plugin, jevt.* and json.* of the json plugin, and those of evt.*
 * that every event has. Bug for bug as upstream (falcosecurity/plugins 0b3cbd8d84eb, extract.go and json.go).
 */
import { type ContainerReader, containerReaders, repositoryOf } from './container-fields.ts'
import {
  type EventObject,
  type EventValue,
  get,
  getPath,
  indentedText,
  isEventObject,
  isList,
  jsonText,
  stringOf,
  textOf,
  wholeTextOf,
} from './event.ts'
import { type EventTime, isoTime, rawTime } from './time.ts'
import { uriParam } from './uri-param.ts'
import { cutAtNul } from './utf8.ts'
import { allTexts, presentTexts, walk } from './walk.ts'

/** What fields are read from. */
export interface Frame {
  event: EventObject
  time: EventTime
  /** The events of an engine are numbered from 1. */
  number: number
  /** The time of its first event, in nanoseconds. */
  first: bigint
}

/**
 * How a value is got from an event. `read` gives undefined where the event does not have it. The list of a field is never
 * empty; what getopt() finds and a list of a transformer can be.
 */
export type Extraction =
  | { readonly shape: 'text'; readonly read: (frame: Frame) => string | undefined }
  | { readonly shape: 'list'; readonly read: (frame: Frame) => readonly string[] | undefined }
  | {
      readonly shape: 'number'
      readonly unit: NumberUnit
      readonly read: (frame: Frame) => bigint | undefined
      /** Outputs show it with so many digits at least. */
      readonly digits?: number
    }

/** Numbers of different units cannot be compared with each other. */
export type NumberUnit = 'count' | 'moment' | 'span'

/** A field by its name and what it takes in brackets. `make` is handed the argument: a key, or the digits of an index. */
export interface Field {
  readonly argument: 'none' | 'index' | 'key'
  readonly make: (argument: string | undefined) => Extraction
}

const text = (read: (frame: Frame) => string | undefined): Extraction => ({ shape: 'text', read })

const list = (read: (event: EventObject) => readonly string[] | undefined): Extraction => ({
  shape: 'list',
  read: ({ event }) => {
    if (event.auditID === undefined) return undefined
    const texts = read(event)
    return texts === undefined || texts.length === 0 ? undefined : texts
  },
})

/** An event without auditID has no ka field at all. */
const audit = (read: (event: EventObject) => string | undefined): Extraction =>
  text(({ event }) => (event.auditID === undefined ? undefined : read(event)))

const at = (...path: readonly string[]): Field => ({
  argument: 'none',
  make: () => audit((event) => textAt(event, path)),
})

const textAt = (event: EventObject, path: readonly string[]): string | undefined => {
  const value = getPath(event, path)
  return value === undefined ? undefined : textOf(value)
}

const listAt = (...path: readonly string[]): Field => ({
  argument: 'none',
  make: () =>
    list((event) => {
      const value = getPath(event, path)
      return isList(value) ? value.map(textOf) : undefined
    }),
})

const indexed = (read: ContainerReader): Field => ({
  argument: 'index',
  make: (argument) => {
    const index = argument === undefined ? undefined : Number(argument)
    return list((event) => read(event, index))
  },
})

const walked = (...path: readonly string[]): Field => indexed((event, index) => presentTexts(walk(event, path, index)))

const rules = (key: string): Field =>
  indexed((event, index) =>
    walk(event, ['requestObject', 'rules', key], index)?.flatMap((one) => (isList(one) ? one.map(textOf) : [])),
  )

const subjectNames = (kind: string, withNamespace = false): Field => ({
  argument: 'none',
  make: () =>
    list((event) => {
      const subjects = getPath(event, ['requestObject', 'subjects'])
      if (!isList(subjects)) return undefined
      return subjects.flatMap((subject) => subjectName(subject, kind, withNamespace) ?? [])
    }),
})

const subjectName = (subject: EventValue, kind: string, withNamespace: boolean): string | undefined => {
  const [ofKind, name, namespace] = [get(subject, 'kind'), get(subject, 'name'), get(subject, 'namespace')]
  if (ofKind === undefined || name === undefined || wholeTextOf(ofKind) !== kind) return undefined
  if (!withNamespace) return textOf(name)
  return namespace === undefined ? undefined : cutAtNul(`${wholeTextOf(namespace)}:${textOf(name)}`)
}

const plain = (make: () => Extraction): Field => ({ argument: 'none', make })
const keyed = (make: (key: string) => Extraction): Field => ({ argument: 'key', make: (key) => make(key ?? '') })

const annotation = (key: string): Field => at('annotations', key)
const spec = (...path: readonly string[]): readonly string[] => ['requestObject', 'spec', ...path]

const firstContainerImage = (event: EventObject): string | undefined =>
  allTexts(walk(event, spec('containers', 'image'), 0))?.[0]

const podName = (event: EventObject): string | undefined => {
  const target = get(event, 'objectRef')
  if (stringOf(get(target, 'resource')) !== 'pods' || (stringOf(get(target, 'subresource')) ?? '') !== '')
    return undefined
  return textAt(event, ['responseObject', 'metadata', 'name'])
}

/** `true` where some hostPath is `key`, or begins with it where it ends in `*`. */
const hasHostPath = (event: EventObject, key: string): string | undefined => {
  const paths = walk(event, spec('volumes', 'hostPath', 'path'), undefined)
  if (paths === undefined) return undefined
  const prefix = key.slice(0, -1)
  return String(
    paths.some((found) => {
      const path = found === undefined ? undefined : wholeTextOf(found)
      return path === key || (key.endsWith('*') && path?.startsWith(prefix) === true)
    }),
  )
}

const volumeTypes: ContainerReader = (event, index) =>
  walk(event, spec('volumes', ''), index)?.flatMap((volume) =>
    isEventObject(volume) ? Object.keys(volume).filter((key) => key !== 'name') : [],
  )

const isPrivileged = (event: EventObject): string | undefined => {
  const found = walk(event, spec('containers', 'securityContext', 'privileged'), undefined)
  return found === undefined ? undefined : String(found.includes(true))
}

/** json.value: RFC 6901, but that the leading slash may be left out; the empty pointer is the whole event. */
const pointed = (pointer: string): Extraction => {
  if (pointer === '') return text(({ event }) => jsonText(event))
  const keys = (pointer.startsWith('/') ? pointer.slice(1) : pointer)
    .split('/')
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
  return text(({ event }) => textAt(event, keys))
}

const rawTimeText = (): Extraction => text(({ time }) => String(rawTime(time)))
const wholeEvent = (): Extraction => text(({ event }) => indentedText(event))
const number = (unit: NumberUnit, read: (frame: Frame) => bigint, digits = 1): Extraction => ({
  shape: 'number',
  unit,
  read,
  digits,
})
const clock = (time: EventTime): string => isoTime(time).slice(11, -1)
const second = 1_000_000_000n
/** As an unsigned number, so that an earlier event is far away. */
const sinceFirst = ({ time, first }: Frame): bigint => BigInt.asUintN(64, rawTime(time) - first)
const missing = (): Extraction => text(() => undefined)

const entries: readonly (readonly [string, Field])[] = [
  ['ka.auditid', at('auditID')],
  ['ka.stage', at('stage')],
  ['ka.auth.decision', annotation('authorization.k8s.io/decision')],
  ['ka.auth.reason', annotation('authorization.k8s.io/reason')],
  ['ka.auth.openshift.decision', annotation('authentication.openshift.io/decision')],
  ['ka.auth.openshift.username', annotation('authentication.openshift.io/username')],
  ['ka.validations.admission.policy.failure', annotation('validation.policy.admission.k8s.io/validation_failure')],
  ['ka.security.pod.violations', annotation('pod-security.kubernetes.io/audit-violations')],
  ['ka.cluster.name', annotation('cluster_name')],
  ['ka.user.name', at('user', 'username')],
  ['ka.user.groups', listAt('user', 'groups')],
  ['ka.impuser.name', at('impersonatedUser', 'username')],
  ['ka.verb', at('verb')],
  ['ka.uri', at('requestURI')],
  [
    'ka.uri.param',
    keyed((key) =>
      audit((event) => {
        const uri = event.requestURI
        return uri === undefined ? undefined : uriParam(wholeTextOf(uri), key)
      }),
    ),
  ],
  ['ka.useragent', at('userAgent')],
  ['ka.target.name', at('objectRef', 'name')],
  ['ka.target.namespace', at('objectRef', 'namespace')],
  ['ka.target.resource', at('objectRef', 'resource')],
  ['ka.target.subresource', at('objectRef', 'subresource')],
  ['ka.target.pod.name', plain(() => audit(podName))],
  ['ka.resp.name', at('responseObject', 'metadata', 'name')],
  ['ka.response.code', at('responseStatus', 'code')],
  ['ka.response.reason', at('responseStatus', 'reason')],
  ['ka.req.binding.subjects', listAt('requestObject', 'subjects')],
  ['ka.req.binding.subjects.user_names', subjectNames('User')],
  ['ka.req.binding.subjects.group_names', subjectNames('Group')],
  ['ka.req.binding.subjects.serviceaccount_names', subjectNames('ServiceAccount')],
  ['ka.req.binding.subjects.serviceaccount_ns_names', subjectNames('ServiceAccount', true)],
  ['ka.req.binding.role', at('requestObject', 'roleRef', 'name')],
  ['ka.req.binding.subject.has_name', keyed(() => audit(() => 'true'))],
  ['ka.req.configmap.name', at('objectRef', 'name')],
  ['ka.req.configmap.obj', at('requestObject', 'data')],
  ['ka.req.role.rules', listAt('requestObject', 'rules')],
  ['ka.req.role.rules.apiGroups', rules('apiGroups')],
  ['ka.req.role.rules.nonResourceURLs', rules('nonResourceURLs')],
  ['ka.req.role.rules.verbs', rules('verbs')],
  ['ka.req.role.rules.resources', rules('resources')],
  // Upstream looks for it among the rules of a role, so that it is practically always missing.
  ['ka.sourceips', rules('sourceIPs')],
  ['ka.req.service.type', at(...spec('type'))],
  ['ka.req.service.ports', walked(...spec('ports'))],
  ['ka.req.pod.host_ipc', at(...spec('hostIPC'))],
  ['ka.req.pod.host_network', at(...spec('hostNetwork'))],
  ['ka.req.pod.host_pid', at(...spec('hostPID'))],
  ['ka.req.container.host_network', at(...spec('hostNetwork'))],
  ['ka.req.pod.run_as_user', at(...spec('securityContext', 'runAsUser'))],
  ['ka.req.pod.run_as_group', at(...spec('securityContext', 'runAsGroup'))],
  ['ka.req.pod.fs_group', at(...spec('securityContext', 'fsGroup'))],
  ['ka.req.pod.supplemental_groups', listAt(...spec('securityContext', 'supplementalGroups'))],
  ['ka.req.pod.volumes.hostpath', walked(...spec('volumes', 'hostPath', 'path'))],
  ['ka.req.pod.volumes.flexvolume_driver', walked(...spec('volumes', 'flexVolume', 'driver'))],
  ['ka.req.pod.volumes.volume_type', indexed(volumeTypes)],
  ['ka.req.volume.hostpath', keyed((key) => audit((event) => hasHostPath(event, key)))],
  ['ka.req.container.image', plain(() => audit(firstContainerImage))],
  [
    'ka.req.container.image.repository',
    plain(() =>
      audit((event) => {
        const image = firstContainerImage(event)
        return image === undefined ? undefined : repositoryOf(image)
      }),
    ),
  ],
  ['ka.req.container.privileged', plain(() => audit(isPrivileged))],
  ...['containers', 'initContainers', 'ephemeralContainers'].flatMap((kind) =>
    [...containerReaders(kind)].map(([name, read]) => [`ka.req.pod.${kind}.${name}`, indexed(read)] as const),
  ),
  ['json.value', keyed(pointed)],
  ['jevt.value', keyed(pointed)],
  ['json.obj', plain(wholeEvent)],
  ['jevt.obj', plain(wholeEvent)],
  ['json.rawtime', plain(rawTimeText)],
  ['jevt.rawtime', plain(rawTimeText)],
  ['evt.time', plain(() => text(({ time }) => clock(time)))],
  ['evt.time.s', plain(() => text(({ time }) => clock(time).slice(0, 8)))],
  ['evt.time.iso8601', plain(() => text(({ time }) => `${isoTime(time).slice(0, -1)}+0000`))],
  ['evt.datetime', plain(() => text(({ time }) => `${isoTime(time).slice(0, 10)} ${clock(time)}`))],
  ['evt.datetime.s', plain(() => text(({ time }) => `${isoTime(time).slice(0, 10)} ${clock(time).slice(0, 8)}`))],
  ['evt.rawtime', plain(() => number('moment', ({ time }) => rawTime(time)))],
  ['evt.rawtime.s', plain(() => number('moment', ({ time }) => BigInt(time.seconds)))],
  ['evt.rawtime.ns', plain(() => number('moment', ({ time }) => BigInt(time.fraction), 9))],
  ['evt.source', plain(() => text(() => 'k8s_audit'))],
  ['evt.pluginname', plain(() => text(() => 'k8saudit'))],
  ['evt.plugininfo', plain(() => text(({ event }) => jsonText(event)))],
  ['evt.num', plain(() => number('count', (frame) => BigInt(frame.number)))],
  ['evt.reltime', plain(() => number('span', sinceFirst, 9))],
  ['evt.reltime.s', plain(() => number('span', (frame) => sinceFirst(frame) / second))],
  ['evt.reltime.ns', plain(() => number('span', (frame) => sinceFirst(frame) % second, 9))],
  ['evt.is_async', plain(() => text(() => 'false'))],
  // Events of plugins are never asynchronous, and the host that Falco runs on is not known here.
  ['evt.asynctype', plain(missing)],
  ['evt.hostname', plain(missing)],
]

/** Every field of k8s_audit, by name. */
export const auditFields: ReadonlyMap<string, Field> = new Map(entries)
