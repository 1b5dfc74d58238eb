import { fileURLToPath } from 'node:url'
import { isEventObject } from '../../src/model/event-row.ts'
import type { JsonObject } from '../../src/model/json.ts'
import type { PlacedRecord } from '../../src/model/record.ts'
import { parseObjects } from '../../src/recorder/parse-lines.ts'
import { recordsOf } from '../../src/server/detection/rule-cases.ts'
import { openRecording } from '../../src/sources/replay/index.ts'

/** The recordings that rules are measured on, by the name that the rules give them. */
export const recordings = { shop: fileURLToPath(new URL('../../recordings/shop.jsonl.zst', import.meta.url)) } as const
export type RecordingName = keyof typeof recordings

/** All audit events of a recording, in order. */
export const auditEvents = async (name: RecordingName): Promise<readonly JsonObject[]> => {
  const events: JsonObject[] = []
  for await (const read of (await openRecording(recordings[name])).lines()) {
    if (read.kind !== 'line') throw new Error(`${name}: line ${read.number} cannot be read: ${read.why}`)
    if (read.line.s === 'audit') events.push(read.line.d)
  }
  return events
}

/** All that rules look at in a recording, in order: audit events, and objects of kind Event. */
export const judgedRecords = async (name: RecordingName): Promise<readonly PlacedRecord[]> => {
  const records: PlacedRecord[] = []
  for await (const read of (await openRecording(recordings[name])).lines()) {
    if (read.kind !== 'line') throw new Error(`${name}: line ${read.number} cannot be read: ${read.why}`)
    const { line } = read
    const position = { seq: records.length, index: 0 }
    if (line.s === 'audit') {
      const [placed] = recordsOf([line.d])
      if (placed !== undefined) records.push({ ...placed, position })
    } else if (line.s === 'objects') {
      const entry = { stream: 'objects', source: 'shop', cluster: 'shop', receivedAt: 0 } as const
      const payload = Buffer.from(JSON.stringify(line.d))
      for (const record of parseObjects({ ...entry, payload }).records)
        if (record.kind === 'object' && isEventObject(record))
          records.push({ position, record: { ...record, receivedAt: record.time } })
    }
  }
  return records
}

/** The attacker of the shop's recording has these two addresses, and nobody else has (recordings/README.md). */
const attackers: readonly unknown[] = ['198.51.100.66', '198.51.100.23']

export const isOfAttack = ({ sourceIPs }: JsonObject): boolean =>
  Array.isArray(sourceIPs) && attackers.includes(sourceIPs[0])

interface Step {
  readonly what: string
  readonly isIn: (event: JsonObject) => boolean
}

const steps: readonly Step[] = [
  { what: 'probes without credentials', isIn: (event) => user(event) === 'system:anonymous' },
  { what: 'a stolen token asks what it may do', isIn: (event) => /^selfsubject/.test(resource(event)) },
  {
    what: 'it lists pods in five namespaces',
    isIn: (event) => event.verb === 'list' && resource(event) === 'pods' && code(event) === 200,
  },
  { what: 'refused reads of Secrets', isIn: (event) => resource(event) === 'secrets' && code(event) === 403 },
  { what: 'commands in pods of others', isIn: (event) => isExec(event) && namespace(event) !== 'ci' },
  { what: 'a privileged pod, refused', isIn: (event) => isNewPod(event) && code(event) === 403 },
  { what: 'a privileged pod, let in', isIn: (event) => isNewPod(event) && code(event) === 201 },
  { what: 'a command in it', isIn: (event) => isExec(event) && namespace(event) === 'ci' },
  { what: 'bindings listed', isIn: (event) => event.verb === 'list' && resource(event) === 'clusterrolebindings' },
  { what: 'cluster-admin', isIn: (event) => event.verb === 'create' && resource(event) === 'clusterrolebindings' },
  {
    what: 'all Secrets listed',
    isIn: (event) => event.verb === 'list' && resource(event) === 'secrets' && code(event) === 200,
  },
  {
    what: 'two Secrets read',
    isIn: (event) => event.verb === 'get' && resource(event) === 'secrets' && code(event) === 200,
  },
  { what: 'its pod deleted', isIn: (event) => event.verb === 'delete' && resource(event) === 'pods' },
  { what: 'events wiped', isIn: (event) => event.verb === 'deletecollection' && resource(event) === 'events' },
  { what: 'the token refused', isIn: (event) => code(event) === 401 },
]

/** The steps of the shop's attack, each by what nobody else did: test/cluster/recording/attack.ts. */
export const attackSteps: readonly Step[] = steps.map(({ what, isIn }) => ({
  what,
  isIn: (event) => isOfAttack(event) && isIn(event),
}))

const text = (object: JsonObject, ...keys: readonly [string, string]): string =>
  String(Object(Object(object[keys[0]])[keys[1]] ?? ''))
const user = (event: JsonObject): string => text(event, 'user', 'username')
const resource = (event: JsonObject): string => text(event, 'objectRef', 'resource')
const namespace = (event: JsonObject): string => text(event, 'objectRef', 'namespace')
const code = (event: JsonObject): number => Number(text(event, 'responseStatus', 'code'))
const isExec = (event: JsonObject): boolean => text(event, 'objectRef', 'subresource') === 'exec'
const isNewPod = (event: JsonObject): boolean => event.verb === 'create' && resource(event) === 'pods'
