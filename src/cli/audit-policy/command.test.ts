import assert from 'node:assert/strict'
import test from 'node:test'
import { runCommand } from '../fixture.ts'
import { auditPolicyCommand } from './command.ts'

/** Runs `bulwark audit-policy` with `text` as policy.yaml, which stands for FILE in `args`; its folder is left out of what is given back. */
const run = async (text: string, args: readonly string[]) => {
  const argsIn = (folder: string) => args.map((one) => (one === 'FILE' ? `${folder}/policy.yaml` : one))
  const around = { files: { 'policy.yaml': text }, input: text }
  const { folder, code, stdout, stderr } = await runCommand(auditPolicyCommand, argsIn, around)
  const lines = (all: string) => all.replaceAll(`${folder}/`, '').split('\n').slice(0, -1)
  return { code, stdout: lines(stdout), stderr: lines(stderr) }
}

const policy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: None
  nonResourceURLs: ["/healthz*", "/livez*", "/readyz*"]
- level: Metadata
  resources: [{group: "", resources: [secrets, configmaps, serviceaccounts/token]}, {group: authentication.k8s.io}]
- level: Request
  userGroups: [devs]
  namespaces: [shop]
- level: Metadata
`

test('a policy with nothing wrong ends with 0', async () => {
  assert.deepEqual(await run(policy, ['lint', 'FILE']), { code: 0, stdout: [], stderr: ['one policy: nothing found'] })
})

test('tells what is wrong with its place and how to mend it, also from standard input', async () => {
  const wrong = policy.replace('level: Request\n', 'level: Request\n  verb: [get]\n').replace('"/livez*", ', '')
  const { code, stdout } = await run(wrong, ['lint', '-'])
  assert.deepEqual(
    [code, stdout],
    [
      1,
      [
        '<stdin>:10:3  high    rules[2].verb is no field of it and is passed over; did you mean "verbs"?',
        '<stdin>:13:3  low     rules[3] records health checks (/livez)',
        '    → Put a rule with level None for nonResourceURLs /healthz*, /livez*, /readyz* above it',
      ],
    ],
  )
  assert.equal((await run(wrong, ['lint', 'FILE', '--fail-on', 'error'])).code, 0)
  const json = await run(wrong, ['lint', 'FILE', '-o', 'json', '--fail-on', 'high'])
  const { remarks, complete } = JSON.parse(json.stdout.join('\n'))
  assert.deepEqual(
    [json.code, complete, remarks.map((one: { id: string }) => one.id), remarks[1].place.line],
    [1, true, ['passed-over', 'noise'], 13],
  )
})

test('tells why the API server would refuse a policy', async () => {
  const { code, stdout } = await run(policy.replace('level: Request\n', 'level: request\n'), ['lint', 'FILE'])
  assert.deepEqual(
    [code, stdout],
    [
      1,
      [
        'policy.yaml:9:3  error   rules[2].level "request" is not a level; it is one of None, Metadata, Request, RequestResponse',
      ],
    ],
  )
  const explained = await run(policy.replace('kind: Policy', 'kind: Pod'), ['explain', 'FILE', '--uri', '/x'])
  assert.deepEqual([explained.code, explained.stdout, explained.stderr.length], [1, [], 1])
})

test('explains the rule that decides and why those above it do not', async () => {
  const args = [
    'explain',
    'FILE',
    '--user',
    'alice',
    '-g',
    'devs',
    '--verb',
    'get',
    '--resource',
    'po',
    '--name',
    'web',
  ]
  assert.deepEqual(await run(policy, [...args, '-n', 'shop']), {
    code: 0,
    stdout: [
      'Request: get pods "web" in namespace shop by alice',
      '  Request by rules[2]: recorded at ResponseStarted, ResponseComplete, Panic  policy.yaml:9:3',
      '  not rules[0]: its nonResourceURLs do not match  policy.yaml:6:3',
      '  not rules[1]: its resources do not match  policy.yaml:8:3',
    ],
    stderr: [],
  })
  assert.deepEqual((await run(policy, args)).stdout.slice(0, 3), [
    'It depends on what is not known: get pods "web" in namespace ? by alice',
    '  or Request by rules[2]: recorded at ResponseStarted, ResponseComplete, Panic  policy.yaml:9:3',
    '  or Metadata by rules[3]: recorded at ResponseStarted, ResponseComplete, Panic  policy.yaml:12:3',
  ])
})

test('explains a URI as the API server understands it', async () => {
  const level = async (...args: readonly string[]) =>
    (await run(policy, ['explain', 'FILE', '-u', 'x', ...args])).stdout[0]
  assert.equal(await level('--uri', '/healthz'), 'None: get /healthz by x')
  assert.equal(
    await level('--uri', '/api/v1/namespaces/shop/secrets?watch=true'),
    'Metadata: watch secrets in namespace shop by x',
  )
  assert.equal(
    await level('--uri', '/apis/apps/v1/namespaces/shop/deployments', '--method', 'post', '-g', 'devs'),
    'Request: create deployments.apps in namespace shop by x',
  )
})

for (const [what, text, problem] of [
  ['is no YAML', 'rules: [', /^not read: policy.yaml:1:\d+: the document cannot be read/],
  ['holds no object', 'rules: []\n', /^not read: policy.yaml:1:1: not a Kubernetes object/],
  ['holds two policies', `${policy}---\n${policy}`, /^not read: policy.yaml:14:1: a second object/],
] as const) {
  test(`a file that ${what} ends with 3`, async () => {
    for (const args of [
      ['lint', 'FILE'],
      ['explain', 'FILE', '--uri', '/x'],
    ]) {
      const { code, stderr } = await run(text, args)
      assert.equal(code, 3)
      assert.match(stderr[0] ?? '', problem)
    }
  })
}

test('refuses a request of which nothing is said, or both a resource and a URI', async () => {
  for (const args of [[], ['--uri', '/x', '--resource', 'pods'], ['--uri', 'x'], ['--resource', 'frobs']]) {
    await assert.rejects(run(policy, ['explain', 'FILE', ...args]), { code: 'CONFIG_INVALID' })
  }
})
