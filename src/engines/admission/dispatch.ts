/**
 * All ValidatingAdmissionPolicies and bindings against one request: what the API server answers, warns and audits, and why.
 * Source: Kubernetes v1.37.2 `admission/plugin/policy/validating/dispatcher.go`.
 */
import type { JsonObject } from '../../model/json.ts'
import { type Authorizer, type CelJson, fromJson } from '../cel/index.ts'
import { utf8 } from '../cel/unescape.ts'
import { isExempt, type MatchWorld, matchResources } from './match.ts'
import { collectParams, type ParamWorld } from './params.ts'
import { objectAt, textAt, textsAt } from './read.ts'
import { type AdmissionRequest, type GroupVersionKind, requestValues } from './request.ts'
import { type Decision, type ValidatingPolicy, validatePolicy } from './validating.ts'

/** What a request is judged against, besides the policies. Everything is asked for, never fetched. */
export interface AdmissionWorld extends MatchWorld, ParamWorld {
  readonly namespace: (name: string) => JsonObject | undefined
  readonly authorize: Authorizer
  /** An object in another version of its kind; undefined where it cannot be converted. */
  readonly convert: (object: JsonObject, to: GroupVersionKind) => JsonObject | undefined
}

/** A policy with the bindings that name it. A policy without a binding does nothing. */
export interface PolicyHook {
  readonly policy: ValidatingPolicy
  readonly bindings: readonly JsonObject[]
}

/** One decision with the policy, binding and param that made it. */
export interface TracedDecision extends Decision {
  readonly policy: string
  /** Empty for a fault of the policy itself. */
  readonly binding: string
  readonly param: string | undefined
  readonly validationActions: readonly string[]
}

/** Why a policy or one of its bindings was not evaluated. */
export interface Skipped {
  readonly policy: string
  readonly binding: string
  readonly reason: string
}

export interface Denial {
  readonly code: number
  readonly reason: string
  readonly message: string
}

export interface Outcome {
  readonly denial: Denial | undefined
  readonly warnings: readonly string[]
  /** Audit annotations by key, as they are added to the audit event. */
  readonly auditAnnotations: Readonly<Record<string, string>>
  readonly decisions: readonly TracedDecision[]
  readonly skipped: readonly Skipped[]
}

const codes: Readonly<Record<string, number>> = { Forbidden: 403, Unauthorized: 401, RequestEntityTooLarge: 413 }
const maxFailures = 50
const maxAnnotationBytes = 10 * 1024
const failureKey = 'validation.policy.admission.k8s.io/validation_failure'

/** Judges one request. The first denial in the order of the hooks decides the answer. */
export function admit(hooks: readonly PolicyHook[], request: AdmissionRequest, world: AdmissionWorld): Outcome {
  const dispatcher = new Dispatcher(request, world)
  if (!isExempt(request)) for (const hook of hooks) dispatcher.run(hook)
  return dispatcher.outcome()
}

class Dispatcher {
  readonly #request: AdmissionRequest
  readonly #world: AdmissionWorld
  readonly #decisions: TracedDecision[] = []
  readonly #denials: TracedDecision[] = []
  readonly #warnings: string[] = []
  readonly #failures: JsonObject[] = []
  readonly #annotations: Record<string, string> = {}
  readonly #skipped: Skipped[] = []

  constructor(request: AdmissionRequest, world: AdmissionWorld) {
    this.#request = request
    this.#world = world
  }

