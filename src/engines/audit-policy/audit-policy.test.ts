import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { JsonValue } from '../../model/json.ts'
import { ruleCovers } from './cover.ts'
import { decide, estimateSize, lintPolicy, type Policy, readPolicy, sightOf, whyNot } from './index.ts'
import { matchRule } from './match.ts'
import type { Attributes, PolicyRule } from './types.ts'

const head = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy' }
const policyOf = (rules: JsonValue, more: Readonly<Record<string, JsonValue>> = {}): Policy => {
  const reading = readPolicy({ ...head, rules, ...more })
  if (reading.kind === 'refused') assert.fail(JSON.stringify(reading.errors))
  return reading.policy
}
const secretGet: Attributes = {
  user: { name: 'alice', groups: ['devs'] },
  verb: 'get',
  scope: { kind: 'resource', apiGroup: '', resource: 'secrets', subresource: '', namespace: 'shop', name: 'tls' },
}

test('the first rule that matches decides, and each rule above says why it did not', () => {
  const policy = policyOf([
    { level: 'None', users: ['system:kube-proxy'] },
    { level: 'RequestResponse', verbs: ['create'] },
    { level: 'Metadata', resources: [{ resources: ['secrets/*'] }], omitStages: ['RequestReceived'] },
    { level: 'Request' },
  ])
  assert.deepEqual(decide(policy, secretGet), {
    level: 'Metadata',
    omitStages: ['RequestReceived'],
    omitManagedFields: false,
    rule: 2,
  })
  assert.deepEqual(whyNot(policy, secretGet), [
    { rule: 0, criterion: 'users' },
    { rule: 1, criterion: 'verbs' },
  ])
})

test('a policy without a kind is taken for one, as the decoder of the API server does; one without a version is not', () => {
  const { apiVersion, kind } = head
  const rules = [{ level: 'None' }]
  const kinds = [{}, { kind: '' }, { kind: null }, { kind: 'policy' }, { kind: 'Event' }].map((one) =>
    readPolicy({ apiVersion, rules, ...one }),
  )
  assert.deepEqual(
    [...kinds, readPolicy({ kind, rules })].map((reading) => reading.kind),
    ['accepted', 'accepted', 'accepted', 'refused', 'refused', 'refused'],
  )
})

test('metadata decide nothing, and are refused where they cannot be decoded', () => {
  const reading = readPolicy({ ...head, metadata: { name: 7, labels: { a: 1 }, annotations: 'x' }, rules: [] })
  assert.deepEqual(reading.kind === 'refused' ? reading.errors.map(({ path }) => path) : [], [
    'metadata.name',
    'metadata.labels["a"]',
    'metadata.annotations',
    'rules',
  ])
})

test('a policy is refused with the path of each fault, and a misspelt field is a warning', () => {
  assert.deepEqual(
    readPolicy({
      ...head,
      omitStages: ['Foo'],
      rules: [
        { level: 'metadata', resource: [] },
        { level: 'None', nonResourceURLs: ['healthz', '/a*b'], namespaces: [1] },
      ],
    }),
    {
      kind: 'refused',
      errors: [
        {
          path: 'omitStages[0]',
          what: '"Foo" is not a stage; it is one of RequestReceived, ResponseStarted, ResponseComplete, Panic',
        },
        {
          path: 'rules[0].level',
          what: '"metadata" is not a level; it is one of None, Metadata, Request, RequestResponse',
        },
        { path: 'rules[1].nonResourceURLs[0]', what: 'a non-resource URL begins with "/"' },
        { path: 'rules[1].nonResourceURLs[1]', what: 'a "*" can only be the last character' },
        { path: 'rules[1].namespaces[0]', what: '1 is not a text; put it in quotes' },
        {
          path: 'rules[1].nonResourceURLs',
          what: 'rules cannot apply to both regular resources and non-resource URLs',
        },
      ],
      warnings: [
        { path: 'rules[0].resource', what: 'is no field of it and is passed over; did you mean "resources"?' },
      ],
    },
  )
})

const refused: readonly (readonly [string, JsonValue])[] = [
  ['a list', []],
  ['nothing', null],
  ['no rules', { ...head }],
  ['another version', { apiVersion: 'audit.k8s.io/v1beta1', kind: 'Policy', rules: [{ level: 'None' }] }],
  ['rules as a map', { ...head, rules: {} }],
  ['a group with a version', { ...head, rules: [{ level: 'None', resources: [{ group: 'apps/v1' }] }] }],
  ['names without resources', { ...head, rules: [{ level: 'None', resources: [{ resourceNames: ['a'] }] }] }],
]
for (const [what, value] of refused) {
  test(`refuses ${what}`, () => assert.equal(readPolicy(value).kind, 'refused'))
}

