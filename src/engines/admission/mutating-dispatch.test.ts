import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../model/json.ts'
import type { AdmissionWorld } from './invocations.ts'
import { compileMutatingPolicy } from './mutating.ts'
import { admitMutating, type MutatingHook, type MutatingOutcome } from './mutating-dispatch.ts'
import type { AdmissionRequest } from './request.ts'

const world: AdmissionWorld = {
  namespaceLabels: () => ({}),
  equivalents: () => [],
  scopeOf: () => undefined,
  objectsOf: () => [],
  namespace: (name) => ({ metadata: { name } }),
  authorize: () => ({ decision: 'no opinion', reason: '' }),
  convert: (object) => object,
}

const request: AdmissionRequest = {
  operation: 'CREATE',
  kind: { group: '', version: 'v1', kind: 'ConfigMap' },
  resource: { group: '', version: 'v1', resource: 'configmaps' },
  subresource: '',
  name: 'c',
  namespace: 'prod',
  user: { name: 'alice', groups: [] },
  dryRun: false,
  object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: { trace: '' } },
  oldObject: null,
}

const anything: JsonObject = { operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*'] }

const hook = (name: string, expression: string, rest: JsonObject = {}): MutatingHook => ({
  policy: compileMutatingPolicy({
    metadata: { name },
    spec: {
      matchConstraints: { resourceRules: [anything] },
      mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression } }],
      ...rest,
    },
  }),
  bindings: [{ metadata: { name: `${name}-binding` }, spec: { policyName: name } }],
})

/** A policy that writes its name behind those that came before it. */
const tracing = (name: string, rest: JsonObject = {}): MutatingHook =>
  hook(name, `[JSONPatch{op: 'replace', path: '/data/trace', value: object.data.trace + '${name}'}]`, rest)

const trace = (outcome: MutatingOutcome): unknown => {
  const data = outcome.object?.data
  return typeof data === 'object' && data !== null ? Reflect.get(data, 'trace') : data
}

test('policies are applied in order, and those that ask for it once more at the end', () => {
  const outcome = admitMutating(
    [tracing('a', { reinvocationPolicy: 'IfNeeded' }), tracing('b', { reinvocationPolicy: 'Never' })],
    request,
    world,
  )
  assert.deepEqual(
    [trace(outcome), outcome.mutations.map((one) => [one.policy, one.reinvoked]), outcome.denial],
    [
      'aba',
      [
        ['a', false],
        ['b', false],
        ['a', true],
      ],
      undefined,
    ],
  )
})

test('a mutation that fails denies or is skipped as the failure policy says, and leaves the object', () => {
  const broken = "[JSONPatch{op: 'remove', path: '/data/nope'}]"
  const failed = admitMutating([hook('a', broken), tracing('b')], request, world)
  assert.deepEqual(
    [
      trace(failed),
      failed.denial?.code,
      failed.denial?.reason,
      failed.denial?.message.startsWith("policy 'a' with binding 'a-binding' denied request: "),
    ],
    ['b', 403, 'Invalid', true],
  )
  const ignored = admitMutating([hook('a', broken, { failurePolicy: 'Ignore' }), tracing('b')], request, world)
  assert.deepEqual([trace(ignored), ignored.denial], ['b', undefined])
  assert.deepEqual(
    ignored.skipped.map((one) => [one.policy, one.binding]),
    [['a', 'a-binding']],
  )
})

test('what does not match is told and changes nothing', () => {
  const never = tracing('a', { matchConditions: [{ name: 'never', expression: 'false' }] })
  const unbound = { ...tracing('b'), bindings: [] }
  const outcome = admitMutating([never, unbound], request, world)
  assert.deepEqual(
    [outcome.object, outcome.mutations, outcome.skipped],
    [
      request.object,
      [],
      [
        { policy: 'b', binding: '', reason: 'no binding' },
        { policy: 'a', binding: 'a-binding', reason: 'matchConditions' },
      ],
    ],
  )
})

test('there is nothing to change on DELETE', () => {
  const outcome = admitMutating([tracing('a')], { ...request, operation: 'DELETE', object: null, oldObject: {} }, world)
  assert.deepEqual([outcome.object, outcome.mutations, outcome.denial], [null, [], undefined])
})
