import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Case, CaseStep } from '../../model/case.ts'
import type { Detection } from '../../model/detection.ts'
import { severities } from '../../model/finding.ts'
import { halfHour } from './attack-fixture.ts'
import { createSampleDesk, type SampleDesk } from './desk-fixture.ts'
import { beginning, minute, sampleDetection } from './fixture.ts'
import { type CaseBook, type CaseContext, type CaseLimits, createCaseBook, noContext } from './index.ts'

/** Small bounds, so that each is met. */
const limits: Partial<CaseLimits> = {
  cases: 12,
  casesPerRule: 4,
  casesPerQuiet: 8,
  signalActors: 6,
  stepsPerCase: 10,
  stepsPerSignalActor: 4,
  namesPerStep: 3,
  evidencePerStep: 4,
}

const context: CaseContext = {
  ...noContext,
  rightsOf: (_, principal, groups) => ({
    clusterAdmin: principal === 'alice' || groups.includes('admins'),
    readsAllSecrets: groups.includes('readers'),
    by: '',
  }),
  weightOf: (_, { namespace }) =>
    namespace === 'kube-system' ? { kind: 'sensitive', why: 'kube-system' } : { kind: 'plain', why: '' },
  accountOf: (_, namespace, pod) => `system:serviceaccount:${namespace}:${pod.slice(0, 1)}`,
}

/** Few names, so that detections often have to do with each other. */
const samples = fc.record({
  rule: fc.constantFrom('r', 's', 't', 'u', 'v'),
  severity: fc.constantFrom(...severities),
  tags: fc.constantFrom([], ['attack.t1609'], ['attack.execution'], ['attack.t1613', 'attack.discovery']),
  principal: fc.constantFrom('', 'system:anonymous', 'alice', 'bob', 'system:serviceaccount:a:x', 'system:node:n1'),
  sourceIp: fc.constantFrom('', '127.0.0.1', '198.51.100.1', '198.51.100.2', '10.0.0.1'),
  verb: fc.constantFrom('get', 'create', 'delete', 'list', ''),
  pod: fc.constantFrom('', 'x-1'),
  refused: fc.boolean(),
  code: fc.constantFrom(200, 404),
  groups: fc.constantFrom([], ['dev'], ['readers', 'dev'], ['admins']),
  impersonatedGroups: fc.constantFrom([], ['dev'], ['readers']),
  grants: fc.constantFrom([], ['bob'], ['system:serviceaccount:a:x']),
  minute: fc.double({ min: 0, max: 30, noNaN: true }),
  target: fc.record({
    resource: fc.constantFrom('pods', 'secrets', 'deployments'),
    subresource: fc.constantFrom('', '', 'exec'),
    namespace: fc.constantFrom('a', 'kube-system', 'c', 'd'),
    name: fc.constantFrom('x-1', 'y', 'z', 'x', 'w', 'v'),
  }),
})

/** Some hours of detections, nearly in order of time. */
const runs = fc
  .array(fc.tuple(samples, fc.integer({ min: 0, max: 25 })), { minLength: 1, maxLength: 60 })
  .map((all): readonly Detection[] => {
    let at = 0
    return all.map(([sample, pause], n) => {
      at += pause
      return { ...sampleDetection({ ...sample, minute: at + sample.minute / 30 }), id: `d${n}` }
    })
  })

