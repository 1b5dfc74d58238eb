import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { kubernetesAudit, loadSigma } from '../../engines/sigma/index.ts'
import type { JsonObject } from '../../model/json.ts'
import { type BaselineDetection, type BaselineLimits, createBaselines, readBaselines } from './index.ts'

const day = 86_400_000_000
const minute = 60_000_000
/** A Monday, 00:00 UTC. */
const monday = Date.UTC(2026, 10, 23) * 1000

const reads = `
title: Failed read
id: 4f2f2f3e-6a55-4d0e-8b4c-2a3f6f0d8c11
name: failed-read
logsource: {product: kubernetes, service: audit}
detection:
  sel: {verb: get}
  condition: sel
`

const surge = (more = '') => `
title: Reads surge
baseline:
  type: volume
  rules: [failed-read]
  group-by: [user.username]
  timespan: 10m
  learn: 1d
  condition: {mads: 6, least: 20}
  ${more}
`

const firstUse = (more = '') => `
title: First use
baseline:
  type: new
  rules: [failed-read]
  group-by: [user.username]
  values: [objectRef.resource]
  learn: 1d
  ${more}
`

const load = (document: string, limits?: BaselineLimits) => {
  const sigma = loadSigma([{ name: 'reads.yml', text: reads }], { sources: [kubernetesAudit] })
  const { rules, problems } = readBaselines(document, 'baseline.yml')
  assert.deepEqual(problems, [])
  const made = createBaselines(rules, sigma, limits)
  assert.deepEqual(made.problems, [])
  const { baselines } = made
  let number = 0
  const at = (time: number, user: string, resource = 'pods', times = 1): readonly BaselineDetection[] => {
    const event: JsonObject = { verb: 'get', user: { username: user }, objectRef: { resource } }
    return Array.from({ length: times }, () => {
      number += 1
      return baselines.step({ time, receivedAt: time + 1, event, matched: sigma.rules, ref: `e${number}` })
    }).flat()
  }
  return { baselines, at }
}

/** Two events every five minutes. */
const ordinary = ({ at }: ReturnType<typeof load>, user: string, from: number, to: number) => {
  const found: BaselineDetection[] = []
  for (let time = from; time < to; time += 5 * minute) found.push(...at(time, user, 'pods', 2))
  return found
}

test('events that are only learned from say what is usual, and nothing of their own', () => {
  const text = `${reads}---
title: Pull
name: pull
logsource: {product: kubernetes, service: audit}
detection:
  sel: {verb: list}
  condition: sel
`
  const sigma = loadSigma([{ name: 'reads.yml', text }], { sources: [kubernetesAudit] })
  const document = firstUse().replace('rules: [failed-read]', 'rules: [failed-read]\n  learn-from: [pull]')
  const { rules, problems } = readBaselines(document, 'baseline.yml')
  assert.deepEqual(problems, [])
  const { baselines } = createBaselines(rules, sigma)
  const at = (days: number, resource: string, names: readonly string[]) =>
    baselines
      .step({
        time: monday + days * day,
        receivedAt: monday + days * day,
        event: { user: { username: 'alice' }, objectRef: { resource } },
        matched: sigma.rules.filter(({ rule }) => names.includes(rule.name ?? '')),
        ref: `${days}`,
      })
      .map(({ values }) => values)
  assert.deepEqual(at(0, 'pods', ['pull']), [])
  assert.deepEqual(at(2, 'services', ['pull']), [])
  assert.deepEqual(at(3, 'services', ['failed-read']), [])
  assert.deepEqual(at(3, 'nodes', ['pull', 'failed-read']), [{ 'objectRef.resource': 'nodes' }])
  assert.deepEqual(at(3, 'nodes', ['failed-read']), [])
  const missing = readBaselines(document.replace('[pull]', '[gone]'), 'baseline.yml')
  assert.match(createBaselines(missing.rules, sigma).problems[0]?.what ?? '', /there is no rule "gone"/)
  const volume = readBaselines(surge('learn-from: [pull]'), 'b.yml')
  assert.match(volume.problems[0]?.what ?? '', /"learn-from" is for baselines of type new/)
})

