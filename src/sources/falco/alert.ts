import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import {
  type BulwarkRecord,
  type Priority,
  priorities,
  type RuntimeProcess,
  type RuntimeRecord,
  type RuntimeRequest,
} from '../../model/record.ts'
import { parseMicros } from '../../model/time.ts'
import type { Origin } from '../intake/documents.ts'
import { eventId } from '../intake/event-id.ts'
import { gapOf } from '../intake/left-out.ts'
import { droppedEvents } from './dropped.ts'

/**
 * The record of one alert as Falco writes it with `json_output: true`, with the gaps that it tells of where it is Falco's
 * notice of what was dropped; or a text that says why it is none. Falcosidekick passes on the same object with `uuid` added.
 * https://falco.org/docs/concepts/outputs/formatting/, github.com/falcosecurity/falcosidekick types/types.go FalcoPayload
 */
export const readAlert = (alert: JsonObject, entry: Origin): readonly BulwarkRecord[] | string => {
  const { rule, time: told, priority: urgency } = alert
  if (typeof rule !== 'string' || rule === '') return 'it has no rule, so it is no alert of Falco'
  const time = typeof told === 'string' ? parseMicros(told) : undefined
  if (typeof told !== 'string' || time === undefined) return 'time is no RFC 3339 time'
  const priority = priorityOf(urgency)
  if (priority === undefined) return 'priority is none of Falco'
  const fields = new Fields(isObject(alert.output_fields) ? alert.output_fields : {})
  const node = known(alert.hostname) || fields.text('evt.hostname') || fields.text('k8s.node.name')
  const { output_fields } = alert
  const what = isObject(output_fields) && Object.keys(output_fields).length > 0 ? output_fields : alert.output
  const record: RuntimeRecord = {
    kind: 'runtime',
    time,
    receivedAt: entry.receivedAt,
    cluster: entry.cluster,
    source: entry.source,
    sensor: 'falco',
    // Falcosidekick's uuid is another at each delivery, and it writes the time without zeros at its end.
    eventId: eventId(['falco', rule, withoutZeros(told), node, what]),
    type: rule.slice(0, longestText),
    priority,
    tags: textsOf(alert.tags),
    message: messageOf(alert),
    node,
    ...placeOf(fields),
    process: processOf(fields),
    request: requestOf(alert, fields),
    event: alert,
  }
  const dropped = droppedEvents(record.type, time, (name) => fields.number(name))
  return [record, ...dropped.map((one) => gapOf(record, 'Falco', one))]
}

const withoutZeros = (time: string): string =>
  time.replace(/\.(\d*?)0*(?=$|[Zz+-])/, (_, digits: string) => (digits === '' ? '' : `.${digits}`))

/** Longer texts are cut in the row; the whole event has them. */
const longestText = 4096

/** What Falco does not know it writes as null, or as `<NA>` within texts. */
const known = (value: JsonValue | undefined): string => {
  if (typeof value === 'number') return String(value)
  if (typeof value !== 'string' || value === '<NA>') return ''
  return value.slice(0, longestText)
}

/** `output_fields`, as texts. */
class Fields {
  readonly #fields: JsonObject

  constructor(fields: JsonObject) {
    this.#fields = fields
  }

  /** The first of the fields that is known, else empty. */
  text(...names: readonly string[]): string {
    for (const name of names) {
      const text = known(this.#fields[name])
      if (text !== '') return text
    }
    return ''
  }

  /** Undefined where it is not known. */
  number(name: string): number | undefined {
    const text = this.text(name)
    const number = Number(text)
    return text === '' || !Number.isFinite(number) ? undefined : number
  }

  has(prefix: string): boolean {
    return Object.keys(this.#fields).some((name) => name.startsWith(prefix) && known(this.#fields[name]) !== '')
  }
}

const priorityByName: ReadonlyMap<string, Priority> = new Map([
  ...priorities.map((priority) => [priority.toLowerCase(), priority] as const),
  ['info', 'Informational'],
])

const priorityOf = (value: JsonValue | undefined): Priority | undefined =>
  typeof value === 'string' ? priorityByName.get(value.toLowerCase()) : undefined

const textsOf = (value: JsonValue | undefined): readonly string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string').slice(0, 100) : []

/** `16:17:57.881781397: Warning ` before the text of the rule. */
const prefix = /^[\dT:.+Z-]{8,40}: [A-Z][a-z]{3,12} /

const messageOf = ({ message, output }: JsonObject): string =>
  known(message) || known(typeof output === 'string' ? output.replace(prefix, '') : undefined)

/** Falco's words for a process outside of containers. */
const host = 'host'

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

const placeOf = (fields: Fields) => {
  const id = fields.text('container.full_id', 'container.id')
  const name = fields.text('k8s.container.name', 'container.name')
  const legacyId = fields.text('k8s.pod.id')
  const inContainer = id !== host
  return {
    namespace: fields.text('k8s.ns.name'),
    pod: fields.text('k8s.pod.name'),
    podUid: fields.text('k8s.pod.uid') || (uuid.test(legacyId) ? legacyId : ''),
    container: inContainer && name !== host ? nameInPod(name) : '',
    containerId: inContainer ? id : '',
    image: inContainer ? imageOf(fields) : '',
  }
}

/** Docker's name of a pod's container is `k8s_web_web-1_shop_<uid>_0`. */
const nameInPod = (name: string): string => /^k8s_([^_]+)_/.exec(name)?.[1] ?? name

const imageOf = (fields: Fields): string => {
  const repository = fields.text('container.image.repository')
  const tag = fields.text('container.image.tag')
  if (repository === '') return fields.text('container.image')
  return tag === '' ? repository : `${repository}:${tag}`
}

const processOf = (fields: Fields): RuntimeProcess | undefined => {
  if (!fields.has('proc.')) return undefined
  const line = fields.text('proc.cmdline')
  const blank = line.indexOf(' ')
  const program = blank < 0 ? line : line.slice(0, blank)
  return {
    binary: fields.text('proc.exepath', 'proc.name') || program,
    arguments: fields.text('proc.args') || (blank < 0 ? '' : line.slice(blank + 1)),
    pid: fields.number('proc.pid'),
    user: fields.text('user.name', 'user.uid'),
    parentBinary: fields.text('proc.pexepath', 'proc.pname'),
  }
}

/** Of the plugin k8saudit: https://github.com/falcosecurity/plugins/tree/main/plugins/k8saudit. */
const requestOf = (alert: JsonObject, fields: Fields): RuntimeRequest | undefined => {
  if (alert.source !== 'k8s_audit' && !fields.has('ka.')) return undefined
  return {
    user: fields.text('ka.user.name'),
    verb: fields.text('ka.verb'),
    target: {
      group: '',
      version: '',
      resource: fields.text('ka.target.resource'),
      subresource: fields.text('ka.target.subresource'),
      namespace: fields.text('ka.target.namespace'),
      name: fields.text('ka.target.name', 'ka.target.pod.name'),
    },
  }
}
