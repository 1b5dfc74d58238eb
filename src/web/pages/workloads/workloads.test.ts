import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import type { Finding } from '../../../model/finding.ts'
import { withoutNoise } from '../../json/noise.ts'
import { findingsByLevel } from './findings-by-level.ts'
import { patchCommand } from './patch-command.ts'
import { parseWorkloadKey, workloadKey } from './workload-key.ts'

test('a workload in the URL is read back, whatever its name', () => {
  const ref = { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'a/b %41 <b>' }
  assert.deepEqual(parseWorkloadKey(workloadKey(ref)), ref)
  assert.deepEqual(parseWorkloadKey(workloadKey({ ...ref, group: '' })), { ...ref, group: '' })
  for (const bad of ['', 'a', 'a/b/c/d/e', 'apps//shop/web', '%/b/c/d', '/Pod/shop/']) {
    assert.equal(parseWorkloadKey(bad), undefined, bad)
  }
})

test('the patch command applies to the template of the kind', () => {
  const patch = { spec: { hostPID: null } }
  assert.equal(
    patchCommand({ group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' }, patch),
    `kubectl patch deployment.apps/web --namespace shop --type strategic --dry-run=server --output yaml --patch '{"spec":{"template":{"spec":{"hostPID":null}}}}'`,
  )
  assert.match(
    patchCommand({ group: 'batch', kind: 'CronJob', namespace: 'data', name: 'backup' }, patch) ?? '',
    /--patch '\{"spec":\{"jobTemplate":\{"spec":\{"template":/,
  )
  assert.equal(patchCommand({ group: '', kind: 'Pod', namespace: 'shop', name: 'web' }, patch), undefined)
})

test('a hostile name stays one word of the shell', () => {
  const name = `a'; touch /tmp/never; echo '$(id)`
  const command = patchCommand({ group: 'apps', kind: 'Deployment', namespace: 'shop', name }, {}) ?? ''
  const words = execFileSync('sh', ['-c', `printf '%s\\n' ${command.replace(/^kubectl patch/, '')}`], {
    encoding: 'utf8',
  })
  assert.equal(words.split('\n')[0], `deployment.apps/${name}`)
})

test('what the API server itself counts is left out of a comparison', () => {
  assert.deepEqual(
    withoutNoise({ kind: 'Pod', metadata: { name: 'web', resourceVersion: '7', managedFields: [] }, spec: {} }),
    { kind: 'Pod', metadata: { name: 'web' }, spec: {} },
  )
  assert.equal(withoutNoise('text'), 'text')
})

test('findings stand under the level that they keep the workload from', () => {
  const finding = (check: string, reference: string): Finding => ({
    id: check,
    check,
    title: check,
    severity: 'low',
    object: { group: '', kind: 'Pod', namespace: 'shop', name: 'web' },
    message: '',
    paths: [],
    remediation: '',
    reference,
  })
  const standard = 'https://kubernetes.io/docs/concepts/security/pod-security-standards/'
  const a = finding('a', `${standard}#baseline`)
  const b = finding('b', `${standard}#restricted`)
  const c = finding('c', '')
  assert.deepEqual(findingsByLevel('privileged', [a, b, c]), [
    { level: 'baseline', findings: [a, c] },
    { level: 'restricted', findings: [b] },
  ])
  assert.deepEqual(findingsByLevel('baseline', [b]), [{ level: 'restricted', findings: [b] }])
  assert.deepEqual(findingsByLevel('restricted', []), [])
})
