import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { deployer } from './attack-fixture.ts'
import { type SampleDetection, sampleDetection } from './fixture.ts'
import { detectionKeys } from './step.ts'
import { StepList } from './step-list.ts'
import { titleOf } from './title.ts'

const titled = (...samples: readonly SampleDetection[]): string => {
  const list = new StepList({ namesPerStep: 8, evidencePerStep: 10 }, 200, { generalised: 0 })
  for (const sample of samples) {
    const detection = sampleDetection(sample)
    list.add(detection, detectionKeys(detection))
  }
  return titleOf([...list.values()])
}
const eve = { principal: 'eve', rule: 'r', minute: 0 } satisfies SampleDetection
const on = (verb: string, resource: string, namespace = '', name = '', subresource = '') => ({
  ...eve,
  verb,
  target: { resource, subresource, namespace, name },
})
const exec = (name: string) => ({ ...on('create', 'pods', 'shop', name, 'exec'), rule: 'exec' })

for (const [title, samples] of [
  ['eve read Secret payments/stripe', [on('get', 'secrets', 'payments', 'stripe')]],
  ['eve listed Secrets in payments', [on('list', 'secrets', 'payments')]],
  ['eve listed Secrets in all namespaces', [on('list', 'secrets')]],
  ['eve listed nodes', [on('list', 'nodes')]],
  ['eve ran commands in pod shop/web-1', [exec('web-1')]],
  ['eve ran commands in 3 pods', ['a', 'b', 'c'].map(exec)],
  ['eve ran commands in more than 8 pods', Array.from({ length: 12 }, (_, n) => exec(`p${n}`))],
  ['eve attached to pod shop/a', [on('get', 'pods', 'shop', 'a', 'attach')]],
  ['eve forwarded ports of pod shop/a', [on('create', 'pods', 'shop', 'a', 'portforward')]],
  ['eve put a debug container into pod shop/a', [on('patch', 'pods', 'shop', 'a', 'ephemeralcontainers')]],
  ['eve took a token of service account ci/deployer', [on('create', 'serviceaccounts', 'ci', 'deployer', 'token')]],
  ['eve made a privileged pod', [{ ...on('create', 'pods', 'ci', 'x'), title: 'Privileged pod made' }]],
  [
    'eve made DaemonSet ci/x with access to the host',
    [{ ...on('create', 'daemonsets', 'ci', 'x'), title: 'Host path mounted' }],
  ],
  [
    'eve made ci/deployer cluster-admin',
    [{ ...on('create', 'clusterrolebindings', '', 'x'), title: 'Cluster-admin given', grants: [deployer] }],
  ],
  ['eve gave rights to bob and 1 other', [{ ...on('create', 'rolebindings', 'a', 'x'), grants: ['bob', 'dan'] }]],
  ['eve bound a role in RoleBinding a/x', [on('create', 'rolebindings', 'a', 'x')]],
  [
    'eve deleted all events in 2 namespaces',
    [on('deletecollection', 'events', 'a'), on('deletecollection', 'events', 'b')],
  ],
  ['eve changed widgets status a/x', [on('patch', 'widgets', 'a', 'x', 'status')]],
  ['eve was refused 1 Secret read', [{ ...on('get', 'secrets', 'a', 'x'), refused: true }]],
  [
    'eve was refused 2 attempts to make pods',
    ['a', 'b'].map((ns) => ({ ...on('create', 'pods', ns, 'x'), refused: true })),
  ],
  ['eve was refused 1 attempt to run commands in pod shop/a', [{ ...exec('a'), refused: true }]],
  [
    'eve ran commands in pod shop/a; 1 Secret read was refused then',
    [exec('a'), { ...on('get', 'secrets', 'a', 'x'), refused: true, minute: 1 }],
  ],
  ['eve, from 198.51.100.9, listed nodes', [{ ...on('list', 'nodes'), sourceIp: '198.51.100.9' }]],
  [
    'eve, from 198.51.100.9 and 10.0.0.1, listed nodes',
    [
      { ...on('list', 'nodes'), sourceIp: '198.51.100.9' },
      { ...on('list', 'nodes'), rule: 's', sourceIp: '10.0.0.1' },
    ],
  ],
  [
    'somebody without valid credentials, from 198.51.100.9, was refused 3 requests',
    [0, 1, 2].map((minute) => ({
      ...on('list', 'pods'),
      principal: '',
      sourceIp: '198.51.100.9',
      refused: true,
      minute,
    })),
  ],
  [
    'a program in nginx:1 set off “Terminal shell in container” in pod shop/web-1 once',
    [
      {
        rule: 'f',
        title: 'Terminal shell in container',
        minute: 0,
        verb: '',
        pod: 'web-1',
        image: 'nginx:1',
        target: { namespace: 'shop' },
      },
    ],
  ],
  ['eve and ci/deployer ran commands in 2 pods', [{ ...exec('a'), principal: deployer }, exec('b')]],
] as readonly (readonly [string, readonly SampleDetection[]])[]) {
  test(`tells: ${title}`, () => assert.equal(titled(...samples), title))
}

