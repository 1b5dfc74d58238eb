import {
  type AdmissionRequest,
  type AdmissionWorld,
  admit,
  admitMutating,
  decoded,
  type Operation,
  type Skipped,
} from '../../engines/admission/index.ts'
import type { User } from '../../engines/rbac/index.ts'
import { isObject, type JsonObject } from '../../model/json.ts'
import { splitApiVersion } from '../../model/object.ts'
import type { KnownKind } from '../objects/built-in-kinds.ts'
import { type LoadedObject, nameOf, type Place, placeText } from '../objects/load.ts'
import type { Policies } from './policies.ts'

/** What somebody does with the objects. */
export interface Doing {
  readonly user: User
  readonly operation: Exclude<Operation, 'CONNECT'>
}

/** A validation that does not hold; `effect` is what its binding makes of it. */
export interface Violation {
  readonly policy: string
  readonly binding: string
  readonly param: string | null
  readonly effect: readonly string[]
  readonly message: string
  /** Where the policy says so. */
  readonly place: Place | undefined
}

/** The answer to one request. */
export interface Judgement {
  readonly object: {
    readonly kind: string
    readonly namespace: string
    readonly name: string
    readonly place: Place | undefined
  }
  readonly allowed: boolean
  /** The message of the API server; empty when it is allowed. */
  readonly denial: string
  readonly violations: readonly Violation[]
  readonly warnings: readonly string[]
  readonly auditAnnotations: Readonly<Record<string, string>>
  /** Policies that changed the object, in order, and the object after them (null: unchanged). */
  readonly mutatedBy: readonly string[]
  readonly mutated: JsonObject | null
  /** Policies and bindings that are not for it, and why. */
  readonly skipped: readonly Skipped[]
}

/** Judges one object; a text says why it cannot be. Mutating policies come first, as in the API server. */
export const judge = (
  { object, place }: LoadedObject,
  doing: Doing,
  policies: Policies,
  world: AdmissionWorld,
  kinds: readonly KnownKind[],
): Judgement | string => {
  const name = nameOf(object)
  const known = kinds.find(({ group, kind }) => group === name.group && kind === name.kind)
  if (known === undefined) {
    return `${placeText(place('kind'))}: nobody knows the kind ${name.kind} of "${name.group}": give its CustomResourceDefinition`
  }
  const request = requestFor(object, known, doing)
  const mutation = admitMutating(policies.mutating, request, world)
  const after = { ...request, object: mutation.object }
  const validation = mutation.denial === undefined ? admit(policies.validating, after, world) : undefined
  const denial = mutation.denial ?? validation?.denial
  const changes = mutation.mutations.filter(({ steps }) => steps.some(({ kind }) => kind === 'mutated'))
  return {
    object: { kind: name.kind, namespace: request.namespace, name: name.name, place: place('') },
    allowed: denial === undefined,
    denial: denial?.message ?? '',
    violations: (validation?.decisions ?? [])
      .filter(({ action }) => action === 'deny')
      .map(({ policy, binding, param, message, index, validationActions }) => ({
        policy,
        binding,
        param: param ?? null,
        effect: validationActions.length === 0 ? ['Deny'] : validationActions,
        message,
        place: policies.placeOf(policy, index === undefined ? 'spec' : `spec.validations[${index}]`),
      })),
    warnings: validation?.warnings ?? [],
    auditAnnotations: validation?.auditAnnotations ?? {},
    mutatedBy: [...new Set(changes.map(({ policy, binding }) => `${policy} (${binding})`))],
    mutated: changes.length === 0 ? null : mutation.object,
    skipped: [...mutation.skipped, ...(validation?.skipped ?? [])],
  }
}

/** The request by which somebody creates, updates (without a change) or deletes the object. */
const requestFor = (written: JsonObject, known: KnownKind, { user, operation }: Doing): AdmissionRequest => {
  const { namespace, name } = nameOf(written)
  const { version } = splitApiVersion(typeof written.apiVersion === 'string' ? written.apiVersion : '')
  const kind = { group: known.group, version, kind: known.kind }
  const object = withNamespace(decoded(written, kind), known.namespaced ? namespace || 'default' : '')
  const isNamespace = known.group === '' && known.resource === 'namespaces'
  return {
    operation,
    kind,
    resource: { group: known.group, version, resource: known.resource },
    subresource: '',
    name,
    namespace: isNamespace ? name : known.namespaced ? namespace || 'default' : '',
    user,
    dryRun: false,
    object: operation === 'DELETE' ? null : object,
    oldObject: operation === 'CREATE' ? null : object,
  }
}

const withNamespace = (object: JsonObject, namespace: string): JsonObject => {
  const metadata = isObject(object.metadata) ? object.metadata : {}
  if (namespace === '' || metadata.namespace === namespace) return object
  return { ...object, metadata: { ...metadata, namespace } }
}

/** The judgement for a person; `explain` adds what is not for the object. */
export const judgementLines = (one: Judgement, explain: boolean): readonly string[] => {
  const { kind, namespace, name, place } = one.object
  const title = `${kind} ${namespace === '' || kind === 'Namespace' ? '' : `${namespace}/`}${name === '' ? '(no name)' : name}`
  return [
    `${one.allowed ? 'allowed' : 'DENIED '}  ${title}  ${placeText(place)}`.trimEnd(),
    ...(one.denial === '' ? [] : [`  ${one.denial}`]),
    ...one.mutatedBy.map((by) => `  changed by ${by}`),
    ...one.violations.map(violationLine),
    ...(explain
      ? one.skipped.map(
          ({ policy, binding, reason }) => `  not ${policy}${binding === '' ? '' : ` (${binding})`}: ${reason}`,
        )
      : []),
  ]
}

const violationLine = ({ policy, binding, param, effect, message, place }: Violation): string => {
  const by = [binding, ...(param === null ? [] : [`param ${param}`])].filter((part) => part !== '').join(', ')
  return `  ${effect.join(', ')}: ${policy}${by === '' ? '' : ` (${by})`}: ${message}  ${placeText(place)}`.trimEnd()
}
