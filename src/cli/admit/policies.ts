import {
  compileMutatingPolicy,
  compileValidatingPolicy,
  type MutatingHook,
  type MutatingPolicy,
  type PolicyHook,
  type ValidatingPolicy,
} from '../../engines/admission/index.ts'
import { isObject, type JsonObject } from '../../model/json.ts'
import { type LoadedObject, nameOf, type Place, placeText, type World } from '../objects/load.ts'
import { shapeFaults } from './shape.ts'

const group = 'admissionregistration.k8s.io'
const kinds = {
  validating: 'ValidatingAdmissionPolicy',
  validatingBinding: 'ValidatingAdmissionPolicyBinding',
  mutating: 'MutatingAdmissionPolicy',
  mutatingBinding: 'MutatingAdmissionPolicyBinding',
} as const

/** Policies with their bindings, in order of name, and what is wrong with them. */
export interface Policies {
  /** Those that are given, as they are written. */
  readonly given: readonly LoadedObject[]
  readonly validating: readonly PolicyHook[]
  readonly mutating: readonly MutatingHook[]
  /** Expressions that the API server would refuse, bindings of policies that are not there. */
  readonly problems: readonly string[]
  /** The policy and path of each expression that does not compile. */
  readonly refused: ReadonlySet<string>
  /** Policies without a binding, which do nothing. */
  readonly notes: readonly string[]
  placeOf(policy: string, path: string, within?: number): Place | undefined
}

/** True for a policy or a binding of one: these are never judged themselves. */
export const isPolicy = ({ object }: LoadedObject): boolean => {
  const name = nameOf(object)
  return name.group === group && Object.values<string>(kinds).includes(name.kind)
}

/** Compiles the policies among the objects given and those of a server's record. */
export const loadPolicies = async (given: World, context: World | undefined): Promise<Policies> => {
  const all = [
    ...((await context?.objectsOf(Object.values(kinds).map((kind) => ({ group, kind })))) ?? []),
    ...given.loaded.filter(isPolicy),
  ]
  const unusable = all.flatMap((one) => {
    const faults = shapeFaults(one.object)
    return faults.map(({ path, what }) => `${placed(one.place(path))}${titleOf(one.object)}: ${path} ${what}`)
  })
  // What is given stands for what is there by the same name.
  const usable = all.filter(({ object }) => shapeFaults(object).length === 0)
  const byName = new Map(usable.map((one) => [titleOf(one.object), one]))
  const ofKind = (kind: string) =>
    [...byName.values()]
      .filter(({ object }) => nameOf(object).kind === kind)
      .sort((a, b) => (nameOf(a.object).name < nameOf(b.object).name ? -1 : 1))
  const validating = ofKind(kinds.validating).map(({ object }) => compileValidatingPolicy(object))
  const mutating = ofKind(kinds.mutating).map(({ object }) => compileMutatingPolicy(object))
  const bindings = [...ofKind(kinds.validatingBinding), ...ofKind(kinds.mutatingBinding)]
  const bound = (name: string, kind: string) =>
    bindings
      .map(({ object }) => object)
      .filter((object) => nameOf(object).kind === kind && policyNameOf(object) === name)
  const placeOf: Policies['placeOf'] = (policy, path, within) =>
    (byName.get(`${kinds.validating} ${policy}`) ?? byName.get(`${kinds.mutating} ${policy}`))?.place(path, within)
  const hooks = {
    validating: validating.map((policy) => ({ policy, bindings: bound(policy.name, kinds.validatingBinding) })),
    mutating: mutating.map((policy) => ({ policy, bindings: bound(policy.name, kinds.mutatingBinding) })),
  }
  const faults = [...validating.flatMap(validatingFaults), ...mutating.flatMap(mutatingFaults)]
  return {
    ...hooks,
    refused: new Set(faults.map(({ policy, path }) => `${policy} ${path}`)),
    given: [...ofKind(kinds.validating), ...ofKind(kinds.mutating)].filter((one) => given.loaded.includes(one)),
    problems: [
      ...unusable,
      ...faults.map(
        ({ policy, path, text, at }) =>
          `${placed(placeOf(policy, path, at))}${policy}: ${path}: ${text.replaceAll('\n', ' ')}`,
      ),
      ...bindings
        .filter(({ object }) => {
          const wanted = nameOf(object).kind === kinds.validatingBinding ? kinds.validating : kinds.mutating
          return !byName.has(`${wanted} ${policyNameOf(object)}`)
        })
        .map(
          (one) =>
            `${placed(one.place('spec.policyName'))}${titleOf(one.object)}: there is no policy "${policyNameOf(one.object)}"`,
        ),
    ],
    notes: [...hooks.validating, ...hooks.mutating]
      .filter((hook) => hook.bindings.length === 0)
      .map(({ policy }) => `${policy.name} has no binding: it does nothing`),
    placeOf,
  }
}

const titleOf = (object: JsonObject): string => {
  const { kind, name } = nameOf(object)
  return `${kind} ${name}`
}

const placed = (place: Place | undefined): string => (place === undefined ? '' : `${placeText(place)}: `)

const policyNameOf = (binding: JsonObject): string => {
  const name = isObject(binding.spec) ? binding.spec.policyName : undefined
  return typeof name === 'string' ? name : ''
}

interface Fault {
  readonly policy: string
  readonly path: string
  readonly text: string
  /** The place in the expression, where it has one. */
  readonly at: number | undefined
}

type Expressions = readonly (readonly [path: string, expression: ValidatingPolicy['conditions'][number] | undefined])[]

const faultsOf = (policy: string, expressions: Expressions): readonly Fault[] =>
  expressions.flatMap(([path, expression]) =>
    expression?.kind === 'error'
      ? [{ policy, path, text: expression.text, at: expression.issues.find(({ at }) => at >= 0)?.at }]
      : [],
  )

const conditionsOf = ({ conditions }: ValidatingPolicy | MutatingPolicy): Expressions =>
  conditions.map((one, index) => [`spec.matchConditions[${index}].expression`, one])

const variablesOf = ({ variables }: ValidatingPolicy | MutatingPolicy): Expressions =>
  [...variables.expressions.values()].map((one, index) => [`spec.variables[${index}].expression`, one])

const validatingFaults = (policy: ValidatingPolicy): readonly Fault[] =>
  faultsOf(policy.name, [
    ...conditionsOf(policy),
    ...variablesOf(policy),
    ...policy.validations.flatMap(
      ({ expression, messageExpression }, index): Expressions => [
        [`spec.validations[${index}].expression`, expression],
        [`spec.validations[${index}].messageExpression`, messageExpression],
      ],
    ),
    ...policy.auditAnnotations.map(
      ({ expression }, index) => [`spec.auditAnnotations[${index}].valueExpression`, expression] as const,
    ),
  ])

const mutatingFaults = (policy: MutatingPolicy): readonly Fault[] =>
  faultsOf(policy.name, [
    ...conditionsOf(policy),
    ...variablesOf(policy),
    ...policy.mutations.map(({ expression, patchType }, index) => {
      const field = patchType === 'JSONPatch' ? 'jsonPatch' : 'applyConfiguration'
      return [`spec.mutations[${index}].${field}.expression`, expression] as const
    }),
  ])
