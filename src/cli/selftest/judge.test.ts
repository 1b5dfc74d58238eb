import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KnownRule } from './catalog.ts'
import { type Facts, judge } from './judge.ts'
import { samplePlace } from './plan.ts'
import type { ServedRule } from './server.ts'

const rule = (name: string, more: Partial<KnownRule> = {}): KnownRule => ({
  id: `id-of-${name}`,
  name,
  title: `Title of ${name}`,
  looksAt: 'requests',
  isBaseline: false,
  isWindow: false,
  alerts: true,
  feeds: [],
  needsBody: false,
  tests: '',
  ...more,
})

const served = (one: KnownRule, more: Partial<ServedRule> = {}): ServedRule => ({
  id: one.id,
  enabled: true,
  cannot: '',
  learning: '',
  lastFired: '',
  ...more,
})

const act = {
  id: 'act',
  what: 'do it',
  rules: ['acted'],
  asks: () => [{ method: 'POST', path: '/api/v1/namespaces/own/pods', times: 3 }] as const,
}
const fired = (name: string, more = {}) => ({
  rule: `id-of-${name}`,
  act: 'act',
  detections: 1,
  suppression: '',
  case: '',
  ...more,
})

/** What comes of the first rule, and by which act. */
const outcomeOf = async (
  rules: readonly [KnownRule, ...KnownRule[]],
  more: Partial<Facts> = {},
  of: Partial<ServedRule> = {},
) => {
  const [first] = rules
  const [outcome] = await judge([first], {
    known: new Map(rules.map((one) => [one.name, one])),
    served: new Map(rules.map((one) => [one.id, served(one, one === first ? of : {})])),
    firedBefore: new Map(),
    acts: [act],
    acted: new Map([['act', { kind: 'done', at: 1000 }]]),
    place: samplePlace('own'),
    sampled: new Map(),
    fired: [],
    seenAt: new Map(),
    arrived: new Map([['act', { requests: 3, hasBody: true }]]),
    replay: async () => ({ kind: 'fired', tests: 2 }),
    ...more,
  })
  assert.ok(outcome !== undefined)
  return outcome
}

const come = async (...asked: Parameters<typeof outcomeOf>) => {
  const { rule: _rule, name: _name, title: _title, act: _act, ...came } = await outcomeOf(...asked)
  return came
}

const acted = rule('acted')

test('a rule that fired is told with the time that it took, its case, and whether it was made up', async () => {
  const seen = { fired: [fired('acted', { case: 'c1' })], seenAt: new Map([['id-of-acted', 2340]]) }
  const came = { kind: 'fired', seconds: 1.3, case: 'c1', by: 'request', through: '' }
  assert.deepEqual(await come([acted], seen), came)
  const synthetic = { ...seen, acts: [{ ...act, isSynthetic: true as const }] }
  assert.deepEqual(await come([acted], synthetic), { ...came, by: 'made-up' })
  const sample = { sampled: new Map([['acted', 2000]]), fired: [fired('acted', { act: '' })] }
  assert.deepEqual(await come([acted], { ...seen, ...sample }), { ...came, seconds: 0.3, case: '', by: 'made-up' })
})

test('a rule that only another one counts fired where that one did', async () => {
  const input = rule('acted', { alerts: false, feeds: ['id-of-sum'] })
  const sum = rule('sum')
  const seen = { fired: [fired('sum', { case: 'c2' })], seenAt: new Map([['id-of-sum', 3000]]) }
  assert.deepEqual(await come([input, sum], seen), {
    kind: 'fired',
    seconds: 2,
    case: 'c2',
    by: 'request',
    through: 'Title of sum',
  })
  assert.deepEqual(await come([input, sum]), {
    kind: 'replayed',
    why: 'it tells of nothing alone, and what counts it did not fire',
    tests: 2,
  })
})

