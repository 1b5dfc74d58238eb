import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { builtInKinds } from '../../src/cli/objects/built-in-kinds.ts'
import {
  builtInKindNames,
  checkValidationRules,
  definedKinds,
  expressionWarnings,
  openApiKinds,
  type SchemaWorld,
  schemaWorld,
} from '../../src/engines/admission/index.ts'
import { isObject, type JsonObject } from '../../src/model/json.ts'
import { findStack } from '../cluster/build.ts'
import { at, listAt, textAt } from '../cluster/client.ts'
import { type Cluster, startCluster } from '../cluster/cluster.ts'
import { until } from '../cluster/until.ts'

const stack = await findStack()
const policies = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies'
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

const rule = (apiGroup: string, ...resources: readonly string[]): JsonObject => ({
  apiGroups: [apiGroup],
  apiVersions: ['v1'],
  operations: ['CREATE'],
  resources,
})

/** What policies match; each is checked against each expression. */
const matches: Readonly<Record<string, readonly JsonObject[]>> = {
  deployments: [rule('apps', 'deployments')],
  workloads: [rule('apps', 'deployments', 'statefulsets', 'daemonsets'), rule('', 'pods')],
  widgets: [rule('example.com', 'widgets')],
  wildcard: [{ ...rule('apps', 'deployments'), apiVersions: ['*'] }],
  singular: [rule('apps', 'deployment')],
  everything: [
    rule('', 'pods', 'services', 'configmaps', 'secrets', 'nodes', 'namespaces', 'endpoints', 'events'),
    rule('apps', 'deployments', 'statefulsets', 'daemonsets', 'replicasets'),
  ],
}

/** All of them compile without types: the API server would not store the others. */
const expressions: readonly string[] = [
  'object.spec.replicas <= 5',
  'object.spec.replica <= 5',
  "object.spec.replicas == 'many'",
  "object.spec.template.spec.containers.all(c, c.image.startsWith('registry.example/'))",
  "object.spec.template.spec.containers.all(c, c.imag.startsWith('registry.example/'))",
  "object.spec.template.spec.containers.all(c, quantity(c.resources.limits['memory']).isLessThan(quantity('1Gi')))",
  "object.metadata.labels.all(k, v, v != 1) && object.metadata.namespace == 'default'",
  'has(object.spec.selectr) || has(oldObject.spec.selector.matchLabel)',
  'object.spec.?strategy.?rollingUpdate.?maxSurge.orValue(1) == 1',
  "variables.containers.all(c, c.name != '') && variables.count > 1 && variables.replicas == 'x'",
  'params.data.all(k, v, int(v) < object.spec.replicas) && params.dat.x == 1',
  "object.spec.size > 1 && object.spec.names.exists(n, n == 1) && object.spec.limits.cpu == 'x'",
  "object.spec.port == 'http' || object.spec.port == 80",
  "object.data.key == 'x' || object.type == 'Opaque'",
  "namespaceObject.metadata.labels['team'] == object.metadata.creationTimestamp",
  "authorizer.requestResource.check('get').allowed()",
  "request.userInfo.groups.exists(g, g == 'x') && request.dryRun",
  "object.spec.template.spec\n  .containers.all(c,\n    c.imag == 'é' && c.nam != '')",
  '[object.metadata.name, object.kind].size() == 2 && object == oldObject',
]

const schemaWith = (rules: readonly string[]): JsonObject => ({
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        size: { type: 'integer' },
        names: { type: 'array', items: { type: 'string' } },
        port: { 'x-kubernetes-int-or-string': true },
        limits: { type: 'object', additionalProperties: { type: 'integer' } },
        replicas: { type: 'string' },
      },
      'x-kubernetes-validations': rules.map((rule) => ({ rule })),
    },
  },
})

