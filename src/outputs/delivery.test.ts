import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Case } from '../model/case.ts'
import { Delivery, type DeliveryOptions } from './delivery.ts'
import { memoryDesk, sampleCase } from './fixture.ts'
import { DeliveryFailure, type Notice, type Output, type Thread } from './output.ts'
import type { DeliveryDesk } from './queue.ts'

const hour = 3_600_000

/** An output that keeps what it gets and fails when told to. */
const outputOf = (editsInPlace: boolean, id = 'out') => {
  const sent: { readonly what: string; readonly thread: Thread | undefined }[] = []
  const notices: Notice[] = []
  const trouble: (Error | undefined)[] = []
  const output: Output = {
    id,
    type: 'webhook',
    to: 'nowhere',
    editsInPlace,
    preview: () => '',
    send: async (notice: Notice, thread) => {
      const failure = trouble.shift()
      if (failure !== undefined) throw failure
      const what =
        notice.kind === 'case' ? `${notice.event} ${notice.case.id}` : `digest of ${notice.cases.length + notice.more}`
      sent.push({ what, thread })
      notices.push(notice)
      return notice.kind === 'case' ? { at: notice.case.id } : undefined
    },
    close: async () => {},
  }
  return { output, sent, notices, trouble }
}

const start = (
  one: ReturnType<typeof outputOf>,
  more: Partial<DeliveryOptions> & {
    readonly budget?: number
    readonly byNamespace?: boolean
    readonly cases?: readonly Case[]
  } = {},
) => {
  const clock = { now: 100 * hour }
  const desk: DeliveryDesk = more.desk ?? memoryDesk()
  const route = { severity: 'medium', namespaces: [], byNamespace: more.byNamespace ?? false } as const
  const delivery = new Delivery({
    outputs: [{ output: one.output, route, budgetPerHour: more.budget ?? 20 }],
    caseOf: (id) => more.cases?.find((found) => found.id === id),
    linkOf: (id) => `http://bulwark/cases/${id}`,
    notifyOf: () => [],
    now: () => clock.now,
    report: () => {},
    ...more,
    desk,
  })
  return { delivery, clock, desk }
}

describe('words on a case', () => {
  test('go to the thread of the first one', async () => {
    const one = outputOf(true)
    const { delivery } = start(one)
    for (const event of ['opened', 'changed', 'closed'] as const) {
      delivery.tell(event, sampleCase())
      await delivery.work()
    }
    assert.deepEqual(one.sent, [
      { what: 'opened c7f3k2', thread: undefined },
      { what: 'changed c7f3k2', thread: { at: 'c7f3k2' } },
      { what: 'closed c7f3k2', thread: { at: 'c7f3k2' } },
    ])
  })

  test('that wait are one, the newest', async () => {
    const one = outputOf(true)
    const { delivery } = start(one)
    for (let n = 0; n < 1000; n++) delivery.tell(n === 0 ? 'opened' : 'changed', sampleCase({ detections: n }))
    await delivery.work()
    assert.deepEqual(one.sent, [{ what: 'opened c7f3k2', thread: undefined }])
  })

  test('between its beginning and its end are not sent where nothing can be edited', async () => {
    const one = outputOf(false)
    const { delivery } = start(one)
    for (const event of ['opened', 'changed', 'changed', 'closed'] as const) {
      delivery.tell(event, sampleCase())
      await delivery.work()
    }
    assert.deepEqual(
      one.sent.map(({ what }) => what),
      ['opened c7f3k2', 'closed c7f3k2'],
    )
  })
})

describe('a word that is to wait', () => {
  test('is told when it is due, as the case is by then, also after a restart', async () => {
    const desk = memoryDesk()
    const one = outputOf(true)
    const cases = [sampleCase({ detections: 1 })]
    const first = start(one, { desk, cases })
    first.delivery.tell('changed', sampleCase({ detections: 1 }), first.clock.now + 60_000)
    assert.equal(await first.delivery.work(), first.clock.now + 60_000)
    assert.deepEqual(one.sent, [])
    cases[0] = sampleCase({ detections: 500 })
    const after = start(one, { desk, cases })
    after.clock.now += 60_000
    await after.delivery.work()
    assert.deepEqual(
      one.notices.map((notice) => notice.kind === 'case' && notice.case.detections),
      [500],
    )
  })

  test('does not hold up the one that closes the case', async () => {
    const one = outputOf(true)
    const { delivery, clock } = start(one)
    delivery.tell('opened', sampleCase())
    await delivery.work()
    delivery.tell('changed', sampleCase(), clock.now + 60_000)
    delivery.tell('closed', sampleCase({ state: 'closed' }))
    await delivery.work()
    assert.deepEqual(
      one.sent.map(({ what }) => what),
      ['opened c7f3k2', 'closed c7f3k2'],
    )
  })

  test('tells of the case that it is of, and not of the one that it went into', async () => {
    const one = outputOf(true)
    const merged = { ...sampleCase({ id: 'other' }) }
    const { delivery } = start(one, { caseOf: () => merged })
    delivery.tell('opened', sampleCase())
    await delivery.work()
    assert.equal(one.sent[0]?.what, 'opened c7f3k2')
  })
})

