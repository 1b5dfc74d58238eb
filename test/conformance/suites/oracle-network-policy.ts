import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import {
  createReachability,
  type Endpoint,
  externalEndpoint,
  judge,
  type Reachability,
  readWorld,
  type World,
} from '../../../src/engines/network-policy/index.ts'
import { isProtocol } from '../../../src/engines/network-policy/match.ts'
import { contains } from '../../../src/engines/network-policy/ranges.ts'
import { asString, isObject, type JsonObject } from '../../../src/model/json.ts'
import { readJsonLines } from '../json-lines.ts'
import { type CaseResult, type Suite, subset } from '../suite.ts'

/** Connections in random clusters, on which two independent evaluators of the three Kubernetes kinds agree. */
export const suite: Suite = {
  name: 'oracle-network-policy',
  *run({ dir, quick }) {
    const worlds = readJsonLines(join(dir, 'cases.jsonl.gz')).filter(isObject)
    for (const world of subset(worlds, quick, 100)) yield* runWorld(world)
  },
}

const kinds = ['namespaces', 'pods', 'networkPolicies', 'adminNetworkPolicies', 'baselineAdminNetworkPolicies'] as const

function* runWorld(line: JsonObject): Generator<CaseResult> {
  const world = readWorld(kinds.flatMap((kind) => listAt(line, kind)))
  const reachability = createReachability(world)
  for (const [index, query] of listAt(line, 'queries').entries()) {
    const got = answer(world, reachability, query)
    yield { name: `${asString(line.id)}-${index}`, ok: got === query.allowed, expected: query.allowed, got }
  }
}

/** Of the pair by itself; where the classes of all pairs say otherwise, that fails. */
const answer = (world: World, reachability: Reachability, query: JsonObject): boolean | string => {
  const end = (text: string) => world.pods.find(({ name }) => name === text) ?? externalEndpoint(text)
  const source = end(asString(query.src) ?? '')
  const destination = end(asString(query.dst) ?? '')
  const { protocol } = query
  if (source === undefined || destination === undefined || !isProtocol(protocol)) return 'not understood'
  const { allowed, possible } = judge(world.gates, source, destination, world.namespaceLabels)
  const classOf = (one: Endpoint) =>
    one.kind === 'external'
      ? reachability.classes().find(({ addresses }) => one.addresses.some((address) => contains(addresses, address)))
      : reachability.classOf(one.name)
  const [from, to] = [classOf(source), classOf(destination)]
  if (from === undefined || to === undefined) return 'without a class'
  if (source !== destination && !isDeepStrictEqual(reachability.between(from, to), { allowed, possible }))
    return 'other by classes'
  const port = Number(query.port)
  const may = contains(possible[protocol], port)
  return contains(allowed[protocol], port) === may ? may : 'unknown'
}

const listAt = (object: JsonObject, key: string): readonly JsonObject[] => {
  const value = object[key]
  return Array.isArray(value) ? value.filter(isObject) : []
}
