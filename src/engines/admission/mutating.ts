/**
 * MutatingAdmissionPolicy: compiled, and applied to one object for one binding and param.
 * Source: Kubernetes v1.37.2 `admission/plugin/policy/mutating` (compilation.go, dispatcher.go, patch/).
 */
import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import { splitApiVersion } from '../../model/object.ts'
import { type CelJson, fromJson } from '../cel/index.ts'
import { boolType, listOf, struct } from '../cel/types.ts'
import { isList } from '../cel/values.ts'
import { applyConfiguration } from './apply.ts'
import { evaluateGroup, type Input, matchConditions } from './conditions.ts'
import { admissionEnvironment } from './environment.ts'
import { Budget, type CompiledExpression, compileExpression, outOfBudgetMessage } from './expression.ts'
import { applyJsonPatch, type PatchOperation } from './json-patch.ts'
import { patchJson, unmergeable } from './patch-json.ts'
import { JsonPatchOperation, PatchObject, typeNameFaults } from './patch-types.ts'
import { objectAt, objectsAt, textAt } from './read.ts'
import type { GroupVersionKind } from './request.ts'
import { structOfKind } from './schema.ts'
import { retype } from './typed.ts'
import { type FailurePolicy, validationBudget } from './validating.ts'
import { type CompiledVariables, compileVariables } from './variables.ts'

interface Mutation {
  readonly patchType: 'JSONPatch' | 'ApplyConfiguration'
  readonly expression: CompiledExpression
}

/** A policy ready to be applied. */
export interface MutatingPolicy {
  readonly name: string
  readonly object: JsonObject
  readonly failurePolicy: FailurePolicy
  readonly reinvocation: 'Never' | 'IfNeeded'
  readonly variables: CompiledVariables
  readonly conditions: readonly CompiledExpression[]
  readonly mutations: readonly Mutation[]
}

const patchListType = listOf(struct('JSONPatch'))

/** Compiles a MutatingAdmissionPolicy (v1, v1beta1 or v1alpha1). */
export function compileMutatingPolicy(object: JsonObject): MutatingPolicy {
  const spec = objectAt(object, 'spec')
  const options = { params: isObject(spec?.paramKind), authorizer: true }
  const variables = compileVariables(
    objectsAt(spec, 'variables').map((one) => ({ name: textAt(one, 'name'), expression: textAt(one, 'expression') })),
    options,
  )
  const conditions = admissionEnvironment({ ...options, variables: variables.types })
  const patches = admissionEnvironment({ ...options, patchTypes: true, variables: variables.types })
  return {
    name: textAt(objectAt(object, 'metadata'), 'name'),
    object,
    failurePolicy: textAt(spec, 'failurePolicy') === 'Ignore' ? 'Ignore' : 'Fail',
    reinvocation: textAt(spec, 'reinvocationPolicy') === 'IfNeeded' ? 'IfNeeded' : 'Never',
    variables,
    conditions: objectsAt(spec, 'matchConditions').map((one) =>
      compileExpression(textAt(one, 'expression'), conditions, [boolType]),
    ),
    mutations: objectsAt(spec, 'mutations').map((one): Mutation => {
      const jsonPatch = textAt(one, 'patchType') === 'JSONPatch'
      const expression = textAt(objectAt(one, jsonPatch ? 'jsonPatch' : 'applyConfiguration'), 'expression')
      const wanted = jsonPatch ? patchListType : struct('Object')
      return {
        patchType: jsonPatch ? 'JSONPatch' : 'ApplyConfiguration',
        expression: compileExpression(expression, patches, [wanted]),
      }
    }),
  }
}

/** One mutation's outcome: the object after it, or the fault, in which case the object stays as it was. */
export type MutationStep =
  | { readonly kind: 'mutated'; readonly object: JsonObject }
  | { readonly kind: 'error'; readonly message: string }

export interface MutationResult {
  /** False where the match conditions left the request out, or there was no object. */
  readonly matched: boolean
  readonly object: JsonObject | null
  readonly steps: readonly MutationStep[]
}

/** Applies a policy's mutations in order; each sees what the one before made of the object. */
export function mutate(
  policy: MutatingPolicy,
  object: JsonObject | null,
  kind: GroupVersionKind,
  input: Input,
): MutationResult {
  if (object === null) return { matched: false, object, steps: [] }
  const match = matchConditions(policy.conditions, policy.variables, input, 'Fail')
  if (match.kind === 'no match') return { matched: false, object, steps: [] }
  if (match.kind === 'error') return { matched: true, object, steps: [{ kind: 'error', message: match.message }] }
  const steps: MutationStep[] = []
  let current = object
  for (const mutation of policy.mutations) {
    const step = mutateBounded(policy, mutation, current, kind, input)
    steps.push(step)
    if (step.kind === 'mutated') current = step.object
  }
  return { matched: true, object: current, steps }
}

