import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Totals } from './hand-over.ts'
import type { Kind } from './kind.ts'
import type { KindView } from './reflector.ts'
import { type Facts, kindRows, statusOf } from './status.ts'

const kind = (resource: string): Kind => ({
  group: '',
  version: 'v1',
  kind: 'K',
  resource,
  namespaced: true,
  verbs: [],
})
const second = 1_000_000
const now = 1000 * second

const view = (resource: string, more: Partial<KindView> = {}): KindView => ({
  kind: kind(resource),
  phase: 'watching',
  seen: true,
  count: 3,
  why: '',
  mend: '',
  since: 0,
  heardAt: now - second,
  ...more,
})
const refused = (resource: string) =>
  view(resource, { phase: 'refused', seen: false, why: 'forbidden', mend: 'grant it' })
const waiting = (resource: string, why = '') => view(resource, { phase: 'waiting', seen: false, count: 0, why })
const cut = (resource: string, sinceSeconds: number) =>
  view(resource, { phase: 'cut', why: 'no answer', mend: 'wait', since: now - sinceSeconds * second })

const totals: Totals = {
  records: 0,
  bytes: 0,
  gaps: 0,
  unreadable: 0,
  perSecond: 0,
  lastRecordAt: undefined,
  trouble: '',
}
const byChoice = { what: 'secrets', why: 'not asked for', mend: 'ask' }
const found: Facts['found'] = {
  discovered: { kinds: [], missing: [], unknownGroups: [] },
  plan: { watched: [], left: [{ kind: kind('secrets'), why: 'not asked for' }], missing: [byChoice] },
}
const stale = { what: 'the kinds of metrics/v1', why: 'no answer', mend: 'look' }
const withStale: Facts['found'] = { ...found, discovered: { ...found.discovered, missing: [stale] } }

const judge = (views: readonly KindView[], more: Partial<Parameters<typeof statusOf>[0]> = {}) => {
  const { state, message } = statusOf({ found, fault: '', views, totals, cluster: 'shop', ended: false, now, ...more })
  return `${state}: ${message}`
}

const cases: readonly [name: string, got: string, expected: string][] = [
  ['before discovery', judge([], { found: undefined }), 'starting: asking the cluster shop what there is'],
  [
    'while the cluster is down',
    judge([], { found: undefined, fault: 'the API server does not answer' }),
    'broken: the API server does not answer',
  ],
  [
    'during the first lists',
    judge([view('a'), waiting('b')]),
    'starting: reading what there is: 1 of 2 kinds, 3 objects',
  ],
  [
    'when all is seen but what a setting leaves out',
    judge([view('a'), view('b')]),
    'connected: watches 2 kinds with 6 objects',
  ],
  [
    'when one kind is refused',
    judge([view('a'), refused('b')]),
    'partial: watches 1 kind with 3 objects; 1 not seen, or not at the moment',
  ],
  [
    'when one group does not answer',
    judge([view('a')], { found: withStale }),
    'partial: watches 1 kind with 3 objects; 1 not seen, or not at the moment',
  ],
  ['when every kind is refused', judge([refused('a'), refused('b')]), 'broken: none of 2 kinds may be read: forbidden'],
  ['when a watch is cut for a moment', judge([view('a'), cut('b', 5)]), 'connected: watches 2 kinds with 6 objects'],
  [
    'when a watch is cut for a minute',
    judge([view('a'), cut('b', 60)]),
    'partial: watches 2 kinds with 6 objects; 1 not seen, or not at the moment',
  ],
  ['when every watch is cut', judge([cut('a', 5), cut('b', 5), refused('c')]), 'broken: no answer'],
  [
    'when nothing is heard any more',
    judge([view('a', { heardAt: now - 240 * second })]),
    'silent: nothing came for 4 minutes, not even a bookmark',
  ],
  [
    'when the recorder is full',
    judge([view('a')], { totals: { ...totals, trouble: 'the disk is full' } }),
    'broken: the recorder takes nothing: the disk is full',
  ],
  ['after the end', judge([view('a')], { ended: true }), 'ended: it was stopped'],
]
for (const [name, got, expected] of cases) {
  test(`is ${expected.slice(0, expected.indexOf(':'))} ${name}`, () => assert.equal(got, expected))
}

test('a discovery that fails later hides only what is new', () => {
  const facts = { found, fault: 'no answer', views: [view('a')], totals, cluster: 'shop', ended: false, now }
  assert.deepEqual(statusOf(facts), {
    state: 'partial',
    message: 'watches 1 kind with 3 objects; 1 not seen, or not at the moment',
    missing: [{ what: 'kinds that are new', why: 'no answer', mend: 'It is tried again by itself' }, byChoice],
  })
})

test('names everything that is missing, and the way to mend it', () => {
  const views = [view('a'), refused('b'), cut('c', 60), waiting('d', 'unreadable')]
  const { missing } = statusOf({ found: withStale, fault: '', views, totals, cluster: 'shop', ended: false, now })
  assert.deepEqual(missing, [
    stale,
    { what: 'b', why: 'forbidden', mend: 'grant it' },
    { what: 'c', why: 'not watched for 60 s: no answer', mend: 'wait' },
    { what: 'd', why: 'unreadable', mend: '' },
    byChoice,
  ])
})

test('has a row for every kind, by name: a kind that is not seen is never shown as empty', () => {
  const row = { group: '', version: 'v1', kind: 'K', namespaced: true }
  assert.deepEqual(
    kindRows({ found, fault: '', views: [view('pods'), refused('nodes'), waiting('jobs'), cut('roles', 60)] }),
    [
      { ...row, resource: 'jobs', seen: false, count: 0, why: 'its first list is not done' },
      { ...row, resource: 'nodes', seen: false, count: 0, why: 'forbidden' },
      { ...row, resource: 'pods', seen: true, count: 3, why: '' },
      { ...row, resource: 'roles', seen: true, count: 3, why: '' },
      { ...row, resource: 'secrets', seen: false, count: 0, why: 'not asked for' },
    ],
  )
})
