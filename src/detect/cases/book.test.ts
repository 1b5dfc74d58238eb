import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Case } from '../../model/case.ts'
import type { Detection } from '../../model/detection.ts'
import { attackRules, deployer, halfHour, ordinaryDetections } from './attack-fixture.ts'
import { beginning, minute, type SampleDetection, sampleDetection } from './fixture.ts'
import { type CaseBook, type CaseContext, createCaseBook, noContext } from './index.ts'

const taken = (samples: readonly SampleDetection[], context: CaseContext = noContext): CaseBook => {
  const book = createCaseBook()
  book.apply(samples.map(sampleDetection), context)
  return book
}
const casesOf = (book: CaseBook): readonly Case[] =>
  [...book.cases()].sort((a, b) => (a.firstTime < b.firstTime || (a.firstTime === b.firstTime && a.id < b.id) ? -1 : 1))
const rulesOf = (book: CaseBook): readonly (readonly string[])[] =>
  casesOf(book).map(({ rules }) => rules.map(({ rule }) => rule).sort())

const eve = { principal: 'eve', sourceIp: '198.51.100.9', rule: 'r', minute: 0 } satisfies SampleDetection
const bob = { ...eve, principal: 'bob', sourceIp: '10.0.0.7' }
const pod = (name: string, namespace = 'shop') => ({ resource: 'pods', namespace, name })

describe('the attack of the recording', () => {
  const book = createCaseBook()
  book.apply(halfHour, noContext)
  const withRule = (rule: string): readonly Case[] =>
    casesOf(book).filter(({ rules }) => rules.some((one) => one.rule === rule))
  const [attack] = withRule('cluster-admin')
  const [probes] = withRule('anonymous-probe')
  assert.ok(attack && probes)

  test('is in two cases, each of its steps named', () => {
    const rules = [attack, probes].flatMap((one) => one.rules.map(({ rule }) => rule))
    assert.deepEqual(
      attackRules.filter((rule) => !rules.includes(rule)),
      [],
    )
  })

  test('is told in one sentence each', () => {
    assert.equal(
      attack.title,
      'ci/deployer, from 198.51.100.23, made a privileged pod, was made cluster-admin, listed Secrets in all namespaces and deleted all events in 3 namespaces; 155 Secret reads were refused before',
    )
    assert.equal(probes.title, 'system:anonymous, from 198.51.100.66, was refused 23 requests')
  })

  test('is critical, the probes alone are not', () => {
    assert.equal(attack.severity, 'critical')
    assert.equal(probes.severity, 'medium')
  })

  test('has counted every detection once', () => {
    const signals = halfHour.length - casesOf(book).reduce((sum, { detections }) => sum + detections, 0)
    // Four evictions, which are worth no case.
    assert.equal(signals, 4)
    assert.equal(attack.rules.find(({ rule }) => rule === 'refused-secret')?.detections, 155)
  })

  test('does not draw in what looks alike and is not, and no address of it', () => {
    const people = attack.entities.filter(({ role }) => role === 'actor').map(({ name }) => name)
    assert.deepEqual(people.sort(), ['addon-manager', 'carol@shop.example', 'deployer'])
    const steps = book.detail(attack.id)?.steps ?? []
    const ofCarol = steps.filter(({ principal }) => principal === 'carol@shop.example')
    // Her answer is told with what it answers, and makes her nobody whose other acts belong to it.
    assert.deepEqual(
      ofCarol.map(({ rule }) => rule),
      ['binding-deleted'],
    )
    const ordinary = new Set(ordinaryDetections.map(({ id }) => id))
    assert.deepEqual(
      steps.filter(({ id }) => ordinary.has(id)),
      [],
    )
  })
})

