import assert from 'node:assert/strict'
import test from 'node:test'
import { evaluatePod } from './evaluate.ts'
import { readPod } from './read-pod.ts'

const restricted = { level: 'restricted', version: 'latest' } as const

test('names every field of a wrong type, with what stands there', () => {
  const spec = {
    hostNetwork: 'true',
    hostUsers: 0,
    os: ['windows'],
    securityContext: { runAsUser: 1.5, sysctls: { name: 'a' }, seccompProfile: 'RuntimeDefault' },
    containers: { a: { image: 'x' } },
    initContainers: ['x', { name: 7, securityContext: { privileged: 'yes', capabilities: { add: [1, null] } } }],
    ephemeralContainers: [{ ports: [{ hostPort: 4294967296 }], livenessProbe: { httpGet: { host: 1 } } }],
    volumes: [{ name: 'v', hostPath: '/' }],
  }
  const { unreadable } = readPod({ annotations: { a: 1, b: null } }, spec)
  assert.deepEqual(
    unreadable.map((one) => `${one.path}: ${one.expected}, not ${one.got}`),
    [
      'metadata.annotations["a"]: a text, not the number 1',
      'spec.hostNetwork: true or false, not the text "true"',
      'spec.hostUsers: true or false, not the number 0',
      'spec.os: an object, not a list',
      'spec.securityContext.sysctls: a list, not an object',
      'spec.securityContext.runAsUser: a whole number, not the number 1.5',
      'spec.securityContext.seccompProfile: an object, not the text "RuntimeDefault"',
      'spec.volumes[0].hostPath: an object, not the text "/"',
      'spec.initContainers[0]: an object, not the text "x"',
      'spec.initContainers[1].name: a text, not the number 7',
      'spec.initContainers[1].securityContext.privileged: true or false, not the text "yes"',
      'spec.initContainers[1].securityContext.capabilities.add[0]: a text, not the number 1',
      'spec.containers: a list, not an object',
      'spec.ephemeralContainers[0].ports[0].hostPort: a whole number, not the number 4294967296',
      'spec.ephemeralContainers[0].livenessProbe.httpGet.host: a text, not the number 1',
    ],
  )
})

test('never allows a pod with an unreadable field, whatever the checks say', () => {
  const evaluation = evaluatePod({ level: 'baseline', version: 'latest' }, { spec: { containers: { a: {} } } })
  assert.deepEqual([evaluation.allowed, evaluation.violations, evaluation.unreadable.length], [false, [], 1])
})

test('reads anything at all without an exception', () => {
  for (const spec of [undefined, null, 7, 'x', [], [[]], { containers: [null] }, { securityContext: null }]) {
    const { unreadable } = readPod(spec, spec)
    assert.equal(unreadable.length, typeof spec === 'object' && !Array.isArray(spec) ? 0 : spec === undefined ? 0 : 2)
  }
})

test('takes null for unset, and a null in a list for an empty object, as the API server does', () => {
  const evaluation = evaluatePod(restricted, { metadata: null, spec: { securityContext: null, containers: [null] } })
  assert.deepEqual(
    evaluation.violations[0]?.detail,
    'container "" must set securityContext.allowPrivilegeEscalation=false',
  )
})

test('keys are case-sensitive', () => {
  const spec = { containers: [{ name: 'a', securityContext: { Privileged: true } }] }
  assert.equal(evaluatePod({ level: 'baseline', version: 'latest' }, { spec }).allowed, true)
})
