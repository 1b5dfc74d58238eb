/**
 * All MutatingAdmissionPolicies and bindings against one request: what becomes of the object, and why.
 * Source: Kubernetes v1.37.2 `admission/plugin/policy/mutating/dispatcher.go`, `reinvocationcontext.go`.
 */
import type { JsonObject } from '../../model/json.ts'
import { type CelJson, fromJson } from '../cel/index.ts'
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
import { type MutatingPolicy, type MutationStep, mutate } from './mutating.ts'
import { type AdmissionRequest, requestValues } from './request.ts'

/** A policy with the bindings that name it, in the order in which they are applied. */
export interface MutatingHook {
  readonly policy: MutatingPolicy
  readonly bindings: readonly JsonObject[]
}

/** One application of a policy, with the object after each of its mutations. */
export interface TracedMutation {
  readonly policy: string
  readonly binding: string
  readonly param: string | undefined
  /** True in the second pass, which is for policies that are reinvoked. */
  readonly reinvoked: boolean
  readonly steps: readonly MutationStep[]
}

export interface MutatingOutcome {
  readonly denial: Denial | undefined
  /** The object as it goes on to validation; null on DELETE. */
  readonly object: JsonObject | null
  readonly mutations: readonly TracedMutation[]
  readonly skipped: readonly Skipped[]
}

/**
 * Applies policies in the order of the hooks, each to what the one before made of the object. Where anything was applied,
 * those that ask for it (`reinvocationPolicy: IfNeeded`) are applied once more.
 */
export function admitMutating(
  hooks: readonly MutatingHook[],
  request: AdmissionRequest,
  world: AdmissionWorld,
): MutatingOutcome {
  const dispatcher = new Dispatcher(request, world)
  if (!isExempt(request)) {
    dispatcher.pass(hooks, false)
    if (dispatcher.applied) {
      const again = hooks.filter(({ policy }) => policy.reinvocation === 'IfNeeded')
      dispatcher.pass(again, true)
    }
  }
  return dispatcher.outcome()
}

type Applicable = Extract<Invocation, { kind: 'invocation' }>

class Dispatcher {
  applied = false
  #request: AdmissionRequest
  readonly #world: AdmissionWorld
  readonly #mutations: TracedMutation[] = []
  readonly #skipped: Skipped[] = []
  /** Invocations of the first pass by key; only these are applied again. */
  readonly #invoked = new Set<string>()
  #denial: Denial | undefined

  constructor(request: AdmissionRequest, world: AdmissionWorld) {
    this.#request = request
    this.#world = world
  }

  /** What matches is settled for all policies before the first of them changes the object. */
  pass(hooks: readonly MutatingHook[], reinvoked: boolean): void {
    const invocations: (readonly [MutatingPolicy, Applicable])[] = []
    for (const { policy, bindings } of hooks) {
      for (const one of invocationsOf(policy.object, bindings, this.#request, this.#world)) {
        if (one.kind === 'invocation') invocations.push([policy, one])
        else if (one.kind === 'error') this.#configurationError(policy, one.binding, one.message)
        else if (!reinvoked) this.#skipped.push({ policy: policy.name, binding: one.binding, reason: one.reason })
      }
    }
    for (const [policy, one] of invocations) {
      const key = [policy.name, one.binding, paramName(one.param) ?? ''].join('/')
      if (!reinvoked || this.#invoked.has(key)) this.#invoke(policy, one, key, reinvoked)
    }
  }

  #invoke(policy: MutatingPolicy, { binding, resource, as, param }: Applicable, key: string, reinvoked: boolean): void {
    const request = convertedRequest(this.#request, as, this.#world)
    if (request === undefined) {
      this.#configurationError(policy, binding, 'failed to convert object version')
      return
    }
    const namespace = namespaceObjectOf(request, this.#world)
    const values = requestValues(request, { resource, kind: as }, namespace, this.#world.authorize)
    const result = mutate(policy, request.object, as, { values, params: fromJson(param as CelJson) })
    if (!result.matched) {
      const reason = request.object === null ? 'no object' : 'matchConditions'
      if (!reinvoked) this.#skipped.push({ policy: policy.name, binding, reason })
      return
    }
    this.#invoked.add(key)
    this.#mutations.push({ policy: policy.name, binding, param: paramName(param), reinvoked, steps: result.steps })
    for (const step of result.steps) {
      if (step.kind === 'error') this.#fail(policy, binding, step.message, 'Invalid')
      else this.applied = true
    }
    this.#request = this.#back({ ...request, kind: as, object: result.object })
  }

  /** The request in the version in which it came. */
  #back(request: AdmissionRequest): AdmissionRequest {
    const { kind, oldObject } = this.#request
    const converted = convertedRequest({ ...request, oldObject: null }, kind, this.#world)
    if (converted === undefined) return this.#request
    return { ...converted, kind, oldObject }
  }

  #configurationError(policy: MutatingPolicy, binding: string, message: string): void {
    this.#fail(policy, binding, configurationFault(binding, message), 'Forbidden')
  }

  /** The first fault decides the answer; the object stays as it was before the mutation that failed. */
  #fail(policy: MutatingPolicy, binding: string, message: string, reason: string): void {
    if (policy.failurePolicy === 'Ignore') {
      this.#skipped.push({ policy: policy.name, binding, reason: message })
      return
    }
    const by =
      binding === '' ? `policy ${JSON.stringify(policy.name)}` : `policy '${policy.name}' with binding '${binding}'`
    this.#denial ??= { code: 403, reason, message: `${by} denied request: ${message}` }
  }

  outcome(): MutatingOutcome {
    return {
      denial: this.#denial,
      object: this.#request.object,
      mutations: this.#mutations,
      skipped: this.#skipped,
    }
  }
}
