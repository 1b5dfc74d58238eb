import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../model/json.ts'
import { admit, type Outcome } from './dispatch.ts'
import type { AdmissionWorld } from './invocations.ts'
import type { AdmissionRequest } from './request.ts'
import { compileValidatingPolicy } from './validating.ts'

const limits: readonly JsonObject[] = [
  { metadata: { name: 'few', labels: { kind: 'limit' } }, data: { max: '1' } },
  { metadata: { name: 'many', labels: { kind: 'limit' } }, data: { max: '9' } },
]

const world: AdmissionWorld = {
  namespaceLabels: () => ({}),
  equivalents: () => [],
  scopeOf: (_apiVersion, kind) => (kind === 'ConfigMap' ? 'Namespaced' : undefined),
  objectsOf: (_apiVersion, _kind, namespace) => (namespace === 'prod' ? limits : []),
  namespace: (name) => ({ metadata: { name } }),
  authorize: () => ({ decision: 'no opinion', reason: '' }),
  convert: (object) => object,
}

const request: AdmissionRequest = {
  operation: 'CREATE',
  kind: { group: 'apps', version: 'v1', kind: 'Deployment' },
  resource: { group: 'apps', version: 'v1', resource: 'deployments' },
  subresource: '',
  name: 'web',
  namespace: 'prod',
  user: { name: 'alice', groups: [] },
  dryRun: false,
  object: { metadata: { name: 'web' }, spec: { replicas: 3 } },
  oldObject: null,
}

