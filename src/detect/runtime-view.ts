import { asObject, isObject, type JsonObject, type JsonValue } from '../model/json.ts'
import { commandLineOf, type RuntimeRecord } from '../model/record.ts'
import { imageNameOf } from './image-name.ts'
import type { Subject } from './subject.ts'

/**
 * A runtime record under the names that rules of Sigma have (rules/README.md has the table). What is not known is left
 * out, so that nobody is grouped by it.
 */
export const runtimeView = (record: RuntimeRecord, subject: Subject | undefined): JsonObject => {
  const { process, sensor, event } = record
  const own = sensor === 'falco' ? ofFalco(asObject(event.output_fields)) : ofTetragon(asObject(event[record.type]))
  const image = record.image || subject?.image || ''
  const name = imageNameOf(image)
  const view: Record<string, JsonValue> = {}
  const put = (key: string, value: JsonValue | undefined): void => {
    if (value !== undefined && value !== '') view[key] = value
  }
  put('Image', process?.binary)
  put('CommandLine', commandLineOf(record))
  put('ProcessId', process?.pid)
  put('User', process?.user)
  put('ParentImage', process?.parentBinary)
  for (const [key, value] of Object.entries(own)) put(key, value)
  put('namespace', record.namespace || subject?.namespace)
  put('pod', record.pod || subject?.pod)
  put('container', record.container || subject?.container)
  put('containerId', record.containerId)
  put('image', image)
  put('imageRepository', name?.repository)
  put('imageRegistry', name?.registry)
  put('node', record.node || subject?.node)
  put('workload', subject?.workload)
  put('serviceAccount', subject?.serviceAccount)
  put('sensor', sensor)
  if (sensor === 'falco') put('rule', record.type)
  else put('type', record.type)
  put('priority', record.priority)
  if (record.tags.length > 0) view.tags = record.tags
  put('message', record.message)
  return view
}

/** Fields of Falco: https://falco.org/docs/reference/rules/supported-fields/. */
const ofFalco = (fields: JsonObject): Readonly<Record<string, JsonValue | undefined>> => {
  const name = text(fields['fd.name'])
  return {
    type: text(fields['evt.type']),
    ParentCommandLine: text(fields['proc.pcmdline']),
    ParentProcessId: number(fields['proc.ppid']),
    CurrentDirectory: text(fields['proc.cwd']),
    TargetFilename: name.startsWith('/') ? name : '',
    DestinationIp: text(fields['fd.rip']) || text(fields['fd.sip']),
    DestinationPort: number(fields['fd.rport']) ?? number(fields['fd.sport']),
  }
}

/** Fields of Tetragon: api/v1/tetragon/tetragon.proto (Process, KprobeArgument). */
const ofTetragon = (body: JsonObject): Readonly<Record<string, JsonValue | undefined>> => {
  const parent = asObject(body.parent)
  const socket = argument(body, 'sock_arg')
  const address = argument(body, 'sockaddr_arg')
  return {
    rule: text(body.policy_name),
    function: text(body.function_name),
    ParentCommandLine: [text(parent.binary), text(parent.arguments)].filter((one) => one !== '').join(' '),
    ParentProcessId: number(parent.pid),
    CurrentDirectory: text(asObject(body.process).cwd),
    TargetFilename: fileOf(body),
    DestinationIp: text(socket.daddr) || text(address.addr),
    DestinationPort: number(socket.dport) ?? number(address.port),
  }
}

/** A call has five arguments at most; who makes events up may write more. */
const mostArguments = 8

const argumentsOf = ({ args }: JsonObject): readonly JsonObject[] =>
  Array.isArray(args) ? args.slice(0, mostArguments).map(asObject) : []

const argument = (body: JsonObject, key: string): JsonObject =>
  asObject(argumentsOf(body).find((one) => isObject(one[key]))?.[key])

const fileOf = (body: JsonObject): string => {
  for (const one of argumentsOf(body)) {
    const path =
      text(asObject(one.file_arg).path) ||
      text(asObject(one.path_arg).path) ||
      text(asObject(one.linux_binprm_arg).path)
    const said = text(one.string_arg)
    if (path !== '') return path
    if (said.startsWith('/')) return said
  }
  return ''
}

/** What Falco does not know it writes as `<NA>`. */
const text = (value: JsonValue | undefined): string => (typeof value === 'string' && value !== '<NA>' ? value : '')

const number = (value: JsonValue | undefined): number | undefined => {
  if (typeof value === 'number') return value
  return typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : undefined
}
