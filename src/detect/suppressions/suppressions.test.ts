import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { EventRow } from '../../model/answer.ts'
import type { Detection } from '../../model/detection.ts'
import { BulwarkError } from '../../model/error.ts'
import { parseQuery } from '../../model/query/index.ts'
import type { SuppressionSpec } from '../../model/suppression.ts'
import { formatMicros } from '../../model/time.ts'
import { beginning, minute, type SampleDetection, sampleDetection } from '../cases/fixture.ts'
import { createCaseBook, noContext } from '../cases/index.ts'
import { contradictionIn } from './contradiction.ts'
import {
  createSuppressions,
  type DeclaredSuppression,
  readSuppressionObjects,
  readSuppressions,
  requireSuppression,
  type SuppressionOptions,
  suppressionFor,
} from './index.ts'

const now = beginning
const day = 24 * 60 * minute
const good: SuppressionSpec = {
  name: 'argocd',
  rules: ['r'],
  query: 'ns:argocd',
  owner: 'carol',
  reason: 'it syncs',
  expires: formatMicros(now + 30 * day),
}
const declare = (spec: Partial<SuppressionSpec>, more: Partial<DeclaredSuppression> = {}): DeclaredSuppression => ({
  ...good,
  ...spec,
  id: spec.name ?? good.name,
  origin: 'page',
  where: '',
  created: now,
  problems: [],
  ...more,
})
const rules = [
  { id: 'r', title: 'Rule R' },
  { id: 'secret-read', title: 'Secret read' },
]
const made = (all: readonly DeclaredSuppression[], options: Partial<SuppressionOptions> = {}) =>
  createSuppressions(all, { rules, now, ...options })

const rowOf = (detection: Detection, more: Partial<EventRow> = {}): EventRow => ({
  id: detection.evidence[0] ?? '',
  kind: 'audit',
  time: formatMicros(detection.time),
  receivedAt: formatMicros(detection.receivedAt),
  cluster: detection.cluster,
  source: detection.source,
  user: detection.principal,
  impersonatedUser: detection.impersonated,
  verb: detection.verb,
  ...detection.target,
  code: detection.code,
  decision: 'allow',
  reason: '',
  level: 'Metadata',
  stage: 'ResponseComplete',
  sourceIp: detection.sourceIp,
  userAgent: detection.userAgent,
  requestUri: '',
  node: detection.node,
  container: detection.container,
  image: detection.image,
  process: '',
  summary: '',
  ...more,
})
const fire = (sample: Partial<SampleDetection> = {}): readonly [Detection, EventRow] => {
  const detection = sampleDetection({ rule: 'r', minute: 0, target: { namespace: 'argocd' }, ...sample })
  return [detection, rowOf(detection)]
}

describe('matching', () => {
  test('needs the rule and the query, until the expiry', () => {
    const one = made([declare({})])
    assert.equal(one.match(...fire()), 'argocd')
    assert.equal(one.match(...fire({ rule: 'other' })), undefined)
    assert.equal(one.match(...fire({ target: { namespace: 'shop' } })), undefined)
    assert.equal(one.match(...fire({ minute: 30 * 24 * 60 })), undefined)
    assert.equal(one.match(fire()[0], undefined), undefined)
  })

  test('any rule where none is named, and any event where there is no query', () => {
    assert.equal(made([declare({ rules: [] })]).match(...fire({ rule: 'other' })), 'argocd')
    assert.equal(made([declare({ query: '' })]).match(fire()[0], undefined), 'argocd')
  })

  test('hides nothing by one that would hide everything, or that is invalid', () => {
    assert.equal(made([declare({ rules: [], query: '' })]).match(...fire()), undefined)
    const problem = { file: '', line: 0, column: 0, name: '', what: 'bad', mend: 'mend' }
    assert.equal(made([declare({}, { problems: [problem] })]).match(...fire()), undefined)
  })

  test('also a row of stage RequestReceived', () => {
    const [detection, row] = fire()
    assert.equal(made([declare({})]).match(detection, { ...row, stage: 'RequestReceived' }), 'argocd')
  })

  test('counts uses once for each detection, for the first by id, and hands them out once', () => {
    const both = made([declare({ name: 'b' }), declare({ name: 'a' })], {
      uses: new Map([['a', { uses: 5, lastUsed: 1 }]]),
    })
    both.match(...fire())
    both.match(...fire({ minute: 2 }))
    const lastUsed = sampleDetection({ rule: 'r', minute: 2 }).receivedAt
    assert.deepEqual([...both.drain()], [['a', { uses: 2, lastUsed }]])
    assert.deepEqual([...both.drain()], [])
    const [a, b] = both.list(now)
    assert.deepEqual([a?.uses, a?.lastUsed, b?.uses, b?.lastUsed], [7, formatMicros(lastUsed), 0, undefined])
  })
})

