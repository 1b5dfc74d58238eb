import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { until } from '../../../test/cluster/until.ts'
import { type Collection, fakeApiServer } from '../../../test/cluster-source/fake-api-server.ts'
import { connect } from './connect.ts'
import type { Version } from './hand-over.ts'
import type { Kind } from './kind.ts'
import { reflect } from './reflector.ts'
import { defaultTiming } from './timing.ts'

const pods: Kind = {
  group: '',
  version: 'v1',
  kind: 'Pod',
  resource: 'pods',
  namespaced: true,
  verbs: ['list', 'watch'],
}
const timing = {
  ...defaultTiming,
  pageSize: 2,
  firstDelayMillis: 1,
  maxDelayMillis: 5,
  idleMillis: 5_000,
  refusedMillis: 5,
}

type Step =
  | { readonly do: 'put' | 'delete'; readonly name: string }
  | { readonly do: 'cut' | 'end' | 'compact' | 'bookmark' | 'nonsense' | 'half a line' | 'settle' }

const name = fc.constantFrom('a', 'b', 'c', 'd', 'e')
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('put' as const), name }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('delete' as const), name }) },
  // What was told is known by then: the next step meets a quiet watch.
  { weight: 3, arbitrary: fc.constant({ do: 'settle' as const }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom('cut', 'end', 'compact', 'bookmark', 'nonsense', 'half a line'),
    }),
  },
)

const take = async (
  collection: Collection,
  there: Map<string, string>,
  settled: () => Promise<void>,
  each: Step,
): Promise<void> => {
  switch (each.do) {
    case 'put':
      there.set(each.name, collection.put(each.name))
      return
    case 'delete':
      if (there.delete(each.name)) collection.delete(each.name)
      return
    case 'nonsense':
      return collection.write('{oops}\n')
    case 'half a line':
      collection.write('{"type":"ADDED","object":{"metadata":{"name":"half')
      return collection.cut()
    case 'settle':
      return settled()
    default:
      return collection[each.do]()
  }
}

test('whatever is cut, forgotten or damaged: the versions add up to what is there, and every object that went is told gone', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
      await using api = await fakeApiServer()
      const collection = api.collection('/api/v1/pods', 'Pod')
      const connection = connect(api.access)
      const versions: Version[] = []
      let now = 0
      const reflector = reflect({
        kind: pods,
        connection,
        handOver: {
          objects: async (more) => {
            await new Promise((resolve) => setImmediate(resolve)) // a disk takes its time
            versions.push(...more)
          },
        },
        tellGap: async ({ from, to }) => assert.ok(from <= to),
        clock: () => ++now,
        random: () => 0.5,
        timing,
        listing: (task) => task(),
        lastKnown: () => undefined,
        before: undefined,
        onChange: () => undefined,
        onGone: () => undefined,
      })
      const there = new Map<string, string>()
      const sum = (): readonly string[] => {
        const live = new Map<string, string>()
        for (const { uid, ref, resourceVersion, change } of versions) {
          if (change === 'deleted') live.delete(uid)
          else live.set(uid, `${ref.name}@${resourceVersion}`)
        }
        return [...live.values()].sort()
      }
      const settled = (): Promise<void> => {
        const expected = [...there].map(([each, version]) => `${each}@${version}`).sort()
        return until(`${expected} after ${JSON.stringify(steps)}`, () => sum().join() === expected.join())
      }
      for (const each of steps) await take(collection, there, settled, each)
      await settled()

      // No version twice, none after the object's end, none older than one before it.
      const last = new Map<string, { readonly version: number; readonly gone: boolean }>()
      for (const { uid, resourceVersion, change } of versions) {
        const before = last.get(uid)
        assert.ok(before === undefined || !before.gone, `${uid} after its end`)
        assert.ok(
          before === undefined || change === 'deleted' || before.version < Number(resourceVersion),
          `${uid} goes back`,
        )
        last.set(uid, { version: Number(resourceVersion), gone: change === 'deleted' })
      }
      await reflector.stop()
      await connection.close()
    }),
    { numRuns: 60 },
  )
})
