/**
 * `authorizer.group('apps').resource('deployments').check('create').allowed()`, after Kubernetes v1.37.2
 * `cel/library/authz.go`. Who may do what is asked of an {@link Authorizer}, which the caller brings.
 */
import {
  type FunctionDeclaration,
  fn,
  type Implementation,
  memberBinary,
  memberEach,
  memberUnary,
} from '../environment.ts'
import { boolType, type CelType, stringType, struct } from '../types.ts'
import { CelError, CelObject, type CelValue, noSuchOverload } from '../values.ts'
import { labelFaults, subdomainFaults } from './named-format.ts'

export interface AuthorizerUser {
  readonly name: string
  readonly uid?: string
  readonly groups: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

/** A question to the authorizer; `path` is given for a request that names no resource. Selectors are as written. */
export interface AuthorizerRequest {
  readonly user: AuthorizerUser
  readonly verb: string
  readonly path?: string
  readonly resource?: {
    readonly group: string
    readonly resource: string
    readonly subresource: string
    readonly namespace: string
    readonly name: string
    readonly fieldSelector: string
    readonly labelSelector: string
  }
}

export interface AuthorizerDecision {
  readonly decision: 'allow' | 'deny' | 'no opinion'
  readonly reason: string
  readonly error?: string
}

export type Authorizer = (request: AuthorizerRequest) => AuthorizerDecision

export const authorizerType = struct('kubernetes.authorization.Authorizer')
const pathCheckType = struct('kubernetes.authorization.PathCheck')
const groupCheckType = struct('kubernetes.authorization.GroupCheck')
export const resourceCheckType = struct('kubernetes.authorization.ResourceCheck')
const decisionType = struct('kubernetes.authorization.Decision')

/** Upstream's values compare equal to nothing: their types do not match the type that the comparison expects. */
abstract class Check extends CelObject {
  abstract override readonly type: CelType

  equals(_other: CelValue): CelError {
    return noSuchOverload
  }

  text(): string {
    return this.type.name
  }
}

export class AuthorizerValue extends Check {
  readonly type = authorizerType
  readonly user: AuthorizerUser
  readonly authorize: Authorizer

  constructor(user: AuthorizerUser, authorize: Authorizer) {
    super()
    this.user = user
    this.authorize = authorize
  }
}

class PathCheck extends Check {
  readonly type = pathCheckType
  readonly authorizer: AuthorizerValue
  readonly path: string

  constructor(authorizer: AuthorizerValue, path: string) {
    super()
    this.authorizer = authorizer
    this.path = path
  }
}

class GroupCheck extends Check {
  readonly type = groupCheckType
  readonly authorizer: AuthorizerValue
  readonly group: string

  constructor(authorizer: AuthorizerValue, group: string) {
    super()
    this.authorizer = authorizer
    this.group = group
  }
}

type Resource = NonNullable<AuthorizerRequest['resource']>

export class ResourceCheck extends Check {
  readonly type = resourceCheckType
  readonly authorizer: AuthorizerValue
  readonly resource: Resource

  constructor(authorizer: AuthorizerValue, resource: Resource) {
    super()
    this.authorizer = authorizer
    this.resource = resource
  }
}

class Decision extends Check {
  readonly type = decisionType
  readonly decision: AuthorizerDecision

  constructor(decision: AuthorizerDecision) {
    super()
    this.decision = decision
  }
}

const member = (name: string, id: string, on: CelType, result: CelType, f: Implementation): FunctionDeclaration =>
  fn(name, memberBinary(id, [on, stringType], result, f))

/** A function that returns a resource check with one part set. */
const setting = (name: string, id: string, part: keyof Resource): FunctionDeclaration =>
  member(name, id, resourceCheckType, resourceCheckType, (check, text) =>
    check instanceof ResourceCheck && typeof text === 'string'
      ? new ResourceCheck(check.authorizer, { ...check.resource, [part]: text })
      : noSuchOverload,
  )

const part = (name: string, result: CelType, get: (decision: AuthorizerDecision) => CelValue): FunctionDeclaration =>
  fn(
    name,
    memberUnary(`decision_${name}`, [decisionType], result, (value) =>
      value instanceof Decision ? get(value.decision) : noSuchOverload,
    ),
  )

function serviceAccount(authorizer?: CelValue, namespace?: CelValue, name?: CelValue): CelValue {
  if (!(authorizer instanceof AuthorizerValue) || typeof namespace !== 'string' || typeof name !== 'string')
    return noSuchOverload
  if (subdomainFaults(name).length > 0) return new CelError('Invalid service account name')
  if (labelFaults(namespace).length > 0) return new CelError('Invalid service account namespace')
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`]
  return new AuthorizerValue({ name: `system:serviceaccount:${namespace}:${name}`, groups }, authorizer.authorize)
}

function groupResource(check?: CelValue, resource?: CelValue): CelValue {
  if (!(check instanceof GroupCheck) || typeof resource !== 'string') return noSuchOverload
  if (resource.trim() === '') return new CelError('resource must not be empty')
  const rest = { subresource: '', namespace: '', name: '', fieldSelector: '', labelSelector: '' }
  return new ResourceCheck(check.authorizer, { group: check.group, resource, ...rest })
}

function path(authorizer?: CelValue, text?: CelValue): CelValue {
  if (!(authorizer instanceof AuthorizerValue) || typeof text !== 'string') return noSuchOverload
  return text.trim() === '' ? new CelError('path must not be empty') : new PathCheck(authorizer, text)
}

function check(value?: CelValue, verb?: CelValue): CelValue {
  if (typeof verb !== 'string') return noSuchOverload
  if (value instanceof PathCheck) return decide(value.authorizer, { verb, path: value.path })
  return value instanceof ResourceCheck ? decide(value.authorizer, { verb, resource: value.resource }) : noSuchOverload
}

const decide = (authorizer: AuthorizerValue, request: Omit<AuthorizerRequest, 'user'>): Decision =>
  new Decision(authorizer.authorize({ user: authorizer.user, ...request }))

export const authorizerFunctions: readonly FunctionDeclaration[] = [
  member('path', 'authorizer_path', authorizerType, pathCheckType, path),
  member('group', 'authorizer_group', authorizerType, groupCheckType, (authorizer, group) =>
    authorizer instanceof AuthorizerValue && typeof group === 'string'
      ? new GroupCheck(authorizer, group)
      : noSuchOverload,
  ),
  fn(
    'serviceAccount',
    memberEach('authorizer_serviceaccount', [authorizerType, stringType, stringType], authorizerType, serviceAccount),
  ),
  member('resource', 'groupcheck_resource', groupCheckType, resourceCheckType, groupResource),
  setting('subresource', 'resourcecheck_subresource', 'subresource'),
  setting('namespace', 'resourcecheck_namespace', 'namespace'),
  setting('name', 'resourcecheck_name', 'name'),
  setting('fieldSelector', 'authorizer_fieldselector', 'fieldSelector'),
  setting('labelSelector', 'authorizer_labelselector', 'labelSelector'),
  fn(
    'check',
    memberBinary('pathcheck_check', [pathCheckType, stringType], decisionType, check),
    memberBinary('resourcecheck_check', [resourceCheckType, stringType], decisionType, check),
  ),
  part('errored', boolType, (decision) => decision.error !== undefined),
  part('error', stringType, (decision) => decision.error ?? ''),
  part('allowed', boolType, (decision) => decision.decision === 'allow'),
  part('reason', stringType, (decision) => decision.reason),
]
