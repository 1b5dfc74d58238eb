import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createFalcoEngine, type EventObject, loadFalcoRules, parseExactly, type RuleProblem } from './index.ts'

const event: EventObject = {
  kind: 'Event',
  apiVersion: 'audit.k8s.io/v1',
  auditID: 'a1',
  stage: 'ResponseComplete',
  stageTimestamp: '2026-01-02T03:04:05.678Z',
  verb: 'create',
  requestURI: '/api/v1/namespaces/d/pods?dryRun=All&x=a%2Fb+c',
  user: { username: 'alice', groups: ['dev', 'system:authenticated'] },
  objectRef: { resource: 'pods', namespace: 'd', name: 'p' },
  requestObject: {
    spec: {
      containers: [
        { name: 'a', image: 'reg:5000/a/b:1', securityContext: { privileged: true } },
        { name: 'b', image: 'x/y@sha256:1', ports: [{ containerPort: 80 }, { hostPort: 443 }] },
      ],
    },
  },
}

const rule = (condition: string, more: object = {}) => ({
  rule: 'r',
  desc: 'd',
  condition,
  output: 'o',
  priority: 'INFO',
  source: 'k8s_audit',
  ...more,
})

const load = (...items: readonly object[]) =>
  loadFalcoRules([{ path: 'rules.yaml', text: items.map((item) => `- ${JSON.stringify(item)}\n`).join('') }])

const errorsOf = (problems: readonly RuleProblem[]) => problems.filter(({ severity }) => severity === 'error')

const verdict = (condition: string, on: EventObject = event): boolean | string => {
  const loaded = load(rule(condition))
  const [error] = errorsOf(loaded.problems)
  return error?.what ?? (createFalcoEngine(loaded).evaluate(on) ?? []).length > 0
}