test('lint names rules that never decide, secrets in bodies, noise, and blindness', () => {
  const policy = policyOf(
    [
      { level: 'Request', resources: [{ group: '', resources: ['*'] }] },
      { level: 'None', resources: [{ group: '', resources: ['pods'] }] },
      { level: 'Metadata', nonResourceURLs: ['*'], omitStages: ['ResponseComplete'] },
    ],
    { omitStages: ['RequestReceived'] },
  )
  assert.deepEqual(
    lintPolicy(policy).map(({ id, rule, what }) => `${rule} ${id}: ${what}`),
    [
      '-1 no-end: Requests that no rule matches are not recorded, those of new kinds among them',
      '0 secret-bodies: rules[0] writes bodies of secrets into the audit log (level Request)',
      '0 secret-bodies: rules[0] writes bodies of configmaps into the audit log (level Request)',
      '0 secret-bodies: rules[0] writes bodies of serviceaccounts/token into the audit log (level Request)',
      '1 unreachable: rules[1] never decides: rules[0] matches all that it matches',
      '2 blind-to-results: rules[2] omits the stage ResponseComplete: whether a request succeeded is not told',
      '2 noise: rules[2] records health checks (/healthz, /livez, /readyz)',
    ],
  )
})

test('a detection rule sees, sees partly, or is blind, with what is missing', () => {
  const policy = policyOf([
    { level: 'None', users: ['system:apiserver'] },
    { level: 'Metadata', resources: [{ group: '', resources: ['pods'] }] },
    { level: 'RequestResponse', namespaces: ['shop'] },
  ])
  const scope = { kind: 'resource', apiGroup: '', resource: 'pods', subresource: '' } as const
  const need = { id: 'host-pid', requests: [{ verb: 'create', scope }], stages: ['ResponseComplete'] } as const
  assert.deepEqual(sightOf(policy, { ...need, level: 'Request', field: 'requestObject.spec.hostPID' }), {
    kind: 'blind',
    rules: [0, 1],
    missing: 'the request is not recorded',
  })
  const own = { ...need, requests: [{ ...need.requests[0], user: { name: 'alice', groups: [] } }] }
  assert.deepEqual(sightOf(policy, { ...own, level: 'Request', field: 'requestObject.spec.hostPID' }), {
    kind: 'blind',
    rules: [1],
    missing: 'requestObject.spec.hostPID is missing: it needs level Request',
  })
  assert.deepEqual(sightOf(policy, { ...own, level: 'Metadata', field: 'verb' }), { kind: 'sees' })
  assert.equal(sightOf(policy, { ...need, level: 'Metadata', field: 'verb' }).kind, 'partly')
})

test('the size of a record is that of its events, with bodies as the level has them', () => {
  const policy = policyOf([
    { level: 'RequestResponse', verbs: ['create'] },
    { level: 'Metadata', omitStages: ['RequestReceived'] },
  ])
  const request = {
    attributes: secretGet,
    stages: ['RequestReceived', 'ResponseComplete'] as const,
    metadataBytes: 1000,
    requestBytes: 300,
    responseBytes: 500,
  }
  const create = { ...request, attributes: { ...secretGet, verb: 'create' } }
  assert.deepEqual(estimateSize(policy, [request, create, request]), {
    events: 4,
    bytes: 4800,
    byRule: [
      { rule: 0, events: 2, bytes: 2800 },
      { rule: 1, events: 2, bytes: 2000 },
    ],
  })
})

const some = (...values: readonly string[]) => fc.subarray([...values], { maxLength: 2 })
const resourceRule: fc.Arbitrary<PolicyRule> = fc
  .record({
    users: some('a', 'b'),
    userGroups: some('g', 'h'),
    verbs: some('get', 'list'),
    namespaces: some('', 'shop'),
    resources: fc.array(
      fc.record({
        group: fc.constantFrom('', '*'),
        resources: some('pods', 'pods/*', '*', '*/log', 'pods/log'),
        resourceNames: fc.constant([]),
      }),
      { maxLength: 2 },
    ),
  })
  .map((rule) => ({ ...rule, level: 'Metadata', nonResourceURLs: [], omitStages: [], omitManagedFields: undefined }))
const request: fc.Arbitrary<Attributes> = fc.record({
  user: fc.record({ name: fc.constantFrom('a', 'b', 'c'), groups: some('g', 'h') }),
  verb: fc.constantFrom('get', 'list', 'watch'),
  scope: fc.record({
    kind: fc.constant('resource' as const),
    apiGroup: fc.constantFrom('', 'apps'),
    resource: fc.constantFrom('pods', 'nodes'),
    subresource: fc.constantFrom('', 'log'),
    namespace: fc.constantFrom('', 'shop', 'other'),
    name: fc.constant(''),
  }),
})

test('a rule that is said to be covered never decides', () => {
  fc.assert(
    fc.property(resourceRule, resourceRule, request, (earlier, later, attributes) => {
      if (!ruleCovers(earlier, later) || matchRule(later, attributes).match !== 'yes') return
      assert.equal(matchRule(earlier, attributes).match, 'yes')
    }),
    { numRuns: 2000 },
  )
})

test('what is known of a request never contradicts the whole request', () => {
  fc.assert(
    fc.property(resourceRule, request, (rule, attributes) => {
      const partial = matchRule(rule, { ...attributes, user: undefined, verb: undefined }).match
      if (partial !== 'maybe') assert.equal(matchRule(rule, attributes).match, partial)
    }),
  )
})
