import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import { definedKinds, openApiKinds, schemaWorld } from './kind-schemas.ts'
import { expressionWarnings, matchedKinds, typeFindings } from './type-check.ts'

const widgets: JsonObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  spec: {
    group: 'example.com',
    names: { plural: 'widgets', kind: 'Widget' },
    versions: [
      {
        name: 'v1',
        served: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: {
                  size: { type: 'integer' },
                  names: { type: 'array', items: { type: 'string' } },
                  port: { 'x-kubernetes-int-or-string': true },
                  free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
                  anything: { 'x-kubernetes-preserve-unknown-fields': true },
                  'a-b': { type: 'string' },
                  namespace: { type: 'string' },
                  limits: { type: 'object', additionalProperties: { type: 'integer' } },
                },
              },
            },
          },
        },
      },
      {
        name: 'v2',
        served: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: { type: 'object', properties: { sizes: { type: 'array', items: { type: 'integer' } } } },
            },
          },
        },
      },
      { name: 'v3', served: false, schema: { openAPIV3Schema: { type: 'object' } } },
    ],
  },
}

const core =
  'Pod Service ConfigMap Secret Namespace Node ServiceAccount Event LimitRange ResourceQuota PersistentVolume'
const kinds = [
  ...core.split(' ').map((kind) => ({ group: '', version: 'v1', resource: `${kind.toLowerCase()}s`, kind })),
  { group: '', version: 'v1', resource: 'endpoints', kind: 'Endpoints' },
  { group: 'events.k8s.io', version: 'v1', resource: 'events', kind: 'Event' },
  ...['Deployment', 'StatefulSet', 'DaemonSet'].map((kind) => ({
    group: 'apps',
    version: 'v1',
    resource: `${kind.toLowerCase()}s`,
    kind,
  })),
  { group: 'batch', version: 'v1', resource: 'jobs', kind: 'Job' },
]
const defined = definedKinds(widgets)
const world = schemaWorld(
  [...kinds, ...defined],
  defined.flatMap(({ schema }) => (schema === undefined ? [] : [schema])),
)

/** Upstream names a type by its kind and the time of day; ours says `(params)` where two of a kind must differ. */
const comparable = (text: string): string => text.replaceAll(' (params)', '')

