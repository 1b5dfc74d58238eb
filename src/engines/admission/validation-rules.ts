/**
 * The validation rules of a CustomResourceDefinition (`x-kubernetes-validations`), as the API server takes or refuses them:
 * whether they compile with the types of the schema, and what they may cost at most. This is where the API server refuses by
 * an estimate; admission policies have a budget while they run and nothing before. After Kubernetes v1.37.2
 * `apiextensions-apiserver/pkg/apis/apiextensions/validation` and `pkg/apiserver/schema/cel/compilation.go`.
 */
import { isObject, type JsonObject } from '../../model/json.ts'
import {
  compile,
  type DeclaredType,
  declaredStructs,
  declaredType,
  type Environment,
  estimate,
  extend,
  kubernetesEnvironment,
  noStructs,
} from '../cel/index.ts'
import { boolType, type CelType, optionalOf, sameType, stringType } from '../cel/types.ts'
import { objectAt, objectsAt, textAt } from './read.ts'

/** The most that one expression may be estimated at (`StaticEstimatedCostLimit`). */
export const expressionLimit = 10_000_000n
/** The most for all rules of one version's schema (`StaticEstimatedCRDCostLimit`). */
export const schemaLimit = 100_000_000n

/** One expression of a rule, with what it is estimated at. */
export interface EstimatedRule {
  /** Where it stands, from the schema's own place on. */
  readonly path: string
  readonly expression: string
  /** The most that one evaluation costs; 0 where it does not compile. */
  readonly cost: bigint
  /** How often the rule is evaluated for one object at most; a message is made once. */
  readonly times: bigint
  readonly total: bigint
}

export interface RuleFault {
  readonly path: string
  /** What the API server says of it. */
  readonly text: string
}

export interface RuleCheck {
  readonly rules: readonly EstimatedRule[]
  /** Empty where the API server takes all rules. */
  readonly faults: readonly RuleFault[]
  /** The sum over all rules, to be held against {@link schemaLimit}. */
  readonly total: bigint
}

/** Compiles and estimates the rules of a schema. `path` is where the schema stands, and begins every path of the answer. */
export function checkValidationRules(schema: JsonObject, path: string): RuleCheck {
  const rules: EstimatedRule[] = []
  const faults: RuleFault[] = []
  let left = maxNodes
  visit({ schema, path, cardinality: 1n, resource: true, uncorrelated: undefined }, (node) => {
    left--
    if (left < 0) return false
    const found = rulesAt(node)
    rules.push(...found.rules)
    faults.push(...found.faults)
    return true
  })
  if (left < 0)
    faults.push({ path, text: `the schema has more than ${maxNodes} parts: not all of its rules were checked` })
  const total = rules.reduce((sum, rule) => sum + rule.total, 0n)
  if (total > schemaLimit) {
    const expensive = rules.filter((rule) => rule.total >= schemaLimit / 100n).toSorted(byCost)
    faults.push(
      ...expensive.slice(0, 4).map((rule) => ({
        path: rule.path,
        text: 'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema',
      })),
      {
        path,
        text: exceeds(
          'x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema',
          total,
          schemaLimit,
        ),
      },
    )
  }
  return { rules, faults, total }
}

const byCost = (a: EstimatedRule, b: EstimatedRule): number => (a.total > b.total ? -1 : a.total < b.total ? 1 : 0)

/** A part of the schema. `cardinality` is how many such parts an object has at most; undefined without a bound. */
interface SchemaNode {
  readonly schema: JsonObject
  readonly path: string
  readonly cardinality: bigint | undefined
  readonly resource: boolean
  /** The outermost part that has no counterpart in the old object, so that `oldSelf` cannot be had below it. */
  readonly uncorrelated: string | undefined
}

/** More than any schema that the API server takes. Aliases of YAML make large ones out of little text. */
const maxNodes = 100_000
/** Deeper than any schema that the API server takes; what is below is not looked at. */
const maxDepth = 200

/** Calls `on` for every part, the inner ones first, until it gives false. */
function visit(node: SchemaNode, on: (node: SchemaNode) => boolean, depth = 0): boolean {
  if (depth > maxDepth) return true
  const { schema, path } = node
  const cardinality = cardinalityBelow(node)
  // Items of a list have a counterpart only by keys; fields and values of a map have one always.
  const child = (below: JsonObject, name: string, correlates = true): boolean => {
    const uncorrelated = node.uncorrelated ?? (correlates ? undefined : path)
    const part = { schema: below, path: `${path}.${name}`, cardinality, resource: isEmbedded(below), uncorrelated }
    return visit(part, on, depth + 1)
  }
  const additional = objectAt(schema, 'additionalProperties')
  if (additional !== undefined && !child(additional, 'additionalProperties')) return false
  for (const [name, property] of Object.entries(objectAt(schema, 'properties') ?? {})) {
    if (isObject(property) && !child(property, propertyPath(name))) return false
  }
  const items = objectAt(schema, 'items')
  if (items !== undefined && !child(items, 'items', schema['x-kubernetes-list-type'] === 'map')) return false
  return on(node)
}

const propertyPath = (name: string): string =>
  /^[\w-]+$/.test(name) ? `properties.${name}` : `properties[${JSON.stringify(name)}]`

const isEmbedded = (schema: JsonObject): boolean => schema['x-kubernetes-embedded-resource'] === true

