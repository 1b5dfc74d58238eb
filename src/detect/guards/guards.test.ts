import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { asObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import type { ObjectVersion } from '../../model/object.ts'
import type { AuditTarget } from '../../model/record.ts'
import { sampleObject } from '../../state/fixture.ts'
import { audit, start } from '../fixture.ts'
import { changesGuard, Guards, guardedMembers, guards, isGuard } from './index.ts'

const enforce = 'pod-security.kubernetes.io/enforce'
const second = 1_000_000

const target = (resource: string, group = '', namespace = ''): AuditTarget => ({
  group,
  version: 'v1',
  resource,
  subresource: '',
  namespace,
  name: 'payments',
})

interface Request {
  readonly verb?: string
  readonly code?: number
  readonly uri?: string
  readonly request?: JsonValue
  readonly response?: JsonObject
  readonly of?: AuditTarget
}

const request = (at: number, { verb = 'patch', code = 200, uri = '/x', request, response, of }: Request) =>
  audit(at, {
    verb,
    code,
    requestUri: uri,
    target: of ?? target('namespaces'),
    event: {
      ...(request !== undefined && { requestObject: request }),
      ...(response !== undefined && { responseObject: response }),
    },
  })

const labelled = (labels: Record<string, string | null>): JsonObject => ({ metadata: { name: 'payments', labels } })

const version = (at: number, labels: Record<string, string>): ObjectVersion =>
  sampleObject({ kind: 'Namespace', name: 'payments', labels, time: start + at * second })

interface Told extends JsonObject {
  readonly id: string
}

/** What a list of requests and versions lowered, as `guard from>to`. */
const lowered = (records: readonly (ReturnType<typeof request> | ObjectVersion)[], guards = new Guards<Told>()) =>
  records.flatMap((record) => {
    if (record.kind === 'object') {
      return guards.learn(record).map(({ kept, lowerings }) => `${kept.id}: ${lowerings.map(words).join()}`)
    }
    const found = guards.judge(record, () => ({ id: record.auditId.slice(-5) }))
    return found.length === 0 ? [] : [found.map(words).join()]
  })

const words = ({ guard, from, to }: { guard: string; from: string; to: string }): string => `${guard} ${from}>${to}`

const put = (labels: Record<string, string>): Request => ({ verb: 'update', request: labelled(labels) })
const made = (labels: Record<string, string>) => request(0, { verb: 'create', code: 201, request: labelled(labels) })
const restricted = made({ [enforce]: 'restricted' })

describe('the Pod Security level of a namespace', () => {
  for (const [name, before, change, expected] of [
    ['from restricted to baseline', { [enforce]: 'restricted' }, put({ [enforce]: 'baseline' }), 'restricted>baseline'],
    ['from baseline to privileged', { [enforce]: 'baseline' }, put({ [enforce]: 'privileged' }), 'baseline>privileged'],
    ['without its label', { [enforce]: 'baseline' }, put({}), 'baseline>privileged'],
    [
      'by a merge patch',
      { [enforce]: 'restricted' },
      { request: labelled({ [enforce]: 'baseline' }) },
      'restricted>baseline',
    ],
    [
      'by a merge patch to null',
      { [enforce]: 'restricted' },
      { request: labelled({ [enforce]: null }) },
      'restricted>privileged',
    ],
    [
      'by a JSON patch',
      { [enforce]: 'restricted' },
      {
        request: [
          { op: 'add', path: '/metadata/annotations/note', value: 'x' },
          { op: 'replace', path: '/metadata/labels/pod-security.kubernetes.io~1enforce', value: 'baseline' },
        ],
      },
      'restricted>baseline',
    ],
    [
      'by a JSON patch of all labels',
      { [enforce]: 'restricted' },
      { request: [{ op: 'remove', path: '/metadata/labels' }] },
      'restricted>privileged',
    ],
    [
      'by an applied patch',
      { [enforce]: 'restricted' },
      {
        uri: '/api/v1/namespaces/payments?fieldManager=x',
        request: { apiVersion: 'v1', kind: 'Namespace', ...labelled({ [enforce]: 'baseline' }) },
      },
      'restricted>baseline',
    ],
    [
      'by whatever, where the answer is told',
      { [enforce]: 'restricted' },
      { request: [{ op: 'test' }], response: { kind: 'Namespace', ...labelled({ [enforce]: 'baseline' }) } },
      'restricted>baseline',
    ],
  ] as const satisfies readonly (readonly [string, Record<string, string>, Request, string])[])
    test(`is lowered ${name}`, () => {
      assert.deepEqual(lowered([made(before), request(60, change)]), [`pod-security.enforce ${expected}`])
    })

  test('is lowered by an older version of the same level', () => {
    const pin = (version: string) => ({ [enforce]: 'restricted', [`${enforce}-version`]: version })
    assert.deepEqual(lowered([restricted, request(60, put(pin('v1.24')))]), [
      'pod-security.enforce-version latest>v1.24',
    ])
    assert.deepEqual(lowered([made(pin('v1.24')), request(60, put(pin('v1.30')))]), [])
  })

  for (const [name, change] of [
    ['a level that is as before', put({ [enforce]: 'restricted' })],
    ['another label', { request: labelled({ team: 'pay' }) }],
    ['a dry run', { ...put({}), uri: '/api/v1/namespaces/payments?dryRun=All' }],
    ['a dry run that is spelled otherwise', { ...put({}), uri: '/api/v1/namespaces/payments?x=1&dryRu%6E=%41ll' }],
    ['a refused request', { ...put({}), code: 403 }],
    ['a level of warnings alone', put({ [enforce]: 'restricted', 'pod-security.kubernetes.io/warn': 'privileged' })],
  ] as const satisfies readonly (readonly [string, Request])[])
    test(`is not lowered by ${name}, which is not learned as if it were`, () => {
      assert.deepEqual(lowered([restricted, request(60, change)]), [])
      assert.deepEqual(lowered([restricted, request(60, change), request(90, put({ [enforce]: 'baseline' }))]), [
        'pod-security.enforce restricted>baseline',
      ])
    })

  test('is lowered by a request that only speaks of a dry run in another parameter', () => {
    const change = {
      ...put({ [enforce]: 'baseline' }),
      uri: '/api/v1/namespaces/payments?fieldManager=dryRun=All&x=dryRun',
    }
    assert.deepEqual(lowered([restricted, request(60, change)]), ['pod-security.enforce restricted>baseline'])
  })

  test('of an unknown namespace is lowered only where the request itself names the weakest', () => {
    const unknown = 'pod-security.enforce unknown>privileged'
    assert.deepEqual(lowered([request(60, { request: labelled({ [enforce]: 'privileged' }) })]), [unknown])
    assert.deepEqual(lowered([request(60, { request: labelled({ [enforce]: null }) })]), [unknown])
    assert.deepEqual(lowered([request(60, put({ [enforce]: 'baseline' }))]), [])
    assert.deepEqual(lowered([request(60, put({}))]), [])
    assert.deepEqual(lowered([request(60, { code: 201, request: labelled({ [enforce]: 'privileged' }) })]), [])
  })
})

describe('a version of the object', () => {
  const listed = version(0, { [enforce]: 'restricted' })
  const after = version(60.2, { [enforce]: 'baseline' })

  test('tells how it was before, whether it comes before the request or after it', () => {
    const change = request(60, put({ [enforce]: 'baseline' }))
    const expected = ['pod-security.enforce restricted>baseline']
    assert.deepEqual(lowered([listed, change, after]), expected)
    assert.deepEqual(lowered([listed, after, change]), expected)
    const patch = request(60, { request: labelled({ [enforce]: 'baseline' }) })
    assert.deepEqual(lowered([listed, patch, after]), expected)
    assert.deepEqual(lowered([listed, after, patch]), expected)
  })

  test('may be told by a clock that is behind by some seconds', () => {
    const change = request(63, { request: labelled({ [enforce]: 'baseline' }) })
    assert.deepEqual(lowered([listed, after, change]), ['pod-security.enforce restricted>baseline'])
  })

  test('is of the request that made it, and of no other', () => {
    const note = request(60.1, { request: { metadata: { annotations: { note: 'x' } } } })
    const change = request(60, { request: labelled({ [enforce]: 'baseline' }) })
    assert.deepEqual(lowered([listed, after, note, change]), ['pod-security.enforce restricted>baseline'])
    const again = request(61, put({ [enforce]: 'baseline' }))
    assert.deepEqual(lowered([listed, after, change, again]), ['pod-security.enforce restricted>baseline'])
  })

  test('tells what a request without a body made, also where it comes later', () => {
    const bare = request(60, {})
    assert.deepEqual(lowered([listed, after, bare]), ['pod-security.enforce restricted>baseline'])
    assert.deepEqual(lowered([listed, bare, after]), ['60000: pod-security.enforce restricted>baseline'])
    assert.deepEqual(lowered([listed, bare, version(75, { [enforce]: 'baseline' })]), [])
  })

  test('tells what an applied patch no longer names', () => {
    const uri = '/api/v1/namespaces/payments?fieldManager=x'
    const applied = request(60, { uri, request: { apiVersion: 'v1', kind: 'Namespace', ...labelled({ team: 'pay' }) } })
    assert.deepEqual(lowered([listed, applied, version(60.2, { team: 'pay' })]), [
      '60000: pod-security.enforce restricted>privileged',
    ])
  })

  test('that is gone is forgotten', () => {
    const gone = { ...listed, change: 'deleted' } as const
    assert.deepEqual(lowered([listed, gone, request(60, put({ [enforce]: 'baseline' }))]), [])
  })
})

describe('what is remembered', () => {
  test('is in a checkpoint, with the requests that wait', () => {
    const bare = request(60, {})
    const before = new Guards<Told>()
    assert.deepEqual(lowered([version(0, { [enforce]: 'restricted' }), bare], before), [])
    const after = new Guards<Told>()
    after.restore(JSON.parse(JSON.stringify(before.checkpoint())), (saved) =>
      saved !== null && typeof saved === 'object' && 'id' in saved && typeof saved.id === 'string'
        ? { id: saved.id }
        : undefined,
    )
    assert.deepEqual(after.checkpoint(), before.checkpoint())
    assert.deepEqual(lowered([version(60.2, {})], after), ['60000: pod-security.enforce restricted>privileged'])
  })

  test('survives what is no checkpoint', () => {
    for (const saved of [undefined, null, [], 'x', { objects: [[1], ['a', { text: 1 }], 7], waiting: [{}, null] }]) {
      const guards = new Guards<Told>()
      guards.restore(saved, () => undefined)
      assert.deepEqual(guards.checkpoint(), { objects: [], waiting: [] })
    }
  })

  test('is bounded: the objects that were told of the longest ago go first, and one that is too large is not known', () => {
    const guards = new Guards<Told>({ objects: 2, characters: 10_000, ofObject: 500 })
    const named = (name: string, labels: Record<string, string>) =>
      sampleObject({ kind: 'Namespace', name, labels, time: start })
    for (const name of ['a', 'payments', 'b', 'c']) guards.learn(named(name, { [enforce]: 'restricted' }))
    assert.deepEqual(lowered([request(60, put({ [enforce]: 'baseline' }))], guards), [])
    const large = { [enforce]: 'x'.repeat(600) }
    guards.learn(version(0, { [enforce]: 'restricted' }))
    guards.learn(version(1, large))
    assert.deepEqual(lowered([request(60, put({ [enforce]: 'baseline' }))], guards), [])
  })
})

describe('other guards', () => {
  const lowers = (of: AuditTarget, before: JsonObject, after: JsonObject) =>
    lowered([
      request(0, { verb: 'create', code: 201, of, request: before }),
      request(60, { verb: 'update', of, request: after }),
    ])

  test('a NetworkPolicy that lets everybody through, isolates no more, or covers fewer pods', () => {
    const of = target('networkpolicies', 'networking.k8s.io', 'payments')
    const policy = (spec: JsonObject): JsonObject => ({ metadata: { name: 'payments' }, spec })
    const from = [{ podSelector: { matchLabels: { app: 'web' } } }]
    const strict = { podSelector: {}, policyTypes: ['Ingress', 'Egress'], ingress: [{ from }] }
    const of1 = (spec: JsonObject) => lowers(of, policy(strict), policy({ ...strict, ...spec }))
    assert.deepEqual(of1({ ingress: [{ from }, {}] }), ['network-policy.ingress some>everything'])
    assert.deepEqual(of1({ ingress: [{ ports: [{ port: 80 }] }] }), ['network-policy.ingress some>everybody'])
    assert.deepEqual(of1({ ingress: [{ from: [{ ipBlock: { cidr: '0.0.0.0/0' } }] }] }), [
      'network-policy.ingress some>everything',
    ])
    assert.deepEqual(of1({ ingress: [{ from: [{ namespaceSelector: {} }] }] }), [
      'network-policy.ingress some>everything',
    ])
    assert.deepEqual(of1({ policyTypes: ['Ingress'] }), ['network-policy.egress nobody>not isolated'])
    assert.deepEqual(of1({ podSelector: { matchLabels: { app: 'x' } } }), ['network-policy.pods all pods>fewer pods'])
    // Somebody more, and somebody less.
    assert.deepEqual(of1({ ingress: [{ from: [...from, { podSelector: { matchLabels: { app: 'api' } } }] }] }), [])
    assert.deepEqual(of1({ egress: [{ to: from }], ingress: [] }), [])
  })

  test('a webhook that fails open, looks at less, or is gone', () => {
    const of = target('validatingwebhookconfigurations', 'admissionregistration.k8s.io')
    const hook = (more: JsonObject): JsonObject => ({ name: 'a', failurePolicy: 'Fail', ...more })
    const both = { webhooks: [hook({}), { name: 'b', failurePolicy: 'Ignore' }] }
    assert.deepEqual(lowers(of, both, { webhooks: [hook({ failurePolicy: 'Ignore' }), both.webhooks[1] ?? null] }), [
      'webhook.failurePolicy Fail>Ignore',
    ])
    assert.deepEqual(lowers(of, both, { webhooks: [hook({})] }), ['webhook b>gone'])
    const rule = { resources: ['pods'] }
    const other = { resources: ['secrets'] }
    assert.deepEqual(
      lowers(of, { webhooks: [hook({ rules: [rule, other] })] }, { webhooks: [hook({ rules: [rule] })] }),
      ['webhook.rules 2 rules>1 rule'],
    )
    const namespaceSelector = { matchExpressions: [{ key: 'x', operator: 'DoesNotExist' }] }
    assert.deepEqual(lowers(of, { webhooks: [hook({})] }, { webhooks: [hook({ namespaceSelector })] }), [
      'webhook.namespaceSelector 0 conditions>1 condition',
    ])
    assert.deepEqual(
      lowers(of, both, { webhooks: [hook({ clientConfig: { caBundle: 'x' } }), both.webhooks[1] ?? null] }),
      [],
    )
  })

  test('an admission policy and its binding that hold nothing any more', () => {
    const group = 'admissionregistration.k8s.io'
    const policy = target('validatingadmissionpolicies', group)
    const spec = { validations: [{ expression: 'a' }, { expression: 'b' }] }
    assert.deepEqual(lowers(policy, { spec }, { spec: { ...spec, failurePolicy: 'Ignore' } }), [
      'admission-policy.failurePolicy Fail>Ignore',
    ])
    assert.deepEqual(lowers(policy, { spec }, { spec: { validations: [{ expression: 'b' }] } }), [
      'admission-policy.validations 2 checks>1 check',
    ])
    const binding = target('validatingadmissionpolicybindings', group)
    const acts = (...validationActions: string[]): JsonObject => ({ spec: { validationActions } })
    assert.deepEqual(lowers(binding, acts('Deny'), acts('Warn', 'Audit')), [
      'admission-binding.actions Deny>Warn, Audit',
    ])
    assert.deepEqual(lowers(binding, acts('Deny', 'Audit'), acts('Deny')), [])
  })

  test('policies of Kyverno and Gatekeeper that only tell', () => {
    const kyverno = target('clusterpolicies', 'kyverno.io')
    const rules = [{ name: 'a', validate: {} }]
    assert.deepEqual(
      lowers(
        kyverno,
        { spec: { validationFailureAction: 'enforce', rules } },
        { spec: { validationFailureAction: 'Audit', rules } },
      ),
      ['kyverno-policy.failureAction Enforce>Audit'],
    )
    const gatekeeper = target('k8srequiredlabels', 'constraints.gatekeeper.sh')
    assert.deepEqual(lowers(gatekeeper, { spec: {} }, { spec: { enforcementAction: 'dryrun' } }), [
      'gatekeeper-constraint.enforcementAction deny>dryrun',
    ])
  })
})

test('each request that lowers is told once, and no other, whichever of request and version comes first and by whatever clock', () => {
  const levels = ['privileged', 'baseline', 'restricted'] as const
  const change = fc.record({
    level: fc.constantFrom(...levels),
    form: fc.constantFrom('update', 'merge', 'json', 'answer', 'bare'),
    /** How many of the next versions are seen before the request is told. */
    late: fc.integer({ min: -1, max: 1 }),
  })
  fc.assert(
    fc.property(fc.array(change, { maxLength: 8 }), fc.integer({ min: -4, max: 4 }), (changes, skew) => {
      let level: (typeof levels)[number] = 'restricted'
      const expected: string[] = []
      const told: { readonly place: number; readonly record: ReturnType<typeof request> | ObjectVersion }[] = [
        { place: -1, record: version(0, { [enforce]: level }) },
      ]
      for (const [n, { level: next, form, late }] of changes.entries()) {
        const at = 60 + n * 30
        const labels = { [enforce]: next }
        const path = '/metadata/labels/pod-security.kubernetes.io~1enforce'
        const forms: Readonly<Record<typeof form, Request>> = {
          update: put(labels),
          merge: { request: labelled(labels) },
          json: { request: [{ op: 'replace', path, value: next }] },
          answer: { response: { kind: 'Namespace', ...labelled(labels) } },
          bare: {},
        }
        if (levels.indexOf(next) < levels.indexOf(level)) expected.push(`pod-security.enforce ${level}>${next}`)
        // The API server tells of a version also where nothing changed that is kept.
        told.push({ place: n, record: version(at + 0.1 + skew, labels) })
        told.push({ place: n + late * 0.6, record: request(at, forms[form]) })
        level = next
      }
      const records = told.toSorted((a, b) => a.place - b.place).map(({ record }) => record)
      const found = lowered(records).map((text) => text.replace(/^\d+: /, ''))
      assert.deepEqual(found.toSorted(), expected.toSorted())
    }),
    { numRuns: 300 },
  )
})

test('all that guards keep of an object stands in the members that are said to be enough', () => {
  const part = (body: JsonObject, members: object = guardedMembers): JsonObject =>
    Object.fromEntries(
      Object.entries(members).flatMap(([name, inner]) => {
        const value = body[name]
        return value === undefined ? [] : [[name, inner === true ? value : part(asObject(value), inner)]]
      }),
    )
  const names = [
    'name',
    'spec',
    'labels',
    'metadata',
    'webhooks',
    'rules',
    'failurePolicy',
    'validations',
    'matchConditions',
  ]
  const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom('a', 'Ignore', null, 1),
      fc.array(tie('value'), { maxLength: 2 }),
      fc.dictionary(fc.constantFrom(...names, enforce), tie('value'), { maxKeys: 4 }),
    ),
  }))
  const member = fc.dictionary(fc.constantFrom('metadata', 'spec', 'webhooks', 'status', 'data'), value)
  fc.assert(
    fc.property(member, (body) => {
      for (const guard of guards) assert.deepEqual(guard.keep(part(body)), guard.keep(body))
    }),
  )
})

test('what is passed over is no guard, and changes none', () => {
  assert.equal(isGuard({ group: '', resource: 'namespaces' }), true)
  assert.equal(isGuard({ group: 'constraints.gatekeeper.sh', resource: 'whatever' }), true)
  assert.equal(isGuard({ group: '', resource: 'pods' }), false)
  assert.equal(changesGuard(request(0, put({}))), true)
  for (const other of [
    request(0, { ...put({}), of: target('pods') }),
    request(0, { ...put({}), of: { ...target('namespaces'), subresource: 'status' } }),
    request(0, { ...put({}), code: 409 }),
    request(0, { ...put({}), uri: '/x?dryRun=All' }),
    request(0, { verb: 'delete' }),
  ])
    assert.equal(changesGuard(other), false)
})