const anything: JsonObject = { operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*'] }

const binding = (validationActions: readonly string[], rest: JsonObject = {}): JsonObject => ({
  metadata: { name: 'b' },
  spec: { policyName: 'p', validationActions: [...validationActions], ...rest },
})

const judge = (spec: JsonObject, bindings: readonly JsonObject[]): Outcome => {
  const object = { metadata: { name: 'p' }, spec: { matchConstraints: { resourceRules: [anything] }, ...spec } }
  return admit([{ policy: compileValidatingPolicy(object), bindings }], request, world)
}

const answer = (outcome: Outcome): Omit<Outcome, 'decisions' | 'skipped'> => ({
  denial: outcome.denial,
  warnings: outcome.warnings,
  auditAnnotations: outcome.auditAnnotations,
})

const tooMany: JsonObject = {
  validations: [
    { expression: 'object.spec.replicas <= 2', messageExpression: "'not ' + string(object.spec.replicas)" },
  ],
}

test('the actions of the binding say what becomes of a failure', () => {
  const denied = "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: not 3"
  assert.deepEqual(answer(judge(tooMany, [binding(['Deny'])])), {
    denial: { code: 422, reason: 'Invalid', message: `deployments.apps "web" is forbidden: ${denied}` },
    warnings: [],
    auditAnnotations: {},
  })
  assert.deepEqual(answer(judge(tooMany, [binding(['Warn', 'Audit'])])), {
    denial: undefined,
    warnings: ["Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': not 3"],
    auditAnnotations: {
      'validation.policy.admission.k8s.io/validation_failure':
        '[{"message":"not 3","policy":"p","binding":"b","expressionIndex":0,"validationActions":["Warn","Audit"]}]',
    },
  })
})

test('a policy without a binding does nothing, and says so', () => {
  const outcome = judge(tooMany, [])
  assert.deepEqual([outcome.denial, outcome.skipped], [undefined, [{ policy: 'p', binding: '', reason: 'no binding' }]])
})

test('an expression that fails denies, unless the policy ignores failures', () => {
  const validations = [{ expression: 'object.spec.paused == true' }]
  assert.match(judge({ validations }, [binding(['Deny'])]).denial?.message ?? '', /no such key: paused$/)
  assert.equal(judge({ validations, failurePolicy: 'Ignore' }, [binding(['Deny'])]).denial, undefined)
})

test('a policy that does not compile denies', () => {
  const outcome = judge({ validations: [{ expression: 'object.spec.replicas +' }] }, [binding(['Deny'])])
  assert.equal(outcome.denial?.code, 422)
})

test('a policy is judged once for each param that its binding selects', () => {
  const spec = {
    paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
    validations: [{ expression: 'object.spec.replicas <= int(params.data.max)' }],
  }
  const judged = (paramRef: JsonObject): readonly (readonly [string | undefined, string])[] =>
    judge(spec, [binding(['Deny'], { paramRef })]).decisions.map((one) => [one.param, one.action])
  assert.deepEqual(judged({ name: 'few' }), [['few', 'deny']])
  assert.deepEqual(judged({ selector: { matchLabels: { kind: 'limit' } } }), [
    ['few', 'deny'],
    ['many', 'admit'],
  ])
})

test('params that are missing deny or are skipped as the binding says', () => {
  const spec = { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' }, validations: [{ expression: 'false' }] }
  const message = (action: string, kind: string): string | undefined => {
    const paramKind = { apiVersion: 'v1', kind }
    const paramRef = { name: 'gone', parameterNotFoundAction: action }
    return judge({ ...spec, paramKind }, [binding(['Deny'], { paramRef })]).denial?.message
  }
  const prefix = `deployments.apps "web" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: failed to configure binding: `
  assert.deepEqual(
    [message('Allow', 'ConfigMap'), message('Deny', 'ConfigMap'), message('Allow', 'Nothing')],
    [
      undefined,
      `${prefix}no params found for policy binding with \`Deny\` parameterNotFoundAction`,
      `deployments.apps "web" is forbidden: ValidatingAdmissionPolicy 'p' denied request: failed to configure policy: failed to find resource referenced by paramKind: '/v1, Kind=Nothing'`,
    ],
  )
})

test('a denial names an object by what it will be called, where its name is generated', () => {
  const spec = { matchConstraints: {}, validations: [{ expression: 'false' }] }
  const policy = compileValidatingPolicy({ metadata: { name: 'p' }, spec })
  const begins = (object: JsonObject) => {
    const { denial } = admit([{ policy, bindings: [binding(['Deny'])] }], { ...request, name: '', object }, world)
    return denial?.message.split(' is forbidden')[0]
  }
  assert.equal(begins({ metadata: { generateName: 'web-' } }), 'deployments.apps "web-"')
  assert.equal(begins({ metadata: {} }), 'deployments.apps "Unknown"')
})

test('a match condition that is false leaves the request out', () => {
  const outcome = judge({ ...tooMany, matchConditions: [{ name: 'never', expression: "object.kind == 'x'" }] }, [
    binding(['Deny']),
  ])
  assert.match(outcome.denial?.message ?? '', /no such key: kind/)
  const skipped = judge({ ...tooMany, matchConditions: [{ name: 'never', expression: 'false' }] }, [binding(['Deny'])])
  assert.deepEqual(
    [skipped.denial, skipped.skipped],
    [undefined, [{ policy: 'p', binding: 'b', reason: 'matchConditions' }]],
  )
})

test('audit annotations of all bindings are joined, each value once', () => {
  const spec = {
    validations: [{ expression: 'true' }],
    auditAnnotations: [
      { key: 'replicas', valueExpression: "'replicas: ' + string(object.spec.replicas)" },
      { key: 'none', valueExpression: 'null' },
    ],
  }
  assert.deepEqual(judge(spec, [binding(['Audit']), binding(['Audit'])]).auditAnnotations, {
    'p/replicas': 'replicas: 3',
  })
})

test('variables are worked out once and may use those before them', () => {
  const spec = {
    variables: [
      { name: 'replicas', expression: 'object.spec.replicas' },
      { name: 'twice', expression: 'variables.replicas * 2' },
    ],
    validations: [{ expression: 'variables.twice == 6' }],
  }
  assert.equal(judge(spec, [binding(['Deny'])]).denial, undefined)
})