/** A patch may build what is nested too deeply for the stack; the API server would not decode that either. */
function mutateBounded(...args: Parameters<typeof mutateOnce>): MutationStep {
  try {
    return mutateOnce(...args)
  } catch (error) {
    if (error instanceof RangeError) return fault('object nested too deeply')
    throw error
  }
}

function mutateOnce(
  policy: MutatingPolicy,
  mutation: Mutation,
  object: JsonObject,
  kind: GroupVersionKind,
  input: Input,
): MutationStep {
  const { expression } = mutation
  if (expression.kind === 'error') return fault(expression.text)
  const seen: Input = { ...input, values: { ...input.values, object: fromJson(object as CelJson) } }
  const group = evaluateGroup([expression], policy.variables, seen, new Budget(validationBudget), true)
  if (group.kind === 'out of budget') return fault(outOfBudgetMessage)
  const [result] = group.results
  if (result?.kind !== 'value') return fault(result?.kind === 'error' ? result.message : outOfBudgetMessage)
  const { value } = result
  if (mutation.patchType === 'ApplyConfiguration')
    return value instanceof PatchObject ? apply(object, value, kind) : fault('unsupported return type')
  if (!isList(value)) return fault('type mismatch: JSONPatchType.expression should evaluate to array')
  const operations: PatchOperation[] = []
  for (const item of value) {
    const operation =
      item instanceof JsonPatchOperation
        ? operationOf(item)
        : 'type mismatch: JSONPatchType.expression should evaluate to array of JSONPatch'
    if (typeof operation === 'string') return fault(operation)
    operations.push(operation)
  }
  return patch(object, operations, kind)
}

const fault = (message: string): MutationStep => ({ kind: 'error', message })

function operationOf({ op, path, from, value }: JsonPatchOperation): PatchOperation | string {
  if (value === undefined) return { op, path, from, value }
  const names = value instanceof PatchObject ? typeNameFaults(value, value.type.name) : []
  if (names.length > 0) return `type mismatch: ${names.join('\n')}`
  const json = patchJson(value)
  return json === undefined
    ? 'JSONPath valueExpression evaluated to a type that could not marshal to JSON'
    : { op, path, from, value: json }
}

function patch(object: JsonObject, operations: readonly PatchOperation[], kind: GroupVersionKind): MutationStep {
  const patched = applyJsonPatch(object, operations)
  if (patched.kind === 'error') return fault(patched.message)
  return patched.kind === 'test failed' ? { kind: 'mutated', object } : written(patched.value, kind)
}

function apply(object: JsonObject, value: PatchObject, kind: GroupVersionKind): MutationStep {
  const names = typeNameFaults(value)
  if (names.length > 0) return fault(`type mismatch: ${names.join('\n')}`)
  const odd = unmergeable(value)
  if (odd !== undefined) {
    return fault(`error applying patch: failed to convert patch object to typed object: no field takes a ${odd}`)
  }
  const json = patchJson(value, true)
  if (!isObject(json)) return fault('invalid return type')
  const struct = structOfKind(kind.group, kind.version, kind.kind)
  if (struct === undefined) return fault(`no schema for ${kind.kind}: ApplyConfiguration needs one`)
  const apiVersion = kind.group === '' ? kind.version : `${kind.group}/${kind.version}`
  const applied = applyConfiguration(object, { ...json, apiVersion, kind: kind.kind }, struct)
  // Merged objects are not written anew: what was left out of the patch stays left out.
  return applied.kind === 'object'
    ? { kind: 'mutated', object: applied.object }
    : fault(`error applying patch: ${applied.faults.join('\n')}`)
}

/** The object as the API server's decoder takes and writes it; kinds without a schema are taken as they are. */
function written(value: JsonValue, kind: GroupVersionKind): MutationStep {
  if (!isObject(value)) return fault('Internal error occurred: the patched document is no object')
  const known = structOfKind(kind.group, kind.version, kind.kind)
  if (known === undefined) return { kind: 'mutated', object: value }
  // A patch may have changed what the object says that it is; what it does not say, it is still.
  const apiVersion = textAt(value, 'apiVersion') || (kind.group === '' ? kind.version : `${kind.group}/${kind.version}`)
  const named = { ...splitApiVersion(apiVersion), kind: textAt(value, 'kind') || kind.kind }
  const struct = structOfKind(named.group, named.version, named.kind)
  if (struct === undefined) {
    return fault(`Internal error occurred: no kind "${named.kind}" is registered for version "${apiVersion}"`)
  }
  const typed = retype(value, struct)
  return typed.kind === 'object'
    ? { kind: 'mutated', object: typed.object }
    : fault(`Internal error occurred: ${typed.faults.join(', ')}`)
}
