import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { UnusualSeries, UnusualVolume } from '../model/answer.ts'
import type { AuditRecord } from '../model/record.ts'
import { formatMicros, type Micros } from '../model/time.ts'
import { auditSample, gapSample, noon, patient, placed, second } from './fixture.ts'
import { openStore, type Store } from './index.ts'

const hour = 3600 * second
const day = 24 * hour
const hostile = `'; DROP TABLE events; -- \u0000\\N{p0:String}\u202e😀`
/** The month ends last Sunday at noon: its days are the same in each run. */
const end = noon - new Date(noon / 1000).getUTCDay() * day
const start = end - 35 * day
const month = { from: formatMicros(start), to: formatMicros(end) }

/** Different numbers that are the same in each run. */
const numbersFrom = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648
  }
}
const next = numbersFrom(1)
/** Counts with the spread of independent events. */
const around = (mean: number): number => {
  const end = Math.exp(-mean)
  let product = next()
  let count = 0
  for (; product > end; count++) product *= next()
  return count
}

const rhythm = (at: Micros): number => {
  const moment = new Date(at / 1000)
  const weekend = moment.getUTCDay() === 0 || moment.getUTCDay() === 6
  const working = moment.getUTCHours() >= 8 && moment.getUTCHours() < 18
  return weekend ? 0.5 : working ? 20 : 3
}

const hours = Array.from({ length: 35 * 24 }, (_, place) => start + place * hour)
const surge = start + 30 * day + 14 * hour
const silence = [4, 5, 6].map((place) => start + 31 * day + place * hour)
const cut = start + 33 * day + 3 * hour
const weekly = (at: Micros): number =>
  new Date(at / 1000).getUTCDay() === 0 && new Date(at / 1000).getUTCHours() === 3 ? 60 : 0

const countOf: Readonly<Record<string, (at: Micros) => number>> = {
  alice: (at) => (at === surge ? 120 : around(rhythm(at))),
  // Steady, and away for three hours, and for two in which the source was.
  [hostile]: (at) => (silence.includes(at) || at === cut || at === cut + hour ? 0 : 9),
  'system:serviceaccount:ops:weekly-report': weekly,
}

const records = (): readonly AuditRecord[] => {
  let index = 0
  return Object.entries(countOf).flatMap(([user, of]) =>
    hours.flatMap((at) =>
      Array.from({ length: of(at) }, (_, place) => {
        const time = at + Math.floor((place * hour) / 300) + (index++ % 1000)
        return auditSample({ time, user, auditId: `month-${index}`, sourceIps: [`10.0.0.${user.length}`] })
      }),
    ),
  )
}

