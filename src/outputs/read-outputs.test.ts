import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { BulwarkError } from '../model/error.ts'
import { readOutputs } from './read-outputs.ts'
import { readNotify } from './route.ts'

const surroundings = { env: { TOKEN: 'xoxb-1', HOOK: 'https://hooks.example.com/secret' }, writeEvent: undefined }
const read = (text: string) => readOutputs(text, 'outputs.yaml', surroundings)

test('reads outputs with what goes to them', () => {
  const [slack, teams, ...rest] = read(`
allow: [smtp.corp.example]
outputs:
  - {id: sec, type: slack, channel: C1, token: {env: TOKEN}, severity: high, budgetPerHour: 5}
  - {id: team, type: teams, url: {env: HOOK}, byNamespace: true, namespaces: [shop-*]}
`)
  assert.deepEqual(rest, [])
  assert.deepEqual([slack?.output.type, slack?.output.to, slack?.budgetPerHour], ['slack', 'channel C1', 5])
  assert.deepEqual(slack?.route, { severity: 'high', namespaces: [], byNamespace: false })
  assert.deepEqual([teams?.output.to, teams?.route.byNamespace], ['hooks.example.com', true])
})

describe('is refused with its line', () => {
  for (const [text, where, what] of [
    ['outputs:\n  - {id: a, type: pigeon}', 'outputs.yaml:2', /type/],
    ['outputs:\n  - id: a\n    type: slack\n    channel: C1\n    token: xoxb-in-the-file', 'outputs.yaml:5', /token/],
    [
      'outputs:\n  - {id: a, type: slack, channel: C1, token: {env: NONE}}',
      'outputs.yaml:2',
      /the environment has no NONE/,
    ],
    ['outputs:\n  - {id: a, type: slack, channel: C1, token: {file: /no/such}}', 'outputs.yaml:2', /cannot be read/],
    [
      'outputs:\n  - {id: a, type: webhook, url: {env: TOKEN}, secret: {env: TOKEN}}',
      'outputs.yaml:2',
      /not an address/,
    ],
    ['outputs:\n  - {id: a, type: slack, chanel: C1, channel: C1, token: {env: TOKEN}}', 'outputs.yaml:2', /chanel/],
    [
      'outputs:\n  - {id: a, type: syslog, host: h}\n  - {id: a, type: syslog, host: h}',
      'outputs.yaml:3',
      /two outputs "a"/,
    ],
    ['outputs:\n  - {id: a, type: kubernetes-event}', 'outputs.yaml:2', /no cluster/],
    ['outputs: [', 'outputs.yaml:1', /not YAML/],
    ['outputs: []\nalow: []', 'outputs.yaml:1', /alow/],
  ] as const)
    test(text.split('\n')[1]?.trim() ?? text, () => {
      assert.throws(
        () => read(text),
        (error) => {
          assert.ok(error instanceof BulwarkError)
          assert.equal(error.code, 'OUTPUT_REFUSED')
          assert.equal(error.where, where)
          assert.match(error.what, what)
          assert.doesNotMatch(error.message, /xoxb-1|hooks\.example\.com\/secret/)
          return true
        },
      )
    })
})

test('a label cannot hold commas, so dots separate names too', () => {
  assert.deepEqual(readNotify('sec-slack, team.mail'), ['sec-slack', 'team', 'mail'])
})
