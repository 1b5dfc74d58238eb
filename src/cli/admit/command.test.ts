import assert from 'node:assert/strict'
import test from 'node:test'
import { runCommand } from '../fixture.ts'
import { admitCommand } from './command.ts'

/** Runs `bulwark admit` in a folder with these files, which `args` name; the folder is left out of what is given back. */
const run = async (files: Readonly<Record<string, string>>, args: readonly string[]) => {
  const argsIn = (folder: string) => args.map((one) => (one in files ? `${folder}/${one}` : one))
  const { folder, code, stdout, stderr } = await runCommand(admitCommand, argsIn, { files })
  const lines = (all: string) => all.replaceAll(`${folder}/`, '').split('\n').slice(0, -1)
  return { code, stdout: lines(stdout), stderr: lines(stderr) }
}

const policy = `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: replicas}
spec:
  matchConstraints:
    resourceRules:
    - {apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments]}
  validations:
  - expression: object.spec.replicas <= 5
    messageExpression: "'too many: ' + string(object.spec.replicas)"
  - expression: namespaceObject.metadata.name != 'forbidden'
`
const binding = `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: replicas-everywhere}
spec: {policyName: replicas, validationActions: [Deny]}
`
const deployment = (name: string, replicas: number, namespace = 'shop') => `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: ${namespace}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {a: b}}
  template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}
`
const files = {
  'policy.yaml': policy,
  'binding.yaml': binding,
  'web.yaml': `${deployment('web', 3)}---\n${deployment('big', 9)}`,
}

test('judges every object, with the message of the API server and the place of the validation', async () => {
  assert.deepEqual(await run(files, ['policy.yaml', 'binding.yaml', 'web.yaml']), {
    code: 1,
    stdout: [
      'allowed  Deployment shop/web  web.yaml:1:1',
      'DENIED   Deployment shop/big  web.yaml:9:1',
      `  deployments.apps "big" is forbidden: ValidatingAdmissionPolicy 'replicas' with binding 'replicas-everywhere' denied request: too many: 9`,
      '  Deny: replicas (replicas-everywhere): too many: 9  policy.yaml:9:5',
    ],
    stderr: [],
  })
})

test('what a binding only warns of, and what is deleted, is allowed', async () => {
  const warn = { ...files, 'binding.yaml': binding.replace('[Deny]', '[Warn, Audit]') }
  const { code, stdout } = await run(warn, ['policy.yaml', 'binding.yaml', 'web.yaml', '-o', 'json'])
  const { judgements } = JSON.parse(stdout.join('\n'))
  assert.deepEqual(
    [code, judgements.map((one: { warnings: readonly string[] }) => one.warnings)],
    [
      0,
      [
        [],
        ["Validation failed for ValidatingAdmissionPolicy 'replicas' with binding 'replicas-everywhere': too many: 9"],
      ],
    ],
  )
  const deleted = await run(files, ['policy.yaml', 'binding.yaml', 'web.yaml', '--operation', 'DELETE', '--explain'])
  assert.deepEqual([deleted.code, deleted.stdout[1]], [0, '  not replicas: resourceRules'])
})

test('a policy without a binding does nothing, and that is said', async () => {
  const { code, stderr } = await run(files, ['policy.yaml', 'web.yaml'])
  assert.deepEqual([code, stderr], [0, ['note: replicas has no binding: it does nothing']])
  assert.deepEqual((await run(files, ['web.yaml'])).stderr, ['note: there is no policy to judge by'])
})

test('tells expressions that do not compile, and bindings of no policy, with their places', async () => {
  const broken = {
    ...files,
    'policy.yaml': policy.replace('object.spec.replicas <= 5', 'object.spec.replicas <='),
    'other.yaml': binding.replace('policyName: replicas', 'policyName: gone').replace('replicas-e', 'e'),
  }
  const { code, stderr } = await run(broken, ['policy.yaml', 'binding.yaml', 'other.yaml', 'web.yaml'])
  assert.equal(code, 3)
  assert.match(
    stderr[0] ?? '',
    /^not read: policy.yaml:9:5: replicas: spec.validations\[0\].expression: .*Syntax error/,
  )
  assert.equal(
    stderr[1],
    'not read: other.yaml:4:8: ValidatingAdmissionPolicyBinding everywhere: there is no policy "gone"',
  )
})

