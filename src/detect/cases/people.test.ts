import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { BulwarkError, type ErrorCode } from '../../model/error.ts'
import { formatMicros } from '../../model/time.ts'
import { createSampleDesk } from './desk-fixture.ts'
import { beginning, minute, type SampleDetection, sampleDetection } from './fixture.ts'
import { type CaseBook, createCaseBook, noContext } from './index.ts'

const eve = { principal: 'eve', sourceIp: '198.51.100.9', rule: 'r', minute: 0 } satisfies SampleDetection
const bob = { ...eve, principal: 'bob', sourceIp: '10.0.0.7', rule: 's' }
const at = beginning + 30 * minute

/** A book with a case of eve and one of bob, and their ids. */
const two = (more: readonly SampleDetection[] = []) => {
  const book = createCaseBook()
  book.apply([eve, { ...bob, minute: 1 }, ...more].map(sampleDetection), noContext)
  const ids = [...book.cases()].sort((a, b) => (a.firstTime < b.firstTime ? -1 : 1)).map(({ id }) => id)
  return { book, a: ids[0] ?? '', b: ids[1] ?? '' }
}
const seenOf = (book: CaseBook, id: string) => book.detail(id)?.case
const countOf = (book: CaseBook, id: string) => seenOf(book, id)?.detections
const apply = (book: CaseBook, ...samples: readonly SampleDetection[]) =>
  book.apply(samples.map(sampleDetection), noContext)
const refuses = (code: ErrorCode, act: () => unknown, message: RegExp) =>
  assert.throws(act, (error) => error instanceof BulwarkError && error.code === code && message.test(error.message))

describe('triage', () => {
  test('closes with a reason, writes the history, and is undone', () => {
    const { book, a } = two()
    const { undo, cases } = book.triage(
      a,
      {
        state: 'closed',
        closingReason: 'true-positive-remediated',
        note: 'token revoked',
        owner: 'carol',
        by: 'carol',
      },
      at,
    )
    assert.deepEqual(
      cases.map(({ state, closingReason, note, owner }) => ({ state, closingReason, note, owner })),
      [{ state: 'closed', closingReason: 'true-positive-remediated', note: 'token revoked', owner: 'carol' }],
    )
    const [change] = book.detail(a)?.history ?? []
    assert.equal(change?.text, 'closed as true-positive-remediated, owner is carol, wrote a note')
    assert.equal(change.by, 'carol')
    assert.equal(change.undoable, true)
    book.undo(undo, 'dave', at + minute, noContext)
    assert.equal(seenOf(book, a)?.state, 'open')
    assert.equal(seenOf(book, a)?.note, '')
    assert.deepEqual(
      book.detail(a)?.history.map(({ text, undoable, by }) => ({ text, undoable, by })),
      [
        {
          text: `took back: closed as true-positive-remediated, owner is carol, wrote a note (${formatMicros(at)})`,
          undoable: false,
          by: 'dave',
        },
        { text: 'closed as true-positive-remediated, owner is carol, wrote a note', undoable: false, by: 'carol' },
      ],
    )
  })

  test('says what is wrong with a change that is not whole', () => {
    const { book, a } = two()
    for (const [change, message] of [
      [{ state: 'closed' }, /closed with a reason/],
      [{ closingReason: 'duplicate' }, /the case is not closed/],
      [{ state: 'snoozed' }, /snoozed until a moment of the next year/],
      [{ state: 'snoozed', snoozedUntil: formatMicros(at - 1) }, /next year/],
      [{ state: 'snoozed', snoozedUntil: '2028-01-01T00:00:00Z' }, /next year/],
      [{ snoozedUntil: formatMicros(at + minute) }, /the case is not snoozed/],
      [{ note: 'x'.repeat(10_001) }, /the note is longer/],
      [{ owner: 'x'.repeat(257) }, /the owner is longer/],
    ] as const)
      refuses('REQUEST_INVALID', () => book.triage(a, change, at), message)
    refuses('NOT_FOUND', () => book.triage('c0', { note: 'x' }, at), /there is no case c0/)
    assert.deepEqual(book.detail(a)?.history, [])
  })

  test('changes nothing, and can not be undone, where all is so already', () => {
    const { book, a } = two()
    assert.equal(book.triage(a, { state: 'open' }, at).undo, '')
  })

  test('is undone by its own fields alone, and not over a later change of the same', () => {
    const { book, a } = two()
    const first = book.triage(a, { owner: 'carol' }, at)
    const second = book.triage(a, { note: 'seen' }, at)
    book.undo(first.undo, 'carol', at, noContext)
    assert.deepEqual([seenOf(book, a)?.owner, seenOf(book, a)?.note], ['', 'seen'])
    book.triage(a, { note: 'seen twice' }, at)
    refuses('CASE_CONFLICT', () => book.undo(second.undo, 'carol', at, noContext), /was changed again since/)
    refuses('CASE_CONFLICT', () => book.undo(first.undo, 'carol', at, noContext), /cannot be taken back/)
    refuses('NOT_FOUND', () => book.undo(`${a}-99`, 'carol', at, noContext), /there is no change/)
  })

  test('undone after more was detected keeps what was detected', () => {
    const { book, a } = two()
    const { undo } = book.triage(a, { state: 'closed', closingReason: 'benign-expected' }, at)
    apply(book, { ...eve, minute: 31 })
    book.undo(undo, 'carol', at + 2 * minute, noContext)
    assert.deepEqual([seenOf(book, a)?.state, countOf(book, a)], ['open', 2])
  })
})

