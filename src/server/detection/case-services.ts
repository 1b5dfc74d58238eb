import type { CaseDetail, CasesAnswer, DetectionHonesty } from '../../api/contract/detection.ts'
import type { CaseServices } from '../../api/detection-services.ts'
import type { CaseBook, CaseChanged, CaseContext, ChangeRow } from '../../detect/cases/index.ts'
import { suppressionFor } from '../../detect/suppressions/index.ts'
import type { GapRow } from '../../model/answer.ts'
import { BulwarkError } from '../../model/error.ts'
import { type Micros, parseMicros } from '../../model/time.ts'
import type { Desk } from '../../store/desk/index.ts'
import type { CaseFeed } from './case-feed.ts'
import type { Flow } from './flow.ts'

export interface CaseServiceParts {
  readonly desk: Desk
  readonly book: CaseBook
  readonly flow: Flow
  readonly context: CaseContext
  readonly honesty: () => DetectionHonesty
  readonly gapsIn: (from: Micros, to: Micros, limit: number) => Promise<readonly GapRow[]>
  readonly now: () => Micros
  /** Told of what was written. */
  readonly feed: CaseFeed
}

const mostGaps = 100
const gapMillis = 1000

export const caseServices = (parts: CaseServiceParts): CaseServices => {
  const { desk, book, flow, context, honesty, now, feed } = parts

  /** Brings a case and all that is merged with it into memory. Throws NOT_FOUND. */
  const bring = (id: string): string => {
    const root = desk.cases.rootOf(id) ?? (book.has(id) ? id : undefined)
    if (root === undefined) throw unknownCase(id)
    if (!book.has(root) || !book.has(id)) book.load(desk.cases.family(root))
    return root
  }
  const shown = ({ cases, undo }: CaseChanged) => ({ cases, undo })

  return {
    list: async (filter, page): Promise<CasesAnswer> => ({
      ...desk.cases.list(filter, page),
      counts: desk.cases.counts(),
      honesty: honesty(),
    }),
    detail: async (id): Promise<CaseDetail> => {
      const story = book.detail(bring(id))
      if (story === undefined) throw unknownCase(id)
      const { case: one, steps, advice, history } = story
      return {
        case: one,
        steps,
        moreSteps: steps.length >= mostSteps,
        advice,
        history: history.map(changeOf),
        gaps: await gapsOf(parts, one.firstTime, one.lastTime),
      }
    },
    suppressionFor: async (id) => {
      const story = book.detail(bring(id))
      if (story === undefined) throw unknownCase(id)
      return suppressionFor(story.case, story.steps, now())
    },
    triage: async (id, { by = '', ...change }) => {
      bring(id)
      return shown(flow.change(() => book.triage(id, { ...change, by }, now())))
    },
    merge: async (into, others, by) => {
      for (const id of [into, ...others]) bring(id)
      return shown(flow.change(() => book.merge(into, others, by, now(), context)))
    },
    split: async (id, steps, by) => {
      bring(id)
      return shown(flow.change(() => book.split(id, steps, by, now(), context)))
    },
    undo: async (change, by) => {
      const of = desk.cases.caseOfChange(change)
      if (of !== undefined) bring(of)
      return shown(flow.change(() => book.undo(change, by, now(), context)))
    },
    subscribe: feed.subscribe,
    position: feed.position,
    since: feed.since,
  }
}

const unknownCase = (id: string): BulwarkError =>
  new BulwarkError('NOT_FOUND', { what: `there is no case "${id}"`, mend: 'GET /api/v1/cases lists them' })

/** A story holds at most so many steps. */
const mostSteps = 1000

const changeOf = ({ id, time, by, text, undoable }: ChangeRow) => ({ id, time, by, text, undoable })

/** Gaps that overlap the case. Where the store does not tell in time, that is told in their place. */
const gapsOf = async (
  { gapsIn }: CaseServiceParts,
  firstTime: string,
  lastTime: string,
): Promise<readonly GapRow[]> => {
  const from = parseMicros(firstTime) ?? 0
  const to = (parseMicros(lastTime) ?? from) + 1
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), gapMillis)
  })
  const gaps = await Promise.race([gapsIn(from, to, mostGaps).catch(() => undefined), late])
  clearTimeout(timer)
  const unknown = 'the store does not answer now: what is missing around the case is not known'
  const row = { id: 'unknown', source: '', from: firstTime, to: lastTime, reason: 'not-known', what: unknown }
  return gaps ?? [{ ...row, estimate: undefined }]
}