describe('detections join a case', () => {
  const expectOne = (samples: readonly SampleDetection[], context = noContext): void => {
    const rules = samples.map(({ rule }) => rule).sort()
    assert.deepEqual(rulesOf(taken(samples, context)), [rules])
  }
  const expectTwo = (samples: readonly SampleDetection[], context = noContext): void => {
    assert.equal(casesOf(taken(samples, context)).length, 2)
  }

  test('of the same principal within an hour of its last alarm, and not later', () => {
    expectOne([eve, { ...eve, rule: 's', minute: 59 }, { ...eve, rule: 't', minute: 118 }])
    expectTwo([eve, { ...eve, rule: 's', minute: 61 }])
  })

  test('of the same address without credentials', () => {
    const nobody = { ...eve, principal: 'system:anonymous' }
    expectOne([nobody, { ...nobody, rule: 's', principal: '', code: 401, minute: 2 }])
    expectOne([eve, { ...nobody, rule: 's', minute: 2 }])
    expectTwo([nobody, { ...nobody, sourceIp: '198.51.100.10', rule: 's' }])
  })

  test('of another principal at the address of the case, where it is an alarm', () => {
    expectOne([eve, { ...eve, principal: 'stolen', rule: 's', minute: 5 }])
    const book = taken([eve, { ...eve, principal: 'stolen', rule: 's', severity: 'low', minute: 5 }])
    assert.deepEqual(rulesOf(book), [['r']])
  })

  test('not by an address that many share', () => {
    const at = (principal: string, severity: 'low' | 'medium', n: number) => ({
      ...eve,
      principal,
      severity,
      minute: n,
    })
    const office = ['a', 'b', 'c', 'd'].map((name, n) => at(name, 'low', n))
    expectTwo([...office, at('x', 'medium', 5), at('y', 'medium', 6)])
    const shared = { ...noContext, isShared: () => true }
    expectTwo([eve, { ...eve, principal: 'other' }], shared)
    expectTwo([
      { ...eve, sourceIp: '127.0.0.1' },
      { ...eve, sourceIp: '127.0.0.1', principal: 'other' },
    ])
  })

  test('of somebody who gets into a pod that the case made, and of what that one does then', () => {
    expectOne([
      { ...eve, verb: 'create', target: pod('bad') },
      { ...bob, rule: 's', minute: 1, verb: 'create', target: { ...pod('bad'), subresource: 'exec' } },
      { ...bob, rule: 't', minute: 2 },
    ])
  })

  test('of somebody who touches pods of a workload that the case made', () => {
    expectOne([
      { ...eve, verb: 'create', target: { group: 'apps', resource: 'deployments', namespace: 'shop', name: 'bad' } },
      { ...bob, rule: 's', minute: 1, target: pod('bad-7d9f8c6b5d-x2k4z') },
    ])
  })

  test('of somebody who only deletes what the case made, without what that one does else', () => {
    const book = taken([
      { ...eve, verb: 'create', target: pod('bad') },
      { ...bob, rule: 's', minute: 1, verb: 'delete', target: pod('bad') },
      { ...bob, rule: 't', minute: 2 },
    ])
    assert.deepEqual(rulesOf(book), [['r', 's'], ['t']])
  })

  test('of whom the case gave rights, or whose token it took', () => {
    const granted = { ...bob, principal: deployer, rule: 's', minute: 5 }
    expectOne([{ ...eve, verb: 'create', grants: [deployer] }, granted])
    expectTwo([{ ...eve, verb: 'create' }, granted])
  })

  test('of whoever gives rights to one of the case', () => {
    expectOne([{ ...eve }, { ...bob, rule: 's', minute: 5, verb: 'create', grants: ['eve'] }])
  })

  test('of the account of a pod that the case got into, where it is an alarm', () => {
    const context = { ...noContext, accountOf: () => 'system:serviceaccount:shop:web' }
    const entered = { ...eve, verb: 'create', target: { ...pod('web-1'), subresource: 'exec' } }
    const later = { ...bob, principal: 'system:serviceaccount:shop:web', rule: 's', minute: 3 }
    expectOne([entered, later], context)
    expectTwo([entered, later])
    assert.deepEqual(rulesOf(taken([entered, { ...later, severity: 'low' }], context)), [['r']])
  })

  test('of a sensor in a pod that the case got into', () => {
    expectOne([
      { ...eve, verb: 'create', target: { ...pod('web-1'), subresource: 'exec' } },
      { rule: 's', minute: 1, verb: '', source: 'falco', pod: 'web-1', target: { namespace: 'shop' } },
    ])
  })

  test('of a sensor in pods of one workload', () => {
    const sensed = (rule: string, name: string) =>
      ({ rule, minute: 1, verb: '', source: 'falco', pod: name, target: { namespace: 'shop' } }) as const
    expectOne([sensed('r', 'web-7d9f8c6b5d-x2k4z'), sensed('s', 'web-7d9f8c6b5d-bbbbb')])
    expectTwo([sensed('r', 'web-7d9f8c6b5d-x2k4z'), sensed('s', 'api-7d9f8c6b5d-bbbbb')])
  })

  test('of a controller only where it works on the same, and never by an address or by rights', () => {
    const controller = { ...eve, principal: 'system:kube-controller-manager', target: pod('a') }
    expectTwo([controller, { ...controller, rule: 's', target: pod('b', 'other') }])
    expectOne([controller, { ...controller, rule: 's', target: pod('b') }])
    expectTwo([eve, { ...controller, rule: 's', grants: ['eve'] }])
  })

  test('of one cluster only', () => {
    expectTwo([eve, { ...eve, rule: 's', cluster: 'other' }])
  })
})

