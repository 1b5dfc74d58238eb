import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { createCaseBook, noContext } from '../../detect/cases/index.ts'
import { audit, failedRead, placed, secretRead, start } from '../../detect/fixture.ts'
import { loadRuleSet } from '../../detect/rule-set.ts'
import { BulwarkError } from '../../model/error.ts'
import type { AuditRecord } from '../../model/record.ts'
import type { SourceEntry } from '../../model/source.ts'
import { formatMicros } from '../../model/time.ts'
import { openDesk } from '../../store/desk/index.ts'
import { Flow } from './flow.ts'
import { createSelftestResults } from './selftest-results.ts'
import { createSelftests } from './selftests.ts'

const set = loadRuleSet([{ name: 'a.yml', text: [secretRead, failedRead].join('---\n'), origin: 'bulwark' }])
const secretRule = '11111111-1111-4111-8111-111111111111'
const began = start + 1_000_000

/** A flow with self-tests, on a desk of its own. `suppressed`: the user whose detections are hidden. */
const open = (suppressed = '') => {
  const dir = mkdtempSync(join(tmpdir(), 'bulwark-selftests-'))
  const stack = new DisposableStack()
  stack.defer(() => rmSync(dir, { recursive: true, force: true }))
  const desk = stack.use(openDesk(dir))
  const book = createCaseBook()
  const told: { readonly cases: readonly string[]; readonly news: readonly string[] }[] = []
  const appended: SourceEntry[] = []
  let flow: Flow | undefined
  const results = createSelftestResults({ desk, set: () => set, now: () => began })
  const selftests = createSelftests({
    flow: () => flow,
    book,
    results,
    append: async (entry) => appended.push(entry),
    cluster: () => 'shop',
    now: () => began,
    onError: (message, error) => assert.fail(`${message}: ${error}`),
  })
  flow = stack.use(
    new Flow({
      desk,
      spool: 'one',
      book,
      context: noContext,
      rules: { set, enabled: () => true },
      suppressions: {
        match: (detection) => {
          const hides = detection.principal === suppressed ? 'hidden' : undefined
          selftests.see(detection, hides)
          return hides
        },
        save: () => undefined,
      },
      tell: (cases, news) => {
        const rest = selftests.told(cases, news)
        told.push({ cases: rest.cases.map(({ id }) => id), news: rest.news.map(({ kind }) => kind) })
      },
      onChanged: (ids) => selftests.changed(ids),
      now: () => 0,
    }),
  )
  stack.use(selftests)
  const running = flow
  let seq = 0
  /** Hands requests over, and waits until they are in cases and these are labelled. */
  const take = async (...records: readonly AuditRecord[]): Promise<void> => {
    running.sink.take(placed(++seq, records))
    running.change(() => ({ changes: book.tick(began) }))
    await setImmediate()
    await setImmediate()
  }
  return { ...selftests, results, book, told, appended, take, [Symbol.dispose]: () => stack.dispose() }
}

const begin = { namespace: 'bulwark-selftest-1', by: 'alice' }
const marked = (marker: string, act = 'read-secret'): string => `bulwark-selftest/${marker} (${act})`
const casesOf = ({ book }: ReturnType<typeof open>) =>
  [...book.cases()].map(({ state, owner, closingReason, note }) => ({ state, owner, closingReason, note }))

test('what carries the mark is told by rule and act, labelled, told to nobody, and closed at the end', async () => {
  using here = open()
  const { id, marker, state } = await here.services.begin(begin)
  assert.equal(state, 'running')
  await here.take(audit(2, { userAgent: marked(marker) }), audit(3, { userAgent: marked(marker) }))
  const seen = await here.services.status(id)
  assert.deepEqual(
    seen.fired.map(({ rule, act, detections, suppression }) => ({ rule, act, detections, suppression })),
    [{ rule: secretRule, act: 'read-secret', detections: 2, suppression: '' }],
  )
  const [one] = here.book.cases()
  assert.equal(seen.fired[0]?.case, one?.id)
  const label = { owner: 'bulwark selftest', note: 'Made by a self-test of alice, not by an attack.' }
  assert.deepEqual(casesOf(here), [{ state: 'open', closingReason: undefined, ...label }])
  const ended = await here.services.end(id)
  assert.equal(ended.state, 'over')
  assert.deepEqual(
    ended.cases.map(({ isShared, state: how }) => ({ isShared, how })),
    [{ isShared: false, how: 'closed' }],
  )
  assert.deepEqual(casesOf(here), [{ state: 'closed', closingReason: 'testing-or-maintenance', ...label }])
  assert.deepEqual(
    here.told.flatMap(({ cases, news }) => [...cases, ...news]),
    [],
  )
})

test('a case with anything that is not the self-test’s stays open, loses the label, and outputs are told of it', async () => {
  using here = open()
  const { id, marker } = await here.services.begin(begin)
  await here.take(audit(2, { userAgent: marked(marker) }))
  await here.take(audit(3))
  const ended = await here.services.end(id)
  assert.deepEqual(
    ended.cases.map(({ isShared, state }) => ({ isShared, state })),
    [{ isShared: true, state: 'open' }],
  )
  assert.deepEqual(casesOf(here), [
    {
      state: 'open',
      owner: '',
      closingReason: undefined,
      note: 'Some of it was made by a self-test of alice, and some was not.',
    },
  ])
  assert.ok(here.told.some(({ news }) => news.includes('opened')))
})