describe('volume', () => {
  test('tells of a burst once, with the count at which it became unusual', () => {
    const one = load(surge())
    assert.deepEqual(ordinary(one, 'alice', monday, monday + 2 * day), [])
    const [found, ...more] = one.at(monday + 2 * day, 'alice', 'pods', 100)
    assert.deepEqual(more, [])
    assert.deepEqual({ ...found?.group }, { 'user.username': 'alice' })
    assert.equal(found?.measured, 20)
    assert.ok(found !== undefined && found.usual !== undefined && found.usual < 20)
    assert.equal(found.refs.length, 20)
  })

  test('says nothing of a group that has less past than it has to learn', () => {
    const one = load(surge())
    ordinary(one, 'alice', monday, monday + day / 2)
    assert.deepEqual(one.at(monday + day / 2, 'alice', 'pods', 1000), [])
    assert.equal(one.baselines.status()[0]?.learning, 1)
  })

  test('says nothing of a group that is always as busy', () => {
    const one = load(surge())
    const found: BaselineDetection[] = []
    for (let time = monday; time < monday + 2 * day; time += 5 * minute) found.push(...one.at(time, 'bot', 'pods', 50))
    assert.deepEqual(found, [])
  })

  test('sees a burst over the border of two windows as one', () => {
    const one = load(surge())
    ordinary(one, 'alice', monday, monday + 2 * day)
    const border = monday + 2 * day + 10 * minute
    assert.deepEqual(one.at(border - minute, 'alice', 'pods', 12), [])
    assert.equal(one.at(border + minute, 'alice', 'pods', 12).length, 1)
  })

  test('tells again after a window that was usual, and not before', () => {
    const one = load(surge())
    ordinary(one, 'alice', monday, monday + 2 * day)
    const start = monday + 2 * day
    assert.equal(one.at(start, 'alice', 'pods', 40).length, 1)
    assert.equal(one.at(start + 5 * minute, 'alice', 'pods', 40).length, 0)
    assert.equal(one.at(start + 10 * minute, 'alice', 'pods', 40).length, 0)
    ordinary(one, 'alice', start + 15 * minute, start + 60 * minute)
    assert.equal(one.at(start + 60 * minute, 'alice', 'pods', 40).length, 1)
  })

  test('does not take the busy hour of each Monday for a surge once two were seen', () => {
    const week = 7 * day
    const found = ['', 'season: hour-of-week'].map((season) => {
      const one = load(surge(season))
      const told: number[] = []
      for (let n = 0; n < 4; n++) {
        ordinary(one, 'backup', monday + n * week, monday + n * week + 9 * 60 * minute)
        told.push(one.at(monday + n * week + 9 * 60 * minute, 'backup', 'pods', 60).length)
        ordinary(one, 'backup', monday + n * week + 10 * 60 * minute, monday + (n + 1) * week)
      }
      return told
    })
    assert.deepEqual(found, [
      [0, 1, 1, 1],
      [0, 1, 0, 0],
    ])
  })

  test('counts events that come too late, and leaves them out', () => {
    const one = load(surge())
    ordinary(one, 'alice', monday, monday + 2 * day)
    assert.deepEqual(one.at(monday + day, 'alice', 'pods', 100), [])
    assert.equal(one.baselines.status()[0]?.late, 100)
  })
})

describe('new values', () => {
  test('tells of the first use by a group that has learned, once', () => {
    const one = load(firstUse())
    assert.deepEqual(one.at(monday, 'alice', 'pods'), [])
    assert.deepEqual(one.at(monday + day, 'alice', 'pods'), [])
    const [found] = one.at(monday + day, 'alice', 'secrets')
    assert.deepEqual({ ...found?.values }, { 'objectRef.resource': 'secrets' })
    assert.equal(found?.measured, 1)
    assert.deepEqual(one.at(monday + day + 1, 'alice', 'secrets'), [])
  })

  test('takes a value for new again after it was forgotten', () => {
    const one = load(firstUse('forget: 2d'))
    one.at(monday, 'alice', 'pods')
    one.at(monday, 'alice', 'secrets')
    one.at(monday + 2 * day, 'alice', 'pods')
    assert.deepEqual(one.at(monday + 2 * day, 'alice', 'secrets'), [])
    assert.equal(one.at(monday + 4 * day + 1, 'alice', 'secrets').length, 1)
  })

  test('tells of a new group only where it is asked to, and then once', () => {
    const learn = load(firstUse())
    const fire = load(firstUse('new-groups: fire'))
    for (const one of [learn, fire]) one.at(monday, 'alice')
    assert.deepEqual(fire.at(monday + 60 * minute, 'early'), [])
    assert.deepEqual(learn.at(monday + day, 'mallory'), [])
    assert.equal(fire.at(monday + day, 'mallory').length, 1)
    assert.deepEqual(fire.at(monday + day + 1, 'mallory', 'secrets'), [])
  })

  test('a group of ever new values falls silent and is counted as saturated', () => {
    const one = load(firstUse(), { groups: 10, valuesOfGroup: 5, values: 100 })
    for (let n = 0; n < 5; n++) one.at(monday, 'scanner', `r${n}`)
    const found = Array.from({ length: 100 }, (_, n) => one.at(monday + day + n, 'scanner', `new${n}`)).flat()
    assert.deepEqual(found, [])
    assert.equal(one.baselines.status()[0]?.saturated, 1)
  })
})

