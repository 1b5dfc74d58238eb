/** Samples of what sensors tell, from the tests beside the rules, made to be of the self-test's own namespace. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import { rulesFolder } from '../rules/shipped.ts'
import type { KnownRule } from './catalog.ts'

export type SensorName = 'falco' | 'tetragon'

export interface Sample {
  readonly sensor: SensorName
  /** As the sensor exports it. */
  readonly text: string
}

/** A sample of one of these sensors by which the rule fires; undefined where its tests have none. */
export const sampleFor = (
  { name, tests }: KnownRule,
  sensors: ReadonlySet<SensorName>,
  namespace: string,
  time: string,
): Sample | undefined => {
  const read: unknown = parse(readFileSync(join(rulesFolder, '..', tests), 'utf8'))
  for (const test of Array.isArray(read) ? read : []) {
    if (!isObject(test) || !Array.isArray(test.fires) || !test.fires.includes(name)) continue
    // One alone: what a rule over single events needs.
    const record: JsonValue = Array.isArray(test.records) && test.records.length === 1 ? test.records[0] : null
    if (!isObject(record)) continue
    const { falco, tetragon } = record
    if (sensors.has('falco') && isObject(falco))
      return { sensor: 'falco', text: JSON.stringify(alert(falco, namespace, time)) }
    if (sensors.has('tetragon') && isObject(tetragon))
      return { sensor: 'tetragon', text: JSON.stringify(event(tetragon, namespace, time)) }
  }
  return undefined
}

const pod = 'falco-selftest'

const alert = (body: JsonObject, namespace: string, time: string): JsonObject => ({
  output: 'A made-up sample of a self-test of Bulwark',
  ...body,
  time,
  rule: 'Bulwark self-test',
  priority: 'Debug',
  output_fields: {
    ...(isObject(body.output_fields) ? body.output_fields : {}),
    'k8s.ns.name': namespace,
    'k8s.pod.name': pod,
  },
})

/** The process of an event stands below its kind: `process_exec.process`. */
const event = (body: JsonObject, namespace: string, time: string): JsonObject => {
  const told = Object.entries(body).map(([kind, of]): readonly [string, JsonValue] => {
    if (!isObject(of) || !isObject(of.process)) return [kind, of ?? null]
    const { process } = of
    const place = isObject(process.pod) ? process.pod : {}
    return [kind, { ...of, process: { ...process, pod: { ...place, namespace, name: pod } } }]
  })
  return { ...Object.fromEntries(told), time }
}
