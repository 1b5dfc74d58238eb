/**
 * The type check of a stored ValidatingAdmissionPolicy: its expressions against the schemas of the kinds that its rules
 * match. What it finds is a warning in `status.typeChecking` and changes no answer to any request. After Kubernetes v1.37.2
 * `apiserver/pkg/admission/plugin/policy/validating/typechecking.go`.
 */
import type { JsonObject } from '../../model/json.ts'
import { splitApiVersion } from '../../model/object.ts'
import { checkTypes, type DeclaredType, declaredType, type Issue } from '../cel/index.ts'
import { type CelType, dynType } from '../cel/types.ts'
import { checkingEnvironment, variableType } from './environment.ts'
import type { SchemaWorld } from './kind-schemas.ts'
import { objectAt, objectsAt, textAt, textsAt } from './read.ts'
import type { GroupVersionKind } from './request.ts'
import type { NamedExpression } from './variables.ts'

/** Of one rule at most so many kinds are checked. */
const maxKinds = 10

/** An expression that does not fit the schemas of some kinds. */
export interface TypeFinding {
  /** `spec.validations[0].expression` */
  readonly path: string
  readonly expression: string
  /** How many kinds it was checked against. */
  readonly checked: number
  readonly kinds: readonly {
    readonly kind: GroupVersionKind
    readonly text: string
    readonly issues: readonly Issue[]
  }[]
}

/** What the API server writes into `status.typeChecking.expressionWarnings`. */
export interface ExpressionWarning {
  readonly fieldRef: string
  readonly warning: string
}

export interface TypeCheckOptions {
  /**
   * False checks as the API server does. True leaves out what it gets wrong and sees what it passes over: fields whose schema
   * has no type (all quantities: `resources.limits`) and `authorizer.requestResource` are known, and match conditions,
   * variables, audit annotations and the mutations of a MutatingAdmissionPolicy are checked too.
   */
  readonly wider?: boolean
}

/** The warnings of the API server for a policy. */
export const expressionWarnings = (policy: JsonObject, world: SchemaWorld): readonly ExpressionWarning[] =>
  typeFindings(policy, world).map(({ path, kinds }) => ({
    fieldRef: path,
    warning: kinds.map(({ kind, text }) => `${kindText(kind)}: ${text}\n`).join('\n'),
  }))

/** As Go prints it: `apps/v1, Kind=Deployment`. */
export const kindText = ({ group, version, kind }: GroupVersionKind): string => `${group}/${version}, Kind=${kind}`

/** Checks the expressions of a policy against every kind that it matches. Nothing is found where no kind has a schema. */
export function typeFindings(
  policy: JsonObject,
  world: SchemaWorld,
  options: TypeCheckOptions = {},
): readonly TypeFinding[] {
  const spec = objectAt(policy, 'spec')
  const wider = options.wider === true
  const param = paramKindOf(spec)
  const params = param && typeOfKind(param, world, wider, ' (params)')
  const variables = objectsAt(spec, 'variables').map((one) => ({
    name: textAt(one, 'name'),
    expression: textAt(one, 'expression'),
  }))
  const checkers = matchedKinds(spec, world).flatMap((kind) => {
    const object = typeOfKind(kind, world, wider, '')
    return object === undefined ? [] : [checkerOf(kind, { object, params }, param !== undefined, variables, wider)]
  })
  return expressionsOf(spec, wider).flatMap(({ path, expression }) => {
    const kinds = checkers.flatMap((check) => check(path, expression))
    return kinds.length === 0 ? [] : [{ path, expression, checked: checkers.length, kinds }]
  })
}

function paramKindOf(spec: JsonObject | undefined): GroupVersionKind | undefined {
  const paramKind = objectAt(spec, 'paramKind')
  if (paramKind === undefined) return undefined
  return { ...splitApiVersion(textAt(paramKind, 'apiVersion')), kind: textAt(paramKind, 'kind') }
}

/** `suffix` tells two types of one kind apart, as in the API server. */
function typeOfKind(
  kind: GroupVersionKind,
  world: SchemaWorld,
  wider: boolean,
  suffix: string,
): DeclaredType | undefined {
  const known = world.schemaOf(kind)
  if (known === undefined) return undefined
  return declaredType(known.schema, {
    name: `${kind.kind}${suffix}`,
    resource: true,
    untypedIsDyn: wider,
    ...(known.resolve !== undefined && { resolve: known.resolve }),
  })
}