test('memory is bounded whatever names an attacker makes up, and what was forgotten is counted', () => {
  for (const document of [surge(), firstUse()]) {
    const one = load(document, { groups: 50, valuesOfGroup: 5, values: 60 })
    for (let n = 0; n < 5000; n++) one.at(monday + n, `user${n}`, `resource${n}`)
    const [status] = one.baselines.status()
    assert.ok(status !== undefined && status.groups <= 50)
    assert.equal(status.evicted, 5000 - status.groups)
    assert.ok(JSON.stringify(one.baselines.checkpoint()).length < 20_000)
  }
})

test('a checkpoint taken back anywhere changes nothing of what is found', () => {
  const events = fc.array(
    fc.record({
      after: fc.integer({ min: 0, max: 12 * 60 }),
      user: fc.constantFrom('a', 'b'),
      resource: fc.constantFrom('pods', 'secrets', 'nodes'),
      times: fc.integer({ min: 1, max: 60 }),
    }),
    { maxLength: 60 },
  )
  fc.assert(
    fc.property(
      events,
      fc.nat(60),
      fc.constantFrom(surge('season: hour-of-week'), firstUse('forget: 2d')),
      (list, cut, document) => {
        const whole = load(document)
        let broken = load(document)
        let time = monday
        const expected: BaselineDetection[] = []
        const found: BaselineDetection[] = []
        for (const [place, { after, user, resource, times }] of list.entries()) {
          time += after * minute
          expected.push(...whole.at(time, user, resource, times))
          if (place === cut) {
            const saved = JSON.parse(JSON.stringify(broken.baselines.checkpoint()))
            broken = load(document)
            broken.baselines.restore(saved)
          }
          found.push(...broken.at(time, user, resource, times))
        }
        const plain = (all: readonly BaselineDetection[]) =>
          all.map((one) => ({ ...one, rule: one.rule.title, refs: one.refs.length }))
        assert.deepEqual(plain(found), plain(expected))
        assert.deepEqual(
          broken.baselines.status().map(({ groups, learning }) => [groups, learning]),
          whole.baselines.status().map(({ groups, learning }) => [groups, learning]),
        )
      },
    ),
    { numRuns: 200 },
  )
})

test('a checkpoint of nonsense is passed over', () => {
  const one = load(surge())
  for (const saved of [
    null,
    1,
    'x',
    [],
    {},
    { version: 1, rules: [1, { key: 'x', state: { groups: [null, { at: 'x' }] } }] },
  ])
    one.baselines.restore(saved)
  assert.equal(one.baselines.status()[0]?.groups, 0)
})

describe('documents', () => {
  const refusals = [
    ['baseline: {type: often, rules: [a], group-by: [b], learn: 1d}', '"often" is no type; there are volume, new'],
    [
      'baseline: {type: new, group-by: [b], values: [c], learn: 1d}',
      'baseline has no rules: ids or names of Sigma rules',
    ],
    [
      'baseline: {type: volume, rules: [a], group-by: [b], learn: 1d, timespan: 5m, condition: {mads: 6}}',
      '"least" has to be a number above 0',
    ],
    [
      'baseline: {type: new, rules: [a], group-by: [b], learn: 1d, values: [c], timespan: 5m}',
      '"timespan" is for baselines of type volume',
    ],
    [
      'baseline: {type: new, rules: [a], groupby: [b], learn: 1d, values: [c]}',
      'baseline has no "groupby"; it has type, rules, learn-from, group-by, learn, timespan, season, condition, values, forget, new-groups',
    ],
    [
      'baseline: {type: new, rules: [a], group-by: [b], learn: soon, values: [c]}',
      'the learn "soon" is not a number with s, m, h, d, w, M or y, such as 15m',
    ],
  ] as const
  for (const [text, what] of refusals) {
    test(`is refused: ${what}`, () => {
      const { rules, problems } = readBaselines(`title: X\n${text}\n`, 'x.yml')
      assert.deepEqual(rules, [])
      assert.deepEqual(
        problems.map((problem) => problem.what),
        [what],
      )
      assert.equal(problems[0]?.at.line, 2)
    })
  }

  test('a baseline over a rule that is not there is a problem, and the others run', () => {
    const sigma = loadSigma([{ name: 'reads.yml', text: reads }], { sources: [kubernetesAudit] })
    const { rules } = readBaselines(`${surge()}\n---${firstUse().replace('failed-read', 'no-such')}`, 'x.yml')
    const { baselines, problems } = createBaselines(rules, sigma)
    assert.deepEqual(
      problems.map(({ title, what }) => [title, what]),
      [['First use', 'there is no rule "no-such"']],
    )
    assert.equal(baselines.status().length, 1)
  })
})