/** All that people see but when and by whom it was changed. */
const seen = (book: CaseBook): unknown => {
  const stories = [...book.cases()].map(({ id }) => {
    const story = book.detail(id)
    return { case: withoutChange(story?.case), steps: story?.steps, advice: story?.advice }
  })
  return plain(stories.sort((a, b) => ((a.case?.id ?? '') < (b.case?.id ?? '') ? -1 : 1)))
}
/** As JSON has it: rows come from there. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
const withoutChange = (one: Case | undefined): Omit<Case, 'changedAt'> | undefined => {
  if (one === undefined) return undefined
  const { changedAt: _, ...rest } = one
  return rest
}

const whole = (detections: readonly Detection[]): CaseBook => {
  const book = createCaseBook({ limits })
  book.apply(detections, context)
  return book
}

test('how detections are split into calls makes no difference', () => {
  fc.assert(
    fc.property(runs, fc.array(fc.integer({ min: 1, max: 20 })), (detections, sizes) => {
      const book = createCaseBook({ limits })
      let at = 0
      for (const size of [...sizes, detections.length]) {
        book.apply(detections.slice(at, at + size), context)
        at += size
      }
      const expected = whole(detections)
      assert.deepEqual(seen(book), seen(expected))
      assert.deepEqual(book.status(), expected.status())
    }),
    { numRuns: 300 },
  )
})

test('a book restored from the rows of the desk at any point goes on the same, and the rows are what it shows', () => {
  fc.assert(
    fc.property(runs, fc.array(fc.nat(59), { maxLength: 3 }), (detections, stops) => {
      const desk = createSampleDesk()
      let book = createCaseBook({ limits })
      for (const [n, detection] of detections.entries()) {
        desk.store(book.apply([detection], context))
        if (!stops.includes(n)) continue
        const inMemory = new Set([...book.cases()].map(({ id }) => id))
        book = createCaseBook({ limits })
        const { cases, ...rows } = desk.rows()
        book.load({ ...rows, cases: cases.filter((row) => inMemory.has(row.case.id)) })
      }
      assert.deepEqual(seen(book), seen(whole(detections)))
      const rows = desk.rows()
      for (const one of book.cases()) {
        assert.deepEqual(plain(rows.cases.find((row) => row.case.id === one.id)?.case), plain(one))
        const steps = rows.steps.filter(({ caseId }) => caseId === one.id).map(({ step }) => step)
        assert.deepEqual(steps.sort(byTime), book.detail(one.id)?.steps.toSorted(byTime))
      }
    }),
    { numRuns: 300 },
  )
})

const byTime = (a: CaseStep, b: CaseStep): number =>
  a.firstTime < b.firstTime || (a.firstTime === b.firstTime && a.id < b.id) ? -1 : 1

test('no detection is lost or counted twice', () => {
  fc.assert(
    fc.property(runs, (detections) => {
      const desk = createSampleDesk()
      const book = createCaseBook({ limits: { ...limits, signalActors: 1000, signalMemory: 1000 * minute } })
      for (const detection of detections) desk.store(book.apply([detection], context))
      assert.equal(countedIn(desk), detections.length)
    }),
    { numRuns: 200 },
  )
})

const signalsIn = (desk: SampleDesk): number =>
  desk
    .rows()
    .signals.flatMap(({ memory }) => (Array.isArray(memory.steps) ? memory.steps : []))
    .reduce((sum, step) => sum + Number(Object(step).count), 0)

/** All that the rows have counted, in cases and signals. */
const countedIn = (desk: SampleDesk): number =>
  desk.rows().steps.reduce((sum, { step }) => sum + step.count, 0) + signalsIn(desk)

type Act = (book: CaseBook, ids: readonly string[], at: number) => string

const acts = (choice: number): readonly Act[] => [
  (book, [id = ''], at) =>
    book.triage(id, { state: 'closed', closingReason: 'false-positive', note: 'n', by: 'carol' }, at).undo,
  (book, [id = ''], at) => book.triage(id, { owner: 'carol', state: 'acknowledged' }, at).undo,
  (book, [id = ''], at) =>
    book.triage(id, { state: 'snoozed', snoozedUntil: new Date(at / 1000 + 86_400_000).toISOString() }, at).undo,
  (book, [id = '', ...others], at) =>
    others.length === 0 ? '' : book.merge(id, others.slice(0, 1 + (choice % 3)), 'carol', at, context).undo,
  (book, ids, at) => {
    const id = ids[choice % ids.length] ?? ''
    const steps = book.detail(id)?.steps ?? []
    const some = steps.filter((_, n) => (choice >> (n % 8)) % 2 === 1).map((step) => step.id)
    return some.length === 0 || some.length === steps.length ? '' : book.split(id, some, 'carol', at, context).undo
  },
]
const rootsOf = (book: CaseBook): readonly string[] =>
  [...book.cases()].flatMap(({ id, mergedInto }) => (mergedInto === undefined ? id : [])).sort()

