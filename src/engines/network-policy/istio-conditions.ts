import type { JsonObject } from '../../model/json.ts'
import { readCidrs } from './addresses.ts'
import { type Reading, textOf, textsAt, unknown } from './fields.ts'
import { namespacesMatch, principalsMatch, serviceAccountsMatch, trustDomainsMatch } from './istio-principals.ts'
import { addressIn, allOf, anyOf, fixedPorts, isPod, not } from './match.ts'
import type { Ranges } from './ranges.ts'
import { allTrafficOf, portsOf } from './traffic.ts'
import type { Match, Ports, RequestCondition } from './types.ts'

/** What a part of a rule asks: all of it has to hold. */
export interface Asked {
  /** Of the source, without a request. */
  readonly peers: readonly Match[]
  readonly ports: readonly Ports[]
  /** Of the request or connection, with the field that asks. */
  readonly request: readonly { readonly field: string; readonly condition: RequestCondition }[]
}

type One = { readonly peer: Match } | { readonly ports: Ports } | { readonly request: RequestCondition }
type ReadField = (values: readonly string[], path: string, reading: Reading) => Match | Ports | Condition

/** A condition that is wanted; `notValues` turn it around. */
type Condition = { readonly request: RequestCondition }

/** `from[].source`. Each field has a twin that begins with `not`. */
export const readSource = (source: JsonObject, path: string, reading: Reading): Asked =>
  readFields(source, sourceFields, path, reading)

/** `to[].operation`. */
export const readOperation = (operation: JsonObject, path: string, reading: Reading): Asked =>
  readFields(operation, operationFields, path, reading)

/** `when[]`. Upstream: https://istio.io/latest/docs/reference/config/security/conditions/ */
export const readCondition = (condition: JsonObject, path: string, reading: Reading): Asked => {
  const key = textOf(condition.key) ?? ''
  const read = conditionOf(key)
  const told = read ?? (() => requestOf({ kind: 'unknown', reason: `${path}.key "${key}"` }))
  if (read === undefined) reading.problem(`${path}.key`, `is no attribute that is known: "${key}"`)
  return together(
    key,
    (['values', 'notValues'] as const).flatMap((field) => {
      const values = textsAt(condition, field, path, reading)
      return values.length === 0 ? [] : [turned(told(values, `${path}.${field}`, reading), field === 'values')]
    }),
  )
}

const readFields = (
  parent: JsonObject,
  fields: Readonly<Record<string, ReadField>>,
  path: string,
  reading: Reading,
): Asked => {
  const known = Object.keys(fields).flatMap((key) => [key, negated(key)])
  const parts = Object.entries(fields).flatMap(([key, read]) =>
    [key, negated(key)].flatMap((field) => {
      const values = textsAt(parent, field, path, reading)
      if (values.length === 0) return []
      return [together(field, [turned(read(values, `${path}.${field}`, reading), field === key)])]
    }),
  )
  const strange = Object.keys(parent)
    .filter((key) => !known.includes(key) && parent[key] !== undefined && parent[key] !== null)
    .map((key) => unknown(`${path}.${key}`, 'is not a field that is understood', reading))
  return {
    peers: [...parts.flatMap((part) => part.peers), ...strange],
    ports: parts.flatMap((part) => part.ports),
    request: parts.flatMap((part) => part.request),
  }
}

const negated = (key: string): string => `not${key[0]?.toUpperCase()}${key.slice(1)}`

const together = (field: string, parts: readonly One[]): Asked => ({
  peers: parts.flatMap((part) => ('peer' in part ? [part.peer] : [])),
  ports: parts.flatMap((part) => ('ports' in part ? [part.ports] : [])),
  request: parts.flatMap((part) => ('request' in part ? [{ field, condition: part.request }] : [])),
})

const turned = (read: ReturnType<ReadField>, wanted: boolean): One => {
  if ('request' in read) return { request: { ...read.request, wanted } }
  if (isPorts(read)) return { ports: wanted ? read : { kind: 'allBut', of: read } }
  return { peer: wanted ? read : not(read) }
}

const isPorts = (read: Match | Ports): read is Ports => read.kind === 'fixed'

