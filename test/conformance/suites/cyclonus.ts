import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Gate, judge, readWorld, type World } from '../../../src/engines/network-policy/index.ts'
import { contains } from '../../../src/engines/network-policy/ranges.ts'
import { asString, isObject, type JsonObject, type JsonValue } from '../../../src/model/json.ts'
import { manifestsIn } from '../manifests.ts'
import type { CaseResult, Suite } from '../suite.ts'

/**
 * The tables that cyclonus printed for its simple example: for each probe (a port) what ingress, egress and both let
 * pass between nine pods. It does not let a pod reach itself by itself, so that diagonal is left out of the comparison; so is the
 * third probe, to a port that no pod has, on which cyclonus gives no verdict.
 */
export const suite: Suite = {
  name: 'cyclonus',
  *run({ dir }) {
    const probe: JsonValue = JSON.parse(readFileSync(join(dir, 'examples/probe.json'), 'utf8'))
    const policies = manifestsIn(join(dir, 'networkpolicies/simple-example'))
    const world = readWorld([...resourcesOf(probe), ...policies])
    const tables = readTables(readFileSync(join(dir, 'examples/cyclonus-output/analyze-probe.txt'), 'utf8'))
    for (const [index, { Port }] of objectsIn(objectAt(probe, 'Probes')).entries()) {
      const gates = { Ingress: of(world, 'ingress'), Egress: of(world, 'egress'), Combined: world.gates }
      for (const [place, title] of (['Ingress', 'Egress', 'Combined'] as const).entries()) {
        const table = tables[index * 3 + place]
        if (table?.every(([, , cell]) => cell !== '.' && cell !== 'X')) continue
        yield compare(`probe TCP ${Port}, ${title}`, table, world, gates[title], Number(Port))
      }
    }
  },
}

const of = ({ gates }: World, direction: Gate['direction']): readonly Gate[] =>
  gates.filter((gate) => gate.direction === direction)

const compare = (
  name: string,
  table: Table | undefined,
  world: World,
  gates: readonly Gate[],
  port: number,
): CaseResult => {
  const expected: string[] = []
  const got: string[] = []
  for (const [source, destination, cell] of table ?? []) {
    const [from, to] = [source, destination].map((end) => world.pods.find((pod) => pod.name === end))
    if (from === undefined || to === undefined || from === to) continue
    const { allowed } = judge(gates, from, to, world.namespaceLabels)
    expected.push(`${source} ${destination} ${cell}`)
    got.push(`${source} ${destination} ${contains(allowed.TCP, port) ? '.' : 'X'}`)
  }
  const wrong = expected.filter((one, index) => one !== got[index])
  return { name, ok: expected.length > 0 && wrong.length === 0, expected: wrong, got: `${expected.length} compared` }
}

/** Source, destination and the sign: `.` passes, `X` does not. */
type Table = readonly (readonly [string, string, string])[]

const readTables = (text: string): readonly Table[] => {
  const tables: [string, string, string][][] = []
  let columns: readonly string[] = []
  for (const line of text.split('\n')) {
    if (!line.startsWith('|')) continue
    const [first = '', ...cells] = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim())
    if (first === '') {
      columns = cells.map((cell) => cell.toLowerCase())
      tables.push([])
    } else tables.at(-1)?.push(...cells.map((cell, at): [string, string, string] => [first, columns[at] ?? '', cell]))
  }
  return tables
}

const resourcesOf = (probe: JsonValue): readonly JsonObject[] => {
  const resources = objectAt(probe, 'Resources')
  const namespaces = Object.entries(isObject(resources) && isObject(resources.Namespaces) ? resources.Namespaces : {})
  return [
    ...namespaces.map(([name, labels]) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } })),
    ...objectsIn(objectAt(resources, 'Pods')).map((pod) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace: pod.Namespace, name: pod.Name, labels: pod.Labels },
      spec: {
        containers: objectsIn(pod.Containers).map(({ PortName, Port, Protocol }) => ({
          ports: [{ name: PortName, containerPort: Port, protocol: asString(Protocol)?.toUpperCase() }],
        })),
      },
      status: { podIP: pod.IP },
    })),
  ]
}

const objectAt = (value: JsonValue | undefined, key: string): JsonValue | undefined =>
  isObject(value) ? value[key] : undefined
const objectsIn = (value: JsonValue | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter(isObject) : []