describe('a snoozed case', () => {
  const snoozed = () => {
    const { book, a } = two()
    const until = at + 10 * minute
    const { undo } = book.triage(a, { state: 'snoozed', snoozedUntil: formatMicros(until) }, at)
    return { book, a, until, undo }
  }

  test('opens again when its time is over', () => {
    const { book, a, until } = snoozed()
    assert.deepEqual(book.tick(until - 1).news, [])
    assert.equal(seenOf(book, a)?.state, 'snoozed')
    assert.deepEqual(book.tick(until).news, [{ caseId: a, kind: 'reopened' }])
    assert.equal(seenOf(book, a)?.state, 'open')
    assert.equal(seenOf(book, a)?.snoozedUntil, undefined)
    assert.match(book.detail(a)?.history[0]?.text ?? '', /the snooze ended/)
  })

  test('takes more of the same in and stays snoozed, and opens when it becomes graver', () => {
    const { book, a } = snoozed()
    apply(book, { ...eve, minute: 31 })
    assert.deepEqual([seenOf(book, a)?.state, countOf(book, a)], ['snoozed', 2])
    const { news } = apply(book, { ...eve, minute: 32, rule: 'x', severity: 'high' })
    assert.deepEqual(
      news.map(({ kind }) => kind),
      ['escalated', 'reopened'],
    )
    assert.equal(seenOf(book, a)?.state, 'open')
  })

  test('whose snooze is over is not snoozed again by undo', () => {
    const { book, a, until } = snoozed()
    const { undo } = book.triage(a, { state: 'acknowledged' }, at + minute)
    book.undo(undo, 'carol', until + minute, noContext)
    assert.equal(seenOf(book, a)?.state, 'open')
  })
})

