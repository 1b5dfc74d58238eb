import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import { brokenPart, readLabelSelector } from '../apimachinery/label-selector.ts'
import { type IstioOptions, istioDefaults } from './istio-options.ts'
import { type LinkerdOptions, linkerdDefaults } from './linkerd-options.ts'
import { allOf } from './match.ts'
import type { Match, PolicyProblem, PolicyRef } from './types.ts'

/** How policies are read where the API text leaves it open or the rest of the cluster has a say. */
export interface ReadOptions {
  /**
   * Whether an `ipBlock` of a NetworkPolicy, and what other policies have for it, also matches pods by their address. The API text speaks of addresses outside
   * of the cluster; most network plugins match pods as well.
   */
  readonly ipBlocks: 'pods too' | 'not pods'
  /** Whether Node objects were read, so that a peer which selects nodes by label can be decided. */
  readonly nodesAreKnown: boolean
  readonly istio: IstioOptions
  readonly linkerd: LinkerdOptions
}

/** What is taken where nothing is said. */
export const readDefaults: ReadOptions = {
  ipBlocks: 'pods too',
  nodesAreKnown: false,
  istio: istioDefaults,
  linkerd: linkerdDefaults,
}

/** What a front end needs beside the object: where problems go, and the settings. */
export interface Reading {
  readonly ref: PolicyRef
  readonly options: ReadOptions
  readonly problem: (path: string, what: string) => void
}

export const readingOf = (
  object: JsonObject,
  options: ReadOptions,
  problems: (problem: PolicyProblem) => void,
  isNamespaced: boolean,
): Reading => {
  const metadata = objectOf(object.metadata)
  const ref = {
    kind: textOf(object.kind) ?? '',
    namespace: isNamespaced ? textOf(metadata.namespace) || 'default' : '',
    name: textOf(metadata.name) ?? '',
  }
  return { ref, options, problem: (path, what) => problems({ ref, path, what }) }
}

export const objectOf = (value: JsonValue | undefined): JsonObject => (isObject(value) ? value : {})
export const textOf = (value: JsonValue | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined

/** An object; another type than that is told, and read as an empty one. */
export const objectAt = (parent: JsonObject, key: string, path: string, { problem }: Reading): JsonObject => {
  const value = parent[key]
  if (value !== undefined && value !== null && !isObject(value)) problem(`${path}.${key}`, 'is not an object')
  return objectOf(value)
}

/** A list; absent and null are an empty one, another type is told and read as one. */
export const listAt = (parent: JsonObject, key: string, path: string, { problem }: Reading): readonly JsonValue[] => {
  const value = parent[key]
  if (Array.isArray(value)) return value
  if (value !== undefined && value !== null) problem(`${path}.${key}`, 'is not a list')
  return []
}

/** The texts of a list; what is no text is told and left out. */
export const textsAt = (parent: JsonObject, key: string, path: string, reading: Reading): readonly string[] =>
  listAt(parent, key, path, reading).flatMap((value, index) => {
    if (typeof value === 'string') return [value]
    reading.problem(`${path}.${key}[${index}]`, 'is not a text')
    return []
  })

/** A part that was not understood: told as a problem, and unknown to the evaluator. */
export const unknown = (path: string, what: string, { problem }: Reading): Match => {
  problem(path, what)
  return { kind: 'unknown', reason: `${path} ${what}` }
}

/** A field that is there and that this front end does not know. */
export const unknownFields = (
  object: JsonObject,
  known: readonly string[],
  path: string,
  reading: Reading,
): readonly Match[] =>
  Object.keys(object)
    .filter((key) => !known.includes(key) && object[key] !== undefined && object[key] !== null)
    .map((key) => unknown(`${path}.${key}`, 'is not a field that is understood', reading))

/** A label selector: an empty one matches everything. */
export const selectorMatch = (
  value: JsonValue | undefined,
  of: 'self' | 'namespace',
  path: string,
  reading: Reading,
): Match => {
  if (!isObject(value)) return unknown(path, 'is not a label selector', reading)
  const broken = brokenPart(value)
  if (broken !== undefined) return unknown(`${path}.${broken.path}`, broken.what, reading)
  const selector = readLabelSelector(value)
  if (selector.kind === 'error') return unknown(path, selector.message, reading)
  const requirements = selector.requirements.map((requirement): Match => ({ kind: 'label', of, requirement }))
  return allOf(...requirements, ...unknownFields(value, ['matchLabels', 'matchExpressions'], path, reading))
}

export const isPortNumber = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65535

/** The service account of a pod. `serviceAccount` is the older name of the field, which the API server takes where the newer is empty. */
export const serviceAccountOf = (spec: JsonObject): string =>
  textOf(spec.serviceAccountName) || textOf(spec.serviceAccount) || 'default'

/** Whether a pod has a container of this name, beside its own or before them. */
export const hasContainer = (spec: JsonObject, name: string): boolean =>
  [spec.containers, spec.initContainers]
    .flatMap((list) => (Array.isArray(list) ? list : []))
    .some((container) => objectOf(container).name === name)