/** The kinds that the rules of a policy name, in order. Rules with a wildcard and subresources name none. */
export function matchedKinds(spec: JsonObject | undefined, world: SchemaWorld): readonly GroupVersionKind[] {
  const kinds = new Map<string, GroupVersionKind>()
  for (const rule of objectsAt(objectAt(spec, 'matchConstraints'), 'resourceRules')) {
    const [groups, versions] = [textsAt(rule, 'apiGroups'), textsAt(rule, 'apiVersions')]
    if ([...groups, ...versions].some((one) => one.includes('*'))) continue
    const resources = textsAt(rule, 'resources').filter((one) => !/[*/]/.test(one))
    let count = 0
    for (const kind of namedKinds(groups, versions, resources, world)) {
      kinds.set(kindText(kind), kind)
      count++
      // Upstream stops here altogether: rules after this one are not looked at.
      if (count === maxKinds) return sorted(kinds)
    }
  }
  return sorted(kinds)
}

function* namedKinds(
  groups: readonly string[],
  versions: readonly string[],
  resources: readonly string[],
  world: SchemaWorld,
): Generator<GroupVersionKind> {
  for (const group of groups.toSorted(byText)) {
    for (const version of versions.toSorted(byText)) {
      for (const resource of resources.toSorted(byText)) yield* world.kindsOf(group, version, resource)
    }
  }
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const sorted = (kinds: ReadonlyMap<string, GroupVersionKind>): readonly GroupVersionKind[] =>
  [...kinds.values()].sort((a, b) => byText(a.group, b.group) || byText(a.version, b.version) || byText(a.kind, b.kind))

interface PolicyExpression {
  readonly path: string
  readonly expression: string
}

function expressionsOf(spec: JsonObject | undefined, wider: boolean): readonly PolicyExpression[] {
  const listed = (list: string, field: string): readonly PolicyExpression[] =>
    objectsAt(spec, list).map((one, index) => ({
      path: `spec.${list}[${index}].${field}`,
      expression: textAt(one, field),
    }))
  const validations = objectsAt(spec, 'validations').flatMap((one, index) => {
    const at = (field: string) => ({ path: `spec.validations[${index}].${field}`, expression: textAt(one, field) })
    return textAt(one, 'messageExpression') === '' ? [at('expression')] : [at('expression'), at('messageExpression')]
  })
  if (!wider) return validations
  const mutations = objectsAt(spec, 'mutations').flatMap((one, index) =>
    ['applyConfiguration', 'jsonPatch'].flatMap((field) => {
      const expression = textAt(objectAt(one, field), 'expression')
      return expression === '' ? [] : [{ path: `spec.mutations[${index}].${field}.expression`, expression }]
    }),
  )
  return [
    ...listed('matchConditions', 'expression'),
    ...listed('variables', 'expression'),
    ...validations,
    ...listed('auditAnnotations', 'valueExpression'),
    ...mutations,
  ]
}

type KindCheck = (path: string, expression: string) => TypeFinding['kinds']

function checkerOf(
  kind: GroupVersionKind,
  types: { readonly object: DeclaredType; readonly params: DeclaredType | undefined },
  hasParams: boolean,
  variables: readonly NamedExpression[],
  wider: boolean,
): KindCheck {
  const environment = (known: ReadonlyMap<string, CelType>) => {
    return checkingEnvironment(
      { params: hasParams, authorizer: true, patchTypes: wider, variables: known },
      types,
      wider,
    )
  }
  // A variable sees those before it; what does not check has the type dyn for the others.
  const known = new Map<string, CelType>()
  const before: ReadonlyMap<string, CelType>[] = []
  for (const { name, expression } of variables) {
    before.push(new Map(known))
    const typed = checkTypes(expression, environment(known))
    known.set(name, typed.kind === 'typed' ? variableType(typed.type) : dynType)
  }
  const all = environment(known)
  return (path, expression) => {
    const index = /^spec\.variables\[(\d+)\]/.exec(path)?.[1]
    const seen = index === undefined ? undefined : before[Number(index)]
    const typed = checkTypes(expression, seen === undefined ? all : environment(seen))
    if (typed.kind === 'typed') return []
    return [{ kind, text: typed.text.replace(/^compilation failed: /, ''), issues: typed.issues }]
  }
}
