import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { failedRead, falcoExec, manyFailed, secretRead } from './fixture.ts'
import { createRuleLoader, isRuleFile, loadRuleSet, type RuleFile } from './rule-set.ts'

const file = (name: string, text: string, origin: RuleFile['origin'] = 'user'): RuleFile => ({ name, text, origin })

test('reads Sigma and Falco from one file, each document with its own lines and text', () => {
  const set = loadRuleSet([file('mixed.yml', `# ours\n${secretRead}---\n${falcoExec}---\n${failedRead}`)])
  assert.deepEqual(set.problems, [])
  assert.deepEqual(
    set.entries.map(({ head, idle }) => [head.id, head.language, head.title, head.severity, head.line, idle]),
    [
      ['11111111-1111-4111-8111-111111111111', 'sigma', 'Secret read', 'high', 2, ''],
      ['22222222-2222-4222-8222-222222222222', 'sigma', 'Failed read', 'low', 31, ''],
      ['falco:Attach or exec to a pod', 'falco', 'Attach or exec to a pod', 'low', 23, ''],
    ],
  )
  assert.equal(set.entries[1]?.text, failedRead)
  assert.ok(set.entries[2]?.text.startsWith('- rule: Attach or exec to a pod\n'))
  assert.ok(set.entries[2]?.text.endsWith('tags: [k8s]'))
  assert.deepEqual(set.entries[0]?.fields, ['verb', 'objectRef.resource'])
  assert.deepEqual(set.entries[2]?.fields, ['jevt.value', 'ka.target.resource', 'ka.target.subresource'])
  assert.deepEqual(set.entries[0]?.head.guide, {
    why: 'Secrets hold credentials.',
    normal: 'Controllers read their own.',
    respond: 'Ask the one who read it.',
  })
})

test('a broken document or file is told with its place and how to mend it, and takes nothing else down', () => {
  const set = loadRuleSet([
    file('one.yml', `title: [unclosed\n---\n${secretRead}---\ntitle: Nothing\n`),
    file(
      'two.yml',
      '- rule: x\n  desc: y\n  condition: ka.verb=\n  output: z\n  priority: NOTICE\n  source: k8s_audit\n',
    ),
    file('three.yml', `${failedRead}---\n${secretRead}`),
    file('four.yml', '\u0000\u0001 - [}{'),
    file('five.yml', manyFailed),
  ])
  assert.deepEqual(
    set.entries.filter(({ idle }) => idle === '').map(({ head }) => head.title),
    ['Secret read', 'Failed read', 'Many failed reads'],
  )
  assert.deepEqual(
    set.problems.map(({ file, line, severity }) => [file, line, severity]),
    [
      ['one.yml', 2, 'error'],
      ['one.yml', 21, 'error'],
      ['four.yml', 1, 'error'],
      ['three.yml', 12, 'error'],
      ['two.yml', 3, 'error'],
    ],
  )
  assert.ok(set.problems.every(({ what, mend }) => what !== '' && mend !== ''))
})

test('a baseline that is broken, or has lost its rule, is told', () => {
  const baseline = `title: New
id: 44444444-4444-4444-8444-444444444444
baseline: {type: new, rules: [secret-read], group-by: [user.username], values: [verb], learn: 1h}
`
  const set = loadRuleSet([
    file('a.yml', `${secretRead}---\n${baseline}---\n${baseline}---\nbaseline: [\n`),
    file('b.yml', baseline.replace('secret-read', 'nothing').replace('id: 4', 'id: 5')),
  ])
  assert.deepEqual(
    set.problems.map(({ file, line, what }) => [file, line, what.replace(/(is not YAML).*/s, '$1')]),
    [
      ['a.yml', 28, 'is not YAML'],
      ['a.yml', 23, '"44444444-4444-4444-8444-444444444444" is taken by the one in a.yml:19'],
      ['b.yml', 1, 'there is no rule "nothing"'],
    ],
  )
  assert.deepEqual(
    set.heads.map(({ language, line }) => [language, line]),
    [
      ['sigma', 1],
      ['baseline', 19],
    ],
  )
})

test('rules by origin: license and author go with the rule', () => {
  const set = loadRuleSet([
    file('sigmahq/a.yml', secretRead, 'sigmahq'),
    file('falco/b.yml', falcoExec, 'falco'),
    file('bulwark/c.yml', failedRead, 'bulwark'),
  ])
  assert.deepEqual(
    set.heads.map(({ origin, license, author }) => [origin, license, author]),
    [
      ['sigmahq', 'DRL-1.1', 'Bulwark'],
      ['bulwark', 'Apache-2.0', ''],
      ['falco', 'Apache-2.0', 'The Falco Authors'],
    ],
  )
})

test('rules that can never run say why', () => {
  const windows = secretRead.replace('product: kubernetes, service: audit', 'product: windows')
  const syscalls = falcoExec.replace('source: k8s_audit', 'source: syscall').replaceAll(/ka\.[a-z.]+/g, 'proc.name')
  const set = loadRuleSet([
    file('a.yml', windows),
    file('b.yml', syscalls.slice(syscalls.indexOf('- rule')).replace('kevt and', '')),
  ])
  assert.deepEqual(
    set.entries.map(({ idle }) => idle),
    [
      'nothing here tells what it looks at (its log source)',
      "it is over system calls: Falco's own sensor runs it, and what it tells is taken",
    ],
  )
})

test('tests beside a rule are no rules', () => {
  assert.deepEqual(['a.yml', 'b.yaml', 'c.tests.yml', 'd.tests.yaml', 'README.md'].map(isRuleFile), [
    true,
    true,
    false,
    false,
    false,
  ])
})

test('a loader gives of each set what is read of it alone, whatever it read before', () => {
  const filter = `title: Not of alice
logsource: {product: kubernetes, service: audit}
filter:
  rules: [failed-read]
  alice: {user.username: alice}
  condition: not alice
`
  const surge = `title: Failed reads surge
baseline:
  type: volume
  rules: [failed-read]
  group-by: [user.username]
  timespan: 10s
  learn: 30s
  condition: {mads: 1, least: 2}
`
  const texts = [
    secretRead,
    failedRead,
    failedRead.replace('403', '401'),
    `${secretRead}---\n${failedRead}`,
    `${secretRead}---\ntitle: Broken\n`,
    'a: [',
    filter,
    filter.replace('user.username: alice', 'user.username|re: "("'),
    manyFailed,
    surge,
    surge.replace('least: 2', 'least: none'),
    falcoExec,
    `${falcoExec}---\n${manyFailed}`,
    falcoExec.replace('priority: NOTICE', 'priority: LOUD'),
  ]
  const one = fc.record({
    name: fc.constantFrom('a.yml', 'b.yml', 'c.yml', 'd.yml', 'e.yml'),
    text: fc.constantFrom(...texts),
    origin: fc.constantFrom<RuleFile['origin']>('bulwark', 'user'),
  })
  const sets = fc.array(fc.uniqueArray(one, { selector: ({ name }) => name, maxLength: 5 }), { maxLength: 6 })
  fc.assert(
    fc.property(sets, (all) => {
      const loader = createRuleLoader()
      for (const files of all) assert.deepEqual(loader.load(files), loadRuleSet(files))
    }),
    { numRuns: 150 },
  )
})