function cardinalityBelow({ schema, cardinality }: SchemaNode): bigint | undefined {
  const isMap = schema.type === 'object' && schema.additionalProperties !== undefined
  if (!isMap && schema.type !== 'array') return cardinality
  const most = isMap ? schema.maxProperties : schema.maxItems
  if (cardinality === undefined || typeof most !== 'number') return undefined
  return limited(cardinality * BigInt(Math.max(0, Math.trunc(most))))
}

const mostCost = (1n << 64n) - 1n
const limited = (cost: bigint): bigint => {
  if (cost > mostCost) return mostCost
  return cost
}

function rulesAt({ schema, path, cardinality, resource, uncorrelated }: SchemaNode): Omit<RuleCheck, 'total'> {
  const written = objectsAt(schema, 'x-kubernetes-validations')
  if (written.length === 0) return { rules: [], faults: [] }
  const at = `${path}.x-kubernetes-validations`
  const type = declaredType(schema, { name: 'selfType', resource, structural: true })
  if (type === undefined) {
    return {
      rules: [],
      faults: [{ path: at, text: 'internal error: unable to convert structural schema to CEL declarations' }],
    }
  }
  const times = cardinality ?? BigInt(Math.floor(maxRequest / (type.minSize() + 1)))
  const found = written.map((rule, index) => checkRule(rule, `${at}[${index}]`, { type, times, uncorrelated }))
  return { rules: found.flatMap(({ rules }) => rules), faults: found.flatMap(({ faults }) => faults) }
}

const maxRequest = 3 * 1024 * 1024

/** What the rules of one part of the schema share. */
interface RuleScope {
  readonly type: DeclaredType
  readonly times: bigint
  readonly uncorrelated: string | undefined
}

function checkRule(rule: JsonObject, path: string, scope: RuleScope): Omit<RuleCheck, 'total'> {
  const { type, times } = scope
  const rules: EstimatedRule[] = []
  const faults: RuleFault[] = []
  const source = textAt(rule, 'rule')
  if (source.trim() === '') return { rules, faults: [{ path: `${path}.rule`, text: 'rule is not specified' }] }
  const environment = ruleEnvironment(type, rule.optionalOldSelf === true)
  const compiled = costOf(source, environment, type, boolType)
  const total = limited(compiled.cost * times)
  faults.push(...oldSelfFaults(rule, path, compiled.usesOldSelf, scope))
  rules.push({ path: `${path}.rule`, expression: source, cost: compiled.cost, times, total })
  if (total > expressionLimit) {
    faults.push({ path: `${path}.rule`, text: exceeds('estimated rule cost', total, expressionLimit) })
  }
  if (compiled.fault !== undefined)
    return { rules, faults: [...faults, { path: `${path}.rule`, text: compiled.fault }] }
  const message = textAt(rule, 'messageExpression')
  if (message === '') return { rules, faults }
  const made = costOf(message, environment, type, stringType)
  const at = `${path}.messageExpression`
  if (made.fault !== undefined) return { rules, faults: [...faults, { path: at, text: messageFault(made.fault) }] }
  rules.push({ path: at, expression: message, cost: made.cost, times: 1n, total: made.cost })
  if (made.cost > expressionLimit) {
    faults.push({ path: at, text: exceeds('estimated messageExpression cost', made.cost, expressionLimit) })
  }
  return { rules, faults }
}

function oldSelfFaults(
  rule: JsonObject,
  path: string,
  used: boolean,
  { uncorrelated }: RuleScope,
): readonly RuleFault[] {
  if (used && uncorrelated !== undefined) {
    const where = uncorrelated.replaceAll(/\.properties\.([\w-]+)/g, '.properties[$1]')
    const text = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${where}`
    return [{ path: `${path}.rule`, text }]
  }
  if (used || rule.optionalOldSelf === undefined || rule.optionalOldSelf === null) return []
  return [{ path: `${path}.optionalOldSelf`, text: 'may not be set if oldSelf is not used in rule' }]
}

function ruleEnvironment(type: DeclaredType, optionalOldSelf: boolean): Environment {
  return extend(
    kubernetesEnvironment,
    [
      ['self', type.cel],
      ['oldSelf', optionalOldSelf ? optionalOf(type.cel) : type.cel],
    ],
    declaredStructs([type], noStructs),
  )
}

interface Costed {
  readonly cost: bigint
  readonly usesOldSelf: boolean
  readonly fault?: string
}

function costOf(source: string, environment: Environment, type: DeclaredType, wanted: CelType): Costed {
  const compiled = compile(source, environment)
  if (compiled.kind === 'error') return { cost: 0n, usesOldSelf: false, fault: compiled.text }
  const { program } = compiled
  if (!sameType(program.type, wanted)) {
    const fault = wanted === boolType ? 'cel expression must evaluate to a bool' : 'must evaluate to a string'
    return { cost: 0n, usesOldSelf: false, fault }
  }
  const usesOldSelf = [...program.checked.idents.values()].some(({ name }) => name === 'oldSelf')
  return { cost: estimate(program, type).max, usesOldSelf }
}

const messageFault = (fault: string): string => `messageExpression ${fault.replace(/^program /, '')}`

/** The API server's words; a factor of more than a hundred is not told, as it says nothing any more. */
function exceeds(what: string, cost: bigint, limit: bigint): string {
  const factor = Number(cost) / Number(limit)
  const shown = factor > 100 ? 'more than 100x' : factor < 1.5 ? `${factor.toFixed(6)}x` : `${factor.toFixed(1)}x`
  const mend =
    'try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared'
  return `${what} exceeds budget by factor of ${shown} (${mend})`
}