describe('conditions', () => {
  const table: readonly (readonly [condition: string, result: boolean])[] = [
    ['ka.verb=create and ka.target.resource in (pods, services)', true],
    ['ka.verb = delete or not ka.verb = delete and ka.user.name = alice', true],
    ['ka.impuser.name != bob', false],
    ['not ka.impuser.name = bob', true],
    ['ka.user.groups in (dev)', false],
    ['ka.user.groups intersects (dev)', true],
    ['ka.req.pod.containers.image.repository intersects (reg)', true],
    ['ka.req.pod.containers.host_port in (80, 443)', true],
    ['ka.req.pod.containers.command exists', false],
    ['ka.uri.param[x] = "a/b c"', true],
    ['ka.uri pmatch (/api/*/namespaces)', true],
    ['ka.uri pmatch (/apis)', false],
    ['ka.verb glob "c[!a-q]e*"', true],
    ['ka.verb iglob "[[:lower:]]R[[.e.]]*"', true],
    ['ka.verb iglob "[[:upper:]]*"', false],
    ['ka.verb iglob "[[=C=]]*"', false],
    ['ka.verb glob "[[.cr.]]*"', false],
    ['ka.verb regex "c(re)+ate|x{2,}"', true],
    ['ka.verb regex "create|\\\\_"', true],
    ['ka.verb startswith oneof (c, cr)', false],
    ['ka.verb startswith anyof (c, cr)', true],
    ['len(ka.user.groups) > 1 and len(ka.verb) <= 6', true],
    ['concat(ka.verb, "-", ka.target.resource) = "create-pods"', true],
    ['join(",", ka.user.groups) = "dev,system:authenticated"', true],
    ['toupper(ka.verb) = val(ka.verb)', false],
    ['basename(ka.user.name) = val(ka.user.name)', true],
    ['jevt.value[/requestObject/spec/containers/1/name] = b', true],
    ['evt.time.iso8601 = "2026-01-02T03:04:05.678000000+0000"', true],
    ['jevt.rawtime = 1767323045678000000', true],
    ['evt.rawtime >= 1767323045678000000', true],
    // What is too large for 64 bits is the largest number.
    ['evt.num < 99999999999999999999999', true],
    ['evt.num = -18446744073709551615', true],
    // An escape that is not known makes a list of one value empty.
    ['ka.verb in ("\\d")', false],
    [`ka.verb != "${'x'.repeat(255)}"`, true],
    ['len(join(",", ())) = 0', true],
    ['getopt(ka.user.groups, "a") exists', true],
  ]
  for (const [condition, result] of table) {
    it(`says ${result} to ${condition}`, () => assert.equal(verdict(condition), result))
  }

  const refused = [
    'ka.verb regex "create\\\\b"',
    'ka.verb regex "*a"',
    'ka.verb regex "[a-c-e]"',
    'ka.user.groups contains dev',
    'len(ka.verb) = six',
    'ka.verb = val(ka.user.groups)',
    'ka.verb and',
    'ka.verb in ("\\d", create)',
    'ka.verb = "a\\x00"',
    `ka.verb in (create, ${'x'.repeat(256)})`,
    `ka.verb = "${'é'.repeat(128)}"`,
    'evt.type exists',
    'ka.uri.param["a]b"] exists',
    'ka.verb regex "\\\\日"',
    'evt.rawtime > val(evt.num)',
    'evt.num = 1.5',
  ]
  for (const condition of refused) {
    it(`refuses ${condition}`, () => assert.equal(typeof verdict(condition), 'string'))
  }

  it('names file, line, rule, what is wrong and how to mend it', () => {
    const text = [
      '- rule: Shell in pod',
      '  desc: d',
      '  condition: ka.verb = create and ka.user.nam = alice',
      '  output: o',
      '  priority: INFO',
      '  source: k8s_audit',
    ].join('\n')
    assert.deepEqual(loadFalcoRules([{ path: 'mine.yaml', text }]).problems, [
      {
        severity: 'error',
        code: 'LOAD_ERR_COMPILE_CONDITION',
        item: 'rule',
        name: 'Shell in pod',
        what: 'there is no field "ka.user.nam" in source k8s_audit (near "ka.verb = create and ka.user.na")',
        mend: 'Did you mean ka.user.name?',
        file: 'mine.yaml',
        line: 3,
        column: 14,
      },
    ])
  })

  it('says of every rule what its condition says of the event alone, whatever the other rules are', () => {
    const world = fc.array(expressions, { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(world, fc.array(events, { minLength: 1, maxLength: 5 }), (rules, seen) => {
        const items = rules.map(({ text }, index) => rule(text, { rule: `r${index}` }))
        const engine = createFalcoEngine(load(...items), { matching: 'all' })
        for (const one of seen) {
          const expected = rules.flatMap(({ holds }, index) => (holds(one) ? [`r${index}`] : []))
          assert.deepEqual(
            engine.evaluate(one)?.map((found) => found.rule),
            expected,
          )
        }
      }),
      { numRuns: 500 },
    )
  })
})

/** A condition and what it means. */
interface Meaning {
  readonly text: string
  readonly holds: (event: EventObject) => boolean
}

const valueAt = (on: EventObject, ...path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    on,
  )

const isOneOf = (field: string, path: readonly string[], values: readonly string[]): Meaning => ({
  text: values.length === 1 ? `${field}=${values[0]}` : `${field} in (${values.join(', ')})`,
  holds: (on) => values.some((value) => value === valueAt(on, ...path)),
})

const checks: readonly Meaning[] = [
  isOneOf('ka.verb', ['verb'], ['create']),
  isOneOf('jevt.value[/verb]', ['verb'], ['get', 'list']),
  isOneOf('ka.target.resource', ['objectRef', 'resource'], ['pods']),
  isOneOf('ka.target.resource', ['objectRef', 'resource'], ['pods', 'secrets']),
  isOneOf('ka.stage', ['stage'], ['ResponseComplete']),
  isOneOf('jevt.value[/stage]', ['stage'], ['ResponseStarted']),
  { text: 'ka.verb != get', holds: (on) => on.verb !== undefined && on.verb !== 'get' },
  { text: 'ka.target.resource exists', holds: (on) => valueAt(on, 'objectRef', 'resource') !== undefined },
  { text: 'ka.verb startswith anyof (g, l)', holds: (on) => /^[gl]/.test(String(on.verb ?? '')) },
]

const expressionsOf = (depth: number): fc.Arbitrary<Meaning> => {
  const leaf = fc.constantFrom(...checks)
  if (depth <= 1) return leaf
  const inner = expressionsOf(depth - 1)
  return fc.oneof(
    leaf,
    inner.map(({ text, holds }) => ({ text: `not (${text})`, holds: (on: EventObject) => !holds(on) })),
    fc.tuple(inner, inner).map(([one, two]) => ({
      text: `(${one.text}) and (${two.text})`,
      holds: (on: EventObject) => one.holds(on) && two.holds(on),
    })),
    fc.tuple(inner, inner).map(([one, two]) => ({
      text: `(${one.text}) or (${two.text})`,
      holds: (on: EventObject) => one.holds(on) || two.holds(on),
    })),
  )
}

const expressions = expressionsOf(5)

const events: fc.Arbitrary<EventObject> = fc
  .record({
    stage: fc.constantFrom('ResponseComplete', 'ResponseStarted', 'Panic'),
    verb: fc.constantFrom('create', 'get', 'list', 'patch', undefined),
    resource: fc.constantFrom('pods', 'secrets', 'nodes', undefined),
  })
  .map(({ stage, verb, resource }) => ({
    auditID: 'a',
    stageTimestamp: '2026-01-02T03:04:05Z',
    stage,
    verb,
    objectRef: resource === undefined ? undefined : { resource },
  }))

describe('rules', () => {
  it('lets the first rule in order of definition win, or all of them', () => {
    const loaded = load(
      rule('ka.verb = create', {
        rule: 'one',
        tags: ['b', 'a'],
        output: 'user=%ka.user.name of %ka.user.groups %3ka.verb|%ka.impuser.name',
      }),
      rule('ka.verb exists', { rule: 'two', priority: 'critical' }),
    )
    assert.deepEqual(createFalcoEngine(loaded).evaluate(event), [
      {
        rule: 'one',
        priority: 'Informational',
        source: 'k8s_audit',
        tags: ['a', 'b'],
        output: 'user=alice of (dev,system:authenticated) cre|<NA>',
        fields: Object.assign(Object.create(null), {
          'ka.user.name': 'alice',
          'ka.user.groups': ['dev', 'system:authenticated'],
          'ka.verb': 'create',
          'ka.impuser.name': null,
        }),
        time: '2026-01-02T03:04:05.678000000Z',
      },
    ])
    const names = (options: Parameters<typeof createFalcoEngine>[1]) =>
      createFalcoEngine(loaded, options)
        .evaluate(event)
        ?.map((one) => one.rule)
    assert.deepEqual(names({ matching: 'all' }), ['one', 'two'])
    assert.deepEqual(names({ minimumPriority: 'Critical' }), ['two'])
    assert.deepEqual(names({ isEnabled: ({ name }) => name === 'two' }), ['two'])
  })

  it('appends and overrides in the order of the files, and keeps the position', () => {
    const loaded = load(
      { list: 'users', items: ['bob'] },
      { macro: 'known', condition: 'ka.user.name in (users)' },
      rule('known', { rule: 'one' }),
      rule('ka.verb = get', { rule: 'two' }),
      { list: 'users', items: ['alice'], override: { items: 'append' } },
      { rule: 'two', condition: 'or known', output: 'and more', override: { condition: 'append', output: 'append' } },
      { rule: 'one', enabled: false, override: { enabled: 'replace' } },
    )
    assert.deepEqual(errorsOf(loaded.problems), [])
    const found = createFalcoEngine(loaded).evaluate(event)
    assert.deepEqual(
      found?.map((one) => [one.rule, one.output]),
      [['two', 'o and more']],
    )
  })

  it('puts exceptions into the condition', () => {
    const exceptions = [
      {
        name: 'who',
        fields: ['ka.user.name', 'ka.verb'],
        values: [
          ['alice', 'delete'],
          ['bob', 'create'],
        ],
      },
      { name: 'where', fields: 'ka.target.namespace', values: ['kube-system'] },
    ]
    const except = (more: object) =>
      createFalcoEngine(load(rule('ka.verb exists', { exceptions }), { rule: 'r', append: true, exceptions: [more] }))
        .evaluate(event)
        ?.map((one) => one.rule)
    assert.deepEqual(except({ name: 'where', values: ['x'] }), ['r'])
    assert.deepEqual(except({ name: 'where', values: ['d'] }), [])
    assert.deepEqual(except({ name: 'who', values: [['alice', 'create']] }), [])
  })

  it('keeps a file with rules for system calls, and says that they are not served', () => {
    const loaded = load(
      { ...rule('evt.type = open and proc.name = cat'), rule: 'calls', source: 'syscall' },
      { ...rule('ct.name = x'), rule: 'cloud', source: 'aws_cloudtrail' },
      rule('ka.verb exists'),
    )
    assert.deepEqual(
      loaded.rules.map(({ name, state }) => [name, state]),
      [
        ['calls', 'source not served'],
        ['cloud', 'unknown source'],
        ['r', 'served'],
      ],
    )
    assert.deepEqual(errorsOf(loaded.problems), [])
  })

  it('reports a rule in error and runs the others', () => {
    const loaded = load(rule('ka.verb like x', { rule: 'bad' }), rule('ka.verb exists', { rule: 'good' }))
    assert.deepEqual(
      errorsOf(loaded.problems).map(({ name }) => name),
      ['bad'],
    )
    assert.deepEqual(
      createFalcoEngine(loaded)
        .evaluate(event)
        ?.map((one) => one.rule),
      ['good'],
    )
  })

  it('runs over no event without a readable stageTimestamp, as Falco drops it', () => {
    const engine = createFalcoEngine(load(rule('ka.verb exists')))
    for (const stageTimestamp of [null, 5, 'yesterday', '2026-13-01T00:00:00Z', '2026-02-30T00:00:00Z']) {
      assert.equal(engine.evaluate({ ...event, stageTimestamp }), undefined)
    }
  })
})

describe('hostile input', () => {
  const loadText = (text: string) => errorsOf(loadFalcoRules([{ path: 'f', text }]).problems).map(({ code }) => code)

  it('refuses aliases in a circle, deep nesting and what is no YAML', () => {
    assert.deepEqual(loadText('- &a [*a]'), ['LOAD_ERR_YAML_PARSE'])
    assert.deepEqual(loadText(`- ${'['.repeat(20_000)}`), ['LOAD_ERR_YAML_PARSE'])
    assert.deepEqual(loadText('- rule: "x\n- y: ]'), ['LOAD_ERR_YAML_PARSE'])
  })

  it('refuses texts of any size that aliases and lists can make', () => {
    const names = Array.from({ length: 3000 }, (_, index) => `item${index}`)
    const bomb = load({ list: 'a', items: names }, { list: 'b', items: names.map(() => 'a') }, rule('ka.verb in (b)'))
    assert.deepEqual(
      errorsOf(bomb.problems).map(({ code }) => code),
      ['LOAD_ERR_COMPILE_CONDITION'],
    )
    const values = `&v [${names.join(', ')}]`
    const text = `- {rule: r, desc: d, condition: ka.verb exists, output: o, priority: INFO, source: k8s_audit, exceptions: [{name: e, fields: [ka.verb], comps: [in], values: [[${values}], ${names.map(() => '[*v]').join(', ')}]}]}`
    assert.deepEqual(loadText(text), ['LOAD_ERR_VALIDATE'])
  })

  it('puts thousands of lists into one condition', () => {
    const names = Array.from({ length: 5000 }, (_, index) => `list${index}`)
    const lists = names.map((list, index) => ({ list, items: [`v${index}`, 'create'] }))
    const loaded = load(...lists, rule(`ka.verb in (${names.join(', ')})`))
    assert.deepEqual(errorsOf(loaded.problems), [])
    assert.equal(createFalcoEngine(loaded).evaluate(event)?.length, 1)
  })

  it('compiles macros that would fill any memory as text', () => {
    const macros = Array.from({ length: 200 }, (_, index) => ({
      macro: `m${index + 1}`,
      condition: `m${index} and not (m${index} and ka.verb = x)`,
    }))
    const loaded = load({ macro: 'm0', condition: 'ka.verb = create' }, ...macros, rule('m200'))
    assert.deepEqual(errorsOf(loaded.problems), [])
    assert.equal(createFalcoEngine(loaded).evaluate(event)?.length, 1)
  })

  it('refuses macros that refer to each other in a circle or in a chain without end', () => {
    const circle = load(
      { macro: 'a', condition: 'ka.verb = x' },
      { macro: 'b', condition: 'a' },
      { macro: 'a', condition: 'b' },
      rule('a'),
    )
    assert.deepEqual(
      errorsOf(circle.problems).map(({ item, name, what }) => [item, name, what]),
      [
        ['macro', 'a', 'reference loop in macro "b" (near "b")'],
        ['macro', 'b', 'macro "a" is in error (near "a")'],
        ['rule', 'r', 'macro "a" is in error (near "a")'],
      ],
    )
    const chain = Array.from({ length: 5000 }, (_, index) => ({ macro: `m${index + 1}`, condition: `not m${index}` }))
    const loaded = load({ macro: 'm0', condition: 'ka.verb = create' }, ...chain, rule('m5000'))
    assert.ok(errorsOf(loaded.problems).some(({ what }) => what.includes('nested too deep')))
  })

  it('refuses conditions that are nested too deep, and loads ten thousand rules', () => {
    assert.match(String(verdict(`${'('.repeat(5000)}ka.verb exists${')'.repeat(5000)}`)), /nested too deep/)
    const rules = Array.from({ length: 10_000 }, (_, index) =>
      rule(`ka.verb = create and ka.target.name = p${index}`, { rule: `r${index}` }),
    )
    const loaded = load(...rules)
    assert.equal(loaded.served.length, 10_000)
    assert.deepEqual(createFalcoEngine(loaded).evaluate(event), [])
  })

  it('matches patterns in linear time that backtracking engines do not', () => {
    const long = { ...event, verb: `${'a'.repeat(50_000)}b` }
    assert.equal(verdict('ka.verb regex "(a+)+"', long), false)
    assert.equal(verdict('ka.verb glob "*a*a*a*a*c"', { ...event, verb: 'a'.repeat(2000) }), false)
  })

  it('reads events of wrong types, odd keys and any depth without a fault', () => {
    const loaded = load(
      rule(
        'ka.req.role.rules.verbs exists or ka.req.pod.containers.image exists or jevt.value[/requestObject] exists',
        {
          output: '%jevt.obj %ka.req.binding.subjects %ka.req.pod.volumes.volume_type %ka.user.groups',
        },
      ),
    )
    const engine = createFalcoEngine(loaded)
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (requestObject, user) => {
        const odd: unknown = JSON.parse(JSON.stringify({ ...event, requestObject, user, objectRef: user }))
        assert.ok(engine.evaluate(isEvent(odd) ? odd : {}) !== undefined)
      }),
    )
    const deep: unknown = JSON.parse(`{"rules":${'['.repeat(5000)}${']'.repeat(5000)}}`)
    assert.equal(engine.evaluate(isEvent(deep) ? { ...event, requestObject: deep } : {})?.length, 1)
    assert.equal(verdict('jevt.value[/constructor/name] exists or jevt.value[/__proto__] exists'), false)
  })
})

