import assert from 'node:assert/strict'
import test from 'node:test'
import { type LevelVersion, podChecks, readPod } from '../../engines/pod-security/index.ts'
import { checkById, checks } from './index.ts'
import { podFaults } from './pod-faults.ts'

const faultsOf = (spec: object, policy?: LevelVersion) =>
  podFaults(readPod({}, spec).pod, policy).map(({ check, fault }) => [
    check.id.slice('pod-security/'.length),
    fault.detail,
  ])

const good = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
}

test('every check of the standards has its meaning, and ids are unique', () => {
  assert.deepEqual(
    checks.map((check) => check.id),
    podChecks.map((check) => `pod-security/${check.id}`),
  )
  assert.equal(checkById('pod-security/privileged')?.severity, 'critical')
  assert.equal(checkById('pod-security/nothing'), undefined)
})

test('tells a hostPath volume once, as the baseline fault that it is', () => {
  const spec = { containers: [{ name: 'a', securityContext: good }], volumes: [{ name: 'v', hostPath: { path: '/' } }] }
  assert.deepEqual(faultsOf(spec), [['hostPathVolumes', 'volume "v"']])
})

test('tells a restricted fault beside the baseline one where it says more', () => {
  const volumes = [
    { name: 'v', hostPath: { path: '/' } },
    { name: 'n', nfs: { server: 'a', path: '/' } },
  ]
  const spec = { containers: [{ name: 'a', securityContext: good }], volumes }
  assert.deepEqual(faultsOf(spec), [
    ['hostPathVolumes', 'volume "v"'],
    ['restrictedVolumes', 'volumes "v", "n" use restricted volume types "hostPath", "nfs"'],
  ])
})

test('tells nothing that the asked level does not forbid', () => {
  const spec = { containers: [{ name: 'a', securityContext: { privileged: true } }] }
  assert.deepEqual(faultsOf(spec, { level: 'baseline', version: 'latest' }), [
    ['privileged', 'container "a" must not set securityContext.privileged=true'],
  ])
  assert.deepEqual(faultsOf(spec, { level: 'privileged', version: 'latest' }), [])
})

test('evaluates a single check at the newest version of the standards', () => {
  const { pod } = readPod({}, { hostNetwork: true })
  assert.deepEqual(checkById('pod-security/hostNamespaces')?.evaluate(pod), {
    reason: 'host namespaces',
    detail: 'hostNetwork=true',
    paths: ['spec.hostNetwork'],
  })
})
