import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { until } from '../../../test/cluster/until.ts'
import {
  type Collection,
  type FakeApiServer,
  fakeApiServer,
  refuse,
} from '../../../test/cluster-source/fake-api-server.ts'
import type { KubernetesObject, ObjectVersion } from '../../model/object.ts'
import type { Gap } from '../../model/record.ts'
import { connect } from './connect.ts'
import { handOver } from './hand-over.ts'
import type { Kind } from './kind.ts'
import { mergeGaps } from './kind-gaps.ts'
import { limiter } from './pacing.ts'
import { type Before, type Reflector, type ReflectorOptions, reflect } from './reflector.ts'
import { defaultTiming, type Timing } from './timing.ts'

const pods: Kind = {
  group: '',
  version: 'v1',
  kind: 'Pod',
  resource: 'pods',
  namespaced: true,
  verbs: ['list', 'watch'],
}
const secrets: Kind = { ...pods, kind: 'Secret', resource: 'secrets' }

/** One reflector on a fake server, and what it handed over as short texts: `added web@101`, `gap stream-broken: …`. */
interface Stage extends AsyncDisposable {
  readonly api: FakeApiServer
  readonly collection: Collection
  readonly reflector: Reflector
  readonly said: readonly string[]
  readonly objects: readonly ObjectVersion[]
  readonly gaps: readonly Gap[]
  readonly gone: () => number
  says(text: string | RegExp): Promise<void>
  watching(): Promise<void>
}

const quick: Timing = {
  ...defaultTiming,
  firstDelayMillis: 1,
  maxDelayMillis: 20,
  refusedMillis: 20,
  idleMillis: 5_000,
}

const stage = async (
  options: {
    readonly kind?: Kind
    readonly timing?: Partial<Timing>
    readonly before?: Before
    readonly lastKnown?: ReflectorOptions['lastKnown']
    readonly prepare?: (collection: Collection, api: FakeApiServer) => void
  } = {},
): Promise<Stage> => {
  const kind = options.kind ?? pods
  const api = await fakeApiServer()
  const collection = api.collection(`/api/v1/${kind.resource}`, kind.kind)
  options.prepare?.(collection, api)
  const connection = connect(api.access)
  const stopping = new AbortController()
  const said: string[] = []
  const objects: ObjectVersion[] = []
  const gaps: Gap[] = []
  let gone = 0
  let now = 0
  const clock = () => ++now
  const hand = handOver({
    id: 'cluster',
    cluster: 'test',
    clock,
    random: () => 0.5,
    signal: stopping.signal,
    append: async ({ payload }) => {
      for (const line of Buffer.from(payload).toString().trimEnd().split('\n')) {
        const record: ObjectVersion | Gap = JSON.parse(line)
        if (record.kind === 'gap') {
          gaps.push(record)
          said.push(`gap ${record.reason}: ${record.what}`)
        } else {
          objects.push(record)
          const how = record.synthesised ? 'synthesised ' : ''
          said.push(`${how}${record.change} ${record.ref.name}@${record.resourceVersion}`)
        }
      }
      return said.length
    },
  })
  const reflector = reflect({
    kind,
    connection,
    handOver: hand,
    tellGap: mergeGaps((gap) => hand.gap(gap), 1, stopping.signal),
    clock,
    random: () => 0.5,
    timing: { ...quick, ...options.timing },
    listing: limiter(6),
    lastKnown: options.lastKnown ?? (() => undefined),
    before: options.before,
    onChange: () => undefined,
    onGone: () => {
      gone++
    },
  })
  return {
    api,
    collection,
    reflector,
    said,
    objects,
    gaps,
    gone: () => gone,
    says: (text) =>
      until(`${text} in ${JSON.stringify(said)}`, () =>
        said.some((each) => (typeof text === 'string' ? each === text : text.test(each))),
      ),
    watching: () => until('the watch', () => collection.watches() === 1 && reflector.view().phase === 'watching'),
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await reflector.stop()
      await connection.close()
      await api[Symbol.asyncDispose]()
    },
  }
}

