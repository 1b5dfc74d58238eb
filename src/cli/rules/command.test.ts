import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { join } from 'node:path'
import test from 'node:test'
import { runCommand } from '../fixture.ts'
import { rulesCommand } from './command.ts'

/** Runs `bulwark rules …` in a folder with these files; `@` in an argument stands for the folder. */
const run = async (files: Readonly<Record<string, string>>, args: readonly string[], input = '') => {
  const argsIn = (folder: string) => args.map((arg) => arg.replace('@', folder))
  const { folder, code, stdout } = await runCommand(rulesCommand, argsIn, { files, input })
  return { code, stdout: stdout.replaceAll(folder, '@') }
}

const good = `- list: shells
  items: [exec, attach]
- rule: Shell in pod
  desc: d
  condition: ka.target.subresource in (shells)
  output: shell by %ka.user.name
  priority: NOTICE
  source: k8s_audit
  tags: [k8s]
`
const bad = good.replace('ka.target.subresource', 'ka.target.subresourc')

const event = (name: string, subresource: string): string =>
  JSON.stringify({
    kind: 'Event',
    auditID: 'a',
    stage: 'ResponseStarted',
    stageTimestamp: '2026-01-02T03:04:05Z',
    user: { username: name },
    objectRef: { resource: 'pods', subresource },
  })

test('check says that good rules are good', async () => {
  assert.deepEqual(await run({ 'a.yaml': good }, ['check', '@/a.yaml']), {
    code: 0,
    stdout: '1 file, 1 rule (1 ready): 0 errors, 0 warnings\n',
  })
})

test('check names the place, the rule, what is wrong and how to mend it', async () => {
  assert.deepEqual(await run({ 'a.yaml': bad }, ['check', '@']), {
    code: 1,
    stdout:
      '@/a.yaml:5:14 error, rule "Shell in pod": there is no field "ka.target.subresourc" in source k8s_audit (near "ka.target."). Did you mean ka.target.subresource?\n' +
      '1 file, 1 rule (0 ready): 1 error, 0 warnings\n',
  })
})

test('check tells files that cannot be read, and ends with 3', async () => {
  assert.deepEqual(await run({ 'a.yaml': 'kind: Pod\n' }, ['check', '@/a.yaml', '@/b.yaml']), {
    code: 3,
    stdout:
      '@/b.yaml error: there is no such file\n' +
      '@/a.yaml error: there are no detection rules in it\n' +
      '1 file, 0 rules (0 ready): 2 errors, 0 warnings\n',
  })
})

test('warnings end with 1 where they are to count', async () => {
  const unused = `${good}- macro: nobody\n  condition: ka.verb = get\n`
  assert.equal((await run({ 'a.yaml': unused }, ['check', '@'])).code, 0)
  assert.equal((await run({ 'a.yaml': unused }, ['check', '--strict', '@'])).code, 1)
})

test('list shows the rules in the order in which they are tried', async () => {
  assert.deepEqual(await run({ 'a.yaml': good }, ['list', '-'], good), {
    code: 0,
    stdout:
      'RULE          LANGUAGE  SEVERITY  SOURCE     STATE  TAGS\n' +
      'Shell in pod  falco     Notice    k8s_audit  ready  k8s\n',
  })
})

test('test runs rules over lines and lists of events', async () => {
  const list = JSON.stringify({ kind: 'EventList', items: [JSON.parse(event('bob', 'attach'))] }, null, 2)
  const lines = `${event('alice', 'exec')}\n${event('carol', 'log')}\n`
  assert.deepEqual(await run({ 'a.yaml': good, e: lines }, ['test', '@/a.yaml', '-e', '@/e']), {
    code: 0,
    stdout: '2026-01-02T03:04:05.000000000Z Notice Shell in pod: shell by alice\n' + '2 events: 1 match of 1 rule\n',
  })
  const fromList = await run({ 'a.yaml': good }, ['test', '@/a.yaml', '-e', '-', '-o', 'json'], list)
  assert.deepEqual(JSON.parse(fromList.stdout), {
    events: 1,
    unread: 0,
    unjudged: 0,
    late: 0,
    rules: [{ rule: 'Shell in pod', matches: 1, alerts: true }],
    missing: [],
    matches: [
      { rule: 'Shell in pod', severity: 'Notice', time: '2026-01-02T03:04:05.000000000Z', text: 'shell by bob' },
    ],
    problems: [],
  })
})

