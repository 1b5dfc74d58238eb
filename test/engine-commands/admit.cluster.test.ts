import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { admitCommand } from '../../src/cli/admit/command.ts'
import { isObject, type JsonObject } from '../../src/model/json.ts'
import { findStack } from '../cluster/build.ts'
import { at, textAt } from '../cluster/client.ts'
import { type Cluster, startCluster } from '../cluster/cluster.ts'
import { until } from '../cluster/until.ts'
import { bulwark, eventually, makeHome, runBulwark, served } from '../server/process.ts'
import { expressions } from './admit-expressions.ts'

const stack = await findStack()
const version = 'admissionregistration.k8s.io/v1'
const path = `/apis/${version}`

interface ValidationCase {
  readonly name: string
  readonly spec: JsonObject
  readonly binding?: JsonObject
}

/** Validations that use what is easily got wrong: missing fields, messages, variables, errors, libraries, params, authorizer. */
const validations: readonly ValidationCase[] = [
  { name: 'replicas', spec: { validations: [{ expression: 'object.spec.replicas <= 3', message: 'too many' }] } },
  {
    name: 'message-expression',
    spec: {
      validations: [
        { expression: 'object.spec.replicas != 5', messageExpression: "'has ' + string(object.spec.replicas)" },
      ],
    },
  },
  { name: 'missing-field', spec: { validations: [{ expression: "object.metadata.annotations['owner'] != ''" }] } },
  {
    name: 'ignored-failure',
    spec: { failurePolicy: 'Ignore', validations: [{ expression: "object.metadata.annotations['owner'] != ''" }] },
  },
  {
    name: 'optional',
    spec: { validations: [{ expression: "object.metadata.?annotations['owner'].orValue('nobody') != 'nobody'" }] },
  },
  {
    name: 'variables',
    spec: {
      variables: [
        { name: 'containers', expression: 'object.spec.template.spec.containers' },
        { name: 'images', expression: 'variables.containers.map(c, c.image)' },
      ],
      validations: [
        { expression: "variables.images.all(i, i.startsWith('registry.example/'))", message: 'a foreign image' },
        { expression: 'size(variables.containers) < 3', reason: 'Forbidden' },
      ],
    },
  },
  {
    name: 'match-conditions',
    spec: {
      matchConditions: [{ name: 'big', expression: 'object.spec.replicas > 4' }],
      validations: [{ expression: 'false', message: 'big ones never' }],
    },
  },
  {
    name: 'quantity',
    spec: {
      validations: [
        {
          expression:
            "object.spec.template.spec.containers.all(c, has(c.resources) && has(c.resources.limits) && quantity(c.resources.limits['memory']).isLessThan(quantity('1Gi')))",
          message: 'memory below 1Gi',
        },
      ],
    },
  },
  {
    name: 'regex-and-strings',
    spec: {
      validations: [{ expression: "object.metadata.name.matches('^[a-c].*') && !object.metadata.name.endsWith('x')" }],
    },
  },
  {
    name: 'request',
    spec: {
      validations: [
        {
          expression:
            "request.operation == 'CREATE' && request.resource.group == 'apps' && request.userInfo.username == 'admin'",
        },
      ],
    },
  },
  {
    name: 'namespace-object',
    spec: { validations: [{ expression: "namespaceObject.metadata.labels['team'] == 'a'", message: 'not the team' }] },
  },
  {
    name: 'params',
    spec: {
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      validations: [{ expression: 'object.spec.replicas <= int(params.data.most)', message: 'above the limit' }],
    },
    binding: {
      paramRef: { namespace: 'default', selector: { matchLabels: { limits: 'yes' } }, parameterNotFoundAction: 'Deny' },
    },
  },
  {
    name: 'params-not-found',
    spec: { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' }, validations: [{ expression: 'true' }] },
    binding: { paramRef: { namespace: 'default', name: 'nothing', parameterNotFoundAction: 'Deny' } },
  },
  {
    name: 'authorizer',
    spec: {
      validations: [
        {
          expression: "authorizer.group('apps').resource('deployments').namespace('default').check('delete').allowed()",
        },
        { expression: "authorizer.serviceAccount('default', 'nobody').path('/metrics').check('get').allowed()" },
      ],
    },
  },
  {
    name: 'namespace-selector',
    spec: { validations: [{ expression: 'false', message: 'not in namespaces of team b' }] },
    binding: { matchResources: { namespaceSelector: { matchLabels: { team: 'b' } } } },
  },
  {
    name: 'index-out-of-bounds',
    spec: { validations: [{ expression: "object.spec.template.spec.containers[1].image != ''" }] },
  },
  {
    name: 'two-variable-macros',
    spec: {
      validations: [
        { expression: 'object.metadata.labels.all(k, v, k.size() + v.size() < 30)', message: 'a long label' },
      ],
    },
  },
  { name: 'only-warns', spec: { validations: [{ expression: 'false' }] }, binding: { validationActions: ['Warn'] } },
  {
    name: 'several',
    spec: {
      validations: [
        { expression: 'object.spec.replicas > 0', message: 'none at all' },
        {
          expression: "object.metadata.namespace == 'default'",
          messageExpression: "'in ' + object.metadata.namespace",
        },
      ],
    },
  },
  { name: 'exempt-names', spec: { validations: [{ expression: "object.metadata.name in ['alpha', 'beta']" }] } },
]

/** One policy for each expression of the table. */
const tabled: readonly ValidationCase[] = expressions.map((expression, index) => ({
  name: `expression-${index}`,
  spec: { validations: [{ expression, messageExpression: "'no: ' + object.metadata.name" }] },
}))

const container = (image: string, memory?: string) => ({
  name: image.replaceAll(/\W/g, '-'),
  image,
  ...(memory !== undefined && { resources: { limits: { memory } } }),
})

/** Every policy judges each of these. Fields that the API server would fill in are set, where a policy reads them. */
const subjects = [
  {
    name: 'alpha',
    namespace: 'default',
    replicas: 1,
    annotations: { owner: 'a' },
    containers: [container('registry.example/a', '64Mi')],
  },
  { name: 'beta', namespace: 'other', replicas: 5, annotations: undefined, containers: [container('docker.io/b')] },
  {
    name: 'cx',
    namespace: 'default',
    replicas: 4,
    annotations: { other: 'x' },
    containers: [container('registry.example/a', '2Gi'), container('registry.example/b', '1Mi')],
  },
  {
    name: 'delta',
    namespace: 'other',
    replicas: 0,
    annotations: { owner: '' },
    containers: ['a', 'b', 'c'].map((one) => container(`registry.example/${one}`, '1023Mi')),
  },
  {
    name: 'epsilon',
    namespace: 'default',
    replicas: 9,
    annotations: { owner: 'e' },
    containers: [container('x', '1Gi')],
  },
]

describe('bulwark admit, against a real API server', { skip: stack.kind === 'unavailable' && stack.reason }, () => {
  let cluster: Cluster
  let folder: string

  before(async () => {
    cluster = await startCluster(stack)
    folder = join(cluster.folder, 'admit')
    mkdirSync(folder)
    const around: JsonObject[] = [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other', labels: { team: 'b' } } },
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default', labels: { team: 'a' } } },
      ...['3', '6'].map((most) => ({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: `limits-${most}`, namespace: 'default', labels: { limits: 'yes' } },
        data: { most },
      })),
    ]
    const { admin } = cluster
    await until(
      'the namespace default to be made',
      async () => (await admin.get('/api/v1/namespaces/default')).status === 200,
    )
    await admin.patch('/api/v1/namespaces/default', { metadata: { labels: { team: 'a' } } })
    await admin.post('/api/v1/namespaces', around[0])
    for (const map of around.slice(2))
      assert.equal((await admin.post('/api/v1/namespaces/default/configmaps', map)).status, 201)
    const objects = [
      ...[...validations, ...tabled].flatMap(validatingObjects),
      ...mutatingObjects,
      ...validatingObjects(canary),
    ]
    for (const object of objects) {
      const { status, body } = await admin.post(`${path}/${resourceOf(String(object.kind))}`, object)
      assert.equal(status, 201, JSON.stringify(body))
    }
    writeFileSync(join(folder, 'policies.json'), JSON.stringify(objects))
    writeFileSync(join(folder, 'around.json'), JSON.stringify(around))
    // Policies are made in order and seen in order: with the last one all are in force.
    await until('the policies to be in force', async () => {
      const { status } = await create(deploymentFor('canary', subjects[0]))
      const mutated = await create(deploymentFor('mutates', subjects[0]))
      return status === 422 && at(mutated.body, 'metadata', 'annotations', 'mutated') === 'alpha'
    })
  })
  after(async () => {
    await cluster?.[Symbol.asyncDispose]()
  })

  /** Asks the API server, which keeps nothing of it. */
  const create = (object: JsonObject) =>
    cluster.admin.post(
      `/apis/apps/v1/namespaces/${textAt(object, 'metadata', 'namespace')}/deployments?dryRun=All`,
      object,
    )

  const ours = async (...objects: readonly JsonObject[]): Promise<readonly JsonObject[]> => {
    const file = join(folder, 'object.json')
    writeFileSync(file, JSON.stringify(objects))
    let stdout = ''
    let stderr = ''
    const process = {
      stdin: (async function* () {})(),
      stdout: { write: (text: string) => (stdout += text) },
      stderr: { write: (text: string) => (stderr += text) },
      env: {},
    }
    const args = [join(folder, 'policies.json'), file, '-f', join(folder, 'around.json'), '--user', 'admin']
    await admitCommand(process, () => {}).parseAsync([...args, '-g', 'system:masters', '-o', 'json'], { from: 'user' })
    const { judgements, problems } = JSON.parse(stdout)
    assert.deepEqual([problems, stderr, judgements.length], [[], '', objects.length])
    return judgements
  }

  test(`gives the answer and message of the API server for ${validations.length * subjects.length} policies and requests`, async () => {
    const counts = { allowed: 0, denied: 0 }
    for (const { name } of validations) {
      for (const subject of subjects) {
        const object = deploymentFor(name, subject)
        const { status, body } = await create(object)
        const { allowed, denial } = (await ours(object))[0] ?? {}
        const expected = { allowed: status === 201, denial: status === 201 ? '' : textAt(body, 'message') }
        assert.deepEqual(
          { policy: name, on: subject.name, allowed, denial },
          { policy: name, on: subject.name, ...expected },
        )
        counts[allowed === true ? 'allowed' : 'denied'] += 1
      }
    }
    console.log(`   ${counts.allowed} allowed, ${counts.denied} denied`)
    assert.ok(counts.allowed >= 20 && counts.denied >= 20, 'both answers are proven')
  })

  test(`gives the answer and message of the API server for ${expressions.length * subjects.length} expressions and requests`, async () => {
    const counts = { allowed: 0, denied: 0, errors: 0 }
    const asked = tabled.flatMap(({ name }, index) =>
      subjects.map((subject) => ({ expression: expressions[index], object: deploymentFor(name, subject) })),
    )
    for (const { expression, object } of asked) {
      const { status, body } = await create(object)
      const { allowed, denial } = (await ours(object))[0] ?? {}
      const expected = { allowed: status === 201, denial: status === 201 ? '' : textAt(body, 'message') }
      const on = textAt(object, 'metadata', 'name')
      assert.deepEqual({ expression, on, allowed, denial }, { expression, on, ...expected })
      if (expected.denial.includes('resulted in error')) counts.errors += 1
      counts[expected.allowed ? 'allowed' : 'denied'] += 1
    }
    console.log(`   ${counts.allowed} allowed, ${counts.denied} denied, ${counts.errors} of these by an error`)
    assert.ok(counts.allowed >= 50 && counts.denied >= 50 && counts.errors >= 10, 'all answers are proven')
  })

  test('mutates as the API server does, and validates what came of it', async () => {
    for (const subject of subjects) {
      const object = deploymentFor('mutates', subject)
      const { status, body } = await create(object)
      const judged = (await ours(object))[0] ?? {}
      assert.equal(status, 201, JSON.stringify(body))
      const seen = (from: unknown) => [
        at(from, 'metadata', 'annotations'),
        at(from, 'metadata', 'labels'),
        at(from, 'spec', 'replicas'),
      ]
      assert.deepEqual([judged.allowed, ...seen(judged.mutated)], [true, ...seen(body)])
    }
  })

  test("answers by the policies, params and namespaces of a server's record", async () => {
    using home = makeHome()
    await using running = bulwark(home, [
      'serve',
      ...['--kubeconfig', cluster.adminKubeconfig, '--audit-listen', 'off', '--port', '0'],
    ])
    await served(home, running)
    const file = join(folder, 'live.json')
    writeFileSync(file, JSON.stringify(deploymentFor('params', subjects[1])))
    const { stdout, stderr } = await eventually(
      () => runBulwark(home, ['admit', '--live', file]),
      ({ code }) => code === 1,
    )
    assert.deepEqual(
      [stdout.split('\n').slice(0, 2), stderr],
      [
        [
          `DENIED   Deployment other/beta  ${file}:1:1`,
          `  deployments.apps "beta" is forbidden: ValidatingAdmissionPolicy 'params' with binding 'params-binding' denied request: above the limit`,
        ],
        '',
      ],
    )
    writeFileSync(file, JSON.stringify(deploymentFor('params', subjects[0])))
    assert.equal((await runBulwark(home, ['admit', '--live', file])).code, 0)
  })
})

