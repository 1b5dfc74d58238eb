import { readFileSync } from 'node:fs'
import type { Input } from '../../src/engines/admission/conditions.ts'
import { bindingsOf, namespaceJson } from '../../src/engines/admission/request.ts'
import {
  type Authorizer,
  AuthorizerValue,
  type Bindings,
  type CelJson,
  fromJson,
  ResourceCheck,
} from '../../src/engines/cel/index.ts'
import { isObject, type JsonValue } from '../../src/model/json.ts'

/** A request of the admission oracles. The objects are JSON, with integers beyond 2^53 as bigint. */
export interface OracleScenario {
  readonly name: string
  readonly operation: string
  readonly object: CelJson
  readonly oldObject: CelJson
  readonly params: CelJson
  readonly namespaceObject: JsonValue
  readonly request: { readonly [key: string]: CelJson | undefined }
  readonly gvr: readonly [string, string, string]
  readonly subresource: string
  readonly user: string
  readonly groups: readonly string[]
}

/** The scenarios by name. Integers are read from their text, so that none is rounded. */
export function scenariosOf(path: string): ReadonlyMap<string, OracleScenario> {
  const parsed = JSON.parse(readFileSync(path, 'utf8'), readWide) as readonly OracleScenario[]
  return new Map(parsed.map((scenario) => [scenario.name, scenario]))
}

function readWide(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source
  const wide = typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)
  return wide && source !== undefined && /^-?[0-9]+$/.test(source) ? BigInt(source) : value
}

/** The rules behind `authorizer` in the oracles, in the order in which they are tried. */
export const oracleAuthorizer: Authorizer = ({ user, verb, path, resource }) => {
  if (path === '/healthz') return { decision: 'allow', reason: 'path ok' }
  if (resource?.resource === 'boom') return { decision: 'no opinion', reason: '', error: 'boom failed' }
  if (resource?.resource === 'secrets') return { decision: 'deny', reason: 'no secrets' }
  if (user.name === 'system:serviceaccount:default:app' && resource?.namespace === 'default') {
    return { decision: 'allow', reason: 'sa in default' }
  }
  const reads = verb === 'get' || verb === 'list'
  if (user.name === 'alice' && reads && resource?.resource === 'pods' && resource.subresource === '') {
    return { decision: 'allow', reason: 'alice reads pods' }
  }
  return { decision: 'no opinion', reason: '' }
}

/** What a policy is given in a scenario; params only to one that declares them. */
export function scenarioValues(scenario: OracleScenario, params: boolean): Input {
  const authorizer = new AuthorizerValue({ name: scenario.user, groups: scenario.groups }, oracleAuthorizer)
  const text = (value: CelJson | undefined): string => (typeof value === 'string' ? value : '')
  const [group, , resource] = scenario.gvr
  const requestResource = new ResourceCheck(authorizer, {
    group,
    resource,
    subresource: scenario.subresource,
    namespace: text(scenario.request.namespace),
    name: text(scenario.request.name),
    fieldSelector: '',
    labelSelector: '',
  })
  const values = {
    object: fromJson(scenario.object),
    oldObject: fromJson(scenario.oldObject),
    namespaceObject: fromJson(isObject(scenario.namespaceObject) ? namespaceJson(scenario.namespaceObject) : null),
    request: fromJson(scenario.request),
    authorizer,
    requestResource,
  }
  return { values, params: params ? fromJson(scenario.params) : null }
}

/** The variables of a scenario for a single expression. */
export function scenarioBindings(scenario: OracleScenario): Bindings {
  const { values, params } = scenarioValues(scenario, true)
  return bindingsOf(values, params, true, null)
}

/** What a mutation is given in the oracle: an object that a user creates, and params. */
export function mutationInput(object: CelJson, params: CelJson): Input {
  const scenario = {
    name: '',
    operation: 'CREATE',
    object,
    oldObject: null,
    params,
    namespaceObject: null,
    request: { operation: 'CREATE', name: '', userInfo: { username: 'alice' } },
    gvr: ['', 'v1', 'pods'],
    subresource: '',
    user: 'alice',
    groups: [],
  } as const
  return scenarioValues(scenario, true)
}
