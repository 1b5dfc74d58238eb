/** Cases on their way to people: what changed is put into the outputs' queue in the transaction of the cases themselves. */
import { readFileSync, statSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import type { OutputServices } from '../../api/detection-services.ts'
import type { CaseNews } from '../../detect/cases/index.ts'
import type { Case } from '../../model/case.ts'
import { BulwarkError } from '../../model/error.ts'
import { Delivery, type RoutedOutput } from '../../outputs/delivery.ts'
import type { WriteEvent } from '../../outputs/kubernetes-event.ts'
import type { Thread } from '../../outputs/output.ts'
import type { Budget, Dead, DeliveryDesk, Waiting } from '../../outputs/queue.ts'
import { readOutputs } from '../../outputs/read-outputs.ts'
import { readNotify } from '../../outputs/route.ts'
import type { Snapshot } from '../../state/snapshot.ts'
import type { Desk } from '../../store/desk/index.ts'
import { markOf, maybeUnfinished } from './file-mark.ts'

export interface TellingParts {
  /** The outputs file; undefined: nobody is told. */
  readonly file: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly desk: Desk
  readonly caseOf: (id: string) => Case | undefined
  readonly linkOf: (id: string) => string
  readonly state: Snapshot
  /** Writes Events into the watched cluster; undefined where there is none. */
  readonly writeEvent?: WriteEvent | undefined
  /** True where nothing of it happens now: what is told says so. */
  readonly isRecording?: boolean
  /** A case that only went on is told of so often; {@link minuteMillis} but for tests. */
  readonly quietMillis?: number
  readonly onError: (message: string) => void
}

export interface Telling extends AsyncDisposable {
  readonly services: OutputServices
  /** Called inside of the transaction that writes the cases. */
  tell(cases: readonly Case[], news: readonly CaseNews[]): void
  /** Begins to look for changes of the file. */
  watch(): void
  /** Looks once: a file that is right takes the place of what ran before, one that is not changes nothing. */
  look(): Promise<void>
  /** Why the file as it is now is not used, for a person; empty where it is. */
  refused(): string
  figures(): Readonly<Record<string, number>>
}

const minuteMillis = 60_000
const soonMillis = 200
const lookMillis = 1000
/** A message that is on its way has its own bound of some seconds. */
const stopMillis = 8000

/** Throws BulwarkError OUTPUT_REFUSED, CONFIG_INVALID (the file cannot be read). */
export const openTelling = (parts: TellingParts): Telling => {
  const { file, env, desk, caseOf, linkOf, state, writeEvent, isRecording = false, onError } = parts
  const { quietMillis = minuteMillis } = parts
  const shown = (one: Case): Case => (isRecording ? { ...one, title: `From a recording: ${one.title}` } : one)
  const read = (path: string): readonly RoutedOutput[] => readOutputs(readText(path), path, { env, writeEvent })
  const deliver = (routed: readonly RoutedOutput[]): Delivery =>
    new Delivery({
      outputs: routed,
      desk: deliveryDesk(desk),
      caseOf: (id) => {
        const one = caseOf(id)
        return one && shown(one)
      },
      linkOf,
      notifyOf: (namespace) => {
        const metadata = state.get({ group: '', kind: 'Namespace', namespace: '', name: namespace })?.body.metadata
        return [metadata?.annotations?.[notifyKey], metadata?.labels?.[notifyKey]].flatMap((text) =>
          readNotify(text ?? ''),
        )
      },
      now: Date.now,
      report: (what, output) => onError(`output ${output}: ${what}`),
    })
  let mark = file === undefined ? '' : lookAt(file).mark
  /** Of the last look. */
  let seen = mark
  let outputs = file === undefined ? [] : read(file)
  let delivery = deliver(outputs)
  let refused = ''
  /** When the last word on a case was or will be told. */
  const toldAt = new Map<string, number>()
  let timer: NodeJS.Timeout | undefined
  let due = Number.POSITIVE_INFINITY
  let looking: NodeJS.Timeout | undefined
  let working: Promise<void> = Promise.resolve()
  let isClosed = false
  /** While outputs change places nothing is sent, so that none of them sends what another has on its way. */
  let isChanging = false

  const work = (): void => {
    rest()
    working = delivery
      .work()
      .then((next) => schedule(Math.max(soonMillis, next - Date.now())))
      .catch((error: unknown) => {
        onError(textOf(error))
        schedule(minuteMillis)
      })
  }
  const rest = (): void => {
    clearTimeout(timer)
    due = Number.POSITIVE_INFINITY
  }
  /** Whoever asks for later than what is due already changes nothing. */
  const schedule = (millis: number): void => {
    if (isClosed || isChanging || outputs.length === 0) return
    const at = Date.now() + Math.min(millis, minuteMillis)
    if (at >= due) return
    clearTimeout(timer)
    due = at
    timer = setTimeout(work, at - Date.now())
    timer.unref()
  }
  const tellAt = (event: 'opened' | 'changed' | 'closed', one: Case, moment: number): void => {
    toldAt.set(one.id, moment)
    delivery.tell(event, shown(one), moment)
    schedule(Math.max(soonMillis, moment - Date.now()))
  }
  const look = async (): Promise<void> => {
    if (file === undefined || isChanging || isClosed) return
    const now = lookAt(file)
    const isWhole = now.mark === seen || !now.maybeUnfinished
    seen = now.mark
    if (now.mark === mark || !isWhole) return
    mark = now.mark
    let fresh: readonly RoutedOutput[]
    try {
      fresh = read(file)
    } catch (error) {
      refused = `${textOf(error)} (what the file said before goes on)`
      onError(`the outputs file was refused: ${refused}`)
      return
    }
    refused = ''
    isChanging = true
    rest()
    try {
      await working
      const old = delivery
      delivery = deliver(fresh)
      outputs = fresh
      await old.close()
    } finally {
      isChanging = false
      schedule(soonMillis)
    }
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
          return { sent: false, payload, answer: textOf(error) }
        }
      },
    },
    tell: (cases, news) => {
      if (outputs.length === 0) return
      const told = new Map(news.map(({ caseId, kind }) => [caseId, kind]))
      const now = Date.now()
      for (const one of cases) {
        if (one.mergedInto !== undefined) continue
        const kind = told.get(one.id)
        if (kind === 'opened') tellAt('opened', one, now)
        else if (one.state === 'closed') tellAt('closed', one, now)
        else if (kind !== undefined) tellAt('changed', one, now)
        else {
          const last = toldAt.get(one.id) ?? 0
          // A word that still waits is told as things are by then.
          if (last <= now) tellAt('changed', one, Math.max(now, last + quietMillis))
        }
      }
      for (const [id, at] of toldAt) if (now - at > quietMillis) toldAt.delete(id)
    },
    watch: () => {
      looking = setInterval(() => void look().catch((error: unknown) => onError(textOf(error))), lookMillis)
      looking.unref()
    },
    look,
    refused: () => refused,
    figures: () => {
      const all = delivery.status()
      const sum = (pick: (one: (typeof all)[number]) => number): number =>
        all.reduce((total, one) => total + pick(one), 0)
      return {
        outputs: all.length,
        outputs_failing: all.filter((one) => one.state === 'failing').length,
        outputs_sent: sum((one) => one.sent),
        outputs_failed: sum((one) => one.failed),
        outputs_waiting: sum((one) => one.waiting),
        outputs_dead: sum((one) => one.dead),
        outputs_refused: refused === '' ? 0 : 1,
      }
    },
    [Symbol.asyncDispose]: async () => {
      isClosed = true
      rest()
      clearInterval(looking)
      await Promise.race([working, wait(stopMillis, undefined, { ref: false })])
      await delivery.close()
    },
  }
}

const notifyKey = 'bulwark.dev/notify'

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const lookAt = (file: string): { readonly mark: string; readonly maybeUnfinished: boolean } => {
  try {
    const stats = statSync(file)
    return { mark: markOf(stats), maybeUnfinished: maybeUnfinished(stats) }
  } catch {
    return { mark: 'gone', maybeUnfinished: false }
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
