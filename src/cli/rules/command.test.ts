import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { Command } from 'commander'
import { rulesCommand } from './command.ts'

/** Runs `bulwark rules …` in a folder with these files; `@` in an argument stands for the folder. */
const run = async (files: Readonly<Record<string, string>>, args: readonly string[], input = '') => {
  const folder = mkdtempSync(join(tmpdir(), 'rules-'))
  let stdout = ''
  let code: number | undefined
  async function* stdin() {
    yield Buffer.from(input)
  }
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
    const around = { stdin: stdin(), stdout: { write: (text: string) => (stdout += text) } }
    const command = rulesCommand(around, (given) => {
      code = given
    })
    await new Command('bulwark')
      .addCommand(command)
      .parseAsync(['rules', ...args.map((arg) => arg.replace('@', folder))], { from: 'user' })
    return { code, stdout: stdout.replaceAll(folder, '@') }
  } finally {
    rmSync(folder, { recursive: true })
  }
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
    stdout: 'RULE          SEVERITY  SOURCE     STATE  TAGS\n' + 'Shell in pod  Notice    k8s_audit  ready  k8s\n',
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
    rules: [{ rule: 'Shell in pod', matches: 1 }],
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