describe('merge', () => {
  test('shows one case, with the steps of both, and the other as a duplicate', () => {
    const { book, a, b } = two()
    const { changes } = book.merge(a, [b], 'carol', at, noContext)
    assert.equal(countOf(book, a), 2)
    assert.deepEqual(
      [seenOf(book, b)?.state, seenOf(book, b)?.closingReason, seenOf(book, b)?.mergedInto],
      ['closed', 'duplicate', a],
    )
    assert.equal(seenOf(book, a)?.title, 'bob and eve, from 198.51.100.9 and 10.0.0.7, asked the API server 2 times')
    assert.deepEqual(
      changes.steps.map(({ caseId, home }) => ({ caseId, home })),
      [{ caseId: a, home: b }],
    )
    assert.equal(book.detail(a)?.history[0]?.text, `merged a case into this: ${b}`)
    assert.equal(book.detail(b)?.history[0]?.text, `merged into ${a}`)
  })

  test('what comes for the other is shown in the one, and goes back with it when the merge is undone', () => {
    const { book, a, b } = two()
    const desk = createSampleDesk()
    const { undo, changes } = book.merge(a, [b], 'carol', at, noContext)
    desk.store(changes)
    desk.store(apply(book, { ...bob, minute: 31 }, { ...eve, minute: 32 }, { ...eve, rule: 'x', minute: 33 }))
    assert.equal(countOf(book, a), 5)
    desk.store(book.undo(undo, 'carol', at + 5 * minute, noContext).changes)
    assert.deepEqual([countOf(book, a), countOf(book, b)], [3, 2])
    assert.equal(seenOf(book, b)?.state, 'open')
    const steps = desk.rows().steps.map(({ caseId, step }) => `${caseId === a ? 'a' : 'b'} ${step.rule} ${step.count}`)
    assert.deepEqual(steps.sort(), ['a r 2', 'a x 1', 'b s 2'])
  })

  test('is refused for what is merged already, closed, of another cluster, or itself', () => {
    const { book, a, b } = two([{ ...eve, cluster: 'other', minute: 2 }])
    const other = [...book.cases()].find(({ cluster }) => cluster === 'other')?.id ?? ''
    refuses('REQUEST_INVALID', () => book.merge(a, [a], '', at, noContext), /1 to 50 others/)
    refuses('REQUEST_INVALID', () => book.merge(a, [], '', at, noContext), /1 to 50 others/)
    refuses('CASE_CONFLICT', () => book.merge(a, [other], '', at, noContext), /of cluster other/)
    book.merge(a, [b], '', at, noContext)
    refuses('CASE_CONFLICT', () => book.merge(a, [b], '', at, noContext), /is merged into/)
    refuses('CASE_CONFLICT', () => book.triage(b, { note: 'x' }, at), /is merged into/)
    const { book: closed, a: x, b: y } = two()
    closed.triage(x, { state: 'closed', closingReason: 'duplicate' }, at)
    refuses('CASE_CONFLICT', () => closed.merge(x, [y], '', at, noContext), /is closed/)
  })
})