test('a signal of the same user from before does not keep a case of the self-test open', async () => {
  using here = open()
  await here.take(audit(0, { code: 403, verb: 'list', target: undefined }))
  const { id, marker } = await here.services.begin(begin)
  await here.take(audit(2, { userAgent: marked(marker) }))
  const [one] = [...here.book.cases()]
  assert.deepEqual(
    here.book.detail(one?.id ?? '')?.steps.map(({ rule }) => rule),
    ['22222222-2222-4222-8222-222222222222', secretRule],
  )
  const { cases } = await here.services.end(id)
  assert.deepEqual(
    cases.map(({ isShared, state }) => ({ isShared, state })),
    [{ isShared: false, state: 'closed' }],
  )
})

test('a mark that is guessed, of another run or of one that is over hides nothing', async () => {
  using here = open()
  const { marker } = await here.services.begin(begin)
  for (const guess of ['', '00'.repeat(12), marker.slice(0, -1)])
    await here.take(audit(2, { userAgent: marked(guess), user: `user-${guess.length}` }))
  assert.deepEqual(
    casesOf(here).map(({ state, owner }) => [state, owner]),
    [...here.book.cases()].map(() => ['open', '']),
  )
  assert.ok(here.told.some(({ news }) => news.includes('opened')))
})

test('a self-test that asks for it is told of as any other', async () => {
  using here = open()
  const { marker } = await here.services.begin({ ...begin, tellOutputs: true })
  await here.take(audit(2, { userAgent: marked(marker) }))
  assert.ok(here.told.some(({ news }) => news.includes('opened')))
})

test('a suppression that hides what is acted out is told', async () => {
  using here = open('alice')
  const { id, marker } = await here.services.begin(begin)
  await here.take(audit(2, { userAgent: marked(marker) }))
  const { fired, cases } = await here.services.status(id)
  assert.deepEqual(
    fired.map(({ suppression }) => suppression),
    ['hidden'],
  )
  assert.deepEqual(cases, [])
})

test('samples of a sensor are recorded as the self-test’s, and nothing else is taken for one', async () => {
  using here = open()
  const { id } = await here.services.begin(begin)
  await here.services.hand(id, { sensor: 'falco', alerts: ['{"rule":"x","tags":["a"]}'] })
  const [entry] = here.appended
  assert.deepEqual(
    { source: entry?.source, stream: entry?.stream, text: Buffer.from(entry?.payload ?? []).toString() },
    { source: 'selftest', stream: 'falco', text: '{"rule":"x","tags":["a","bulwark-selftest"]}' },
  )
  for (const text of ['[]', 'no json', '3'])
    await assert.rejects(here.services.hand(id, { sensor: 'falco', alerts: [text] }), isCode('REQUEST_INVALID'))
  await assert.rejects(here.services.hand('none', { sensor: 'falco', alerts: ['{}'] }), isCode('NOT_FOUND'))
  assert.equal(here.appended.length, 1)
})

test('what it found of a rule is kept where the server saw it too, also after its end', async () => {
  using here = open()
  const { id, marker } = await here.services.begin(begin)
  await here.take(audit(2, { userAgent: marked(marker) }))
  const fired = { kind: 'fired', seconds: 0.6, why: '', act: 'read-secret' } as const
  const other = '22222222-2222-4222-8222-222222222222'
  await here.services.end(id)
  assert.deepEqual(
    await here.services.keep(id, [
      { ...fired, rule: secretRule },
      { ...fired, rule: other },
    ]),
    {
      kept: 1,
      refused: [{ rule: other, why: 'the server saw nothing of it in this self-test that a rule tells of' }],
    },
  )
  assert.deepEqual(
    [...here.results.byRule()],
    [[secretRule, { ...fired, at: formatMicros(began), by: 'alice', isOutdated: false }]],
  )
})

test('results of a self-test that this server did not begin are refused, and none is kept', async () => {
  using here = open()
  await here.services.begin(begin)
  const result = { kind: 'failed', rule: secretRule, why: 'no', act: '' } as const
  for (const id of ['', 'none', '../../rules'])
    await assert.rejects(here.services.keep(id, [result]), isCode('NOT_FOUND'))
  assert.deepEqual([...here.results.byRule()], [])
})

test('what only a suppression saw did not fire', async () => {
  using here = open('alice')
  const { id, marker } = await here.services.begin(begin)
  await here.take(audit(2, { userAgent: marked(marker) }))
  const { kept } = await here.services.keep(id, [{ kind: 'fired', seconds: 1, rule: secretRule, why: '', act: '' }])
  assert.equal(kept, 0)
})

test('a fifth self-test at once is refused, and one after another is not', async () => {
  using here = open()
  for (let n = 0; n < 30; n++) await here.services.end((await here.services.begin(begin)).id)
  for (let n = 0; n < 4; n++) await here.services.begin(begin)
  await assert.rejects(here.services.begin(begin), isCode('OVERLOADED'))
})

const isCode = (code: string) => (error: unknown) => error instanceof BulwarkError && error.code === code
