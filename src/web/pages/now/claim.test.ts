import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SourceRow } from '../../../api/contract/answers.ts'
import type { ClusterCounts, NamespacePosture } from '../../../model/posture.ts'
import { claimOf, couldBeStricter } from './claim.ts'

const none = { info: 0, low: 0, medium: 0, high: 0, critical: 0 }
const counts: ClusterCounts = {
  namespaces: 1,
  workloads: 2,
  pods: 3,
  findings: none,
  levels: { privileged: 0, baseline: 1, restricted: 1 },
}
const source: SourceRow = {
  id: 'audit-webhook',
  type: 'audit-webhook',
  cluster: 'shop',
  state: 'silent',
  message: '',
  since: '',
  lastRecordAt: undefined,
  recordsTotal: 0,
  bytesTotal: 0,
  recordsPerSecond: 0,
  lagMillis: undefined,
  gapsTotal: 0,
  quarantinedTotal: 0,
  missing: [],
  lastGap: undefined,
}
const namespace: NamespacePosture = {
  name: 'shop',
  enforce: 'privileged',
  enforceVersion: 'latest',
  audit: 'privileged',
  warn: 'privileged',
  unlabelled: true,
  labelError: '',
  possible: 'baseline',
  blockers: [],
  exempt: '',
  workloads: 2,
  pods: 3,
  findings: none,
  lastChange: '',
}
const facts = {
  openCases: undefined,
  counts,
  namespaces: [],
  sources: [source],
  unheard: [],
  refused: 0,
  gaps: 0,
  span: 'in the last 24 hours',
  past: false,
}

test('a calm cluster is said to be calm only as far as it is seen', () => {
  assert.deepEqual(claimOf(facts), [
    { id: 'findings', text: 'No finding is critical or high', tone: 'plain' },
    { id: 'refused', text: '0 requests were refused in the last 24 hours', tone: 'plain' },
    { id: 'sources', text: 'every source is heard', tone: 'plain' },
  ])
})

test('what is wrong comes first, then what we cannot know', () => {
  assert.deepEqual(
    claimOf({
      ...facts,
      counts: { ...counts, findings: { ...none, critical: 1, high: 2 } },
      namespaces: [namespace, { ...namespace, exempt: 'by configuration' }],
      unheard: [source],
      refused: undefined,
      gaps: 1,
    }),
    [
      { id: 'findings', text: '3 findings are critical or high', tone: 'bad' },
      { id: 'gaps', text: '1 gap', tone: 'unsure' },
      { id: 'sources', text: 'audit-webhook is not fully heard', tone: 'unsure' },
      { id: 'stricter', text: '1 namespace could enforce a stricter level today with nothing breaking', tone: 'plain' },
    ],
  )
})

test('without any source nothing is claimed', () => {
  assert.deepEqual(claimOf({ ...facts, sources: [] }), [
    {
      id: 'sources',
      text: 'no source is connected, so nothing can be said of now',
      tone: 'unsure',
    },
  ])
})

test('of a past moment nothing is said about how sources do now', () => {
  assert.deepEqual(
    claimOf({ ...facts, namespaces: [namespace], past: true }).map(({ text }) => text),
    [
      'No finding is critical or high',
      '0 requests were refused in the last 24 hours',
      '1 namespace could have enforced a stricter level with nothing breaking',
    ],
  )
})

test('a namespace that enforces what it could is left alone', () => {
  assert.equal(couldBeStricter(namespace), true)
  assert.equal(couldBeStricter({ ...namespace, enforce: 'baseline' }), false)
})

test('open cases come first; that there are none is said only where every source is heard', () => {
  assert.deepEqual(claimOf({ ...facts, openCases: 2 })[0], { id: 'cases', text: '2 cases need a person', tone: 'bad' })
  assert.deepEqual(claimOf({ ...facts, openCases: 0, unheard: [] })[0], {
    id: 'cases',
    text: 'No case is open',
    tone: 'plain',
  })
  assert.notEqual(claimOf({ ...facts, openCases: 0, unheard: facts.sources })[0]?.id, 'cases')
  assert.notEqual(claimOf({ ...facts, openCases: 2, past: true })[0]?.id, 'cases')
})