test('test ends with 1 where an expected rule matches nothing, and with 3 where events are not read', async () => {
  const files = { 'a.yaml': good, e: `${event('alice', 'log')}\n`, bad: `${event('alice', 'log')}\nnothing\n` }
  const expecting = await run(files, ['test', '@/a.yaml', '-e', '@/e', '--expect', 'Shell in pod'])
  assert.deepEqual(expecting, {
    code: 1,
    stdout: '"Shell in pod" matched no event\n1 event: 0 matches of 0 rules\n',
  })
  assert.deepEqual(await run(files, ['test', '@/a.yaml', '-e', '@/bad']), {
    code: 3,
    stdout:
      'not read: line 2: it is not JSON\n1 event: 0 matches of 0 rules\n1 line could not be read as audit events\n',
  })
})

test('test says which file of events is missing', async () => {
  await assert.rejects(run({ 'a.yaml': good }, ['test', '@/a.yaml', '-e', '@/none']), {
    name: 'BulwarkError',
    code: 'NOT_FOUND',
  })
})

const sigma = `title: Secrets read
name: secrets_read
id: 11111111-2222-4333-8444-555555555555
level: high
status: test
tags: [attack.t1552]
logsource: {product: kubernetes, service: audit}
detection:
  selection: {verb: [get, list], objectRef.resource: secrets}
  condition: selection
---
title: Many secrets read
correlation: {type: value_count, rules: [secrets_read], group-by: [user.username], timespan: 5m, condition: {gte: 3, field: objectRef.name}}
level: critical
`

const read = (name: string, seconds: number, stage = 'ResponseComplete'): string =>
  JSON.stringify({
    kind: 'Event',
    auditID: name,
    stage,
    verb: 'get',
    stageTimestamp: `2026-01-02T03:04:${String(seconds).padStart(2, '0')}Z`,
    user: { username: 'alice' },
    objectRef: { resource: 'secrets', namespace: 'shop', name },
    responseStatus: { code: 200 },
  })

test('rules of both languages are read from one file or many, told apart by what they say', async () => {
  const mixed = `${good}---\n${sigma}`
  const listed =
    'RULE               LANGUAGE  SEVERITY  SOURCE            STATE                   TAGS\n' +
    'Shell in pod       falco     Notice    k8s_audit         ready                   k8s\n' +
    'Secrets read       sigma     high      kubernetes/audit  ready, for others only  attack.t1552\n' +
    'Many secrets read  sigma     critical  1 rule            ready\n'
  assert.equal((await run({ 'a.yaml': mixed }, ['list', '@'])).stdout, listed)
  assert.equal((await run({ 'a.yaml': good, 'b.yml': sigma }, ['list', '@'])).stdout, listed)
})

test('each error in a rule of Sigma has its place, its rule and a way to mend it', async () => {
  const { code, stdout } = await run(
    { 'a.yml': sigma.replace('{verb: [get, list]', '{verb|begins: get').replace('resource: secrets', 'resource: []') },
    ['check', '@'],
  )
  assert.equal(code, 1)
  assert.equal(
    stdout,
    '@/a.yml:9:28 error, rule "Secrets read": "verb|begins": there is no modifier "begins". Correct it, or remove it; the Sigma specification lists the modifiers\n' +
      '@/a.yml:12:1 error, rule "Many secrets read": there is no rule with the id or name "secrets_read". Correct the name, or load the file that defines it as well\n' +
      '1 file, 0 rules (0 ready): 2 errors, 0 warnings\n',
  )
})