  run({ policy, bindings }: PolicyHook): void {
    const spec = objectAt(policy.object, 'spec')
    const constraints = objectAt(spec, 'matchConstraints')
    if (constraints === undefined) {
      this.#configurationError(policy, '', 'policy contained no match constraints, a required field')
      return
    }
    const match = matchResources(constraints, this.#request, this.#world)
    if (match.kind === 'error') {
      this.#configurationError(policy, '', match.message)
      return
    }
    if (match.kind === 'no match') {
      this.#skip(policy.name, '', match.reason)
      return
    }
    if (bindings.length === 0) {
      this.#skip(policy.name, '', 'no binding')
      return
    }
    const collected = new Map<string, string[]>()
    for (const binding of bindings) this.#bind(policy, binding, match, collected)
    for (const [key, values] of collected) this.#annotations[`${policy.name}/${key}`] = values.join(', ')
  }

  #bind(
    policy: ValidatingPolicy,
    binding: JsonObject,
    matched: { readonly resource: AdmissionRequest['resource']; readonly as: GroupVersionKind },
    annotations: Map<string, string[]>,
  ): void {
    const name = textAt(objectAt(binding, 'metadata'), 'name')
    const spec = objectAt(binding, 'spec')
    const match = matchResources(objectAt(spec, 'matchResources'), this.#request, this.#world)
    if (match.kind === 'error') {
      this.#configurationError(policy, name, match.message)
      return
    }
    if (match.kind === 'no match') {
      this.#skip(policy.name, name, match.reason)
      return
    }
    const paramKind = objectAt(objectAt(policy.object, 'spec'), 'paramKind')
    const params = collectParams(paramKind, objectAt(spec, 'paramRef'), this.#request.namespace, this.#world)
    if (params.kind === 'error') {
      this.#configurationError(policy, name, params.message)
      return
    }
    if (params.params.length === 0) {
      this.#skip(policy.name, name, 'no param found')
      return
    }
    const request = this.#converted(matched.as)
    if (request === undefined) {
      this.#configurationError(policy, name, 'failed to convert object version')
      return
    }
    const values = requestValues(
      request,
      { resource: matched.resource, kind: matched.as },
      this.#namespaceObject(),
      this.#world.authorize,
    )
    const actions = textsAt(spec, 'validationActions')
    for (const param of params.params) {
      const result = validatePolicy(policy, { values, params: fromJson(param as CelJson) })
      if (!result.matched) this.#skip(policy.name, name, 'matchConditions')
      const paramName = param === null ? undefined : textAt(objectAt(param, 'metadata'), 'name')
      for (const decision of result.decisions) {
        this.#decide({ ...decision, policy: policy.name, binding: name, param: paramName, validationActions: actions })
      }
      for (const annotation of result.auditAnnotations) {
        if (annotation.action === 'publish') collect(annotations, annotation.key, cut(annotation.value))
        // An annotation that fails denies, whatever the binding's actions are.
        if (annotation.action === 'error') this.#denyAlways(policy, name, annotation.error ?? '')
      }
    }
  }

  #decide(decision: TracedDecision): void {
    this.#decisions.push(decision)
    if (decision.action === 'admit') return
    const { policy, binding, message, validationActions } = decision
    for (const action of validationActions) {
      if (action === 'Deny') this.#denials.push(decision)
      if (action === 'Warn') {
        this.#warnings.push(
          `Validation failed for ValidatingAdmissionPolicy '${policy}' with binding '${binding}': ${message}`,
        )
      }
      if (action === 'Audit') {
        this.#failures.push({
          message,
          policy,
          binding,
          expressionIndex: decision.index ?? 0,
          validationActions: [...validationActions],
        })
      }
    }
  }

  #denyAlways(policy: ValidatingPolicy, binding: string, message: string): void {
    const fault = { action: 'deny', evaluation: 'error', message, reason: '', index: undefined } as const
    const decision = { ...fault, policy: policy.name, binding, param: undefined, validationActions: [] }
    this.#decisions.push(decision)
    this.#denials.push(decision)
  }

  /** A configuration that cannot be used denies, unless failures are ignored; the binding's actions do not count. */
  #configurationError(policy: ValidatingPolicy, binding: string, message: string): void {
    if (policy.failurePolicy === 'Ignore') {
      this.#skip(policy.name, binding, message)
      return
    }
    this.#denyAlways(policy, binding, `failed to configure ${binding === '' ? 'policy' : 'binding'}: ${message}`)
  }

  #skip(policy: string, binding: string, reason: string): void {
    this.#skipped.push({ policy, binding, reason })
  }

  #namespaceObject(): JsonObject | null {
    const { namespace, kind } = this.#request
    const isNamespace = kind.group === '' && kind.version === 'v1' && kind.kind === 'Namespace'
    return namespace === '' || isNamespace ? null : (this.#world.namespace(namespace) ?? null)
  }

  /** The request with its objects in the version that the policy's rule matched. */
  #converted(as: GroupVersionKind): AdmissionRequest | undefined {
    const request = this.#request
    if (as.group === request.kind.group && as.version === request.kind.version && as.kind === request.kind.kind)
      return request
    const object = request.object === null ? null : this.#world.convert(request.object, as)
    const oldObject = request.oldObject === null ? null : this.#world.convert(request.oldObject, as)
    return object === undefined || oldObject === undefined ? undefined : { ...request, object, oldObject }
  }

  outcome(): Outcome {
    const annotations = { ...this.#annotations }
    if (this.#failures.length > 0) annotations[failureKey] = JSON.stringify(this.#failures.slice(0, maxFailures))
    return {
      denial: this.#denial(),
      warnings: this.#warnings,
      auditAnnotations: annotations,
      decisions: this.#decisions,
      skipped: this.#skipped,
    }
  }

  #denial(): Denial | undefined {
    const [first] = this.#denials
    if (first === undefined) return undefined
    const binding = first.binding === '' ? '' : ` with binding '${first.binding}'`
    const reason = first.reason || 'Invalid'
    const message = `ValidatingAdmissionPolicy '${first.policy}'${binding} denied request: ${first.message}`
    return { code: codes[reason] ?? 422, reason, message: `${forbidden(this.#request)}: ${message}` }
  }
}

/** How the API server begins the message of a denial: `pods "web-0" is forbidden`. */
function forbidden({ resource, name }: AdmissionRequest): string {
  const full = resource.group === '' ? resource.resource : `${resource.resource}.${resource.group}`
  return `${full} ${JSON.stringify(name)} is forbidden`
}

function collect(annotations: Map<string, string[]>, key: string, value: string): void {
  const known = annotations.get(key)
  if (known === undefined) annotations.set(key, [value])
  else if (!known.includes(value)) known.push(value)
}

/** At most 10 KiB of UTF-8; a character that would be cut goes whole. */
function cut(value: string): string {
  if (value.length * 3 <= maxAnnotationBytes || utf8(value).length <= maxAnnotationBytes) return value
  let bytes = 0
  let out = ''
  for (const character of value) {
    bytes += utf8(character).length
    if (bytes > maxAnnotationBytes) break
    out += character
  }
  return out
}
