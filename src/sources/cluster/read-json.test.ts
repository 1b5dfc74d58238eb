import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { type ReadJson, readJson, readRefusal, reasonOf } from './read-json.ts'

const answer = (body: string | Buffer, headers: Record<string, string> = {}, status = 200) => ({
  status,
  headers,
  body: Readable.from([Buffer.from(body)]),
})
const gzip = { 'content-encoding': 'gzip' }

const cases: readonly [name: string, body: string | Buffer, headers: Record<string, string>, expected: ReadJson][] = [
  ['an object', '{"a":"ß"}', {}, { kind: 'json', value: { a: 'ß' } }],
  ['a compressed object', gzipSync('{"a":1}'), gzip, { kind: 'json', value: { a: 1 } }],
  ['an array', '[1]', {}, { kind: 'unreadable', why: 'the answer is no JSON object' }],
  ['a page of a proxy', '<html>', {}, { kind: 'unreadable', why: 'the answer is no JSON: Unexpected token' }],
  [
    'bytes that are not UTF-8',
    Buffer.from([0x22, 0xff, 0x22]),
    {},
    { kind: 'unreadable', why: 'the answer is no JSON: The encoded data was not valid for encoding utf-8' },
  ],
  ['more than allowed', `{"a":"${'x'.repeat(100)}"}`, {}, { kind: 'too-large' }],
  ['a gzip bomb', gzipSync(Buffer.alloc(1_000_000)), gzip, { kind: 'too-large' }],
  ['damaged gzip', 'xx', gzip, { kind: 'unreadable', why: 'the answer is damaged gzip' }],
  [
    'another encoding',
    '{}',
    { 'content-encoding': 'br' },
    { kind: 'unreadable', why: 'the answer is in an encoding that was not asked for' },
  ],
]
for (const [name, body, headers, expected] of cases) {
  test(`reads ${name}`, async () => {
    const limit = name === 'a gzip bomb' ? 10_000 : 100
    assert.deepEqual(await readJson(answer(body, headers), limit), expected)
  })
}

test('a body that breaks off throws', async () => {
  const body = Readable.from(
    (async function* () {
      yield Buffer.from('{')
      throw new Error('cut')
    })(),
  )
  await assert.rejects(readJson({ status: 200, headers: {}, body }, 100), /cut/)
})

test('a refusal tells the reason of the Status, and else the HTTP status', async () => {
  const status = JSON.stringify({ kind: 'Status', code: 403, reason: 'Forbidden', message: 'pods is forbidden' })
  assert.deepEqual(await readRefusal(answer(status, {}, 403)), {
    status: 403,
    reason: 'Forbidden',
    message: 'pods is forbidden',
    retryAfter: 0,
  })
  assert.deepEqual(await readRefusal(answer('busy', { 'retry-after': '7' }, 429)), {
    status: 429,
    reason: '',
    message: 'HTTP status 429',
    retryAfter: 7,
  })
})

test('the reason of a parse error never quotes the input', () => {
  for (const input of ['{"password":"hunter2",}', '"hunter2', 'hunter2', '{"a":hunter2}']) {
    try {
      JSON.parse(input)
      assert.fail()
    } catch (error) {
      assert.doesNotMatch(reasonOf(error), /hunter2/)
    }
  }
})