describe('unusual volume', () => {
  let dir = ''
  let store: Store

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'bulwark-unusual-'))
    store = await openStore({ dir }, patient)
    await store.insertBlock(placed(records()), 'month')
    // Somebody else at the end, so that the record reaches over all of it; and two gaps, one of another source.
    const edges = [start, end - second].map((time) => auditSample({ time, user: 'edge', auditId: `edge-${time}` }))
    const gaps = [
      { ...gapSample(cut - 60 * second, cut + 2 * hour), source: 'audit' },
      gapSample(silence[0] ?? 0, (silence[2] ?? 0) + hour),
    ]
    await store.insertBlock(placed([...edges, ...gaps]), 'edges')
  })
  after(async () => {
    await store[Symbol.asyncDispose]()
    await rm(dir, { recursive: true, force: true })
  })

  const ask = (query: string, change: { field?: string; stepSeconds?: number; limit?: number; from?: string } = {}) => {
    const { from = month.from, field = 'user', stepSeconds = 3600, limit = 10 } = change
    return store.unusualVolume({ query, from, to: month.to }, { field, stepSeconds, limit })
  }
  const seriesOf = ({ series }: UnusualVolume, value: string): UnusualSeries => {
    const found = series.find((one) => one.value === value)
    assert.ok(found, value)
    return found
  }
  const momentsOf = ({ unusual }: UnusualSeries): readonly Micros[] => unusual.map((place) => start + place * hour)

  test('finds the surge and the silence in a month of days and weeks, and nothing else', async () => {
    const answer = await ask('kind:audit')
    assert.deepEqual(
      { ...answer, series: answer.series.map(({ value }) => value), searched: undefined },
      {
        field: 'user',
        ...month,
        stepSeconds: 3600,
        method: 'weekly',
        learning: [],
        series: [hostile, 'alice', 'system:serviceaccount:ops:weekly-report', 'edge'],
        more: false,
        searched: undefined,
      },
    )
    const alice = seriesOf(answer, 'alice')
    assert.deepEqual(momentsOf(alice), [surge])
    const [place = 0] = alice.unusual
    assert.equal(alice.counts[place], 120)
    assert.ok((alice.expected[place] ?? 0) < 40 && (alice.scores[place] ?? 0) > 10)
    // What was to be expected has the rhythm of days and weeks.
    const expectedAt = (at: Micros): number => alice.expected[(at - start) / hour] ?? 0
    const usual = hours.filter((at) => at !== surge && at > start + 7 * day)
    const working = usual.filter((at) => rhythm(at) === 20)
    const weekend = usual.filter((at) => rhythm(at) === 0.5)
    const mean = (moments: readonly Micros[]): number =>
      moments.reduce((sum, at) => sum + expectedAt(at), 0) / moments.length
    assert.ok(Math.abs(mean(working) - 20) < 3, String(mean(working)))
    assert.ok(mean(weekend) < 2, String(mean(weekend)))
    assert.deepEqual(momentsOf(seriesOf(answer, hostile)), silence)
    assert.ok(seriesOf(answer, hostile).scores.every((score) => score < 1))
    // What comes once a week is no surge.
    assert.deepEqual(seriesOf(answer, 'system:serviceaccount:ops:weekly-report').unusual, [])
    for (const { counts, expected, scores, total } of answer.series) {
      assert.deepEqual([counts.length, expected.length, scores.length], [840, 840, 840])
      assert.equal(
        counts.reduce((sum, n) => sum + n, 0),
        total,
      )
    }
  })

  test('a silence in a gap of its own source is none, in one of another source it is', async () => {
    const { series } = await ask('kind:audit', { limit: 1 })
    const [only] = series
    assert.ok(only)
    const place = (cut - start) / hour
    assert.deepEqual(only.counts.slice(place, place + 2), [0, 0])
    assert.ok((only.scores[place] ?? 0) < -5)
    assert.deepEqual(momentsOf(only), silence)
  })

  test('compares hours of the day while there are fewer than three weeks, and says what it has not seen', async () => {
    const from = formatMicros(end - 6 * day)
    const answer = await ask('kind:audit', { from })
    assert.deepEqual(
      [answer.method, answer.learning],
      ['daily', ['days of the week are not told apart: the record has 6 days of this range, and 21 are needed']],
    )
    const steady = seriesOf(answer, hostile)
    assert.deepEqual(
      steady.unusual.map((bucket) => end - 6 * day + bucket * hour),
      silence,
    )
  })

  test('compares with the median while there are fewer than three days', async () => {
    const from = formatMicros(silence[0] ?? 0)
    const range = { query: 'kind:audit', from, to: formatMicros((silence[0] ?? 0) + 40 * hour) }
    const answer = await store.unusualVolume(range, { field: 'user', stepSeconds: 3600, limit: 3 })
    assert.deepEqual(
      [answer.method, answer.from, answer.to, answer.learning],
      [
        'median',
        range.from,
        range.to,
        [
          'hours of the day are not told apart: the record has 1.6 days of this range, and 3 are needed',
          'days of the week are not told apart: the record has 1.6 days of this range, and 21 are needed',
        ],
      ],
    )
    const steady = seriesOf(answer, hostile)
    assert.deepEqual([steady.unusual, new Set(steady.expected)], [[0, 1, 2], new Set([9])])
  })

  test('calls nothing unusual of a few buckets, and has no series where there is not one', async () => {
    const few = { query: 'kind:audit', from: formatMicros(surge - 2 * hour), to: formatMicros(surge + hour) }
    const answer = await store.unusualVolume(few, { field: 'user', stepSeconds: 3600, limit: 2 })
    assert.equal(answer.learning[0], '3 whole buckets are too few to call one unusual')
    assert.deepEqual(
      answer.series.map(({ counts, unusual }) => [counts.length, unusual]),
      [
        [3, []],
        [3, []],
      ],
    )
    const none = await store.unusualVolume(
      { query: '', from: formatMicros(end + day), to: formatMicros(end + 2 * day) },
      { field: 'user', stepSeconds: 3600, limit: 2 },
    )
    assert.deepEqual([none.series, none.from, none.more], [[], none.to, false])
  })

  test('looks at whole buckets of what the record reaches over, five weeks or 1,008 buckets back', async () => {
    const open = await store.unusualVolume(
      { query: 'user:alice', from: undefined, to: undefined },
      { field: 'verb', stepSeconds: 21_600, limit: 3 },
    )
    assert.deepEqual([open.from, open.to, open.method], [month.from, month.to, 'weekly'])
    assert.deepEqual(
      open.series.map(({ value, counts }) => [value, counts.length]),
      [['get', 140]],
    )
    const fine = await store.unusualVolume(
      { query: 'user:alice', from: undefined, to: month.to },
      { field: 'verb', stepSeconds: 300, limit: 1 },
    )
    assert.deepEqual([fine.from, fine.series[0]?.counts.length], [formatMicros(end - 1008 * 300 * second), 1008])
    const before = { query: '', from: formatMicros(start - 3 * day), to: formatMicros(start + day + hour / 2) }
    const early = await store.unusualVolume(before, { field: 'user', stepSeconds: 3600, limit: 1 })
    assert.deepEqual([early.from, early.to], [formatMicros(start), formatMicros(start + day)])
  })

  test('groups by any field that has values, the busiest first, and says when there are more', async () => {
    const byAddress = await ask('kind:audit', { field: 'ip', limit: 1 })
    assert.deepEqual([byAddress.series.map(({ value }) => value), byAddress.more], [[`10.0.0.${hostile.length}`], true])
    const byCode = await ask('user:alice', { field: 'status' })
    assert.deepEqual([byCode.field, byCode.series.map(({ value }) => value), byCode.more], ['code', ['200'], false])
    assert.deepEqual((await ask('user:nobody')).series, [])
    const once = await ask(`user:edge`)
    assert.deepEqual(once.series[0]?.unusual, [])
  })

  test('refuses fields without values, steps that divide no day, and ranges that are too long', async () => {
    const refused = { code: 'QUERY_SYNTAX' }
    await assert.rejects(ask('', { field: 'id' }), refused)
    await assert.rejects(ask('', { field: "user' OR 1" }), refused)
    await assert.rejects(ask('', { stepSeconds: 7000 }), { ...refused, message: /cannot be 7000 seconds long/ })
    await assert.rejects(ask('', { stepSeconds: 300 }), { ...refused, message: /more than 1008 buckets/ })
    await assert.rejects(ask('', { from: formatMicros(start - day) }), {
      ...refused,
      message: /longer than five weeks/,
    })
    await assert.rejects(ask('verb:('), refused)
  })
})
