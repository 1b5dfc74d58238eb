/**
 * All ValidatingAdmissionPolicies and bindings against one request: what the API server answers, warns and audits, and why.
 * Source: Kubernetes v1.37.2 `admission/plugin/policy/validating/dispatcher.go`.
 */
import type { JsonObject } from '../../model/json.ts'
import { type CelJson, fromJson } from '../cel/index.ts'
import { utf8 } from '../cel/unescape.ts'
import {
  type AdmissionWorld,
  configurationFault,
  convertedRequest,
  type Denial,
  type Invocation,
  invocationsOf,
  namespaceObjectOf,
  paramName,
  type Skipped,
} from './invocations.ts'
import { isExempt } from './match.ts'
import { objectAt, textAt, textsAt } from './read.ts'
import {
  type AdmissionRequest,
  type GroupVersionKind,
  type GroupVersionResource,
  type RequestValues,
  requestValues,
} from './request.ts'
import { type Decision, type ValidatingPolicy, validatePolicy } from './validating.ts'

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
  readonly #values = new Map<string, RequestValues>()

  constructor(request: AdmissionRequest, world: AdmissionWorld) {
    this.#request = request
    this.#world = world
  }

  run({ policy, bindings }: PolicyHook): void {
    const collected = new Map<string, string[]>()
    for (const one of invocationsOf(policy.object, bindings, this.#request, this.#world)) {
      if (one.kind === 'error') this.#configurationError(policy, one.binding, one.message)
      else if (one.kind === 'skipped') this.#skip(policy.name, one.binding, one.reason)
      else this.#invoke(policy, one, collected)
    }
    for (const [key, values] of collected) this.#annotations[`${policy.name}/${key}`] = values.join(', ')
  }

  #invoke(
    policy: ValidatingPolicy,
    { binding, object, resource, as, param }: Extract<Invocation, { kind: 'invocation' }>,
    annotations: Map<string, string[]>,
  ): void {
    const values = this.#valuesAs(resource, as)
    if (values === undefined) {
      this.#configurationError(policy, binding, 'failed to convert object version')
      return
    }
    const validationActions = textsAt(objectAt(object, 'spec'), 'validationActions')
    const result = validatePolicy(policy, { values, params: fromJson(param as CelJson) })
    if (!result.matched) this.#skip(policy.name, binding, 'matchConditions')
    for (const decision of result.decisions) {
      this.#decide({ ...decision, policy: policy.name, binding, param: paramName(param), validationActions })
    }
    for (const annotation of result.auditAnnotations) {
      if (annotation.action === 'publish') collect(annotations, annotation.key, cut(annotation.value))
      // An annotation that fails denies, whatever the binding's actions are.
      if (annotation.action === 'error') this.#denyAlways(policy, binding, annotation.error ?? '')
    }
  }

  /** The request as the version that a rule matched, worked out once for each. */
  #valuesAs(resource: GroupVersionResource, as: GroupVersionKind): RequestValues | undefined {
    const key = [resource.group, resource.version, resource.resource, as.kind].join('/')
    const known = this.#values.get(key)
    if (known !== undefined) return known
    const request = convertedRequest(this.#request, as, this.#world)
    if (request === undefined) return undefined
    const namespace = namespaceObjectOf(this.#request, this.#world)
    const values = requestValues(request, { resource, kind: as }, namespace, this.#world.authorize)
    this.#values.set(key, values)
    return values
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
    this.#denyAlways(policy, binding, configurationFault(binding, message))
  }

  #skip(policy: string, binding: string, reason: string): void {
    this.#skipped.push({ policy, binding, reason })
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

/** How the API server begins the message of a denial: `pods "web-0" is forbidden`. A name may still have to be generated. */
function forbidden({ resource, name: given, object }: AdmissionRequest): string {
  const metadata = objectAt(object ?? undefined, 'metadata')
  const name = given || textAt(metadata, 'name') || textAt(metadata, 'generateName') || 'Unknown'
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