test('tells what failed apart from what was done', () => {
  const failed = { ...on('get', 'secrets', 'a', 'x'), code: 404 }
  assert.equal(titled(failed), 'eve failed with 1 Secret read')
  assert.equal(
    titled(failed, { ...exec('a'), minute: 1 }),
    'eve ran commands in pod shop/a; 1 Secret read failed before',
  )
  assert.equal(
    titled(failed, { ...on('create', 'pods', 'a', 'x'), refused: true }),
    'eve was refused or failed with 1 Secret read and 1 attempt to make pod a/x',
  )
})

test('counts a request once, for which several rules fired', () => {
  const refused = { ...on('get', 'secrets', 'a', 'x'), refused: true }
  assert.equal(
    titled(refused, { ...refused, rule: 's' }, { ...refused, rule: 's', minute: 1 }),
    'eve was refused 2 Secret reads',
  )
})

test('tells a pod by the gravest that rules say of it', () => {
  const made = { ...on('create', 'pods', 'ci', 'x'), title: 'A pod that a person made' }
  assert.equal(titled(made, { ...made, rule: 's', title: 'Privileged pod' }), 'eve made a privileged pod')
  assert.equal(
    titled(made, { ...made, rule: 's', title: 'Pod in the network of its machine' }),
    'eve made pod ci/x with access to the host',
  )
})

test('does not name who did little beside the others', () => {
  const removed = on('delete', 'pods', 'ci', 'x')
  assert.equal(
    titled({ ...removed, severity: 'high' }, { ...removed, principal: 'kwok', severity: 'info' }),
    'eve deleted pod ci/x',
  )
})

test('one who got rights and used them is told first, and the one who gave them is not mixed in', () => {
  const grant = {
    ...on('create', 'clusterrolebindings', '', 'x'),
    title: 'cluster-admin',
    grants: [deployer],
    severity: 'critical',
  } as const
  assert.equal(
    titled(grant, { ...on('list', 'secrets'), principal: deployer, minute: 1 }),
    'ci/deployer was made cluster-admin and listed Secrets in all namespaces',
  )
  assert.equal(titled({ ...grant, principal: deployer }), 'ci/deployer was made cluster-admin by itself')
})

test('is short, of one line and without control characters, whatever the names are', () => {
  const word = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.constantFrom('pods', 'secrets', '<b>', '\u202eevil', '\n', '*'),
  )
  const sample = fc.record({
    rule: word,
    title: word,
    severity: fc.constantFrom('low', 'medium', 'critical'),
    principal: word,
    sourceIp: word,
    verb: fc.oneof(fc.constantFrom('get', 'create', 'delete', ''), word),
    pod: fc.constantFrom('', 'p'),
    image: word,
    refused: fc.boolean(),
    grants: fc.array(word, { maxLength: 2 }),
    minute: fc.nat(10),
    target: fc.record({ resource: word, subresource: word, namespace: word, name: word }),
  })
  fc.assert(
    fc.property(fc.array(sample, { minLength: 1, maxLength: 12 }), (samples) => {
      const title = titled(...samples)
      assert.ok(title.length <= 200, title)
      assert.doesNotMatch(title, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
      assert.ok(title.isWellFormed())
    }),
    { numRuns: 500 },
  )
})