/** Rules and variables in the first line, then expressions with what the TypeChecker of Kubernetes 1.37.2 warns of. */
const [head = '', ...lines] = readFileSync(new URL('./type-check-cases.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')

test(`warns of ${lines.length} expressions as the API server does, word for word`, () => {
  const shared: unknown = JSON.parse(head)
  assert.ok(isObject(shared) && isObject(shared.rules))
  let warned = 0
  for (const line of lines) {
    const one: unknown = JSON.parse(line)
    assert.ok(isObject(one) && Array.isArray(one.warnings))
    const { rules, paramKind, warnings, ...validation } = one
    const resourceRules: JsonValue | undefined = shared.rules[String(rules)]
    const policy: JsonObject = {
      spec: {
        ...(resourceRules !== null && { matchConstraints: { resourceRules } }),
        variables: shared.variables,
        validations: [validation],
        paramKind,
      },
    }
    const found = expressionWarnings(policy, world).map(({ fieldRef, warning }) => ({
      fieldRef,
      warning: comparable(warning),
    }))
    assert.deepEqual({ line, found }, { line, found: warnings })
    if (found.length > 0) warned++
  }
  assert.ok(warned > 100 && lines.length - warned > 50, 'both answers are proven')
})

const policyFor = (resources: readonly string[], expression: string, more: JsonObject = {}): JsonObject => ({
  spec: {
    matchConstraints: {
      resourceRules: [{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE'], resources }],
    },
    validations: [{ expression }],
    ...more,
  },
})

test('the wider check knows quantities and the authorizer, which the API server warns of', () => {
  const policy = policyFor(
    ['deployments'],
    "object.spec.template.spec.containers.all(c, quantity(c.resources.limits['cpu']).isLessThan(quantity('1'))) && authorizer.requestResource.check('get').allowed()",
  )
  assert.deepEqual(
    expressionWarnings(policy, world).map(({ warning }) => warning.split('\n')[0]),
    ["apps/v1, Kind=Deployment: ERROR: <input>:1:65: undefined field 'limits'"],
  )
  assert.deepEqual(typeFindings(policy, world, { wider: true }), [])
})

test('the wider check looks at variables, match conditions and audit annotations, each with what comes before it', () => {
  const policy = policyFor(['deployments'], 'variables.second == 1', {
    matchConditions: [{ name: 'a', expression: 'object.spec.replica > 1' }],
    variables: [
      { name: 'first', expression: 'variables.second' },
      { name: 'second', expression: 'object.spec.selectr' },
    ],
    auditAnnotations: [{ key: 'k', valueExpression: 'object.metadata.nam' }],
  })
  assert.deepEqual(expressionWarnings(policy, world), [])
  assert.deepEqual(
    typeFindings(policy, world, { wider: true }).map(({ path, kinds: [one] }) => [path, one?.issues[0]?.message]),
    [
      ['spec.matchConditions[0].expression', "undefined field 'replica'"],
      ['spec.variables[0].expression', "undefined field 'second'"],
      ['spec.variables[1].expression', "undefined field 'selectr'"],
      ['spec.auditAnnotations[0].valueExpression', "undefined field 'nam'"],
    ],
  )
})

test('at most ten kinds of a rule are checked, none of a rule with a wildcard', () => {
  const rule = (apiGroups: readonly string[], resources: readonly string[]) => ({
    apiGroups,
    apiVersions: ['v1'],
    resources,
  })
  const all = core.split(' ').map((kind) => `${kind.toLowerCase()}s`)
  const kindsOf = (...resourceRules: readonly JsonObject[]) =>
    matchedKinds({ matchConstraints: { resourceRules } }, world).map(({ kind }) => kind)
  assert.equal(kindsOf(rule([''], all), rule(['apps'], ['deployments'])).length, 10)
  assert.deepEqual(kindsOf(rule(['*'], ['pods']), rule(['apps'], ['*', 'deployments/scale', 'deployments'])), [
    'Deployment',
  ])
})

test('an OpenAPI v3 document gives kinds and schemas, with references that lead back to themselves', () => {
  const { resources, schemas } = openApiKinds({
    openapi: '3.0.0',
    paths: {
      '/apis/example.com/v1/namespaces/{namespace}/trees': {
        post: { 'x-kubernetes-group-version-kind': { group: 'example.com', version: 'v1', kind: 'Tree' } },
      },
    },
    components: {
      schemas: {
        Tree: {
          type: 'object',
          properties: { spec: { allOf: [{ $ref: '#/components/schemas/Node' }] } },
          'x-kubernetes-group-version-kind': [{ group: 'example.com', version: 'v1', kind: 'Tree' }],
        },
        Node: {
          type: 'object',
          properties: {
            left: { $ref: '#/components/schemas/Node' },
            size: { type: 'integer' },
            lost: { $ref: '#/components/schemas/Nothing' },
          },
        },
      },
    },
  })
  const trees = schemaWorld(resources, schemas)
  const messages = (expression: string) =>
    typeFindings(
      {
        spec: {
          matchConstraints: {
            resourceRules: [{ apiGroups: ['example.com'], apiVersions: ['v1'], resources: ['trees'] }],
          },
          validations: [{ expression }],
        },
      },
      trees,
    ).flatMap(({ kinds }) => kinds.flatMap(({ issues }) => issues.map(({ message }) => message)))
  assert.deepEqual(messages('object.spec.size > 1 && object.metadata.name != ""'), [])
  assert.deepEqual(messages('object.spec.sise > 1'), ["undefined field 'sise'"])
  assert.deepEqual(messages('object.spec.lost == 1'), ["undefined field 'lost'"])
  // What refers to itself is an object without fields, as upstream has it.
  assert.deepEqual(messages('object.spec.left.left.size > 1'), ["undefined field 'left'"])
})