const definitionOf = (kind: string, rules: readonly string[] = []): JsonObject => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${kind.toLowerCase()}s.example.com` },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: `${kind.toLowerCase()}s`, kind },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schemaWith(rules) } }],
  },
})

const widgets = definitionOf('Widget')

const policyOf = (name: string, resourceRules: readonly JsonObject[], expression: string): JsonObject => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicy',
  metadata: { name },
  spec: {
    matchConstraints: { resourceRules },
    ...(expression.includes('params.') && { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' } }),
    variables: [
      { name: 'containers', expression: 'object.spec.template.spec.containers' },
      { name: 'count', expression: 'size(variables.containers)' },
      { name: 'replicas', expression: 'object.spec.replicas' },
    ],
    validations: [{ expression, messageExpression: "'not ' + object.metadata.name + object.metadata.nam" }],
  },
})

const all = Object.entries(matches).flatMap(([name, rules]) =>
  expressions.map((expression, index) => policyOf(`${name}-${index}`, rules, expression)),
)

/** Upstream names a type by its kind and the nanosecond; ours tells the params' type of a kind apart by a word. */
const comparable = (warnings: readonly unknown[]): unknown =>
  JSON.parse(
    JSON.stringify(warnings)
      .replaceAll(/\b([A-Z][A-Za-z]*?)\d{1,9}\b/g, '$1')
      .replaceAll(' (params)', ''),
  )

describe('the type check of policies, against a real API server', {
  skip: stack.kind === 'unavailable' && stack.reason,
}, () => {
  let cluster: Cluster
  const theirs = new Map<string, readonly unknown[]>()

  before(async () => {
    cluster = await startCluster(stack, { controllers: true })
    const { admin } = cluster
    assert.equal((await admin.post(definitions, widgets)).status, 201)
    await until('the definition to be served', async () => {
      const { status, body } = await admin.get('/openapi/v3/apis/example.com/v1')
      return status === 200 && JSON.stringify(body).includes('Widget')
    })
    for (const policy of all) {
      const { status, body } = await admin.post(policies, policy)
      assert.equal(status, 201, JSON.stringify(body))
    }
    await until('all policies to be checked', async () => {
      for (const item of listAt((await admin.get(policies)).body, 'items')) {
        if (at(item, 'status', 'observedGeneration') === undefined) continue
        const warnings = at(item, 'status', 'typeChecking', 'expressionWarnings')
        theirs.set(textAt(item, 'metadata', 'name'), Array.isArray(warnings) ? warnings : [])
      }
      return theirs.size === all.length
    })
  })
  after(async () => {
    await cluster?.[Symbol.asyncDispose]()
  })

  const compare = (world: SchemaWorld): void => {
    let warned = 0
    for (const policy of all) {
      const name = textAt(policy, 'metadata', 'name')
      const found = expressionWarnings(policy, world)
      if (found.length > 0) warned++
      assert.deepEqual({ name, found: comparable(found) }, { name, found: comparable(theirs.get(name) ?? []) })
    }
    console.log(`   ${warned} of ${all.length} policies have warnings`)
    assert.ok(warned >= 30 && all.length - warned >= 15, 'both answers are proven')
  }
  const resources = builtInKindNames().flatMap((one) =>
    builtInKinds
      .filter(({ group, kind }) => group === one.group && kind === one.kind)
      .map(({ resource }) => ({ ...one, resource })),
  )

  test(`warns as status.typeChecking does of ${all.length} policies, by built-in schemas and those of a definition`, () => {
    const defined = definedKinds(widgets)
    const schemas = defined.flatMap(({ schema }) => (schema === undefined ? [] : [schema]))
    compare(schemaWorld([...resources, ...defined], schemas))
  })

  test('warns the same by the OpenAPI documents of the API server', async () => {
    const documents = await Promise.all(
      ['api/v1', 'apis/apps/v1', 'apis/example.com/v1', 'apis/events.k8s.io/v1'].map(async (name) => {
        const { body } = await cluster.admin.get(`/openapi/v3/${name}`)
        assert.ok(isObject(body))
        return openApiKinds(body)
      }),
    )
    compare(
      schemaWorld(
        documents.flatMap((one) => one.resources),
        documents.flatMap(({ schemas }) => schemas),
      ),
    )
  })

  test('refuses the validation rules of a definition that the API server refuses, in its words', async () => {
    const rules = [
      'self.size > 1',
      'self.sise > 1',
      'self.size',
      'self.names.all(a, self.names.exists_one(b, a == b))',
      "self.limits.all(k, v, k.matches('^[a-z]+$') && v > 0)",
      "self.names.map(n, n + n).join('').size() < 100",
      'oldSelf.size <= self.size',
    ]
    for (const one of rules) {
      const { status, body } = await cluster.admin.post(`${definitions}?dryRun=All`, definitionOf('Gadget', [one]))
      const causes = status === 201 ? [] : listAt(body, 'details', 'causes').map((cause) => textAt(cause, 'message'))
      const { faults } = checkValidationRules(schemaWith([one]), '')
      assert.equal(causes.length, faults.length, `${one}: ${JSON.stringify([causes, faults])}`)
      for (const { text } of faults)
        assert.ok(
          causes.some((cause) => cause.endsWith(text)),
          `${one}: ${text}`,
        )
    }
  })
})