/** What RequestCondition has beside `wanted`, kind by kind. */
type Wanted<T> = T extends RequestCondition ? Omit<T, 'wanted'> : never
const requestOf = (condition: Wanted<RequestCondition>): Condition => ({ request: { ...condition, wanted: true } })

const ofPatterns =
  (kind: 'method' | 'host' | 'path' | 'sni' | 'requestPrincipal'): ReadField =>
  (patterns) =>
    requestOf({ kind, patterns })

const ofAddresses =
  (kind: 'clientAddress' | 'destinationAddress'): ReadField =>
  (values, path, reading) => {
    const { ranges, bad } = blocksOf(values, path, reading)
    return requestOf(bad.length === 0 ? { kind, ranges } : { kind: 'unknown', reason: `${path} is not understood` })
  }

const sourceAddress: ReadField = (values, path, reading) => {
  const { ranges, bad } = blocksOf(values, path, reading)
  const inside =
    reading.options.ipBlocks === 'pods too' ? addressIn(ranges) : allOf(not(isPod), { kind: 'address', ranges })
  return anyOf(inside, ...bad)
}

const blocksOf = (
  values: readonly string[],
  path: string,
  reading: Reading,
): { readonly ranges: Ranges<bigint>; readonly bad: readonly Match[] } => {
  const bad: Match[] = []
  const blocks = values.map((text) => (text.includes('/') ? text : `${text}/${text.includes(':') ? 128 : 32}`))
  const ranges = readCidrs(blocks, (text, index) => {
    bad.push(unknown(`${path}[${index}]`, `"${text}" is not a CIDR`, reading))
  })
  return { ranges, bad }
}

const ports: ReadField = (values) =>
  fixedPorts(allTrafficOf(values.map((text) => portsOf('TCP', Number(text), Number(text)))))

const principals: ReadField = (values, _, { options }) => principalsMatch(values, options.istio)
const trustDomains: ReadField = (values, _, { options }) => trustDomainsMatch(values, options.istio)
const serviceAccounts: ReadField = (values, _, { ref }) => serviceAccountsMatch(values, ref.namespace)

const sourceFields: Readonly<Record<string, ReadField>> = {
  principals,
  namespaces: namespacesMatch,
  trustDomains,
  serviceAccounts,
  ipBlocks: sourceAddress,
  remoteIpBlocks: ofAddresses('clientAddress'),
  requestPrincipals: ofPatterns('requestPrincipal'),
}

const operationFields: Readonly<Record<string, ReadField>> = {
  ports,
  methods: ofPatterns('method'),
  hosts: ofPatterns('host'),
  paths: ofPatterns('path'),
}

const attributes: Readonly<Record<string, ReadField | undefined>> = {
  'source.ip': sourceAddress,
  'remote.ip': ofAddresses('clientAddress'),
  'source.namespace': namespacesMatch,
  'source.principal': principals,
  'source.serviceAccount': serviceAccounts,
  'source.trustDomain': trustDomains,
  'destination.ip': ofAddresses('destinationAddress'),
  'destination.port': ports,
  'connection.sni': ofPatterns('sni'),
  'request.auth.principal': ofPatterns('requestPrincipal'),
  'request.auth.audiences': (patterns) => requestOf({ kind: 'claim', keys: ['aud'], patterns }),
  'request.auth.presenter': (patterns) => requestOf({ kind: 'claim', keys: ['azp'], patterns }),
}

/** The attributes with a name in brackets, and those without. */
const conditionOf = (key: string): ReadField | undefined => {
  const [, base = '', inner = ''] = /^([^[\]]+)\[(.+)\]$/.exec(key) ?? []
  if (base === 'request.headers' && !inner.includes('['))
    return (patterns) => requestOf({ kind: 'header', name: inner.toLowerCase(), patterns })
  if (base === 'request.auth.claims')
    return (patterns) => requestOf({ kind: 'claim', keys: inner.split(']['), patterns })
  if (base.startsWith('experimental.envoy.filters.') && !inner.includes('[')) {
    const filter = base.slice('experimental.'.length)
    return (patterns) => requestOf({ kind: 'metadata', filter, key: inner, patterns })
  }
  return Object.hasOwn(attributes, key) ? attributes[key] : undefined
}
