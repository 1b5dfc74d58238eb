import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, test } from 'node:test'
import { createCaseBook, noContext } from '../../detect/cases/index.ts'
import { createDetector } from '../../detect/detector.ts'
import { alert, audit, failedRead, manyFailed, placed, secretRead, webSubject } from '../../detect/fixture.ts'
import { loadRuleSet } from '../../detect/rule-set.ts'
import { eventRowOf } from '../../model/event-row.ts'
import type { JsonObject } from '../../model/json.ts'
import type { SuppressionSpec } from '../../model/suppression.ts'
import { openDesk } from '../../store/desk/index.ts'
import { Flow } from './flow.ts'
import { rowOf, SuppressionKeeper } from './suppression-keeper.ts'

const dirs: string[] = []
const directory = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'bulwark-suppressions-'))
  dirs.push(dir)
  return dir
}
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true })
})

const set = loadRuleSet([
  { name: 'a.yml', text: [secretRead, failedRead, `${manyFailed}  generate: true\n`].join('---\n'), origin: 'bulwark' },
])
const now = () => Date.UTC(2026, 10, 26, 13) * 1000
const ofAlice: SuppressionSpec = {
  name: 'alice',
  rules: [],
  query: 'user:alice',
  owner: 'bob',
  reason: 'she is the backup',
  expires: '2026-12-31T00:00:00Z',
}
const file = (spec: SuppressionSpec): string => JSON.stringify([spec])

const keeperOf = (
  desk: ReturnType<typeof openDesk>,
  paths: readonly string[] = [],
  objects: () => readonly JsonObject[] | undefined = () => [],
) =>
  SuppressionKeeper.open({
    desk,
    paths,
    objects,
    rules: () => set.heads,
    now,
    onError: (message, error) => assert.fail(`${message}: ${error}`),
  })

test('a query is asked of the container and image that the state of the cluster knew and the sensor did not', () => {
  const record = alert(1, { pod: '', namespace: '', container: '', image: '', containerId: 'bae66fa9f180' })
  const detector = createDetector(set, { enabled: () => true, subjectOf: () => webSubject })
  const [detection] = detector.step(placed(1, [record]))
  assert.ok(detection !== undefined)
  const { namespace, resource, name, container, image } = rowOf(detection, eventRowOf(record))
  assert.deepEqual([namespace, resource, name, container, image], ['shop', 'pods', 'web-1', 'web', 'shop/web:1'])
})

test('what a suppression hides opens no case, windows included, and is counted over a restart', async () => {
  const dir = directory()
  const path = join(dir, 's.yml')
  writeFileSync(path, file(ofAlice))
  const deskDir = directory()
  for (const round of [1, 2]) {
    using desk = openDesk(deskDir)
    await using keeper = await keeperOf(desk, [path])
    const book = createCaseBook()
    {
      const rules = { set, enabled: () => true }
      using flow = new Flow({
        desk,
        spool: `s${round}`,
        book,
        context: noContext,
        rules,
        suppressions: keeper,
        now: () => 0,
      })
      const reads = [1, 2, 3].map((second) => audit(second + round * 1000, { code: 403 }))
      flow.sink.take(placed(1, [...reads, audit(round * 1000 + 60, { user: 'carol' })]))
      assert.equal(flow.status().suppressed, 7, 'three reads, three failures, and their window')
    }
    const { items: opened } = desk.cases.list({}, { limit: 10 })
    assert.ok(opened.length > 0 && opened.every(({ title }) => /carol/.test(title)))
    const { items } = await keeper.services({ isFor: () => false }).list()
    assert.deepEqual(
      items.map(({ name, state, uses, origin }) => [name, state, uses, origin]),
      [['alice', 'active', 7 * round, 'file']],
    )
    assert.equal([...desk.suppressions.uses().values()][0]?.uses, 7 * round)
  }
})

test('one is saved from the page only with a finished back-test of it, and removed again', async () => {
  using desk = openDesk(directory())
  await using keeper = await keeperOf(desk)
  const refuses = keeper.services({ isFor: () => false })
  await assert.rejects(refuses.save({ ...ofAlice, backtest: 'x' }), { code: 'SUPPRESSION_INVALID' })
  const takes = keeper.services({ isFor: (id, spec) => id === 'x' && spec.query === 'user:alice' })
  await assert.rejects(takes.save({ ...ofAlice, owner: '', backtest: 'x' }), { code: 'SUPPRESSION_INVALID' })
  const { items } = await takes.save({ ...ofAlice, backtest: 'x' })
  assert.deepEqual(
    items.map(({ id, origin, state }) => [id, origin, state]),
    [['page-alice', 'page', 'active']],
  )
  await assert.rejects(takes.remove('other', 'bob'), { code: 'NOT_FOUND' })
  assert.deepEqual((await takes.remove('page-alice', 'bob')).items, [])
})

test('a file that changes is taken in, one that is broken hides nothing and says so', async () => {
  using desk = openDesk(directory())
  const path = join(directory(), 's.yml')
  writeFileSync(path, file(ofAlice))
  await using keeper = await keeperOf(desk, [path])
  const states = async () =>
    (await keeper.services({ isFor: () => false }).list()).items.map(({ name, state }) => [name, state])
  assert.deepEqual(await states(), [['alice', 'active']])
  writeFileSync(path, file({ ...ofAlice, query: 'user:(' }))
  // Written at this moment, however long it takes to look: it may be half of it, and hides what it hid.
  const soon = Date.now() / 1000 + 3600
  utimesSync(path, soon, soon)
  await keeper.look()
  assert.deepEqual(await states(), [['alice', 'active']])
  await keeper.look()
  assert.deepEqual(await states(), [['alice', 'invalid']])
})

test('objects of the cluster hide from the first moment of a start, before the cluster is known', async () => {
  const { name, ...spec } = ofAlice
  const object: JsonObject = {
    apiVersion: 'bulwark.dev/v1alpha1',
    kind: 'Suppression',
    metadata: { name, creationTimestamp: '2026-11-01T00:00:00Z', managedFields: [{ manager: 'kubectl' }] },
    spec: { ...spec, rules: [] },
  }
  using desk = openDesk(directory())
  const states = async (keeper: SuppressionKeeper) =>
    (await keeper.services({ isFor: () => true }).list()).items.map((one) => [one.name, one.origin, one.created])
  const there = [['alice', 'cluster', '2026-11-01T00:00:00.000000Z']]
  let objects: readonly JsonObject[] | undefined = [object]
  {
    await using keeper = await keeperOf(desk, [], () => objects)
    assert.deepEqual(await states(keeper), there)
  }
  objects = undefined
  {
    await using keeper = await keeperOf(desk, [], () => objects)
    assert.deepEqual(await states(keeper), there)
    objects = []
    await keeper.look()
    assert.deepEqual(await states(keeper), [])
  }
  objects = undefined
  await using keeper = await keeperOf(desk, [], () => objects)
  assert.deepEqual(await states(keeper), [])
})