test('undoing what a person did gives back what was seen before', () => {
  fc.assert(
    fc.property(runs, fc.nat(4), fc.nat(255), (detections, which, choice) => {
      const book = whole(detections)
      const before = seen(book)
      const ids = rootsOf(book)
      if (ids.length === 0) return
      const at = beginning + 10_000 * minute
      const undo = acts(choice)[which]?.(book, ids, at) ?? ''
      if (undo === '') return
      assert.notDeepEqual(seen(book), before)
      book.undo(undo, 'carol', at + minute, context)
      assert.deepEqual(seen(book), before)
    }),
    { numRuns: 500 },
  )
})

test('undoing a chain of acts from the last to the first gives back what was seen, also by way of the desk', () => {
  fc.assert(
    fc.property(runs, fc.array(fc.tuple(fc.nat(4), fc.nat(255)), { maxLength: 6 }), (detections, chosen) => {
      const desk = createSampleDesk()
      let book = createCaseBook({ limits })
      desk.store(book.apply(detections, context))
      const before = seen(book)
      const undos: string[] = []
      for (const [n, [which, choice]] of chosen.entries()) {
        const ids = rootsOf(book).filter((id) => book.detail(id)?.case.state !== 'closed')
        if (ids.length === 0) continue
        const stored = storing(book, desk)
        const undo = acts(choice)[which]?.(stored, ids, beginning + (10_000 + n) * minute) ?? ''
        if (undo !== '') undos.push(undo)
      }
      const inMemory = new Set([...book.cases()].map(({ id }) => id))
      book = createCaseBook({ limits })
      const { cases, ...rows } = desk.rows()
      book.load({ ...rows, cases: cases.filter((row) => inMemory.has(row.case.id)) })
      for (const undo of undos.reverse()) book.undo(undo, 'carol', beginning + 20_000 * minute, context)
      assert.deepEqual(seen(book), before)
    }),
    { numRuns: 300 },
  )
})

/** The book, with what it changes kept in the desk. */
const storing = (book: CaseBook, desk: SampleDesk): CaseBook => ({
  ...book,
  triage: (...told) => {
    const changed = book.triage(...told)
    desk.store(changed.changes)
    return changed
  },
  merge: (...told) => {
    const changed = book.merge(...told)
    desk.store(changed.changes)
    return changed
  },
  split: (...told) => {
    const changed = book.split(...told)
    desk.store(changed.changes)
    return changed
  },
})

test('undoing loses nothing that was detected since', () => {
  fc.assert(
    fc.property(runs, fc.nat(255), fc.constantFrom(0, 2, 3, 4), (detections, choice, which) => {
      const desk = createSampleDesk()
      const book = createCaseBook({
        limits: { ...limits, signalActors: 1000, signalMemory: 1000 * minute, cases: 1000 },
      })
      const half = Math.ceil(detections.length / 2)
      desk.store(book.apply(detections.slice(0, half), context))
      const ids = rootsOf(book)
      const at = beginning + minute
      const undo = ids.length === 0 ? '' : (acts(choice)[which]?.(storing(book, desk), ids, at) ?? '')
      desk.store(book.apply(detections.slice(half), context))
      if (undo !== '') desk.store(book.undo(undo, 'carol', at + minute, context).changes)
      assert.equal(countedIn(desk), detections.length)
      const shown = [...book.cases()].filter(({ mergedInto }) => mergedInto === undefined)
      const signals = countedIn(desk) - shown.reduce((sum, one) => sum + one.detections, 0)
      assert.equal(signals, signalsIn(desk))
      assert.deepEqual(
        desk.rows().cases.filter(({ case: { mergedInto } }) => mergedInto !== undefined),
        [],
      )
    }),
    { numRuns: 300 },
  )
})

test('the half hour of the recording comes out the same in any batches and through any restart', () => {
  const expected = createCaseBook()
  expected.apply(halfHour, context)
  for (const size of [1, 7, 50]) {
    const desk = createSampleDesk()
    let book = createCaseBook()
    for (let n = 0; n < halfHour.length; n += size) {
      desk.store(book.apply(halfHour.slice(n, n + size), context))
      book = createCaseBook()
      book.load(desk.rows())
    }
    assert.deepEqual(seen(book), seen(expected))
  }
})