test('takes params, namespaces and roles from further files, which are not judged', async () => {
  const withParams = policy
    .replace('spec:\n', 'spec:\n  paramKind: {apiVersion: v1, kind: ConfigMap}\n')
    .replace(
      'object.spec.replicas <= 5',
      "object.spec.replicas <= int(params.data.most) || authorizer.group('apps').resource('deployments').check('escalate').allowed()",
    )
    .replace("namespaceObject.metadata.name != 'forbidden'", "namespaceObject.metadata.labels.team == 'a'")
  const given = {
    ...files,
    'policy.yaml': withParams,
    'binding.yaml': binding.replace(
      '[Deny]',
      '[Deny], paramRef: {name: limits, namespace: ops, parameterNotFoundAction: Deny}',
    ),
    'cluster.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: limits, namespace: ops}
data: {most: "8"}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: a}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: boss}
rules: [{apiGroups: [apps], resources: [deployments], verbs: [escalate]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: boss}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: boss}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: boss}]
`,
  }
  const paths = ['policy.yaml', 'binding.yaml', 'web.yaml', '-f', 'cluster.yaml']
  const denied = await run(given, paths)
  assert.deepEqual(
    [denied.code, denied.stdout.map((line) => line.slice(0, 28)), denied.stderr],
    [
      1,
      [
        'allowed  Deployment shop/web',
        'DENIED   Deployment shop/big',
        '  deployments.apps "big" is ',
        '  Deny: replicas (replicas-e',
      ],
      [],
    ],
  )
  assert.equal((await run(given, [...paths, '--user', 'boss'])).code, 0)
})

test('applies mutating policies before the validating ones', async () => {
  const mutating = `apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata: {name: calm}
spec:
  reinvocationPolicy: Never
  matchConstraints:
    resourceRules:
    - {apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: [deployments]}
  matchConditions: [{name: big, expression: object.spec.replicas > 5}]
  mutations:
  - patchType: ApplyConfiguration
    applyConfiguration: {expression: 'Object{spec: Object.spec{replicas: 5}}'}
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata: {name: calm}
spec: {policyName: calm}
`
  const { code, stdout } = await run({ ...files, 'calm.yaml': mutating }, [
    'policy.yaml',
    'binding.yaml',
    'calm.yaml',
    'web.yaml',
  ])
  assert.deepEqual(
    [code, stdout],
    [
      0,
      [
        'allowed  Deployment shop/web  web.yaml:1:1',
        'allowed  Deployment shop/big  web.yaml:9:1',
        '  changed by calm (calm)',
      ],
    ],
  )
})

test('a policy of a wrong shape is a problem and not a pass; objects without a name are each judged', async () => {
  const wrong = {
    ...files,
    'wrong.yaml': `${policy.replace('{name: replicas}', '{name: [a]}').split('  validations:')[0]}  validations: {a: 1}\n---\n${binding.replace(/spec:.*/, 'spec: 5')}`,
    'web.yaml': [3, 9].map((count) => deployment('x', count).replace('{name: x', '{generateName: x-')).join('---\n'),
  }
  const { code, stdout, stderr } = await run(wrong, ['wrong.yaml', 'web.yaml'])
  assert.deepEqual(
    [code, stdout, stderr],
    [
      3,
      ['allowed  Deployment shop/(no name)  web.yaml:1:1', 'allowed  Deployment shop/(no name)  web.yaml:9:1'],
      [
        'not read: wrong.yaml:3:12: ValidatingAdmissionPolicy : metadata.name wants a text',
        'not read: wrong.yaml:8:3: ValidatingAdmissionPolicy : spec.validations wants a list',
        'not read: wrong.yaml:13:1: ValidatingAdmissionPolicyBinding replicas-everywhere: spec wants an object',
        'note: there is no policy to judge by',
      ],
    ],
  )
})

const widget = 'apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w}\n'
const definition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec: {group: example.com, scope: Namespaced, names: {kind: Widget, plural: widgets}}
`

