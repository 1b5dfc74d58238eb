import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ObjectVersionRow } from '../../../model/answer.ts'
import { chosenVersion, versionBefore } from './choose-version.ts'

const version = (
  id: string,
  minute: number,
  uid = 'u1',
  change: ObjectVersionRow['change'] = 'modified',
): ObjectVersionRow => ({
  id,
  ref: { group: '', version: 'v1', kind: 'Pod', resource: 'pods', namespace: 'shop', name: 'web' },
  uid,
  resourceVersion: id,
  time: `2026-11-23T14:${String(minute).padStart(2, '0')}:00.000000Z`,
  change,
  synthesised: false,
  madeBy: undefined,
})
const rows = [
  version('4', 40, 'u2'),
  version('3', 30, 'u2', 'added'),
  version('2', 20),
  version('1', 10, 'u1', 'listed'),
]

test('shows the version of the URL, else the one of the moment, else the newest', () => {
  assert.equal(chosenVersion(rows, '2', undefined)?.id, '2')
  assert.equal(chosenVersion(rows, 'gone', undefined)?.id, '4')
  assert.equal(chosenVersion(rows, undefined, '2026-11-23T14:25:00.000000Z')?.id, '2')
  assert.equal(chosenVersion(rows, undefined, '2026-11-23T14:05:00.000000Z')?.id, '1')
  assert.equal(chosenVersion([], undefined, undefined), undefined)
})

test('an object made again is not compared with the one before it', () => {
  assert.deepEqual(
    rows.map((row) => versionBefore(rows, row)?.id),
    ['3', undefined, '1', undefined],
  )
})