test('a condition that no event can meet is warned of', async () => {
  const dead = sigma.replace('verb: [get, list]', 'responseStatus.code: ALLOW')
  const { code, stdout } = await run({ 'a.yml': dead }, ['check', '@'])
  assert.equal(code, 0)
  assert.equal(
    stdout,
    '@/a.yml:1:1 warning, rule "Secrets read": it can never match: responseStatus.code is never "ALLOW": it is a number. Ask for a value that the field has, or remove the rule\n' +
      '1 file, 2 rules (1 ready): 0 errors, 1 warning\n',
  )
})

test('a file with ten thousand errors tells the first hundred', async () => {
  const broken = Array.from({ length: 10_000 }, (_, index) => `---\ntitle: r${index}\ndetection: {}\n`).join('')
  const { code, stdout } = await run({ 'a.yml': broken }, ['check', '@'])
  const lines = stdout.trimEnd().split('\n')
  assert.equal(code, 1)
  assert.equal(lines.length, 102)
  assert.deepEqual(lines.slice(-2), [
    '… and 9,900 more problems (all of them: --output json)',
    '1 file, 0 rules (0 ready): 10,000 errors, 0 warnings',
  ])
})

test('correlations count the events of a file in order of time, each request once', async () => {
  // The third event stands before the second, and the stage before the last is none that rules look at.
  const lines = [read('a', 1), read('c', 3), read('b', 2), read('d', 4, 'RequestReceived')].join('\n')
  assert.deepEqual(
    await run({ 'a.yml': sigma, e: lines }, ['test', '@/a.yml', '-e', '@/e', '--expect', 'secrets_read']),
    {
      code: 0,
      stdout:
        '2026-01-02T03:04:03.000000Z critical Many secrets read: Many secrets read: 3 different values of objectRef.name within 5 minutes, for user.username alice\n' +
        '4 events: 1 match of 1 rule\n' +
        '3 matches of rules that only others ask for\n',
    },
  )
})

test('events and a recording are not both read', async () => {
  const both = ['test', '@/a.yml', '-e', '@/e', '--recording', '@/r']
  await assert.rejects(run({ 'a.yml': sigma }, both), { code: 'CONFIG_INVALID' })
  await assert.rejects(run({ 'a.yml': sigma }, ['test', '@/a.yml']), { code: 'CONFIG_INVALID' })
})

test('rules run over the recording that ships with Bulwark', async () => {
  const recording = join(import.meta.dirname, '../../../recordings/shop.jsonl.zst')
  const exec = sigma
    .slice(0, sigma.indexOf('---'))
    .replace('verb: [get, list], objectRef.resource: secrets', 'verb: create')
  const { code, stdout } = await run({ 'a.yml': exec }, ['test', '@/a.yml', '--recording', recording, '-o', 'json'])
  const report = JSON.parse(stdout)
  assert.equal(code, 0)
  assert.ok(report.events > 1000)
  assert.ok(report.rules[0].matches > 10)
  assert.deepEqual([report.unread, report.unjudged, report.late], [0, 0, 0])
})

test('list without a path tells the rules of a server, how they do, and what it refused', async () => {
  const server = createServer((request, response) => {
    assert.equal(request.url, '/api/v1/rules')
    const rule = { title: 'Secrets listed', severity: 'high', origin: 'bulwark', language: 'sigma' }
    const coverage = { kind: 'cannot', why: 'no audit log is connected', mend: 'connect one' }
    const refused = [
      { file: 'x.yml', line: 3, column: 1, rule: '', severity: 'error', what: 'has no title', mend: 'give it one' },
    ]
    response.end(
      JSON.stringify({ items: [{ rule, fired: 2, lastFired: '2026-11-26T12:00:00.000000Z', coverage }], refused }),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  const { stdout, code } = await run({}, ['list', '--server', `http://127.0.0.1:${port}`, '--token', 't'])
  await new Promise((resolve) => server.close(resolve))
  assert.equal(
    stdout,
    [
      'SEVERITY  RULE            FROM           FIRED  LAST                 COVERAGE',
      'high      Secrets listed  bulwark sigma      2  2026-11-26T12:00:00  cannot: no audit log is connected',
      'refused: x.yml:3:1 has no title → give it one',
      '',
    ].join('\n'),
  )
  assert.equal(code, 1)
})