describe('states', () => {
  const stateOf = (spec: Partial<SuppressionSpec>, at = now, options: Partial<SuppressionOptions> = {}) => {
    const [row] = made([declare(spec)], options).list(at)
    return [row?.state, row?.why]
  }

  for (const [what, spec, at, expected] of [
    ['active', {}, now, ['active', '']],
    ['expired', {}, now + 31 * day, ['expired', `it ended at ${good.expires}`]],
    ['unused', {}, now + 8 * day, ['unused', `nothing matched it since ${formatMicros(now)}`]],
    [
      'too broad',
      { rules: [], query: ' ' },
      now,
      ['too-broad', 'it names no rule and has no query: it would hide everything, so it hides nothing'],
    ],
    [
      'never matching, as a rule is misspelt',
      { rules: ['secret-raed'] },
      now,
      ['never-matching', 'there is no rule “secret-raed”: did you mean “secret-read” (Secret read)?'],
    ],
    [
      'never matching, as a rule is named by its title',
      { rules: ['Secret read'] },
      now,
      ['never-matching', "there is no rule “Secret read”: a rule is named by its id, and this one's is “secret-read”"],
    ],
    ['active, with one of its rules gone', { rules: ['r', 'xyz'] }, now, ['active', 'there is no rule “xyz”']],
    [
      'never matching, as the query contradicts itself',
      { query: 'user:a user:b' },
      now,
      ['never-matching', 'its query matches nothing: user cannot be “a” and “b” at once'],
    ],
  ] as const) {
    test(what, () => assert.deepEqual(stateOf(spec, at), expected))
  }

  test('invalid, with what is wrong and how to mend it', () => {
    const problem = { file: 'x', line: 1, column: 1, name: '', what: 'it has no owner', mend: 'Write one.' }
    const [row] = made([declare({}, { problems: [problem] })]).list(now)
    assert.deepEqual([row?.state, row?.why], ['invalid', 'it has no owner. Write one.'])
  })

  test('too broad, where without a rule it hides more than half of what was detected in seven days', () => {
    const broad = declare({ rules: [] })
    const filled = made([broad])
    for (let n = 0; n < 20; n++) filled.match(...fire({ minute: n, target: { namespace: n < 11 ? 'argocd' : 'shop' } }))
    const why = 'it names no rule, and hid 11 of 20 detections of the last 7 days'
    assert.deepEqual([filled.list(now)[0]?.state, filled.list(now)[0]?.why], ['too-broad', why])
    const restarted = made([broad], { saved: JSON.parse(JSON.stringify(filled.memory())), uses: filled.drain() })
    assert.equal(restarted.list(now)[0]?.why, why)
    assert.equal(restarted.list(now + 9 * day)[0]?.state, 'active')
    const half = made([broad])
    for (let n = 0; n < 20; n++) half.match(...fire({ minute: n, target: { namespace: n < 10 ? 'argocd' : 'shop' } }))
    assert.equal(half.list(now)[0]?.state, 'active')
  })

  test('a file does not say since when: it counts from when it was first seen, over restarts', () => {
    const file = declare({}, { origin: 'file', created: undefined })
    const first = made([file])
    const again = made([file], { now: now + 8 * day, saved: JSON.parse(JSON.stringify(first.memory())) })
    assert.equal(again.list(now + 8 * day)[0]?.state, 'unused')
    assert.equal(made([file], { now: now + 8 * day }).list(now + 8 * day)[0]?.state, 'active')
  })

  test('memory stays small over years', () => {
    const one = made([declare({ expires: formatMicros(now + 3000 * day) })])
    for (let n = 0; n < 1000; n++) one.match(...fire({ minute: n * 24 * 60 }))
    assert.ok(JSON.stringify(one.memory()).length < 500)
  })
})

