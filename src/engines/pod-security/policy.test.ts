import assert from 'node:assert/strict'
import test from 'node:test'
import { defaultPolicy, isUnlabelled, policyFor } from './policy.ts'
import { formatLevelVersion, minorOf, parsePolicyVersion } from './version.ts'

const label = (name: string) => `pod-security.kubernetes.io/${name}`
const shown = (labels: Record<string, string>) => {
  const { policy, errors } = policyFor(labels)
  return {
    enforce: formatLevelVersion(policy.enforce),
    audit: formatLevelVersion(policy.audit),
    warn: formatLevelVersion(policy.warn),
    errors: errors.map((one) => `${one.label}=${one.value}: ${one.message}`),
  }
}

test('a namespace without labels gets the defaults of the API server', () => {
  assert.deepEqual(policyFor({}), { policy: defaultPolicy, errors: [] })
  assert.equal(isUnlabelled({ team: 'a' }), true)
  assert.equal(isUnlabelled({ [label('warn-version')]: 'v1.30' }), false)
})

test('warn follows a stricter enforce label, with its version unless warn has one', () => {
  assert.deepEqual(shown({ [label('enforce')]: 'baseline', [label('enforce-version')]: 'v1.30' }), {
    enforce: 'baseline:v1.30',
    audit: 'privileged:latest',
    warn: 'baseline:v1.30',
    errors: [],
  })
  assert.deepEqual(shown({ [label('enforce')]: 'baseline', [label('warn-version')]: 'v1.20' }).warn, 'baseline:v1.20')
  assert.deepEqual(shown({ [label('enforce')]: 'restricted', [label('warn')]: 'baseline' }).warn, 'baseline:latest')
})

test('a bad enforce level fails closed, bad audit and warn levels fail open, a bad version is latest', () => {
  assert.deepEqual(
    shown({
      [label('enforce')]: 'Baseline',
      [label('enforce-version')]: 'v1.030',
      [label('audit')]: 'strict',
      [label('warn')]: '',
    }),
    {
      enforce: 'restricted:latest',
      audit: 'privileged:latest',
      warn: 'privileged:latest',
      errors: [
        `${label('enforce')}=Baseline: must be one of privileged, baseline, restricted`,
        `${label('enforce-version')}=v1.030: must be "latest" or "v1.x"`,
        `${label('audit')}=strict: must be one of privileged, baseline, restricted`,
        `${label('warn')}=: must be one of privileged, baseline, restricted`,
      ],
    },
  )
})

test('labels named like members of every object are no labels', () => {
  assert.deepEqual(policyFor(JSON.parse('{"__proto__": {"pod-security.kubernetes.io/enforce": "baseline"}}')), {
    policy: defaultPolicy,
    errors: [],
  })
})

test('reads versions as upstream does, and means the newest known by newer ones', () => {
  const texts = [
    'latest',
    'v1.0',
    'v1.37',
    'v1.99',
    'v1.9007199254740993',
    'v1.01',
    'v2.0',
    '1.30',
    'v1.',
    'v1.1.1',
    'v1.99999999999999999999',
  ]
  assert.deepEqual(texts.map(parsePolicyVersion), [
    'latest',
    'v1.0',
    'v1.37',
    'v1.99',
    'v1.9007199254740993',
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ])
  assert.deepEqual([minorOf('latest'), minorOf('v1.0'), minorOf('v1.99')], [37, 0, 37])
})