describe('split', () => {
  const three = () => {
    const made = two([
      { ...eve, rule: 'x', minute: 2 },
      { ...eve, rule: 'y', minute: 3 },
    ])
    const idOf = (rule: string) => made.book.detail(made.a)?.steps.find((step) => step.rule === rule)?.id ?? ''
    return { ...made, idOf }
  }

  test('takes steps out into a new case, and what is the same as one of them follows', () => {
    const { book, a, idOf } = three()
    const { cases, undo } = book.split(a, [idOf('x')], 'carol', at, noContext)
    const [, made] = cases
    assert.ok(made)
    assert.deepEqual([countOf(book, a), made.detections], [2, 1])
    assert.deepEqual([made.state, made.rules.map(({ rule }) => rule)], ['open', ['x']])
    apply(book, { ...eve, rule: 'x', minute: 31 }, { ...eve, rule: 'z', minute: 32 })
    assert.deepEqual([countOf(book, a), countOf(book, made.id)], [3, 2])
    const { changes } = book.undo(undo, 'carol', at + 3 * minute, noContext)
    assert.equal(countOf(book, a), 5)
    assert.equal(book.has(made.id), false)
    assert.deepEqual(changes.goneCases, [made.id])
    assert.deepEqual(changes.goneSteps, [{ home: made.id, id: idOf('x') }])
  })

  test('an actor whose steps all went out goes on in the new case', () => {
    const { book, a, b } = two()
    book.merge(a, [b], 'carol', at, noContext)
    const step = book.detail(a)?.steps.find(({ rule }) => rule === 's')?.id ?? ''
    const { cases } = book.split(a, [step], 'carol', at, noContext)
    apply(book, { ...bob, rule: 'new', minute: 31 })
    assert.equal(countOf(book, cases[1]?.id ?? ''), 2)
  })

  test('merge, then split, then both undone, gives back two cases', () => {
    const { book, a, b } = three()
    const before = [a, b].map((id) => book.detail(id)?.steps)
    const merged = book.merge(a, [b], 'carol', at, noContext)
    const ids =
      book
        .detail(a)
        ?.steps.filter(({ rule }) => rule !== 'y')
        .map(({ id }) => id) ?? []
    const split = book.split(a, ids, 'carol', at, noContext)
    assert.equal(countOf(book, a), 1)
    assert.equal(countOf(book, split.cases[1]?.id ?? ''), 3)
    book.undo(split.undo, 'carol', at, noContext)
    book.undo(merged.undo, 'carol', at, noContext)
    assert.deepEqual(
      [a, b].map((id) => book.detail(id)?.steps),
      before,
    )
  })

  test('is refused for all steps, for none, and for steps that are not there', () => {
    const { book, a, idOf } = three()
    const all = ['r', 'x', 'y'].map(idOf)
    refuses('REQUEST_INVALID', () => book.split(a, all, '', at, noContext), /takes some steps/)
    refuses('REQUEST_INVALID', () => book.split(a, [], '', at, noContext), /takes some steps/)
    refuses('NOT_FOUND', () => book.split(a, ['d0'], '', at, noContext), /has no step d0/)
  })

  test('is not undone over what was done to the new case since', () => {
    const { book, a, idOf } = three()
    const { undo, cases } = book.split(a, [idOf('x')], 'carol', at, noContext)
    const note = book.triage(cases[1]?.id ?? '', { note: 'mine' }, at)
    refuses('CASE_CONFLICT', () => book.undo(undo, '', at, noContext), /was changed since it was split out/)
    book.undo(note.undo, '', at, noContext)
    book.undo(undo, '', at, noContext)
    assert.equal(countOf(book, a), 3)
  })

  test('keeps what the cluster said, there and back', () => {
    const admin = {
      ...noContext,
      rightsOf: (_: string, principal: string) => ({
        clusterAdmin: principal === 'stolen',
        readsAllSecrets: false,
        by: '',
      }),
    }
    const book = createCaseBook()
    book.apply([eve, { ...eve, principal: 'stolen', rule: 'x', minute: 1 }].map(sampleDetection), admin)
    const [a = ''] = [...book.cases()].map(({ id }) => id)
    assert.equal(seenOf(book, a)?.severity, 'high')
    const step = book.detail(a)?.steps.at(-1)?.id ?? ''
    const { undo, cases } = book.split(a, [step], '', at, noContext)
    assert.deepEqual(
      cases.map(({ severity }) => severity),
      ['medium', 'high'],
    )
    book.undo(undo, '', at, noContext)
    assert.equal(seenOf(book, a)?.severity, 'high')
  })
})

test('closed cases leave the memory a day after they were over, and come back by their rows', () => {
  const { book, a } = two()
  const desk = createSampleDesk()
  const { changes, undo } = book.triage(a, { state: 'closed', closingReason: 'duplicate', note: 'kept' }, at)
  desk.store(changes)
  desk.store(apply(book, { ...bob, minute: 60 * 26 }))
  book.tick(at + 26 * 60 * minute)
  assert.equal(book.has(a), false)
  refuses('NOT_FOUND', () => book.undo(undo, '', at, noContext), /there is no change/)
  book.load(desk.rows())
  assert.equal(seenOf(book, a)?.note, 'kept')
  book.undo(undo, '', at, noContext)
  assert.equal(seenOf(book, a)?.state, 'open')
})