test('a kind that nobody knows cannot be judged, unless its definition is given', async () => {
  const own = {
    'policy.yaml': policy
      .replace('apiGroups: [apps]', 'apiGroups: [example.com]')
      .replace('resources: [deployments]', 'resources: [widgets]')
      .replace('object.spec.replicas <= 5', "object.metadata.namespace != 'default'"),
    'binding.yaml': binding,
    'w.yaml': widget,
    'crd.yaml': definition,
  }
  assert.deepEqual(await run(own, ['policy.yaml', 'binding.yaml', 'w.yaml']), {
    code: 3,
    stdout: [],
    stderr: [
      'not read: w.yaml:2:1: nobody knows the kind Widget of "example.com": give its CustomResourceDefinition',
      'note: there is no object to judge',
    ],
  })
  const known = await run(own, ['policy.yaml', 'binding.yaml', 'w.yaml', '-f', 'crd.yaml'])
  assert.deepEqual([known.code, known.stdout[0]], [1, 'DENIED   Widget default/w  w.yaml:1:1'])
})

const misspelt = policy
  .replace('object.spec.replicas <= 5', 'object.spec.replica <= 5')
  .replace(
    "namespaceObject.metadata.name != 'forbidden'",
    "|-\n      object.spec.template.spec\n        .containers.all(c, c.imag != '')",
  )

test('a field that no matched kind has is a warning with its place and the name that was meant', async () => {
  const own = { ...files, 'policy.yaml': misspelt, 'web.yaml': deployment('web', 3) }
  const { code, stderr } = await run(own, ['policy.yaml', 'binding.yaml', 'web.yaml'])
  assert.deepEqual(
    [code, stderr],
    [
      1,
      [
        'warning: policy.yaml:9:28: replicas: spec.validations[0].expression: undefined field \'replica\'; did you mean "replicas"? (apps/v1, Kind=Deployment)',
        'warning: policy.yaml:13:29: replicas: spec.validations[1].expression: undefined field \'imag\'; did you mean "image"? (apps/v1, Kind=Deployment)',
      ],
    ],
  )
  const strict = await run({ ...own, 'policy.yaml': policy.replace('<= 5', "<= 'a'") }, ['policy.yaml', '--strict'])
  assert.equal(strict.code, 3)
  assert.match(strict.stderr[0] ?? '', /found no matching overload for '_<=_' applied to '\(int, string\)'/)
})

test('what fits some of the kinds of a policy may be meant, and is only told when asked for', async () => {
  const several = policy
    .replace('apiGroups: [apps]', "apiGroups: [apps, '']")
    .replace('resources: [deployments]', 'resources: [deployments, pods]')
    .replace('object.spec.replicas <= 5', '"object.kind == \'Pod\' || object.spec.replicas <= 5"')
    .replace(
      "namespaceObject.metadata.name != 'forbidden'",
      '(object.spec.containers + object.spec.initContainers).size() > 0',
    )
    .replace(/ {4}messageExpression.*\n/, '')
  const { code, stderr } = await run({ 'policy.yaml': several }, ['policy.yaml', '--strict'])
  assert.deepEqual(
    [code, stderr.at(-1)],
    [0, 'note: 4 more places in expressions do not fit a schema, which may be meant: --explain tells them'],
  )
  const explained = await run({ 'policy.yaml': several }, ['policy.yaml', '--explain'])
  assert.deepEqual(
    explained.stderr.filter((line) => line.startsWith('perhaps')),
    [
      "perhaps: policy.yaml:9:53: replicas: spec.validations[0].expression: undefined field 'replicas' (/v1, Kind=Pod)",
      "perhaps: policy.yaml:10:41: replicas: spec.validations[1].expression: found no matching overload for '_+_' applied to '(list(Pod.spec.containers.@idx), list(Pod.spec.initContainers.@idx))' (/v1, Kind=Pod)",
      "perhaps: policy.yaml:10:29: replicas: spec.validations[1].expression: undefined field 'containers' (apps/v1, Kind=Deployment)",
      "perhaps: policy.yaml:10:54: replicas: spec.validations[1].expression: undefined field 'initContainers' (apps/v1, Kind=Deployment)",
    ],
  )
})