describe('signals', () => {
  const low = { ...eve, severity: 'low' } as const

  test('open no case, and join the one that their actor opens within two hours as earlier steps', () => {
    const alone = taken([{ ...low, rule: 'a' }])
    assert.deepEqual(casesOf(alone), [])
    assert.equal(alone.status().signals, 1)
    const book = taken([
      { ...low, rule: 'a' },
      { ...low, rule: 'b', minute: 100 },
      { ...eve, minute: 190 },
    ])
    assert.deepEqual(rulesOf(book), [['b', 'r']])
    assert.equal(casesOf(book)[0]?.firstTime, '2026-11-23T11:40:00.000000Z')
  })

  test('a refused attempt counts a step less, so a refused medium is one', () => {
    assert.deepEqual(casesOf(taken([{ ...eve, refused: true }])), [])
    assert.equal(casesOf(taken([{ ...eve, refused: true, severity: 'high' }])).length, 1)
  })

  test('of the address and of the object join too', () => {
    const book = taken([
      { ...low, principal: '', rule: 'a' },
      { ...low, ...bob, severity: 'low', rule: 'b', target: pod('bad') },
      { ...eve, minute: 5, verb: 'create', target: pod('bad') },
    ])
    assert.deepEqual(rulesOf(book), [['a', 'b', 'r']])
  })

  test('three different low ones of different techniques by one actor in ten minutes open a case', () => {
    const signal = (n: number, at: number) => ({ ...low, rule: `r${n}`, tags: [`attack.t160${n}`], minute: at })
    assert.equal(casesOf(taken([signal(1, 0), signal(2, 5), signal(3, 9)])).length, 1)
    assert.equal(casesOf(taken([signal(1, 0), signal(2, 5), signal(3, 11)])).length, 0)
    assert.equal(casesOf(taken([signal(1, 0), signal(1, 5), signal(1, 6), signal(2, 7)])).length, 0)
    const same = (n: number) => ({ ...signal(n, n), tags: ['attack.t1609'] })
    assert.equal(casesOf(taken([same(1), same(2), same(3)])).length, 0)
    const [opened] = casesOf(taken([signal(1, 0), signal(2, 5), signal(3, 9)]))
    assert.equal(opened?.severity, 'low')
    assert.equal(opened?.detections, 3)
  })

  test('that are only info are together worth one that is low', () => {
    const signal = (n: number, severity: 'low' | 'info') => ({
      ...eve,
      severity,
      rule: `r${n}`,
      tags: [`attack.t160${n}`],
    })
    const infos = [1, 2, 3, 4, 5, 6].map((n) => signal(n, 'info'))
    assert.equal(casesOf(taken(infos)).length, 0)
    assert.equal(casesOf(taken([...infos, signal(7, 'low')])).length, 0)
    assert.equal(casesOf(taken([...infos, signal(7, 'low'), signal(8, 'low')])).length, 1)
  })

  test('that are together an alarm join the case at their address', () => {
    const signal = (n: number) => ({
      ...eve,
      principal: 'stolen',
      severity: 'low' as const,
      rule: `r${n}`,
      tags: [`attack.t160${n}`],
    })
    const book = taken([eve, ...[1, 2, 3].map(signal), { ...signal(4), minute: 1 }])
    assert.deepEqual(rulesOf(book), [['r', 'r1', 'r2', 'r3', 'r4']])
  })

  test('do not keep a case going', () => {
    const book = taken([eve, { ...low, rule: 's', minute: 50 }, { ...eve, rule: 't', minute: 70 }])
    assert.deepEqual(rulesOf(book), [['r', 's'], ['t']])
  })
})

