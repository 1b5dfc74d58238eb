import assert from 'node:assert/strict'
import { test } from 'node:test'
import { start } from '../detect/fixture.ts'
import { readerOf } from './fixture.ts'
import { guardsUnknown } from './guards-unknown.ts'
import type { GuardsSince } from './record-reader.ts'

const minute = 60_000_000
const [from, to] = [start, start + 60 * minute]
const told = (all: readonly GuardsSince[], rule: string | undefined = 'A level') =>
  guardsUnknown(rule, { ...readerOf([]).reader, guardsSince: async () => all }, from, to)
const of = (cluster: string, since: number | undefined): GuardsSince => ({ cluster, since })
const only = 'only on objects of which an earlier request of the period tells how they were'

test('nothing is said where the record reaches back far enough, and of rules that do not ask', async () => {
  assert.deepEqual(await told([of('shop', from - minute), of('till', from + minute)]), [])
  assert.deepEqual(await guardsUnknown(undefined, readerOf([]).reader, from, to), [])
  assert.deepEqual(await told([]), [])
})

test('where it does not, since when it knows, or that it does not know', async () => {
  const later = ', before 2026-11-26T12:30:00Z: since then the record has the objects themselves'
  assert.deepEqual(await told([of('shop', from + 30 * minute)]), [`"A level" was tried ${only}${later}`])
  assert.deepEqual(await told([of('shop', undefined)]), [`"A level" was tried ${only}`])
  assert.deepEqual(await told([of('shop', to)]), [`"A level" was tried ${only}`])
  assert.deepEqual(await told([of('shop', from), of('till', from + 30 * minute), of('new', undefined)]), [
    `"A level" was tried in cluster "till" ${only}${later}`,
    `"A level" was tried in cluster "new" ${only}`,
  ])
  assert.equal((await told(Array.from({ length: 9 }, (_, n) => of(`c${n}`, undefined)))).length, 5)
})