describe('an output that fails', () => {
  test('is tried again, later each time, and nothing is lost', async () => {
    const one = outputOf(true)
    const { delivery, clock } = start(one)
    for (let n = 0; n < 3; n++) one.trouble.push(new DeliveryFailure('down', { retry: true }))
    delivery.tell('opened', sampleCase())
    const pauses: number[] = []
    for (let n = 0; n < 4; n++) {
      const next = await delivery.work()
      pauses.push(next - clock.now)
      if (one.sent.length === 0) assert.equal(delivery.status()[0]?.state, 'failing')
      clock.now = next
    }
    assert.deepEqual(pauses, [5000, 10_000, 20_000, 60_000])
    assert.equal(one.sent.length, 1)
    assert.deepEqual([delivery.status()[0]?.state, delivery.status()[0]?.failed], ['ok', 3])
  })

  test('is left alone for as long as it asks', async () => {
    const one = outputOf(true)
    const { delivery, clock } = start(one)
    one.trouble.push(new DeliveryFailure('slow down', { retry: true, retryAfterSeconds: 42 }))
    delivery.tell('opened', sampleCase())
    assert.equal((await delivery.work()) - clock.now, 42_000)
  })

  test('for good: what it refuses is given up in sight, and does not hold up the next', async () => {
    const one = outputOf(true)
    const { delivery, desk } = start(one)
    one.trouble.push(new DeliveryFailure('no such channel', { retry: false }))
    delivery.tell('opened', sampleCase({ id: 'a' }))
    delivery.tell('opened', sampleCase({ id: 'b' }))
    await delivery.work()
    assert.deepEqual(
      one.sent.map(({ what }) => what),
      ['opened b'],
    )
    assert.deepEqual(
      desk.dead().map(({ key, failure }) => [key, failure]),
      [['out/a', 'no such channel']],
    )
    assert.equal(delivery.status()[0]?.dead, 1)
  })

  test('and hangs holds up no other output', async () => {
    const hanging = outputOf(true, 'hanging')
    const good = outputOf(true, 'good')
    const never = Promise.withResolvers<undefined>()
    const route = { severity: 'info', namespaces: [], byNamespace: false } as const
    const { delivery } = start(good, {
      outputs: [
        { output: { ...hanging.output, send: () => never.promise }, route, budgetPerHour: 5 },
        { output: good.output, route, budgetPerHour: 5 },
      ],
    })
    delivery.tell('opened', sampleCase())
    const working = delivery.work()
    await new Promise(setImmediate)
    assert.equal(good.sent.length, 1)
    never.resolve(undefined)
    await working
  })
})

test('what waited before a restart is sent after it, once', async () => {
  const desk = memoryDesk()
  const one = outputOf(true)
  start(one, { desk }).delivery.tell('opened', sampleCase())
  const after = start(one, { desk })
  await after.delivery.work()
  await after.delivery.work()
  assert.equal(one.sent.length, 1)
})

test('more new cases in an hour than the budget become one digest at the full hour', async () => {
  const one = outputOf(false)
  const cases = Array.from({ length: 30 }, (_, n) => sampleCase({ id: `c${n}` }))
  const { delivery, clock } = start(one, { budget: 3, cases })
  for (const each of cases) {
    delivery.tell('opened', each)
    await delivery.work()
  }
  assert.equal(one.sent.length, 3)
  assert.equal(delivery.status()[0]?.message, '27 cases are held back for a digest at the full hour')
  clock.now += hour
  await delivery.work()
  assert.deepEqual(
    one.sent.slice(3).map(({ what }) => what),
    ['digest of 27'],
  )
  delivery.tell('opened', sampleCase({ id: 'later' }))
  await delivery.work()
  assert.equal(one.sent.at(-1)?.what, 'opened later')
})

test('a case goes only where its severity and its namespaces send it', async () => {
  const one = outputOf(true)
  const { delivery } = start(one, {
    byNamespace: true,
    notifyOf: (namespace) => (namespace === 'payments' ? ['out'] : []),
  })
  delivery.tell('opened', sampleCase({ id: 'mild', severity: 'low' }))
  delivery.tell('opened', sampleCase({ id: 'elsewhere', namespaces: ['shop'] }))
  delivery.tell('opened', sampleCase({ id: 'ours', namespaces: ['shop', 'payments'] }))
  await delivery.work()
  assert.deepEqual(
    one.sent.map(({ what }) => what),
    ['opened ours'],
  )
})
