import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../model/json.ts'
import { compileMutatingPolicy, mutate } from './mutating.ts'
import { type AdmissionRequest, requestValues } from './request.ts'
import { decoded } from './typed.ts'

const kind = { group: '', version: 'v1', kind: 'Pod' }

const pod: JsonObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', labels: { app: 'web' } },
  spec: {
    containers: [
      { name: 'b', image: 'b' },
      { name: 'a', image: 'a', args: ['x', 'y'] },
    ],
  },
}

const request: AdmissionRequest = {
  operation: 'CREATE',
  kind,
  resource: { group: '', version: 'v1', resource: 'pods' },
  subresource: '',
  name: 'web',
  namespace: 'prod',
  user: { name: 'alice', groups: [] },
  dryRun: false,
  object: pod,
  oldObject: null,
}

/** The spec and labels after the mutations, or the message of the step that failed. */
function mutated(spec: JsonObject): unknown {
  const policy = compileMutatingPolicy({ metadata: { name: 'p' }, spec })
  const values = requestValues(request, { resource: request.resource, kind }, null, () => ({
    decision: 'no opinion',
    reason: '',
  }))
  const result = mutate(policy, pod, kind, { values, params: null })
  const fault = result.steps.find((step) => step.kind === 'error')
  return fault?.kind === 'error' ? fault.message : result.object
}

const applying = (expression: string): JsonObject => ({
  mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression } }],
})

const patching = (expression: string): JsonObject => ({
  mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression } }],
})

test('an apply configuration merges list items by their key and leaves their order', () => {
  const expression =
    "Object{spec: Object.spec{containers: [Object.spec.containers{name: 'a', image: 'new'}, Object.spec.containers{name: 'c', image: 'c'}]}}"
  assert.deepEqual(mutated(applying(expression)), {
    ...pod,
    spec: {
      containers: [
        { name: 'b', image: 'b' },
        { name: 'a', image: 'new', args: ['x', 'y'] },
        { name: 'c', image: 'c' },
      ],
    },
  })
})

test('an apply configuration may not replace an atomic list, nor name a field that is not there', () => {
  const args = "Object{spec: Object.spec{containers: [Object.spec.containers{name: 'a', args: ['z']}]}}"
  assert.match(String(mutated(applying(args))), /may not mutate atomic arrays, maps or structs/)
  assert.match(String(mutated(applying('Object{spec: Object.spec{nope: 1}}'))), /nope/)
})

test('an apply configuration may leave out a key that has a default: it is the item without one', () => {
  const expression = "Object{spec: Object.spec{containers: [Object.spec.containers{image: 'c'}]}}"
  const containers = [{ name: 'b', image: 'b' }, { name: 'a', image: 'a', args: ['x', 'y'] }, { image: 'c' }]
  assert.deepEqual(mutated(applying(expression)), { ...pod, spec: { containers } })
})

test('an apply configuration has no nulls, and of other values only texts, booleans, ints and doubles', () => {
  const odd = ['null', '1u', "timestamp('2024-01-01T00:00:00Z')", "duration('1s')", "b'x'", 'optional.of(1u)']
  for (const value of odd) {
    assert.match(
      String(mutated(applying(`Object{metadata: Object.metadata{generation: ${value}}}`))),
      /typed object/,
      value,
    )
  }
  const limits = `Object.spec.containers{name: 'a', resources: Object.spec.containers.resources{limits: {'cpu': true}}}`
  assert.equal(typeof mutated(applying(`Object{spec: Object.spec{containers: [${limits}]}}`)), 'object')
})

test('an apply configuration takes an optional for what it holds, and leaves an empty list that is new as null', () => {
  const metadata = { name: 'web', labels: { app: 'web' } }
  const applied = (fields: string) => mutated(applying(`Object{metadata: Object.metadata{${fields}}}`))
  assert.deepEqual(applied('generation: optional.of(1)'), { ...pod, metadata: { ...metadata, generation: 1 } })
  assert.deepEqual(applied('generation: optional.none()'), { ...pod, metadata: { ...metadata, generation: null } })
  assert.deepEqual(applied('finalizers: []'), { ...pod, metadata: { ...metadata, finalizers: null } })
})

test('what has the wrong type is told so before what could not run', () => {
  assert.equal(mutated(applying("int('a')")), 'must evaluate to Object but got int')
})

test('a match condition of a mutating policy has to be a boolean', () => {
  const spec = { ...applying('Object{}'), matchConditions: [{ name: 'm', expression: '1' }] }
  assert.equal(mutated(spec), 'compilation error: must evaluate to bool but got int')
})

test('a JSON patch that makes another kind of the object is decoded as that kind', () => {
  const replaced = (path: string, value: string) =>
    mutated(patching(`[JSONPatch{op: 'replace', path: '${path}', value: '${value}'}]`))
  assert.match(String(replaced('/kind', 'Service')), /unknown field "spec.containers"/)
  assert.match(String(replaced('/kind', 'z')), /no kind "z" is registered for version "v1"/)
  assert.match(String(replaced('/apiVersion', 'v2')), /no kind "Pod" is registered for version "v2"/)
  assert.equal(typeof mutated(patching("[JSONPatch{op: 'remove', path: '/kind'}]")), 'object')
})

test('a JSON patch is made of values and of typed objects', () => {
  const expression =
    "[JSONPatch{op: 'test', path: '/metadata/labels/app', value: 'web'}, JSONPatch{op: 'add', path: '/metadata/labels/' + jsonpatch.escapeKey('a/b'), value: string(object.spec.containers.size())}]"
  const expected = { ...pod, metadata: { name: 'web', labels: { app: 'web', 'a/b': '2' } } }
  assert.deepEqual(mutated(patching(expression)), decoded(expected, kind))
})

test('each mutation sees what the one before made of the object', () => {
  const add = (key: string, value: string): JsonObject => ({
    patchType: 'JSONPatch',
    jsonPatch: { expression: `[JSONPatch{op: 'add', path: '/metadata/labels/${key}', value: ${value}}]` },
  })
  const expected = { ...pod, metadata: { name: 'web', labels: { app: 'web', one: '1', two: '12' } } }
  const steps = [add('one', "'1'"), add('two', "object.metadata.labels.one + '2'")]
  assert.deepEqual(mutated({ mutations: steps }), decoded(expected, kind))
})

test('a manifest is decoded as the API server decodes it, and stays as it is where it does not decode', () => {
  const loose = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'x', labels: null },
    spec: { containers: [{ name: 'a' }] },
  }
  assert.deepEqual(decoded(loose, kind), {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'x' },
    spec: { containers: [{ name: 'a', resources: {} }] },
    status: {},
  })
  const wrong = { apiVersion: 'v1', kind: 'Pod', spec: { containers: 'x' } }
  assert.equal(decoded(wrong, kind), wrong)
})