describe('a query that contradicts itself', () => {
  for (const [query, why] of [
    ['user:a ns:b', ''],
    ['user:a user:b', 'user cannot be “a” and “b” at once'],
    ['user:a,b user:b,c', ''],
    ['user:a,b user:b,c user:a', 'user cannot be “b” and “a” at once'],
    ['user:web-* user:web-1', ''],
    ['user:web-* user:api-1', 'user cannot be “web-*” and “api-1” at once'],
    ['user:web-* user:*-x', ''],
    ['user:a -user:a', 'user is asked to be “a”, and not to be'],
    ['user:web-1 -user:web-*', 'user is asked to be “web-1”, and not to be'],
    ['user:a,b -user:a', ''],
    ['code>=400 code<400', 'code is asked to be inside bounds that leave no number'],
    ['code=404 code=403', 'code is asked to be inside bounds that leave no number'],
    ['code>=400 code<500', ''],
    ['decision:deny', 'decision is never “deny”'],
    ['(user:a user:b) OR (user:c user:d)', 'user cannot be “a” and “b” at once'],
    ['(user:a user:b) OR user:c', ''],
    ['x (user:a (ns:n user:b))', 'user cannot be “a” and “b” at once'],
    ['-(user:a user:b)', ''],
  ] as const) {
    test(`${query}: ${why === '' ? 'may match' : why}`, () => {
      const parsed = parseQuery(query)
      assert.ok(parsed.ok)
      assert.equal(contradictionIn(parsed.query.expression), why)
    })
  }

  test('never says so of one that matches a row', () => {
    const value = fc.constantFrom('a', 'b', 'a*', '*b', '*')
    const term = fc
      .tuple(fc.constantFrom('', '-'), fc.constantFrom('user', 'ns'), value)
      .map(([not, field, text]) => `${not}${field}:${text}`)
    const query = fc.array(fc.oneof(term, fc.constantFrom('code>=400', 'code<403', 'code=402')), {
      minLength: 1,
      maxLength: 5,
    })
    const joined = fc.tuple(query, query).map(([a, b]) => `(${a.join(' ')}) OR (${b.join(' ')})`)
    const name = fc.constantFrom('a', 'b', 'ab', 'c')
    fc.assert(
      fc.property(
        fc.oneof(
          query.map((all) => all.join(' ')),
          joined,
        ),
        name,
        name,
        fc.constantFrom(200, 402, 403),
        (text, user, namespace, code) => {
          const parsed = parseQuery(text)
          assert.ok(parsed.ok)
          const hidden = made([declare({ rules: [], query: text })]).match(
            ...((): readonly [Detection, EventRow] => {
              const [detection, row] = fire()
              return [detection, { ...row, user, namespace, code }]
            })(),
          )
          if (hidden !== undefined) assert.equal(contradictionIn(parsed.query.expression), '')
        },
      ),
      { numRuns: 1000 },
    )
  })
})