describe('a closed case', () => {
  const closedAs = (
    closingReason: 'false-positive' | 'true-positive-remediated',
    later: readonly SampleDetection[],
  ) => {
    const book = taken([{ ...eve, target: pod('a') }])
    const [first] = casesOf(book)
    assert.ok(first)
    book.triage(first.id, { state: 'closed', closingReason, by: 'carol' }, beginning + 10 * minute)
    book.apply(later.map(sampleDetection), noContext)
    return { book, first, cases: casesOf(book) }
  }

  test('counts the same thing for an hour, where it was closed as harmless', () => {
    const { cases } = closedAs('false-positive', [
      { ...eve, minute: 20, target: pod('a') },
      { ...eve, minute: 69, target: pod('a') },
    ])
    assert.deepEqual(
      cases.map(({ state, detections }) => ({ state, detections })),
      [{ state: 'closed', detections: 3 }],
    )
  })

  for (const [what, reason, sample] of [
    ['something else', 'false-positive', { ...eve, minute: 20, target: pod('b') }],
    ['the same after an hour', 'false-positive', { ...eve, minute: 71, target: pod('a') }],
    ['the same, where it was real', 'true-positive-remediated', { ...eve, minute: 20, target: pod('a') }],
  ] as const) {
    test(`does not take ${what}: a new case names it`, () => {
      const { first, cases, book } = closedAs(reason, [sample])
      assert.equal(cases.length, 2)
      const second = cases.find(({ id }) => id !== first.id)
      assert.equal(second?.follows, first.id)
      assert.equal(
        book.detail(second?.id ?? '')?.history[0]?.text,
        `follows case ${first.id}, which was closed as ${reason}`,
      )
    })
  }
})

describe('bounds', () => {
  const many = (count: number, make: (n: number) => SampleDetection, each: (batch: readonly Detection[]) => void) => {
    for (let n = 0; n < count; n += 500) {
      each(Array.from({ length: Math.min(500, count - n) }, (_, i) => sampleDetection(make(n + i))))
    }
  }

  test('a million detections that say the same are one step with the exact count', () => {
    const book = createCaseBook()
    const one = sampleDetection(eve)
    for (let n = 0; n < 1_000_000; n += 1000) {
      const time = (i: number) => one.time + (n + i) * 60
      book.apply(
        Array.from({ length: 1000 }, (_, i) => ({
          ...one,
          id: `d${n + i}`,
          time: time(i),
          receivedAt: time(i),
          evidence: [`a${n + i}`],
        })),
        noContext,
      )
    }
    const [only] = casesOf(book)
    assert.ok(only)
    assert.equal(only.detections, 1_000_000)
    const [step, ...others] = book.detail(only.id)?.steps ?? []
    assert.equal(others.length, 0)
    assert.equal(step?.count, 1_000_000)
    assert.equal(step.lastTime, '2026-11-23T10:00:59.999940Z')
    const newest = [999_999, 999_998, 999_997, 999_996, 999_995]
    assert.deepEqual(
      step.evidence,
      [...newest, 4, 3, 2, 1, 0].map((n) => `a${n}`),
    )
  })

  test('somebody who varies names, namespaces and resources fills no memory, and no count is lost', () => {
    const book = createCaseBook()
    const target = (n: number) => ({ resource: `r${n % 100}`, namespace: `n${n % 1000}`, name: `x${n}` })
    many(
      20_000,
      (n) => ({ ...eve, rule: `rule ${n % 50}`, minute: n / 1000, target: target(n) }),
      (batch) => book.apply(batch, noContext),
    )
    assert.equal(casesOf(book).length, 1)
    assert.equal(casesOf(book)[0]?.detections, 20_000)
    assert.ok(book.status().steps <= 200)
    assert.ok(book.status().generalisedSteps > 0)
  })

  test('somebody who varies users and addresses opens a bounded number of cases', () => {
    const book = createCaseBook()
    const stored = new Set<string>()
    many(
      20_000,
      (n) => ({
        ...eve,
        rule: `rule ${n % 30}`,
        principal: `user ${n}`,
        sourceIp: `10.${n >> 8}.${n & 255}.1`,
        minute: n / 1000,
      }),
      (batch) => {
        for (const { case: one } of book.apply(batch, noContext).cases) stored.add(one.id)
      },
    )
    assert.equal(stored.size, 500 + 30)
    assert.equal(book.status().overflowed, 19_500)
    const all = casesOf(book).reduce((sum, { detections }) => sum + detections, 0)
    assert.equal(all, 20_000)
    const crowd = casesOf(book).find(({ detections }) => detections > 600)
    assert.match(crowd?.title ?? '', /^many, from many addresses, set off “rule \d+” \d+ times$/)
  })

  test('one rule that fires for everybody opens fifty cases and one of many actors', () => {
    const book = createCaseBook()
    many(
      1000,
      (n) => ({ ...eve, principal: `user ${n}`, sourceIp: '', minute: n / 100 }),
      (batch) => book.apply(batch, noContext),
    )
    assert.equal(casesOf(book).length, 51)
    assert.equal(book.status().overflowed, 950)
  })

  test('signals of ever new actors push the oldest out, and are counted', () => {
    const book = createCaseBook({ limits: { signalActors: 100 } })
    many(
      1000,
      (n) => ({ ...eve, severity: 'low', principal: `user ${n}`, sourceIp: '', minute: n / 100 }),
      (batch) => book.apply(batch, noContext),
    )
    assert.ok(book.status().signals <= 100)
    assert.equal(book.status().signals + book.status().evictedSignals, 1000)
  })

  test('cases above the bound leave the memory, the ones that are over first, and their rows are whole', () => {
    const book = createCaseBook({ limits: { cases: 20, casesPerRule: 1000, casesPerQuiet: 1000 } })
    const counted = new Map<string, number>()
    many(
      100,
      (n) => ({ ...eve, principal: `user ${n}`, sourceIp: '', minute: n / 10 }),
      (batch) => {
        for (const { case: one } of book.apply(batch, noContext).cases) counted.set(one.id, one.detections)
      },
    )
    assert.ok(book.status().cases <= 20)
    assert.equal(counted.size, 100)
    assert.equal(book.status().cases + book.status().evictedCases, 100)
  })

  test('texts without end are cut, and two of them stay two', () => {
    const long = 'x'.repeat(100_000)
    const book = taken([
      { ...eve, principal: `${long}a`, message: long, sourceIp: '' },
      { ...eve, principal: `${long}b`, title: long, sourceIp: '' },
    ])
    assert.equal(casesOf(book).length, 2)
    assert.ok(JSON.stringify(casesOf(book)).length < 20_000)
  })
})