const isEvent = (value: unknown): value is EventObject => typeof value === 'object' && value !== null

it('ends texts at a NUL, also those that are put together', () => {
  const containers = [{ command: ['sh', 'a\0b', 'c'], args: ['\0'] }]
  const on = { ...event, requestURI: '/x?k=a%00b', requestObject: { spec: { containers } } }
  assert.equal(verdict('ka.uri.param[k] = a', on), true)
  assert.equal(verdict('ka.req.pod.containers.command in ("sh a")', on), true)
  assert.equal(verdict('ka.req.pod.containers.args in ("")', on), true)
})

it('compares and joins texts before they end at a NUL', () => {
  const subjects = [
    { kind: 'User\0', name: 'a' },
    { kind: 'ServiceAccount', namespace: 'n\0', name: 's' },
  ]
  const spec = { volumes: [{ hostPath: { path: '/etc\0' } }] }
  const on = { ...event, requestURI: '/x?k=a\0', requestObject: { subjects, spec } }
  assert.equal(verdict('ka.req.binding.subjects.user_names exists', on), false)
  assert.equal(verdict('ka.req.binding.subjects.serviceaccount_ns_names in (n)', on), true)
  assert.equal(verdict('ka.req.volume.hostpath[/etc] = false', on), true)
  assert.equal(verdict('ka.uri.param[k] exists', on), false)
})