describe('reading', () => {
  const text = `
apiVersion: bulwark.dev/v1alpha1
kind: Suppression
metadata: {name: argocd}
spec:
  rules: [r]
  query: ns:argocd
  owner: carol
  reason: it syncs
  expires: 2026-12-23T10:00:00Z
---
# only a comment
---
suppressions:
  - {name: one, rules: r, query: 'ip:10.0.0.1', owner: dan, reason: x, expires: 2026-12-23T10:00:00Z}
---
- {name: two, query: 'ip:10.0.0.1', owner: dan, reason: x, expires: 2026-12-23T10:00:00Z}
---
kind: SuppressionList
apiVersion: bulwark.dev/v1alpha1
items:
  - apiVersion: bulwark.dev/v1alpha1
    kind: Suppression
    metadata: {name: three}
    spec: {query: verb:get, owner: dan, reason: x, expires: 2026-12-23T10:00:00Z}
`

  test('takes objects, lists of objects, plain lists and maps with a list, each with its place', () => {
    const { suppressions, problems } = readSuppressions(text, 's.yaml', now)
    assert.deepEqual(problems, [])
    assert.deepEqual(
      suppressions.map(({ name, where, rules: named, query, owner }) => ({ name, where, named, query, owner })),
      [
        { name: 'argocd', where: 's.yaml:2', named: ['r'], query: 'ns:argocd', owner: 'carol' },
        { name: 'one', where: 's.yaml:15', named: ['r'], query: 'ip:10.0.0.1', owner: 'dan' },
        { name: 'two', where: 's.yaml:17', named: [], query: 'ip:10.0.0.1', owner: 'dan' },
        { name: 'three', where: 's.yaml:22', named: [], query: 'verb:get', owner: 'dan' },
      ],
    )
    assert.equal(new Set(suppressions.map(({ id }) => id)).size, 4)
  })

  test('says what is wrong, where, and how to mend it; the ones beside it count', () => {
    const broken = `- name: Bad Name
  query: "usr:x"
  reason: x
  expires: 2030-01-01
  until: tomorrow
- {name: fine, query: 'ip:10.0.0.1', owner: dan, reason: x, expires: 2026-12-23T10:00:00Z}
- {name: fine, query: 'ip:10.0.0.2', owner: dan, reason: x, expires: 2028-12-23T10:00:00Z}
- just a text
---
kind: ConfigMap
apiVersion: v1
---
a: [`
    const { suppressions, problems } = readSuppressions(broken, 's.yaml', now)
    assert.deepEqual(
      problems.map(({ line, column, what }) => `${line}:${column} ${what}`),
      [
        '5:10 there is no member “until”',
        '1:9 the name is not one that Kubernetes takes',
        '2:10 the query cannot be read: there is no field “usr” (at character 1)',
        '1:3 it has no owner',
        '4:12 its expiry is no moment',
        '7:70 it expires more than a year ahead',
        '7:10 the name fine is used twice',
        '8:3 a suppression is a map',
        '10:1 this is a ConfigMap of v1',
        '13:5 is not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
      ],
    )
    assert.ok(problems.every(({ mend, file }) => mend !== '' && file === 's.yaml'))
    const list = made(suppressions).list(now)
    assert.deepEqual(list.map(({ name, state }) => `${name} ${state}`).sort(), [
      'Bad Name invalid',
      'fine active',
      'fine invalid',
    ])
  })

  test('reads objects of the cluster, with their creation', () => {
    const object = {
      apiVersion: 'bulwark.dev/v1alpha1',
      kind: 'Suppression',
      metadata: { name: 'argocd', creationTimestamp: '2026-11-01T00:00:00Z' },
      spec: { rules: ['r', 7], query: 'ns:argocd', owner: 'carol', reason: 'it syncs', expires: good.expires },
    }
    const { suppressions, problems } = readSuppressionObjects(
      [object, { kind: 'Pod' }, { ...object, metadata: { name: 'bare' }, spec: null }],
      now,
    )
    const [one, bare] = suppressions
    assert.deepEqual([one?.rules, one?.origin, one?.where], [['r'], 'cluster', 'Suppression/argocd'])
    assert.equal(one?.created, Date.UTC(2026, 10, 1) * 1000)
    assert.deepEqual(
      bare?.problems.map(({ what }) => what),
      ['it has no owner', 'it has no reason', 'it never expires'],
    )
    assert.equal(problems.length, 3)
  })

  test('never throws, whatever the text is', () => {
    const pieces = fc.constantFrom(
      '- ',
      'name: ',
      'a',
      '\n',
      '  ',
      '---\n',
      'kind: Suppression\n',
      'spec:',
      '[',
      ']',
      '{',
      '}',
      '&a ',
      '*a',
      'items:',
      'suppressions:',
      '"',
      ': ',
    )
    fc.assert(
      fc.property(
        fc.array(pieces, { maxLength: 40 }).map((all) => all.join('')),
        (junk) => {
          const { suppressions, problems } = readSuppressions(junk, 'x', now)
          made(suppressions).list(now)
          assert.ok(problems.every(({ line, column }) => line >= 1 && column >= 1))
        },
      ),
    )
  })

  test('throws SUPPRESSION_INVALID where one is to be saved', () => {
    requireSuppression(good, now)
    for (const [spec, message] of [
      [{ owner: ' ' }, 'it has no owner (suppression “argocd”, owner). Write who answers for it.'],
      [
        { rules: [], query: '' },
        'it names no rule and has no query: it would hide everything (suppression “argocd”). Name the rules, or write a query.',
      ],
    ] as const)
      assert.throws(
        () => requireSuppression({ ...good, ...spec }, now),
        (error) => error instanceof BulwarkError && error.code === 'SUPPRESSION_INVALID' && error.message === message,
      )
  })
})