test('an event that claims to be of the future is taken for the moment at which it came', () => {
  const book = taken([{ ...eve, severity: 'low' }])
  const late = sampleDetection({ ...bob, rule: 's', minute: 1 })
  book.apply([{ ...late, time: late.time + 1_000_000 * minute }], noContext)
  book.tick(beginning)
  assert.equal(book.status().signals, 1)
  assert.equal(casesOf(book)[0]?.lastTime, '2026-11-23T10:01:01.000000Z')
})

test('tells a case that opens, and one that becomes graver', () => {
  const book = createCaseBook()
  const news = (sample: SampleDetection) =>
    book.apply([sampleDetection(sample)], noContext).news.map(({ kind }) => kind)
  assert.deepEqual(news(eve), ['opened'])
  assert.deepEqual(news({ ...eve, minute: 1 }), [])
  assert.deepEqual(news({ ...eve, rule: 's', severity: 'high', minute: 2 }), ['escalated'])
})

test('gives advice from the guides of the rules, the gravest first and each once', () => {
  const guides: Readonly<Record<string, string>> = { r: 'Look.', s: 'Take the token away.', t: 'Look.' }
  const book = createCaseBook({ guideOf: (rule) => ({ why: '', normal: '', respond: guides[rule] ?? '' }) })
  book.apply(
    [eve, { ...eve, rule: 't', minute: 1 }, { ...eve, rule: 's', severity: 'high' as const, minute: 2 }].map(
      sampleDetection,
    ),
    noContext,
  )
  const [only] = casesOf(book)
  assert.deepEqual(book.detail(only?.id ?? '')?.advice, [
    { rule: 's', title: 's', text: 'Take the token away.' },
    { rule: 'r', title: 'r', text: 'Look.' },
  ])
})

test('ids do not depend on anything but the first detection', () => {
  const id = (samples: readonly SampleDetection[]) => casesOf(taken(samples))[0]?.id
  assert.equal(id([eve]), id([eve, { ...eve, rule: 's', minute: 3 }]))
  assert.match(id([eve]) ?? '', /^c[0-9a-f]{16}$/)
})
