import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { EventFilter, EventRow } from '../model/answer.ts'
import { eventRowOf } from '../model/event-row.ts'
import type { ObjectVersion } from '../model/object.ts'
import { formatMicros } from '../model/time.ts'
import { auditSample, gapSample, noon, objectSample, patient, placed, second } from './fixture.ts'
import { openStore, type Store } from './index.ts'

const all: EventFilter = { query: '', from: undefined, to: undefined }
const rowOf = (record: Parameters<typeof eventRowOf>[0]): EventRow => {
  const row = eventRowOf(record)
  assert.ok(row)
  return row
}
const collect = async <T>(items: AsyncIterable<T>): Promise<readonly T[]> => {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

describe('a store on the embedded engine', () => {
  let dir = ''
  let store: Store

  const create = auditSample({ time: noon, verb: 'create', auditId: '11111111-1111-4111-8111-111111111111', code: 201 })
  const refused = auditSample({
    time: noon + second,
    verb: 'delete',
    user: 'mallory',
    name: 'web-2',
    auditId: 'chosen by the client',
    code: 403,
    decision: 'forbid',
  })
  const received = auditSample({ time: noon + 2 * second, stage: 'RequestReceived', code: 0, decision: 'none' })
  const patch = auditSample({ time: noon + 10 * second, verb: 'patch', user: 'bob' })
  const gap = gapSample(noon + 20 * second, noon + 32 * second)
  const warning: ObjectVersion = {
    ...objectSample({ time: noon + 40 * second, kind: 'Event', resource: 'events', name: 'web-1.17' }),
    body: {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'web-1.17', uid: 'uid-1' },
      involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'web-1' },
      reason: 'BackOff',
      message: 'restarting failed container',
      type: 'Warning',
      source: { component: 'kubelet' },
      lastTimestamp: formatMicros(noon + 39 * second),
    },
  }
  const added = objectSample({ time: noon + second / 10, change: 'added', resourceVersion: '1' })
  const modified = objectSample({ time: noon + 10 * second + 5, change: 'modified', resourceVersion: '2' })
  const listedAgain = objectSample({ time: noon + 50 * second, change: 'listed', resourceVersion: '2' })
  const other = objectSample({
    time: noon + 3 * second,
    change: 'added',
    name: 'web-9',
    uid: 'uid-9',
    resourceVersion: '7',
  })
  const otherGone = objectSample({
    time: noon + 60 * second,
    change: 'deleted',
    name: 'web-9',
    uid: 'uid-9',
    resourceVersion: '8',
  })
  const otherBack = objectSample({
    time: noon + 70 * second,
    change: 'added',
    name: 'web-9',
    uid: 'uid-10',
    resourceVersion: '9',
  })
  const records = placed([
    create,
    refused,
    received,
    patch,
    gap,
    warning,
    added,
    modified,
    listedAgain,
    other,
    otherGone,
    otherBack,
  ])

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'bulwark-test-store-'))
    store = await openStore({ dir }, patient)
    // The first block of a run goes in under a token of its own: an earlier run may have tried it.
    await store.insertBlock([], 'test/0')
    await store.insertBlock(records, 'test/1')
  })
  after(async () => {
    await store[Symbol.asyncDispose]()
    await rm(dir, { recursive: true, force: true })
  })

  test('gives back the rows of what was inserted, newest first, RequestReceived only when asked', async () => {
    const page = await store.searchEvents(all, { limit: 10 })
    assert.deepEqual(page.items, [warning, gap, patch, refused, create].map(rowOf))
    assert.equal(page.nextCursor, undefined)
    assert.equal(page.searched.partial, false)
    assert.deepEqual(
      page.searched.gaps.map(({ from, to, source }) => ({ from, to, source })),
      [{ from: formatMicros(gap.from), to: formatMicros(gap.to), source: 'cluster' }],
    )
    const withStage = await store.searchEvents({ ...all, query: 'stage:RequestReceived' }, { limit: 10 })
    assert.deepEqual(withStage.items, [rowOf(received)])
  })

  test('keeps a block once that is inserted again with its token', async () => {
    await store.insertBlock(records, 'test/1')
    assert.equal((await store.histogram(all, { buckets: 10, split: 'kind' })).total, 5)
  })

  test('shows and counts a record once that was delivered twice', async () => {
    await store.insertBlock(
      placed([{ ...create, receivedAt: create.receivedAt + second, source: 'audit-file' }]),
      'test/twice',
    )
    const page = await store.searchEvents({ ...all, query: 'verb:create' }, { limit: 10 })
    assert.deepEqual(
      page.items.map((row) => row.id),
      [rowOf(create).id],
    )
    assert.equal((await store.histogram({ ...all, query: 'verb:create' }, { buckets: 10, split: 'kind' })).total, 1)
  })

  test('pages in both orders without a hole or a repetition', async () => {
    for (const order of ['newest', 'oldest'] as const) {
      const seen: string[] = []
      let cursor: string | undefined
      do {
        const page = await store.searchEvents(all, { limit: 2, cursor, order })
        seen.push(...page.items.map((row) => row.id))
        cursor = page.nextCursor
      } while (cursor !== undefined)
      const newest = [warning, gap, patch, refused, create].map((record) => rowOf(record).id)
      assert.deepEqual(seen, order === 'newest' ? newest : newest.toReversed())
    }
  })

  test('holds a range half-open', async () => {
    const range = { from: formatMicros(refused.time), to: formatMicros(patch.time) }
    const page = await store.searchEvents({ query: '', ...range }, { limit: 10 })
    assert.deepEqual(page.items, [rowOf(refused)])
  })

  test('gives the whole record of an audit event, an Event object and a gap', async () => {
    assert.deepEqual(await store.eventDetail(rowOf(refused).id), { row: rowOf(refused), raw: refused.event })
    assert.deepEqual(await store.eventDetail(rowOf(warning).id), { row: rowOf(warning), raw: warning.body })
    const detail = await store.eventDetail(rowOf(gap).id)
    assert.deepEqual(detail?.row, rowOf(gap))
    assert.deepEqual(detail?.raw, {
      id: rowOf(gap).id,
      source: 'cluster',
      from: formatMicros(gap.from),
      to: formatMicros(gap.to),
      reason: 'stream-broken',
      what: 'watch of pods was cut',
      estimate: 3,
    })
    assert.equal(await store.eventDetail('a0-00000000000000000000000000000000-0'), undefined)
    assert.equal(await store.eventDetail("'; DROP TABLE events"), undefined)
  })

  test('finds a request by its audit ID, a client-chosen one too', async () => {
    for (const [query, record] of [
      ['id:11111111-1111-4111-8111-111111111111', create],
      ['id:"chosen by the client"', refused],
      [`id:${rowOf(patch).id}`, patch],
    ] as const) {
      const page = await store.searchEvents({ ...all, query }, { limit: 10 })
      assert.deepEqual(
        page.items.map((row) => row.id),
        [rowOf(record).id],
        query,
      )
    }
  })

  test('keeps the bodies of two requests of one microsecond that are alike but for their audit IDs', async () => {
    await using twin = await openStore({ dir: await mkdtemp(join(dir, 'twin-')) }, patient)
    const twins = ['1', '2'].map((digit) =>
      auditSample({ time: noon, auditId: `${digit.repeat(8)}-1111-4111-8111-111111111111` }),
    )
    await twin.insertBlock(placed(twins), 'twins/1')
    await twin.insertBlock(placed(twins), 'twins/again')
    const bodies = await Promise.all(twins.map((one) => twin.eventDetail(rowOf(one).id)))
    assert.deepEqual(
      bodies.map((detail) => Reflect.get(Object(detail?.raw), 'auditID')),
      twins.map(({ auditId }) => auditId),
    )
  })

  test('counts over time, by label, with whole steps', async () => {
    const range = { from: formatMicros(noon), to: formatMicros(noon + 60 * second) }
    const answer = await store.histogram({ query: '', ...range }, { buckets: 6, split: 'decision' })
    assert.deepEqual(
      { ...answer, searched: undefined },
      {
        ...range,
        stepSeconds: 10,
        series: [
          { label: 'allow', counts: [1, 1, 0, 0, 0, 0] },
          { label: 'none', counts: [0, 0, 0, 2, 0, 0] },
          { label: 'forbid', counts: [1, 0, 0, 0, 0, 0] },
        ].sort(
          (a, b) => b.counts.reduce((x, y) => x + y) - a.counts.reduce((x, y) => x + y) || (a.label < b.label ? -1 : 1),
        ),
        total: 5,
        searched: undefined,
      },
    )
  })

  test('lists the most frequent values of fields under a filter, and says when there are more', async () => {
    const answer = await store.facets({ ...all, query: 'kind:audit' }, ['user', 'code', 'namespace'], 1)
    assert.deepEqual(answer.fields, [
      { field: 'user', values: [{ value: 'alice', count: 1 }], more: true },
      { field: 'code', values: [{ value: '200', count: 1 }], more: true },
      { field: 'ns', values: [{ value: 'shop', count: 3 }], more: false },
    ])
    assert.deepEqual(await store.fieldValues('user', 'ma', 10), [{ value: 'mallory', count: 1 }])
    await assert.rejects(store.facets(all, ['id'], 5), { code: 'QUERY_SYNTAX' })
  })

  test('draws the time line of records, refusals, changes and gaps', async () => {
    const strip = await store.timeline(noon, noon + 80 * second, 8)
    assert.deepEqual(strip.records, [2, 1, 0, 2, 0, 0, 0, 0])
    assert.deepEqual(strip.forbidden, [1, 0, 0, 0, 0, 0, 0, 0])
    assert.deepEqual(strip.changes, [2, 1, 0, 0, 0, 0, 1, 1])
    assert.equal(strip.gaps.length, 1)
  })

  test('counts what each source gave, and what is kept at all', async () => {
    const counts = await store.countsBySource(noon, noon + 100 * second)
    assert.deepEqual(
      counts.map(({ source, kind, count }) => ({ source, kind, count })),
      [
        { source: 'audit', kind: 'audit', count: 3 },
        { source: 'audit-file', kind: 'audit', count: 1 },
        { source: 'cluster', kind: 'event', count: 1 },
        { source: 'cluster', kind: 'gap', count: 1 },
        { source: 'cluster', kind: 'object', count: 6 },
      ],
    )
    const window = await store.recordWindow()
    // The request that came from two sources counts twice until its rows are merged.
    assert.ok(window && [6, 7].includes(window.events) && window.bytesOnDisk > 0)
    assert.deepEqual(
      { ...window, events: 6, bytesOnDisk: 0 },
      { from: formatMicros(noon), to: formatMicros(otherBack.time), events: 6, objectVersions: 6, bytesOnDisk: 0 },
    )
  })

  test('shows the versions of an object, each once, with the request that made it', async () => {
    const page = await store.objectVersions({ group: '', kind: 'Pod', namespace: 'shop', name: 'web-1' }, { limit: 10 })
    assert.deepEqual(
      page.items.map(({ resourceVersion, change, madeBy, madeByHow }) => ({
        resourceVersion,
        change,
        madeBy: madeBy?.user,
        madeByHow,
      })),
      [
        { resourceVersion: '2', change: 'modified', madeBy: 'bob', madeByHow: 'near' },
        { resourceVersion: '1', change: 'added', madeBy: 'alice', madeByHow: 'near' },
      ],
    )
    const [newest] = page.items
    assert.ok(newest)
    assert.deepEqual(await store.objectVersion(newest.id), { version: newest, body: modified.body })
    assert.equal(await store.objectVersion('v1-1-1'), undefined)
  })

  test('pages through versions and changes', async () => {
    const name = { group: '', kind: 'Pod', namespace: 'shop', name: 'web-9' }
    const first = await store.objectVersions(name, { limit: 2 })
    const second = await store.objectVersions(name, { limit: 2, cursor: first.nextCursor })
    assert.deepEqual(
      [...first.items, ...second.items].map((version) => [version.uid, version.change]),
      [
        ['uid-10', 'added'],
        ['uid-9', 'deleted'],
        ['uid-9', 'added'],
      ],
    )
    assert.equal(second.nextCursor, undefined)
    const changes = await store.changesIn({ from: noon, to: noon + 65 * 1_000_000, namespace: 'shop' }, { limit: 10 })
    assert.deepEqual(
      changes.items.map((version) => [version.ref.name, version.change]),
      [
        ['web-9', 'deleted'],
        ['web-1', 'modified'],
        ['web-9', 'added'],
        ['web-1', 'added'],
      ],
    )
  })

  test('rebuilds the state at a moment', async () => {
    const at = async (time: number) =>
      (await collect(store.stateAt(time))).map((version) => `${version.ref.name}@${version.resourceVersion}`).sort()
    assert.deepEqual(await at(noon), [])
    assert.deepEqual(await at(added.time), ['web-1@1'])
    assert.deepEqual(await at(noon + 11 * second), ['web-1@2', 'web-9@7'])
    assert.deepEqual(await at(noon + 60 * second), ['web-1@2'])
    assert.deepEqual(await at(noon + 71 * second), ['web-1@2', 'web-9@9'])
    assert.deepEqual(await collect(store.stateAt(noon + 11 * second, { name: 'web-9' })), [other])
    assert.deepEqual(await collect(store.stateAt(noon + 11 * second, { kind: 'Secret' })), [])
  })

  test('keeps hostile texts as they are, and never takes them for SQL', async () => {
    const texts = ["'; DROP TABLE events; --", '\\', '%_*', '\u0000\n\t\\N', '😀\u202e', '{p0:String}', '"', '\ud800']
    const hostile = texts.map((text, index) =>
      auditSample({ time: noon + 200 * second + index, user: text, name: text, userAgent: text, requestUri: text }),
    )
    await store.insertBlock(placed(hostile), "hostile'/\\")
    const range = { from: formatMicros(noon + 200 * second), to: formatMicros(noon + 201 * second) }
    const page = await store.searchEvents({ query: '', ...range }, { limit: 100, order: 'oldest' })
    assert.deepEqual(
      page.items.map((row) => row.user),
      texts.map((text) => text.toWellFormed()),
    )
    for (const text of texts) {
      const quoted = `"${text.replace(/[\\"]/g, (char) => `\\${char}`)}"`
      const found = await store.searchEvents({ query: `user:${quoted} ${quoted}`, ...range }, { limit: 100 })
      assert.deepEqual(
        found.items.map((row) => row.user),
        [text.toWellFormed()],
      )
    }
  })

  test('refuses bad queries, times and cursors with a position', async () => {
    await assert.rejects(store.searchEvents({ ...all, query: 'usr:x' }, { limit: 1 }), {
      code: 'QUERY_SYNTAX',
      where: 'characters 1 to 4',
      mend: 'Did you mean user? To look for the text itself, put it in quotes',
    })
    await assert.rejects(store.searchEvents({ ...all, from: 'yesterday' }, { limit: 1 }), {
      code: 'QUERY_SYNTAX',
      where: 'from',
    })
    for (const cursor of ['', 'x', 'W10', Buffer.from('[1,"x",2]').toString('base64url'), 'a'.repeat(10_000)]) {
      await assert.rejects(store.searchEvents(all, { limit: 1, cursor }), { code: 'QUERY_SYNTAX' }, cursor)
    }
  })
})
