import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventRowOf } from '../../model/event-row.ts'
import type { Change } from '../../model/object.ts'
import { formatMicros } from '../../model/time.ts'
import { auditSample, noon, second } from '../fixture.ts'
import { type Write, writeOf } from './made-by.ts'
import type { Version } from './version-columns.ts'

const write = (
  given: Parameters<typeof auditSample>[0],
  answer: { readonly uid: string; readonly version: string } = { uid: '', version: '' },
): Write => {
  const row = eventRowOf(auditSample(given))
  assert.ok(row)
  return { row, responseUid: answer.uid, responseVersion: answer.version }
}

const version = (change: Change, time = noon): Version['row'] => ({
  id: 'v',
  ref: { group: '', version: 'v1', kind: 'Pod', resource: 'pods', namespace: 'shop', name: 'web-1' },
  uid: 'uid-1',
  resourceVersion: '7',
  time: formatMicros(time),
  change,
  synthesised: false,
})

test('takes the request whose answer carried the version, however far away', () => {
  const far = write({ time: noon - 900 * second, verb: 'patch', user: 'far' }, { uid: 'uid-1', version: '7' })
  const near = write({ time: noon, verb: 'patch', user: 'near' })
  assert.deepEqual(writeOf(version('listed'), [near, far]), { madeBy: far.row, madeByHow: 'version' })
})

test('takes the nearest request of a fitting verb, else none', () => {
  const writes = [
    write({ time: noon - 2 * second, verb: 'update', user: 'earlier' }),
    write({ time: noon - second / 10, verb: 'patch', user: 'nearest' }),
    write({ time: noon, verb: 'delete', user: 'deleter' }),
    write({ time: noon, verb: 'patch', user: 'other', name: 'web-2' }),
    write({ time: noon, verb: 'patch', user: 'tells another version' }, { uid: 'uid-1', version: '8' }),
  ]
  const madeBy = (change: Change, time?: number) => writeOf(version(change, time), writes)?.madeBy.user
  assert.equal(madeBy('added'), 'nearest')
  assert.equal(madeBy('deleted'), 'deleter')
  assert.equal(madeBy('deleted', noon - 2 * second), 'earlier')
  assert.equal(madeBy('modified', noon + 60 * second), undefined)
  assert.equal(madeBy('listed'), undefined)
})

test('takes a request without a name only where no named one fits', () => {
  const unnamed = write({ time: noon, verb: 'create', user: 'generateName', name: '' })
  const named = write({ time: noon - 4 * second, verb: 'create', user: 'named' })
  assert.equal(writeOf(version('added'), [unnamed, named])?.madeBy.user, 'named')
  assert.equal(writeOf(version('added'), [unnamed])?.madeBy.user, 'generateName')
})