describe('filled in from a case', () => {
  const target = { resource: 'pods', namespace: 'shop', name: 'web-7d9f8c6b5d-x2k4z' }
  const sample: SampleDetection = {
    rule: 'r',
    title: 'Pods read',
    principal: 'system:serviceaccount:argocd:app',
    minute: 0,
    target,
  }
  const suggested = (...samples: readonly SampleDetection[]) => {
    const book = createCaseBook()
    book.apply(samples.map(sampleDetection), noContext)
    const [one] = book.cases()
    assert.ok(one)
    const steps = book.detail(one.id)?.steps ?? []
    return { one, steps, spec: suppressionFor(one, steps, now) }
  }

  test('it is of the rule, the user, the namespace, the resource and the chosen part of the name, for 30 days', () => {
    const { one, spec } = suggested(sample)
    assert.deepEqual(spec, {
      name: `pods-read-argocd-app-${one.id}`,
      rules: ['r'],
      query: 'user:system:serviceaccount:argocd:app ns:shop resource:pods name:web-*',
      owner: '',
      reason: `Case ${one.id}: argocd/app read pod shop/web-7d9f8c6b5d-x2k4z`,
      expires: formatMicros(now + 30 * day),
    })
    requireSuppression({ ...spec, owner: 'carol' }, now)
  })

  test('of several steps it lists the values, and leaves open what is generalised', () => {
    const names = ['a', 'b'].map((name) => ({ ...sample, target: { ...target, name } }))
    assert.match(suggested(...names).spec.query, / name:a,b$/)
    const many = Array.from({ length: 12 }, (_, n) => ({ ...sample, target: { ...target, name: `n${n}` } }))
    assert.match(suggested(...many).spec.query, / resource:pods$/)
  })

  test('of what a sensor saw it names the container and its image, and hides no other of the pod', () => {
    const seen: SampleDetection = {
      ...sample,
      principal: '',
      verb: '',
      pod: target.name,
      container: 'web',
      image: 'docker.io/library/nginx:1.29',
    }
    const { spec } = suggested(seen)
    assert.equal(spec.query, 'ns:shop resource:pods name:web-* container:web image:docker.io/library/nginx:1.29')
    const suppressions = made([declare({ ...spec, owner: 'carol' })])
    const detection = sampleDetection(seen)
    const row = rowOf(detection, { kind: 'runtime', container: 'web', image: 'docker.io/library/nginx:1.29' })
    assert.equal(suppressions.match(detection, row), spec.name)
    assert.equal(suppressions.match(detection, { ...row, container: 'sidecar' }), undefined)
    assert.equal(suppressions.match(detection, { ...row, image: 'evil.example/nginx' }), undefined)
    const two = suggested(seen, { ...seen, container: 'sidecar', image: 'shop/sidecar', minute: 1 })
    assert.match(two.spec.query, / container:sidecar,web image:docker\.io\/library\/nginx:1\.29,shop\/sidecar$/)
    // Where one of them is not known, or with too many, the field is open; beside a request it may be empty.
    assert.doesNotMatch(suggested(seen, { ...seen, container: '', minute: 1 }).spec.query, /container/)
    const many = Array.from({ length: 9 }, (_, n) => ({ ...seen, container: `c${n}`, minute: n }))
    assert.doesNotMatch(suggested(...many).spec.query, /container/)
    const request = { ...sample, principal: 'system:serviceaccount:shop:web', minute: 1 }
    const both = suppressionFor(
      suggested(seen).one,
      [suggested(seen), suggested(request)].flatMap(({ steps }) => steps),
      now,
    )
    assert.match(both.query, / container:"",web image:"",docker/)
  })

  test('it hides just what it was made of: the same again, and not by another user or rule', () => {
    const word = fc.constantFrom('a', 'b', 'x y', '"', '*', 'web-7d9f8c6b5d-x2k4z', '-', 'ns:x', '')
    const steps = fc.array(fc.record({ resource: word, namespace: word, name: word, subresource: word }), {
      minLength: 1,
      maxLength: 12,
    })
    fc.assert(
      fc.property(steps, (targets) => {
        const samples = targets.map((one, n): SampleDetection => ({ ...sample, minute: n, target: one }))
        const { spec } = suggested(...samples)
        const suppressions = made([declare({ ...spec, owner: 'carol' })])
        for (const one of samples) {
          const detection = sampleDetection(one)
          assert.equal(suppressions.match(detection, rowOf(detection)), spec.name, spec.query)
          assert.equal(suppressions.match({ ...detection, rule: 'other' }, rowOf(detection)), undefined)
          assert.equal(suppressions.match(detection, rowOf(detection, { user: 'other' })), undefined)
        }
      }),
      { numRuns: 300 },
    )
  })
})
