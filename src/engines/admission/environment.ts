/**
 * What expressions of admission policies may use: `object`, `oldObject`, `request`, `namespaceObject`, `params`,
 * `authorizer`, `variables`. Source: Kubernetes v1.37.2 `apiserver/pkg/admission/plugin/cel/compile.go` and `composition.go`.
 */
import {
  type DeclaredType,
  declaredStructs,
  type Environment,
  extend,
  joinFunctions,
  kubernetesEnvironment,
  type StructTypes,
} from '../cel/index.ts'
import { authorizerType, resourceCheckType } from '../cel/library/authorizer.ts'
import { jsonPatchFunctions } from '../cel/library/jsonpatch.ts'
import { boolType, CelType, dynType, intType, listOf, mapOf, stringType, struct, timestampType } from '../cel/types.ts'
import { createPatchValue, isPatchType, patchField } from './patch-types.ts'

type Fields = Readonly<Record<string, CelType>>

const structs: Readonly<Record<string, Fields>> = {
  'kubernetes.GroupVersionKind': { group: stringType, version: stringType, kind: stringType },
  'kubernetes.GroupVersionResource': { group: stringType, version: stringType, resource: stringType },
  'kubernetes.UserInfo': {
    username: stringType,
    uid: stringType,
    groups: listOf(stringType),
    extra: mapOf(stringType, listOf(stringType)),
  },
  'kubernetes.AdmissionRequest': {
    kind: struct('kubernetes.GroupVersionKind'),
    resource: struct('kubernetes.GroupVersionResource'),
    subResource: stringType,
    requestKind: struct('kubernetes.GroupVersionKind'),
    requestResource: struct('kubernetes.GroupVersionResource'),
    requestSubResource: stringType,
    name: stringType,
    namespace: stringType,
    operation: stringType,
    userInfo: struct('kubernetes.UserInfo'),
    dryRun: boolType,
    options: dynType,
  },
  'kubernetes.NamespaceSpec': { finalizers: listOf(stringType) },
  'kubernetes.NamespaceCondition': {
    status: stringType,
    type: stringType,
    lastTransitionTime: timestampType,
    message: stringType,
    reason: stringType,
  },
  'kubernetes.NamespaceStatus': { conditions: listOf(struct('kubernetes.NamespaceCondition')), phase: stringType },
  'kubernetes.NamespaceMetadata': {
    name: stringType,
    generateName: stringType,
    namespace: stringType,
    labels: mapOf(stringType, stringType),
    annotations: mapOf(stringType, stringType),
    UID: stringType,
    creationTimestamp: timestampType,
    deletionGracePeriodSeconds: intType,
    deletionTimestamp: timestampType,
    generation: intType,
    resourceVersion: stringType,
    finalizers: listOf(stringType),
  },
  'kubernetes.Namespace': {
    metadata: struct('kubernetes.NamespaceMetadata'),
    spec: struct('kubernetes.NamespaceSpec'),
    status: struct('kubernetes.NamespaceStatus'),
  },
}

/** Which variables an expression sees. `patchTypes` are the `Object` and `JSONPatch` types of mutating policies. */
export interface VariableOptions {
  readonly params: boolean
  readonly authorizer: boolean
  readonly patchTypes?: boolean
  /** Types of the policy's variables by name; `variables` is not declared where this is undefined. */
  readonly variables?: ReadonlyMap<string, CelType>
}

/** The environment of one kind of expression of a policy. */
export function admissionEnvironment(options: VariableOptions): Environment {
  const variables: [string, CelType][] = [
    ['object', dynType],
    ['oldObject', dynType],
    ['namespaceObject', struct('kubernetes.Namespace')],
    ['request', struct('kubernetes.AdmissionRequest')],
  ]
  if (options.params) variables.push(['params', dynType])
  if (options.authorizer)
    variables.push(['authorizer', authorizerType], ['authorizer.requestResource', resourceCheckType])
  if (options.variables !== undefined) variables.push(['variables', struct('kubernetes.variables')])
  const environment = extend(kubernetesEnvironment, variables, structTypes(options))
  return options.patchTypes === true ? { ...environment, functions: withJsonPatch } : environment
}

/** The types by which the API server checks a stored policy; undefined stands for any type. */
export interface CheckedTypes {
  readonly object: DeclaredType | undefined
  readonly params: DeclaredType | undefined
}

/**
 * The environment in which a stored policy is checked (`policy/validating/typechecking.go`, `buildEnvSet`): `object`,
 * `oldObject` and `params` have types. Upstream does not declare `authorizer.requestResource` here; `wider` does.
 */
export function checkingEnvironment(options: VariableOptions, types: CheckedTypes, wider: boolean): Environment {
  const environment = admissionEnvironment(options)
  const variables = new Map(environment.variables)
  for (const name of ['object', 'oldObject']) variables.set(name, types.object?.cel ?? dynType)
  if (options.params) variables.set('params', types.params?.cel ?? dynType)
  if (!wider) variables.delete('authorizer.requestResource')
  const declared = [types.object, types.params].filter((type) => type !== undefined)
  return { ...environment, variables, structs: declaredStructs(declared, environment.structs) }
}

const withJsonPatch = joinFunctions([...kubernetesEnvironment.functions.values()], jsonPatchFunctions)

function structTypes({ variables, patchTypes }: VariableOptions): StructTypes {
  return {
    hasType: (name) =>
      Object.hasOwn(structs, name) ||
      (name === 'kubernetes.variables' && variables !== undefined) ||
      (patchTypes === true && isPatchType(name)),
    field: (type, field) => {
      if (type === 'kubernetes.variables') return variables?.get(field)
      const fields = Object.hasOwn(structs, type) ? structs[type] : undefined
      if (fields !== undefined) return Object.hasOwn(fields, field) ? fields[field] : undefined
      return patchTypes === true ? patchField(type, field) : undefined
    },
    fieldNames: (type) => {
      if (type === 'kubernetes.variables') return [...(variables?.keys() ?? [])]
      return Object.keys((Object.hasOwn(structs, type) ? structs[type] : undefined) ?? {})
    },
    create: createPatchValue,
  }
}

/** The type that a variable has for the expressions after it: simple types, lists and maps of them, and else dyn. */
export function variableType(type: CelType): CelType {
  if (simple.has(type.kind)) return type
  if (type.kind !== 'list' && type.kind !== 'map') return dynType
  return new CelType(type.kind, type.name, type.params.map(variableType))
}

const simple: ReadonlySet<string> = new Set('any bool bytes double duration int null string timestamp uint'.split(' '))
