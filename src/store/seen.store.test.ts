import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { AuditTarget } from '../model/record.ts'
import { auditSample, noon, patient, placed, runtimeSample, second } from './fixture.ts'
import { openStore, type Store } from './index.ts'

let dir = ''
let store: Store
const hour = 3600 * second
const target = (resource: string, subresource = ''): AuditTarget => ({
  group: '',
  version: 'v1',
  resource,
  subresource,
  namespace: 'shop',
  name: 'x',
})
const withTarget = (place: AuditTarget, change: Parameters<typeof auditSample>[0]) => ({
  ...auditSample(change),
  target: place,
})

before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'bulwark-seen-'))
  store = await openStore({ dir }, patient)
  const records = [
    ...[0, 1, 2].map((n) =>
      withTarget(target('pods'), {
        time: noon + n * second,
        verb: 'create',
        level: n === 0 ? 'RequestResponse' : 'Request',
      }),
    ),
    withTarget(target('pods'), { time: noon + 3 * second, verb: 'create', level: 'Request', stage: 'RequestReceived' }),
    withTarget(target('pods', 'exec'), { time: noon + hour, verb: 'create', user: 'Bob' }),
    withTarget(target('secrets'), { time: noon + 2 * hour, verb: 'get' }),
    runtimeSample({ time: noon + 4 * second }),
  ]
  await store.insertBlock(placed(records), 'seen')
})
after(async () => {
  await store[Symbol.asyncDispose]()
  await rm(dir, { recursive: true })
})

describe('what the audit log of a range tells of', () => {
  test('requests by resource, subresource and verb, with how many tell their bodies', async () => {
    const none = { withRequest: 0, withResponse: 0, withoutBody: 0 }
    const seen = await store.seenRequests(noon, noon + 3 * hour)
    assert.deepEqual(
      seen.toSorted((a, b) => b.events - a.events || (a.verb < b.verb ? -1 : 1)),
      [
        {
          resource: 'pods',
          subresource: '',
          verb: 'create',
          events: 3,
          withRequest: 3,
          withResponse: 1,
          withoutBody: 0,
        },
        { resource: 'pods', subresource: 'exec', verb: 'create', events: 1, ...none },
        { resource: 'secrets', subresource: '', verb: 'get', events: 1, ...none },
      ],
    )
    assert.deepEqual(await store.seenRequests(noon + 3 * hour, noon + 4 * hour), [])
  })

  test('values of a column, as they were asked for, and of letters of either case', async () => {
    const seen = async (field: 'verb' | 'user' | 'resource', ...values: readonly string[]) => [
      ...(await store.seenValues('audit', field, values, noon, noon + 3 * hour)),
    ]
    assert.deepEqual(await seen('verb', 'GET', 'create', 'watch'), ['GET', 'create'])
    assert.deepEqual(await seen('user', 'bob', 'mallory'), ['bob'])
    assert.deepEqual(await seen('resource'), [])
    const many = Array.from({ length: 1200 }, (_, n) => `r${n}`)
    assert.deepEqual(await seen('resource', ...many, 'secrets'), ['secrets'])
  })

  test('counts in equal parts; the end of the range is not in it', async () => {
    assert.deepEqual(await store.recordCounts('audit', noon, noon + 4 * hour, 4), [4, 1, 1, 0])
    assert.deepEqual(await store.recordCounts('audit', noon, noon + 2 * hour, 1), [5])
    assert.deepEqual(await store.recordCounts('audit', noon, noon, 3), [0, 0, 0])
  })
})

test('a matching event tells where it came from and when it was received', async () => {
  const found = []
  const predicate = { kind: 'all', terms: [] } as const
  for await (const one of store.matchingEvents({ predicate, from: noon, to: noon + second })) found.push(one)
  assert.deepEqual(
    found.map(({ cluster, source, receivedAt }) => ({ cluster, source, receivedAt })),
    [{ cluster: 'shop-cluster', source: 'audit', receivedAt: noon + second }],
  )
})