test('a rule that is off, hidden or not there cannot fire, and that is why', async () => {
  const why = async (more: Partial<Facts>, of: Partial<ServedRule> = {}) => (await come([acted], more, of)) as unknown
  assert.deepEqual(await why({}, { enabled: false }), { kind: 'cannot', why: 'it is switched off' })
  assert.deepEqual(await why({ served: new Map() }), { kind: 'cannot', why: 'the server does not have it' })
  assert.deepEqual(await why({ fired: [fired('acted', { suppression: 's1' })] }), {
    kind: 'cannot',
    why: 'it fired, and the suppression s1 hides it',
  })
})

test('a rule that was acted out and is silent FAILED only where the record has what it needs', async () => {
  const body = rule('acted', { needsBody: true })
  assert.deepEqual(await come([acted]), {
    kind: 'failed',
    why: 'its requests are in the record as it needs them, and it did not fire',
  })
  for (const [arrived, what] of [
    [new Map(), /none of its requests is in the record: the audit policy drops them/],
    [new Map([['act', { requests: 3, hasBody: false }]]), /without their bodies: the audit policy leaves them out/],
    [new Map([['act', { requests: 2, hasBody: true }]]), /only 2 of its 3 requests are in the record/],
  ] as const) {
    const came = await come([body], { arrived })
    assert.equal(came.kind, 'cannot')
    assert.match('why' in came ? came.why : '', what)
    assert.match('why' in came ? came.why : '', /explain FILE --verb create --resource pods --namespace own$/)
  }
  assert.equal((await come([acted], { arrived: new Map([['act', { requests: 3, hasBody: false }]]) })).kind, 'failed')
})

test('a window that fired shortly before is not taken for one that failed', async () => {
  const window = rule('acted', { isWindow: true })
  const before = (minutes: number) => new Map([[window.id, new Date(Date.now() - minutes * 60_000).toISOString()]])
  assert.equal((await come([window], { firedBefore: before(3) })).kind, 'cannot')
  assert.equal((await come([window], { firedBefore: before(90) })).kind, 'failed')
})

test('what learns, or cannot be acted out, is replayed, and fails where its own tests do not fire', async () => {
  const baseline = rule('usual', { isBaseline: true })
  assert.deepEqual(await come([baseline], {}, { learning: 'for 72 h' }), {
    kind: 'replayed',
    why: 'learning: for 72 h',
    tests: 2,
  })
  const unable = { acted: new Map([['act', { kind: 'unable', why: 'no pod runs' } as const]]) }
  assert.deepEqual(await come([acted], unable), { kind: 'replayed', why: 'no pod runs', tests: 2 })
  assert.deepEqual(await come([acted], { ...unable, replay: async () => ({ kind: 'silent', tests: ['by hand'] }) }), {
    kind: 'failed',
    why: 'it did not fire on its own tests: by hand',
  })
  assert.deepEqual(await come([acted], { ...unable, replay: async () => ({ kind: 'none', why: 'there is none' }) }), {
    kind: 'cannot',
    why: 'no pod runs, and there is none',
  })
})

test('a rule of a source that is not there cannot fire; one that got a sample and is silent FAILED', async () => {
  const sensor = rule('sensor', { looksAt: 'sensors' })
  assert.deepEqual(await come([sensor], {}, { cannot: 'there is no sensor' }), {
    kind: 'cannot',
    why: 'there is no sensor',
  })
  const sampled = new Map([['sensor', 1000]])
  assert.equal((await come([sensor], { sampled })).kind, 'failed')
})

test('a rule is told with the act that was done for it, or the one that it fired by', async () => {
  const actOf = async (more: Partial<Facts>): Promise<string> => (await outcomeOf([acted], more)).act
  assert.equal(await actOf({}), 'act')
  assert.equal(await actOf({ acted: new Map([['act', { kind: 'unable', why: 'no pod runs' }]]) }), '')
  assert.equal(await actOf({ fired: [fired('acted', { act: 'another' })] }), 'another')
  assert.equal(await actOf({ fired: [fired('acted', { act: 'another', suppression: 's' })] }), 'act')
})