describe('the reflector', () => {
  test('lists in pages, watches from there, and tells added, modified and deleted as they come', async () => {
    await using on = await stage({
      timing: { pageSize: 2 },
      prepare: (collection) => {
        for (const name of ['a', 'b', 'c', 'd', 'e']) collection.put(name)
      },
    })
    await on.watching()
    assert.deepEqual(on.said, ['listed a@101', 'listed b@102', 'listed c@103', 'listed d@104', 'listed e@105'])
    on.collection.put('a')
    on.collection.put('f')
    on.collection.delete('b')
    await on.says('deleted b@108')
    assert.deepEqual(on.said.slice(5), ['modified a@106', 'added f@107', 'deleted b@108'])
    assert.deepEqual(
      on.api.seen.map(({ query }) => query.toString()),
      [
        'limit=2',
        'limit=2&continue=token-0',
        'limit=2&continue=token-1',
        'watch=1&allowWatchBookmarks=true&resourceVersion=105&timeoutSeconds=450',
      ],
    )
    const { kind, heardAt, since, ...view } = on.reflector.view()
    assert.deepEqual(view, { phase: 'watching', seen: true, count: 5, why: '', mend: '' })
  })

  test('tells each change of one object in the same chunk', async () => {
    await using on = await stage()
    await on.watching()
    const event = (type: string, resourceVersion: string) =>
      JSON.stringify({ type, object: { metadata: { name: 'a', uid: 'u', resourceVersion } } })
    on.collection.write(`${event('ADDED', '201')}\n${event('MODIFIED', '202')}\n${event('DELETED', '203')}\n`)
    await on.says('deleted a@203')
    assert.deepEqual(on.said, ['added a@201', 'modified a@202', 'deleted a@203'])
  })

  test('goes on after a cut in the middle of a line, with nothing lost, nothing twice and no gap', async () => {
    await using on = await stage({ prepare: (collection) => void collection.put('a') })
    await on.watching()
    on.collection.put('b')
    await on.says('added b@102')
    on.collection.write('{"type":"ADDED","object":{"metadata":{"na')
    on.collection.cut()
    on.collection.put('c')
    await on.says('added c@103')
    await on.watching()
    on.collection.cut()
    on.collection.put('c')
    await on.says('modified c@104')
    assert.deepEqual(on.said, ['listed a@101', 'added b@102', 'added c@103', 'modified c@104'])
  })

  test('goes on from the last bookmark when the server ends the watch, though the history before is gone', async () => {
    await using on = await stage({ timing: { healthyMillis: 0 } })
    await on.watching()
    const other = on.api.collection('/api/v1/services', 'Service')
    other.put('elsewhere')
    other.put('elsewhere')
    on.collection.bookmark()
    on.collection.compact()
    on.collection.put('a')
    await on.says('added a@103')
    on.collection.end()
    await until('the second watch', () => on.api.seen.length === 3)
    await on.watching()
    assert.equal(on.api.seen.at(-1)?.query.get('resourceVersion'), '103')
    assert.deepEqual(on.said, ['added a@103'])
  })

  test('410 as HTTP status: lists again, tells the differences as synthesised, deletes first, and states the gap', async () => {
    await using on = await stage({
      prepare: (collection) => {
        for (const name of ['same', 'changes', 'goes', 'is-replaced']) collection.put(name)
      },
      lastKnown: (ref): KubernetesObject | undefined => (ref.name === 'goes' ? { spec: { was: 'here' } } : undefined),
    })
    await on.watching()
    on.api.intercept((seen, response) => {
      if (seen.query.get('watch') !== '1') return false
      refuse(response, 503, 'ServiceUnavailable', 'not now')
      return true
    })
    on.collection.cut()
    await until('the cut to be seen', () => on.reflector.view().phase === 'cut')
    on.collection.put('changes')
    on.collection.delete('goes')
    on.collection.delete('is-replaced')
    on.collection.put('is-replaced')
    on.collection.put('comes')
    on.collection.compact()
    on.api.intercept(undefined)
    await on.watching()
    assert.deepEqual(on.said.slice(4), [
      'synthesised modified changes@105',
      'synthesised deleted is-replaced@104',
      'synthesised added is-replaced@108',
      'synthesised added comes@109',
      'synthesised deleted goes@103',
      'gap stream-broken: the watch of pods could not go on: the API server no longer has the changes since then (410 Gone); a new list found 5 differences, what came and went in between is not known',
    ])
    const [gap] = on.gaps
    assert.ok(gap && gap.from < gap.to)
    assert.deepEqual(on.objects.find(({ ref, change }) => ref.name === 'goes' && change === 'deleted')?.body, {
      spec: { was: 'here' },
    })
    assert.deepEqual(on.objects.find(({ ref, change }) => ref.name === 'is-replaced' && change === 'deleted')?.body, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'is-replaced', namespace: 'default', uid: 'uid-is-replaced-103', resourceVersion: '104' },
    })
  })

  test('410 inside of the stream: the same', async () => {
    await using on = await stage({ prepare: (collection) => void collection.put('a') })
    await on.watching()
    const status = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' }
    on.collection.write(`${JSON.stringify({ type: 'ERROR', object: status })}\n`)
    await on.says(/^gap stream-broken: .*\(410 Gone\); a new list found 0 differences/)
    await on.watching()
    on.collection.put('b')
    await on.says('added b@102')
  })

  test('another error inside of the stream: goes on without a list', async () => {
    await using on = await stage()
    await on.watching()
    on.collection.write(`${JSON.stringify({ type: 'ERROR', object: { code: 500, message: 'etcd event' } })}\n`)
    on.collection.put('a')
    await on.says('added a@101')
    assert.equal(on.api.seen.filter(({ query }) => query.get('watch') !== '1').length, 1)
  })

  test('an error inside of the stream again and again: lists anew to get past it', async () => {
    await using on = await stage()
    await on.watching()
    on.api.intercept(({ query }, response) => {
      if (query.get('watch') !== '1') return false
      response.end(`${JSON.stringify({ type: 'ERROR', object: { code: 500, message: 'cannot decode' } })}\n`)
      return true
    })
    on.collection.cut()
    await on.says(
      /^gap stream-broken: the watch of pods could not go on: cannot decode; a new list found 0 differences/,
    )
    on.api.intercept(undefined)
    await on.watching()
  })

  for (const [name, line] of [
    ['no JSON', '{"type":"ADDED",oops}'],
    ['not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]).toString('latin1')],
    ['no object', '7'],
    ['of an unknown type', '{"type":"RENAMED","object":{}}'],
    ['an object without a name', '{"type":"ADDED","object":{"metadata":{}}}'],
    ['a bookmark without a version', '{"type":"BOOKMARK","object":{}}'],
  ] as const) {
    test(`a line that is ${name}: lists again to learn what it said, and states the gap`, async () => {
      await using on = await stage()
      await on.watching()
      const real = JSON.stringify({
        type: 'ADDED',
        object: { metadata: { name: 'first', uid: 'f', resourceVersion: '101' } },
      })
      on.collection.write(`${real}\n${line}\n`)
      await on.says(/^gap unreadable: the watch of pods could not go on: an event is/)
      await on.watching()
      // What came before the bad line is kept; the fake server's list never had it.
      assert.deepEqual(on.said.slice(0, 2), ['added first@101', 'synthesised deleted first@101'])
    })
  }

  test('an event of more than 8 MiB: states the gap, and finds the object in the list', async () => {
    await using on = await stage()
    await on.watching()
    on.collection.put('huge', { data: 'x'.repeat(9 * 1024 * 1024) })
    await on.says(/^gap too-large: .*an event has more than 8388608 bytes; a new list found 1 difference,/)
    assert.equal(on.said[0], 'synthesised added huge@101')
  })

  test('a connection without a byte: ends it after the idle time and goes on', async () => {
    await using on = await stage({ timing: { idleMillis: 50 } })
    await on.watching()
    await until('a second watch', () => on.api.seen.length >= 4)
    on.collection.put('a')
    await on.says('added a@101')
    assert.deepEqual(on.gaps, [])
  })

  test('two old bookmarks one after the other: the store went back in time, so it lists again', async () => {
    await using on = await stage({ prepare: (collection) => void collection.put('a') })
    await on.watching()
    on.collection.bookmark('90')
    on.collection.bookmark()
    on.collection.bookmark('90')
    on.collection.put('b')
    await on.says('added b@102')
    assert.equal(on.gaps.length, 0)
    on.collection.bookmark('91')
    on.collection.bookmark('92')
    await on.says(/^gap stream-broken: .*its resourceVersion went back/)
  })

  test('403: is not seen, with the commands that mend it; asks again and is seen when it may', async () => {
    await using on = await stage({
      prepare: (collection, api) => {
        collection.put('a')
        api.intercept((_, response) => {
          refuse(response, 403, 'Forbidden', 'pods is forbidden: User "x" cannot list')
          return true
        })
      },
    })
    await until('the refusal', () => on.reflector.view().phase === 'refused')
    const { kind, heardAt, since, ...view } = on.reflector.view()
    assert.deepEqual(view, {
      phase: 'refused',
      seen: false,
      count: 0,
      why: 'pods is forbidden: User "x" cannot list',
      mend: 'Let Bulwark read it: kubectl create clusterrole bulwark-pods --verb=get,list,watch --resource=pods && kubectl create clusterrolebinding bulwark-pods --clusterrole=bulwark-pods --user=x',
    })
    on.api.intercept(undefined)
    await on.watching()
    assert.deepEqual(on.said, [
      'gap not-permitted: pods may not be listed or watched: not seen from here on',
      'listed a@101',
      'gap not-permitted: pods could not be listed or watched, and can be again',
    ])
    const [first, second] = on.gaps
    assert.equal(second?.from, first?.from)
    assert.ok((second?.to ?? 0) > (first?.to ?? 0))
  })

  test('may list but not watch: says so, and compares lists meanwhile', async () => {
    await using on = await stage({
      prepare: (collection, api) => {
        collection.put('a')
        api.intercept(({ query }, response) => {
          if (query.get('watch') === '1') refuse(response, 403, 'Forbidden', 'cannot watch')
          return query.get('watch') === '1'
        })
      },
    })
    await on.says('gap not-permitted: pods may not be listed or watched: not seen from here on')
    on.collection.put('b')
    await on.says('synthesised added b@102')
    await until('the reason', () => on.reflector.view().why === 'cannot watch')
  })

  test('404: tells that the kind is gone', async () => {
    await using on = await stage({
      prepare: (_, api) =>
        api.intercept((_seen, response) => {
          refuse(response, 404, 'NotFound', 'no such kind')
          return true
        }),
    })
    await until('the kind to be gone', () => on.gone() > 0)
    assert.equal(on.reflector.view().phase, 'refused')
    assert.deepEqual(on.gaps, [])
  })

  test('a server that is busy is asked again, and its Retry-After is kept', async () => {
    const asked: number[] = []
    await using on = await stage({
      prepare: (_, api) =>
        api.intercept((_seen, response) => {
          asked.push(performance.now())
          if (asked.length > 1) return false
          response.writeHead(429, { 'retry-after': '1' }).end()
          return true
        }),
    })
    await on.watching()
    assert.ok((asked[1] ?? 0) - (asked[0] ?? 0) > 900)
  })

  test('page tokens that expire in the middle: starts the list again with larger pages and tells nothing twice', async () => {
    let expire = true
    await using on = await stage({
      timing: { pageSize: 2 },
      prepare: (collection, api) => {
        for (const name of ['a', 'b', 'c']) collection.put(name)
        api.intercept(({ query }) => {
          if (expire && query.has('continue')) {
            expire = false
            collection.delete('a')
            collection.compact()
          }
          return false
        })
      },
    })
    await on.watching()
    assert.deepEqual(on.said, ['listed a@101', 'listed b@102', 'listed c@103', 'synthesised deleted a@101'])
    assert.deepEqual(
      on.api.seen.map(({ query }) => query.get('limit')),
      ['2', '2', '4', null],
    )
  })

  test('items without a name in a list: the others are kept, and a gap states how many were not', async () => {
    await using on = await stage({
      prepare: (_, api) => api.serve('/api/v1/pods', {}),
    })
    await on.watching()
    on.api.intercept(({ query }, response) => {
      if (query.get('watch') === '1') return false
      const items = [{ metadata: { name: 'good', uid: 'g', resourceVersion: '7' } }, {}, null]
      response.end(JSON.stringify({ metadata: { resourceVersion: '200' }, items }))
      return true
    })
    on.collection.write('oops\n')
    await on.says('synthesised added good@7')
    await on.says('gap unreadable: 2 items in a list of pods are no objects (without metadata.name)')
  })

  test('goes on from an earlier run: unchanged objects are not told again, those that went are deleted', async () => {
    const known = (resourceVersion: string, name: string) => ({ resourceVersion, namespace: 'default', name })
    await using on = await stage({
      prepare: (collection) => {
        collection.put('same')
        collection.put('changed')
        collection.put('new')
      },
      before: {
        known: new Map([
          ['uid-same-100', known('101', 'same')],
          ['uid-changed-101', known('50', 'changed')],
          ['uid-gone', known('51', 'gone')],
        ]),
        goodUntil: undefined,
      },
    })
    await on.watching()
    assert.deepEqual(on.said, [
      'synthesised modified changed@102',
      'synthesised added new@103',
      'synthesised deleted gone@51',
    ])
  })

  test('asks for the metadata of Secrets alone, in list and in watch', async () => {
    await using on = await stage({
      kind: secrets,
      prepare: (collection) => void collection.put('s', { data: { password: 'aHVudGVyMg==' } }),
    })
    await on.watching()
    on.collection.put('s', { data: { password: 'aHVudGVyMg==', more: 'aHVudGVyMg==' } })
    await on.says('modified s@102')
    assert.deepEqual(
      on.api.seen.map(({ headers }) => headers.accept),
      [
        'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
        'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
      ],
    )
    assert.doesNotMatch(JSON.stringify(on.objects), /aHVudGVyMg/)
    assert.deepEqual(on.objects.at(-1)?.body.data, { more: '[removed]', password: '[removed]' })
  })

  test('a kind that is removed takes its objects with it', async () => {
    await using on = await stage({ prepare: (collection) => void collection.put('a') })
    await on.watching()
    await on.reflector.remove()
    assert.deepEqual(on.said, ['listed a@101', 'synthesised deleted a@101'])
  })

  test('a server that closes each watch at once is not asked without a pause', async () => {
    await using on = await stage({
      timing: { firstDelayMillis: 200, maxDelayMillis: 200 },
      prepare: (_, api) => {
        api.intercept(({ query }, response) => {
          if (query.get('watch') === '1') response.end()
          return query.get('watch') === '1'
        })
      },
    })
    await until('five watches', () => on.api.seen.length >= 6)
    assert.equal(on.reflector.view().phase, 'cut')
    assert.deepEqual(on.gaps, [])
  })
})