it('takes a null for a port', () => {
  const on = { ...event, requestObject: { spec: { containers: [{ ports: [{ hostPort: null, containerPort: 80 }] }] } } }
  assert.equal(verdict('ka.req.pod.containers.host_port in (null)', on), true)
})

describe('parseExactly', () => {
  it('keeps the first of duplicate keys, and texts of numbers', () => {
    const line =
      '{"auditID":"a","stageTimestamp":"2026-01-01T00:00:00Z","x":{"k":1.10,"k":2},"big":10000000000000000001,"t":["\\u003c"]}'
    const reading = parseExactly(line)
    assert.equal(reading.kind, 'event')
    const on = reading.kind === 'event' ? reading.event : {}
    assert.equal(verdict('jevt.value[/x/k] = 1.10', on), true)
    assert.equal(verdict('jevt.value[/big] = 10000000000000000001', on), true)
    assert.equal(verdict('jevt.value[/t/0] = "<"', on), true)
    assert.equal(verdict('jevt.value[/t] = "[\\"\\\\u003c\\"]"', on), true)
  })

  it('keeps what Go would have escaped as it is written', () => {
    const line = '{"auditID":"a","stageTimestamp":"2026-01-01T00:00:00Z","t":["<a>&b\u2028"]}'
    const reading = parseExactly(line)
    const on = reading.kind === 'event' ? reading.event : {}
    assert.equal(verdict('jevt.value[/t] = "[\\"<a>&b\u2028\\"]"', on), true)
    assert.equal(verdict('jevt.value[/t/0] startswith "<a>&b"', on), true)
  })

  it('agrees with JSON.parse on what that writes', () => {
    const engine = createFalcoEngine(load(rule('jevt.value[/x] exists', { output: '%jevt.value[/x]' })))
    fc.assert(
      fc.property(fc.jsonValue(), (x) => {
        const line = JSON.stringify({ stageTimestamp: event.stageTimestamp, x: typeof x === 'number' ? 1 : x })
        const [parsed, exact]: unknown[] = [JSON.parse(line), parseExactly(line)]
        assert.ok(isEvent(parsed) && isEvent(exact) && isEvent(exact.event))
        if (typeof x !== 'string') return
        assert.equal(engine.evaluate(exact.event)?.[0]?.output, engine.evaluate(parsed)?.[0]?.output)
      }),
    )
  })

  it('tells where a line is no JSON', () => {
    const table: readonly (readonly [string, string, number])[] = [
      ['[1]', 'it is no JSON object', 0],
      ['{"a":1} x', 'there is more after the value', 8],
      ['{"a":01x}', '"," or "}" is expected', 7],
      ['{"a":"x', 'a text has no end', 5],
      [`${'{"a":'.repeat(400)}`, 'it is nested too deep', 1505],
    ]
    for (const [line, why, at] of table) assert.deepEqual(parseExactly(line), { kind: 'bad', why, at })
  })
})