const typed = (rule: string) => `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Widget, plural: widgets}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties:
              size: {type: integer}
              names: {type: array, items: {type: string}}
            x-kubernetes-validations:
            - rule: ${rule}
`
const widgetPolicy = policy
  .replace('apiGroups: [apps]', 'apiGroups: [example.com]')
  .replace('resources: [deployments]', 'resources: [widgets]')
  .replace('object.spec.replicas <= 5', 'object.spec.sise <= 5')
  .replace(/ {4}messageExpression.*\n/, '')

test('schemas come from definitions among the files, from --schema, and from an OpenAPI document', async () => {
  const warning =
    'warning: policy.yaml:9:28: replicas: spec.validations[0].expression: undefined field \'sise\'; did you mean "size"? (example.com/v1, Kind=Widget)'
  const document = {
    openapi: '3.0.0',
    paths: {
      '/apis/example.com/v1/widgets': {
        get: { 'x-kubernetes-group-version-kind': { group: 'example.com', version: 'v1', kind: 'Widget' } },
      },
    },
    components: {
      schemas: {
        Widget: {
          type: 'object',
          properties: { spec: { type: 'object', properties: { size: { type: 'integer' } } } },
          'x-kubernetes-group-version-kind': [{ group: 'example.com', version: 'v1', kind: 'Widget' }],
        },
      },
    },
  }
  const own = {
    'policy.yaml': widgetPolicy,
    'crd.yaml': typed('self.size > 1'),
    'openapi.json': JSON.stringify(document),
    'swagger.json': '{"swagger": "2.0"}',
    'broken.json': '{"openapi": ',
    'other.yaml': widget,
  }
  const warningsOf = async (...args: readonly string[]) =>
    (await run(own, ['policy.yaml', ...args])).stderr.filter((line) => !line.startsWith('note: '))
  assert.deepEqual(await warningsOf(), [])
  assert.deepEqual(await warningsOf('--schema', 'crd.yaml'), [warning])
  assert.deepEqual(await warningsOf('-f', 'crd.yaml'), [warning])
  assert.deepEqual(await warningsOf('--schema', 'openapi.json'), [warning])
  const unusable = await warningsOf('--schema', 'swagger.json', '--schema', 'broken.json', '--schema', 'other.yaml')
  assert.deepEqual(
    unusable.map((line) => line.replace(/SyntaxError: .*/, 'SyntaxError')),
    [
      'not read: swagger.json: this is OpenAPI v2: give the OpenAPI v3 document: kubectl get --raw /openapi/v3/apis/GROUP/VERSION',
      'not read: broken.json: SyntaxError',
      'not read: other.yaml: there is no CustomResourceDefinition in it, and it is no OpenAPI document',
    ],
  )
})

test('validation rules that the API server would refuse are a problem of their definition', async () => {
  const own = { 'crd.yaml': typed('self.names.all(a, a.size() > self.sise)') }
  const { code, stderr } = await run(own, ['crd.yaml'])
  assert.equal(code, 3)
  assert.match(
    stderr[0] ?? '',
    /^not read: crd.yaml:22:15: CustomResourceDefinition widgets.example.com: compilation failed: ERROR: <input>:1:34: undefined field 'sise'/,
  )
  const costly = await run({ 'crd.yaml': typed('self.names.all(a, self.names.exists_one(b, a == b))') }, ['crd.yaml'])
  assert.deepEqual(
    costly.stderr.slice(0, 3).map((line) => line.replace(/ \(try .*/, '')),
    [
      'not read: crd.yaml:22:15: CustomResourceDefinition widgets.example.com: estimated rule cost exceeds budget by factor of more than 100x',
      'not read: crd.yaml:22:15: CustomResourceDefinition widgets.example.com: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema',
      'not read: crd.yaml:13:7: CustomResourceDefinition widgets.example.com: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of more than 100x',
    ],
  )
})
