// Admission expressions over a pod of three containers, as one core evaluates them, and a policy over 1,000 pods.
import { admissionEnvironment } from '../../../src/engines/admission/environment.ts'
import {
  builtInKindNames,
  compileValidatingPolicy,
  requestValues,
  schemaWorld,
  typeFindings,
  validatePolicy,
} from '../../../src/engines/admission/index.ts'
import { checkTypes, compile, estimate, evaluate, fromJson } from '../../../src/engines/cel/index.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import { type Bench, runBench } from '../report.ts'

const pod = (index: number): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `web-${index}`, namespace: 'prod', labels: { app: 'web', tier: 'front' } },
  spec: {
    hostNetwork: false,
    containers: ['app', 'proxy', 'metrics'].map((name) => ({
      name,
      image: `registry.example/${name}:1.${index}`,
      resources: { limits: { memory: '256Mi', cpu: '500m' } },
      securityContext: { allowPrivilegeEscalation: index % 10 === 0, capabilities: { drop: ['ALL'] } },
    })),
  },
})

/** `simple` ones reach the gate of the design; the others show what costs more. */
const expressions: readonly { readonly name: string; readonly source: string; readonly simple: boolean }[] = [
  { name: 'comparison', source: "object.spec.hostNetwork != true && object.kind == 'Pod'", simple: true },
  { name: 'presence', source: "has(object.metadata.labels) && 'app' in object.metadata.labels", simple: true },
  { name: 'text', source: "object.metadata.name.startsWith('web-')", simple: true },
  { name: 'fold', source: "object.spec.containers.all(c, c.image.startsWith('registry.example/'))", simple: false },
  { name: 'regex', source: "object.metadata.name.matches('^[a-z]+-[0-9]+$')", simple: false },
  {
    name: 'quantity',
    source: "object.spec.containers.all(c, quantity(c.resources.limits.memory).isLessThan(quantity('1Gi')))",
    simple: false,
  },
]

const seconds = 1

/** Times per second that something runs, after it ran for a while. */
function rate(run: () => void, warm = 20_000): number {
  for (let i = 0; i < warm; i++) run()
  const start = performance.now()
  let count = 0
  while (performance.now() - start < seconds * 1000) {
    for (let i = 0; i < 100; i++) run()
    count += 100
  }
  return Math.round((count / (performance.now() - start)) * 1000)
}

const policy = compileValidatingPolicy({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicy',
  metadata: { name: 'bench' },
  spec: {
    matchConstraints: {
      resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
    },
    variables: [{ name: 'containers', expression: 'object.spec.containers' }],
    validations: [
      {
        expression: 'variables.containers.all(c, c.securityContext.allowPrivilegeEscalation == false)',
        messageExpression: "'privilege escalation in ' + object.metadata.name",
      },
      { expression: "variables.containers.all(c, 'ALL' in c.securityContext.capabilities.drop)" },
    ],
  },
})

const pods = schemaWorld(
  builtInKindNames().map((kind) => ({ ...kind, resource: `${kind.kind.toLowerCase()}s` })),
  [],
)

const bench: Bench = async (report) => {
  const environment = admissionEnvironment({ params: false, authorizer: false })
  const bindings = { object: fromJson(pod(1)) }
  for (const { name, source, simple } of expressions) {
    const compiled = compile(source, environment)
    if (compiled.kind === 'error') throw new Error(compiled.text)
    const { program } = compiled
    const value = rate(() => evaluate(program, bindings))
    const row = { name: `cel: ${name}`, value, unit: 'evaluations/s', note: source }
    report(simple ? { ...row, gate: { atLeast: 200_000 } } : row)
  }
  const source = expressions[3]?.source ?? ''
  report({ name: 'cel: compile', value: rate(() => compile(source, environment)), unit: 'expressions/s', note: source })
  report({
    name: 'cel: check',
    value: rate(() => checkTypes(source, environment)),
    unit: 'expressions/s',
    note: source,
  })
  const compiled = compile(source, environment)
  if (compiled.kind === 'error') throw new Error(compiled.text)
  report({ name: 'cel: estimate', value: rate(() => estimate(compiled.program)), unit: 'expressions/s', note: source })
  report({
    name: 'admission: type check',
    value: rate(() => typeFindings(policy.object, pods), 1000),
    unit: 'policies/s',
    note: 'three expressions and a variable by the schema of Pod',
  })
  report({ name: 'admission: policy', value: policyRate(), unit: 'pods/s', note: 'two validations with a variable' })
}

function policyRate(): number {
  const values = Array.from({ length: 1000 }, (_, index) => {
    const object = pod(index)
    const kind = { group: '', version: 'v1', kind: 'Pod' }
    const request = {
      operation: 'CREATE' as const,
      kind,
      resource: { group: '', version: 'v1', resource: 'pods' },
      subresource: '',
      name: `web-${index}`,
      namespace: 'prod',
      user: { name: 'alice', groups: [] },
      dryRun: false,
      object,
      oldObject: null,
    }
    return requestValues(request, { resource: request.resource, kind }, null, () => ({
      decision: 'no opinion',
      reason: '',
    }))
  })
  let next = 0
  return rate(() => {
    const one = values[next++ % values.length]
    if (one !== undefined) validatePolicy(policy, { values: one, params: null })
  })
}

export default bench
await runBench(import.meta, bench)
