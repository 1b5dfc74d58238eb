import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import type { UnusualVolume } from '../model/answer.ts'
import { unusualLines } from './unusual.ts'

const answer = {
  field: 'user',
  from: '2026-11-01T00:00:00.000000Z',
  to: '2026-11-01T04:00:00.000000Z',
  stepSeconds: 3600,
  method: 'daily',
  learning: ['days of the week are not told apart: the record has 4 days of this range, and 21 are needed'],
  series: [
    {
      value: '\u202eevil\n',
      total: 9,
      counts: [9, 0, 0, 0],
      expected: [0.5, 0, 0, 0],
      scores: [8.5, 0, 0, 0],
      unusual: [0],
    },
    { value: '', total: 60, counts: [20, 20, 0, 20], expected: [20, 20, 20, 20], scores: [0, 0, -9, 0], unusual: [2] },
  ],
  more: true,
  searched: { rows: 12_345, elapsedMillis: 6.4, partial: false, gaps: [] },
} satisfies UnusualVolume

test('lists what is unusual, the most unusual first, hostile names as escapes, with what it was compared with', () => {
  assert.deepEqual(unusualLines(answer), {
    table: [
      'FROM              COUNT  EXPECTED  SCORE  USER',
      '2026-11-01 02:00      0        20   -9.0  (none)',
      '2026-11-01 00:00      9       0.5   +8.5  \\u202eevil\\u000a',
    ],
    notes: [
      'looked at the 2 busiest values of user, 2026-11-01 00:00 to 2026-11-01 04:00 UTC, compared with the same hour of the day',
      'still learning: days of the week are not told apart: the record has 4 days of this range, and 21 are needed',
      'searched 12,345 rows in 6 ms; no gap in range',
    ],
  })
})

test('lists a hundred buckets, and an answer of another version as far as it goes', () => {
  const counts = Array.from({ length: 130 }, (_, place) => place)
  const many = { ...answer, series: [{ value: 'x', total: 1, counts, expected: [], scores: counts, unusual: counts }] }
  const { table, notes } = unusualLines(many)
  assert.deepEqual([table.length, notes[0]], [101, 'and 30 more (--output json has all)'])
  assert.deepEqual(unusualLines({ series: [null, { unusual: ['x', 3] }] }).table.length, 2)
  assert.deepEqual(unusualLines(null).table, [])
})

/** Runs `bulwark query …` against a server that gives the answer. */
const run = async (...args: readonly string[]) => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.end(JSON.stringify(answer))
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  // An address of TCP, as it listens on one.
  const { port } = server.address() as AddressInfo
  const command = [
    join(import.meta.dirname, '..', '..', 'bin', 'start.mjs'),
    'query',
    ...args,
    '--server',
    `http://127.0.0.1:${port}`,
  ]
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, command)
    return { asked, stdout, stderr }
  } finally {
    server.close()
  }
}

test('bulwark query --unusual asks for a field and prints a table or JSON', async () => {
  const { asked, stdout, stderr } = await run('verb:get', '--unusual', 'user', '--since', '2026-11-01T00:00:00Z')
  assert.deepEqual(asked, ['/api/v1/events/unusual?q=verb%3Aget&from=2026-11-01T00%3A00%3A00.000000Z&field=user'])
  assert.deepEqual([stdout.split('\n').length, stderr.split('\n').length], [4, 4])
  const json = await run('', '--unusual', 'ns', '--step', '900', '-n', '3', '-o', 'json')
  assert.deepEqual(json.asked, ['/api/v1/events/unusual?q=&field=ns&step=900&limit=3'])
  assert.deepEqual([JSON.parse(json.stdout), json.stderr], [answer, ''])
})

test('bulwark query refuses what does not go together', async () => {
  for (const args of [
    ['', '--unusual', 'user', '-o', 'csv'],
    ['', '-o', 'json'],
    ['', '--step', '60'],
  ])
    await assert.rejects(run(...args), { code: 2 })
})
