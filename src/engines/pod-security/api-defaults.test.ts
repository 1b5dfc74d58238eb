import assert from 'node:assert/strict'
import test from 'node:test'
import { withApiDefaults } from './api-defaults.ts'
import { messageOf, violationsOf } from './evaluate.ts'
import { readPod } from './read-pod.ts'

const spec = {
  hostNetwork: true,
  volumes: [{ name: 'v' }],
  containers: [{ name: 'a', ports: [{ containerPort: 80 }, { containerPort: 81, hostPort: 8081 }] }],
  ephemeralContainers: [{ name: 'e', ports: [{ containerPort: 90 }] }],
}
const { pod } = readPod({}, spec)
const told = (kind: 'Pod' | 'template') =>
  messageOf(violationsOf({ level: 'baseline', version: 'latest' }, withApiDefaults(pod, kind)))

test('a volume without a source is an emptyDir', () => {
  assert.deepEqual(withApiDefaults(pod, 'template').volumes, [
    { path: 'spec.volumes[0]', name: 'v', sources: ['emptyDir'] },
  ])
})

test('in a Pod on the host network every port is a host port, in a template only those that say so', () => {
  assert.equal(told('Pod'), 'host namespaces (hostNetwork=true), hostPort (container "a" uses hostPorts 80, 8081)')
  assert.equal(told('template'), 'host namespaces (hostNetwork=true), hostPort (container "a" uses hostPort 8081)')
})

test('tells an AppArmor annotation of a Pod also as the field that it becomes', () => {
  const annotations = Object.fromEntries(
    ['a', 'b', 'c'].map((name) => [`container.apparmor.security.beta.kubernetes.io/${name}`, 'unconfined']),
  )
  const containers = [{ name: 'a' }, { name: 'b', securityContext: { appArmorProfile: { type: 'RuntimeDefault' } } }]
  const read = readPod({ annotations }, { containers }).pod
  assert.equal(
    messageOf(violationsOf({ level: 'baseline', version: 'latest' }, withApiDefaults(read, 'Pod'))),
    'forbidden AppArmor profiles (container "a" and annotations must not set AppArmor profile type to "Unconfined", "container.apparmor.security.beta.kubernetes.io/a="unconfined"", "container.apparmor.security.beta.kubernetes.io/b="unconfined"", "container.apparmor.security.beta.kubernetes.io/c="unconfined"")',
  )
  assert.equal(withApiDefaults(read, 'template').containers[0]?.securityContext, undefined)
})
