/** Cases on their way to people: what changed is put into the outputs' queue in the transaction of the cases themselves. */
import { readFileSync } from 'node:fs'
import type { OutputServices } from '../../api/detection-services.ts'
import type { CaseNews } from '../../detect/cases/index.ts'
import type { Case } from '../../model/case.ts'
import { BulwarkError } from '../../model/error.ts'
import { Delivery } from '../../outputs/delivery.ts'
import type { Thread } from '../../outputs/output.ts'
import type { Budget, Dead, DeliveryDesk, Waiting } from '../../outputs/queue.ts'
import { readOutputs } from '../../outputs/read-outputs.ts'
import { readNotify } from '../../outputs/route.ts'
import type { Snapshot } from '../../state/snapshot.ts'
import type { Desk } from '../../store/desk/index.ts'

export interface TellingParts {
  /** The outputs file; undefined: nobody is told. */
  readonly file: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly desk: Desk
  readonly caseOf: (id: string) => Case | undefined
  readonly linkOf: (id: string) => string
  readonly state: Snapshot
  readonly onError: (message: string) => void
}

export interface Telling extends AsyncDisposable {
  readonly services: OutputServices
  /** Called inside of the transaction that writes the cases. */
  tell(cases: readonly Case[], news: readonly CaseNews[]): void
}

/** A case that only went on is told of so often. */
const quietMillis = 60_000
const soonMillis = 200

/** Throws BulwarkError OUTPUT_REFUSED, CONFIG_INVALID (the file cannot be read). */
export const openTelling = ({ file, env, desk, caseOf, linkOf, state, onError }: TellingParts): Telling => {
  const outputs = file === undefined ? [] : readOutputs(readText(file), file, { env, writeEvent: undefined })
  const delivery = new Delivery({
    outputs,
    desk: deliveryDesk(desk),
    caseOf,
    linkOf,
    notifyOf: (namespace) => {
      const metadata = state.get({ group: '', kind: 'Namespace', namespace: '', name: namespace })?.body.metadata
      const key = 'bulwark.dev/notify'
      return readNotify(metadata?.annotations?.[key] ?? metadata?.labels?.[key] ?? '')
    },
    now: Date.now,
    report: (what, output) => onError(`output ${output}: ${what}`),
  })
  const toldAt = new Map<string, number>()
  const later = new Map<string, NodeJS.Timeout>()
  let timer: NodeJS.Timeout | undefined
  let isClosed = false
  const work = (): void => {
    clearTimeout(timer)
    void delivery
      .work()
      .then((next) => schedule(Math.max(soonMillis, next - Date.now())))
      .catch((error: unknown) => {
        onError(error instanceof Error ? error.message : String(error))
        schedule(quietMillis)
      })
  }
  const schedule = (millis: number): void => {
    if (isClosed || outputs.length === 0) return
    clearTimeout(timer)
    timer = setTimeout(work, Math.min(millis, quietMillis))
    timer.unref()
  }
  const tellNow = (event: 'opened' | 'changed' | 'closed', one: Case): void => {
    clearTimeout(later.get(one.id))
    later.delete(one.id)
    toldAt.set(one.id, Date.now())
    delivery.tell(event, one)
    schedule(soonMillis)
  }
  schedule(soonMillis)
  return {
    services: {
      list: async () => ({ items: delivery.status() }),
      test: async (id, dryRun) => {
        const payload = delivery.preview(id, sample)
        if (payload === undefined) {
          throw new BulwarkError('NOT_FOUND', {
            what: `there is no output "${id}"`,
            mend: 'GET /api/v1/outputs lists them',
          })
        }
        if (dryRun) return { sent: false, payload, answer: '' }
        try {
          await delivery.test(id, sample)
          return { sent: true, payload, answer: 'It was taken.' }
        } catch (error) {
          return { sent: false, payload, answer: error instanceof Error ? error.message : String(error) }
        }
      },
    },
    tell: (cases, news) => {
      if (outputs.length === 0) return
      const told = new Map(news.map(({ caseId, kind }) => [caseId, kind]))
      for (const one of cases) {
        if (one.mergedInto !== undefined) continue
        const kind = told.get(one.id)
        if (kind === 'opened') tellNow('opened', one)
        else if (one.state === 'closed') tellNow('closed', one)
        else if (kind !== undefined) tellNow('changed', one)
        else {
          const wait = (toldAt.get(one.id) ?? 0) + quietMillis - Date.now()
          if (wait <= 0) tellNow('changed', one)
          else if (!later.has(one.id)) {
            const timer = setTimeout(() => tellNow('changed', caseOf(one.id) ?? one), wait)
            timer.unref()
            later.set(one.id, timer)
          }
        }
      }
      for (const [id, at] of toldAt) if (Date.now() - at > quietMillis && !later.has(id)) toldAt.delete(id)
    },
    [Symbol.asyncDispose]: async () => {
      isClosed = true
      clearTimeout(timer)
      for (const one of later.values()) clearTimeout(one)
      await delivery.close()
    },
  }
}

const readText = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new BulwarkError('CONFIG_INVALID', {
      what: `the outputs file cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      where: `--outputs ${file}`,
      mend: 'Give the path of a file that you may read: see docs/outputs.md',
      cause,
    })
  }
}

/** What only the outputs write, read back. */
const deliveryDesk = ({ deliveries }: Desk): DeliveryDesk => ({
  waiting: () => deliveries.waiting() as readonly Waiting[],
  put: (item) => deliveries.put(item.key, item),
  remove: (key) => deliveries.remove(key),
  bury: (item) => deliveries.bury(item.key, item),
  dead: () => deliveries.dead() as readonly Dead[],
  thread: (output, caseId) => deliveries.thread(output, caseId) as Thread | undefined,
  saveThread: (output, caseId, thread) => deliveries.saveThread(output, caseId, thread),
  budget: (output) => deliveries.budget(output) as Budget | undefined,
  saveBudget: (output, budget) => deliveries.saveBudget(output, budget),
})

const sample: Case = {
  id: 'test',
  cluster: 'test',
  title: 'A test: somebody tries whether this arrives',
  severity: 'medium',
  severityReasons: [],
  state: 'open',
  owner: '',
  snoozedUntil: undefined,
  closingReason: undefined,
  note: '',
  firstTime: '2026-01-01T00:00:00.000000Z',
  lastTime: '2026-01-01T00:00:00.000000Z',
  changedAt: '2026-01-01T00:00:00.000000Z',
  detections: 1,
  rules: [],
  techniques: [],
  entities: [],
  namespaces: [],
  mergedInto: undefined,
}
