import assert from 'node:assert/strict'
import test from 'node:test'
import { exemptionOf, isSignificantUpdate } from './admission.ts'
import { readPod } from './read-pod.ts'

const podOf = (spec: object) => readPod({}, spec).pod
const a = { name: 'a', image: 'x:1' }

const updates: readonly (readonly [string, object, object, boolean])[] = [
  ['nothing', { containers: [a] }, { containers: [a] }, false],
  ['a security context', { containers: [a] }, { containers: [{ ...a, securityContext: { privileged: true } }] }, false],
  ['an image', { containers: [a] }, { containers: [{ ...a, image: 'x:2' }] }, true],
  ['the image of an init container', { initContainers: [a] }, { initContainers: [{ ...a, image: 'x:2' }] }, true],
  ['a container more', { containers: [a] }, { containers: [a, a] }, true],
  ['an init container less', { initContainers: [a, a] }, { initContainers: [a] }, true],
  ['a new ephemeral container', {}, { ephemeralContainers: [a] }, true],
  ['an ephemeral container less', { ephemeralContainers: [a] }, {}, false],
  [
    'the image of an ephemeral container',
    { ephemeralContainers: [a] },
    { ephemeralContainers: [{ ...a, image: 'y' }] },
    true,
  ],
]

for (const [what, before, after, significant] of updates) {
  test(`an update of ${what} is ${significant ? '' : 'not '}evaluated again`, () => {
    assert.equal(isSignificantUpdate(podOf(after), podOf(before)), significant)
  })
}

test('exempts by namespace, then user, then runtime class, comparing exactly', () => {
  const exemptions = { namespaces: ['kube-system'], usernames: ['bob'], runtimeClasses: ['kata'] }
  const of = (namespace: string, username: string, runtimeClassName?: string) =>
    exemptionOf(exemptions, { namespace, username, pod: podOf({ runtimeClassName }) })
  assert.equal(of('kube-system', 'bob', 'kata'), 'namespace')
  assert.equal(of('shop', 'bob', 'kata'), 'user')
  assert.equal(of('shop', 'alice', 'kata'), 'runtimeClass')
  assert.equal(of('kube-*', 'Bob', 'gvisor'), undefined)
  assert.equal(of('', ''), undefined)
})