const canary: ValidationCase = { name: 'canary', spec: { validations: [{ expression: 'false' }] } }

/** A policy is for the objects that carry its name as a label, so that each answer is that of one policy. */
const validatingObjects = ({ name, spec, binding = {} }: ValidationCase): readonly JsonObject[] => [
  {
    apiVersion: version,
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name },
    spec: { failurePolicy: 'Fail', matchConstraints: constraintsFor(name), ...spec },
  },
  {
    apiVersion: version,
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: `${name}-binding` },
    spec: { policyName: name, validationActions: ['Deny'], ...binding },
  },
]

const constraintsFor = (name: string): JsonObject => ({
  objectSelector: { matchLabels: { policy: name } },
  resourceRules: [{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['deployments'] }],
})

const mutatingObjects: readonly JsonObject[] = [
  {
    apiVersion: version,
    kind: 'MutatingAdmissionPolicy',
    metadata: { name: 'mutates' },
    spec: {
      failurePolicy: 'Fail',
      reinvocationPolicy: 'Never',
      matchConstraints: constraintsFor('mutates'),
      mutations: [
        {
          patchType: 'ApplyConfiguration',
          applyConfiguration: {
            expression:
              "Object{metadata: Object.metadata{annotations: {'mutated': object.metadata.name}}, spec: Object.spec{replicas: object.spec.replicas + 1}}",
          },
        },
        {
          patchType: 'JSONPatch',
          jsonPatch: {
            expression:
              "[JSONPatch{op: 'add', path: '/metadata/labels/' + jsonpatch.escapeKey('example.com/size'), value: object.spec.replicas > 4 ? 'big' : 'small'}]",
          },
        },
      ],
    },
  },
  {
    apiVersion: version,
    kind: 'MutatingAdmissionPolicyBinding',
    metadata: { name: 'mutates-binding' },
    spec: { policyName: 'mutates' },
  },
]

const resourceOf = (kind: string): string => kind.toLowerCase().replace(/y$/, 'ies').replace(/g$/, 'gs')

const deploymentFor = (policy: string, subject: (typeof subjects)[number] | undefined): JsonObject => {
  if (subject === undefined) throw new Error('there are subjects')
  const { name, namespace, replicas, annotations, containers } = subject
  const labels = { app: name, policy }
  const object: unknown = JSON.parse(
    JSON.stringify({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace, labels, annotations },
      spec: {
        replicas,
        selector: { matchLabels: { app: name } },
        template: { metadata: { labels }, spec: { containers } },
      },
    }),
  )
  if (!isObject(object)) throw new Error('it is an object')
  return object
}
