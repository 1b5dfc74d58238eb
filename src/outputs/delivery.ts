/**
 * Brings cases to outputs: each word waits on disk until the other side has it, is tried again when it did not arrive,
 * and is given up in sight of everybody. More new messages an hour than an output's budget become one digest.
 */
import type { Case } from '../model/case.ts'
import { compareSeverity } from '../model/finding.ts'
import type { OutputRow } from '../model/output.ts'
import { DeliveryFailure, type Notice, type Output } from './output.ts'
import type { Budget, DeliveryDesk, Waiting } from './queue.ts'
import type { Route } from './route.ts'
import { wants } from './route.ts'

/** An output with what goes to it. */
export interface RoutedOutput {
  readonly output: Output
  readonly route: Route
  /** New messages in an hour; what edits in place does not count. */
  readonly budgetPerHour: number
}

export interface DeliveryOptions {
  readonly outputs: readonly RoutedOutput[]
  readonly desk: DeliveryDesk
  /** The case as it is now, so that what waited tells of how things are, and for a digest. */
  readonly caseOf: (id: string) => Case | undefined
  readonly linkOf: (id: string) => string
  /** Names of outputs on a namespace: label or annotation `bulwark.dev/notify`. */
  readonly notifyOf: (namespace: string) => readonly string[]
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly report: (what: string, output: string) => void
}

const firstPauseMillis = 5_000
const longestPauseMillis = 600_000
/** Some 14 hours of tries. */
const mostAttempts = 90
const hourMillis = 3_600_000
const listedInDigest = 20

/** Starts no timer of its own: `work` sends what is due and says when to come again. */
export class Delivery {
  readonly #options: DeliveryOptions
  readonly #byId: ReadonlyMap<string, RoutedOutput>
  readonly #waiting = new Map<string, Waiting>()
  readonly #busy = new Map<string, Promise<void>>()
  readonly #failures = new Map<string, string>()

  constructor(options: DeliveryOptions) {
    this.#options = options
    this.#byId = new Map(options.outputs.map((one) => [one.output.id, one]))
    for (const item of options.desk.waiting()) {
      // An output that was taken out of the settings: nobody waits for it any more.
      if (this.#byId.has(item.output)) this.#waiting.set(item.key, item)
      else options.desk.remove(item.key)
    }
  }

  /**
   * Tells every output that wants it of a case that was opened, changed or closed, not before a moment (milliseconds since
   * 1970). What waits by then is on disk, and is told as it is at that moment.
   */
  tell(event: 'opened' | 'changed' | 'closed', one: Case, notBefore = 0): void {
    this.#closeHours()
    const notice: Notice = { kind: 'case', event, case: one, link: this.#options.linkOf(one.id), isTest: false }
    for (const routed of this.#options.outputs) {
      const { output, route } = routed
      if (!wants(route, output.id, one, this.#options.notifyOf)) continue
      const told = this.#options.desk.thread(output.id, one.id)
      const key = `${output.id}/${one.id}`
      const before = this.#waiting.get(key)
      // Who cannot edit hears of the beginning and of the end, not of each word between.
      if (!output.editsInPlace && event === 'changed' && (told !== undefined || before === undefined)) continue
      if (told === undefined && before === undefined) {
        // The end of what was never told is no news.
        if (event === 'closed' || !this.#spend(routed, one.id)) continue
      }
      // The case is opened for those who never heard of it, whatever happened to it since.
      const isNew = told === undefined && event !== 'closed'
      this.#put({
        key,
        output: output.id,
        notice: { ...notice, event: isNew ? 'opened' : event },
        since: before?.since ?? this.#options.now(),
        attempts: before?.attempts ?? 0,
        // Who could not be reached is left alone for as long as before; what only waited for more does so no longer.
        notBefore: before === undefined || before.attempts === 0 ? notBefore : Math.max(before.notBefore, notBefore),
        failure: before?.failure ?? '',
      })
    }
  }

  /** Sends what is due; each output on its own, so that one that hangs holds up no other. Resolves with the moment of the next. */
  async work(): Promise<number> {
    this.#closeHours()
    await Promise.all([...this.#byId.keys()].map((id) => this.#workOf(id)))
    const due = [...this.#waiting.values()].map(({ notBefore }) => notBefore)
    return Math.min(...due, this.#options.now() + 60_000)
  }

  /** Sends a test, now, whatever the budget. Throws DeliveryFailure. Undefined: there is no such output. */
  async test(id: string, sample: Case): Promise<{ readonly payload: string } | undefined> {
    const routed = this.#byId.get(id)
    if (routed === undefined) return undefined
    const notice: Notice = {
      kind: 'case',
      event: 'opened',
      case: sample,
      link: this.#options.linkOf(sample.id),
      isTest: true,
    }
    await routed.output.send(notice, undefined)
    return { payload: routed.output.preview(notice, undefined) }
  }

  /** What a test would send. Undefined: there is no such output. */
  preview(id: string, sample: Case): string | undefined {
    const notice: Notice = {
      kind: 'case',
      event: 'opened',
      case: sample,
      link: this.#options.linkOf(sample.id),
      isTest: true,
    }
    return this.#byId.get(id)?.output.preview(notice, undefined)
  }

  status(): readonly OutputRow[] {
    const dead = this.#options.desk.dead()
    return this.#options.outputs.map(({ output, budgetPerHour }) => {
      const { id, type, to } = output
      const budget = this.#options.desk.budget(id)
      const failure = this.#failures.get(id) ?? ''
      const heldBack = budget?.heldBack.length ?? 0
      const state =
        failure !== '' ? 'failing' : heldBack > 0 ? 'digest' : (budget?.sent ?? 0) === 0 ? 'never-used' : 'ok'
      const message =
        failure !== '' ? failure : heldBack > 0 ? `${heldBack} cases are held back for a digest at the full hour` : ''
      const waiting = [...this.#waiting.values()].filter((item) => item.output === id).length
      const counts = {
        sent: budget?.sent ?? 0,
        failed: budget?.failed ?? 0,
        waiting,
        dead: dead.filter((item) => item.output === id).length,
      }
      return { id, type, to, state, message, ...counts, budgetPerHour }
    })
  }

  /** Ends the connections; what is on its way is tried again after the next start. */
  async close(): Promise<void> {
    await Promise.all([...this.#byId.values()].map(({ output }) => output.close()))
  }

  #put(item: Waiting): void {
    this.#waiting.set(item.key, item)
    this.#options.desk.put(item)
  }

  /** Takes one new message out of this hour's budget; without one left, the case waits for the digest. */
  #spend({ output, budgetPerHour }: RoutedOutput, caseId: string): boolean {
    const budget = this.#budgetOf(output.id)
    const isLeft = budget.spent < budgetPerHour
    const heldBack =
      isLeft || budget.heldBack.includes(caseId) ? budget.heldBack : [...budget.heldBack, caseId].slice(-10_000)
    this.#options.desk.saveBudget(output.id, { ...budget, spent: budget.spent + (isLeft ? 1 : 0), heldBack })
    return isLeft
  }

  #budgetOf(id: string): Budget {
    const fresh = { hour: Math.floor(this.#options.now() / hourMillis), spent: 0, heldBack: [], sent: 0, failed: 0 }
    return this.#options.desk.budget(id) ?? fresh
  }

  /** At the full hour, what was held back is told in one message. */
  #closeHours(): void {
    const { now, desk, caseOf, linkOf } = this.#options
    const hour = Math.floor(now() / hourMillis)
    for (const id of this.#byId.keys()) {
      const budget = desk.budget(id)
      if (budget === undefined || budget.hour === hour) continue
      const cases = budget.heldBack.flatMap((caseId) => caseOf(caseId) ?? [])
      const sorted = cases.toSorted((a, b) => compareSeverity(b.severity, a.severity))
      if (sorted.length > 0) {
        const from = new Date(budget.hour * hourMillis).toISOString()
        const shown = sorted.slice(0, listedInDigest).map((one) => ({ case: one, link: linkOf(one.id) }))
        const notice: Notice = {
          kind: 'digest',
          from,
          to: new Date(hour * hourMillis).toISOString(),
          cases: shown,
          more: sorted.length - shown.length,
        }
        const fresh = { since: now(), attempts: 0, notBefore: 0, failure: '' }
        this.#put({ key: `${id}/digest/${budget.hour}`, output: id, notice, ...fresh })
      }
      desk.saveBudget(id, { ...budget, hour, spent: sorted.length > 0 ? 1 : 0, heldBack: [] })
    }
  }

  async #workOf(id: string): Promise<void> {
    // The last round still waits for this output: one at a time, or an edit could overtake its message.
    const running = this.#busy.get(id)
    if (running !== undefined) return running
    const work = this.#sendDue(id).finally(() => this.#busy.delete(id))
    this.#busy.set(id, work)
    return work
  }

  async #sendDue(id: string): Promise<void> {
    const { now } = this.#options
    const due = [...this.#waiting.values()].filter((item) => item.output === id && item.notBefore <= now())
    for (const item of due.toSorted((a, b) => a.since - b.since)) {
      if (!(await this.#send(item))) return
    }
  }

  /** False where the output seems not to be reachable: the others wait too. */
  async #send(item: Waiting): Promise<boolean> {
    const { desk, report } = this.#options
    const routed = this.#byId.get(item.output)
    if (routed === undefined) return true
    const caseId = item.notice.kind === 'case' ? item.notice.case.id : undefined
    const thread = caseId === undefined ? undefined : desk.thread(item.output, caseId)
    try {
      const made = await routed.output.send(this.#asItIs(item.notice), thread)
      // Also without a thread: that the case was told of.
      if (caseId !== undefined) desk.saveThread(item.output, caseId, made ?? thread ?? {})
      this.#failures.delete(item.output)
      this.#count(item.output, { sent: 1 })
      // A newer word may have come while this one was on its way.
      if (this.#waiting.get(item.key) === item) {
        this.#waiting.delete(item.key)
        desk.remove(item.key)
      }
      return true
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error)
      const mayRetry = !(error instanceof DeliveryFailure) || error.retry
      const asked = error instanceof DeliveryFailure ? error.retryAfterSeconds : undefined
      this.#failures.set(item.output, failure)
      this.#count(item.output, { failed: 1 })
      report(failure, item.output)
      const current = this.#waiting.get(item.key) ?? item
      const attempts = item.attempts + 1
      if (!mayRetry || attempts >= mostAttempts) {
        this.#waiting.delete(item.key)
        desk.bury({ ...current, attempts, failure, diedAt: this.#options.now() })
        return !mayRetry
      }
      const pause =
        asked !== undefined ? asked * 1000 : Math.min(firstPauseMillis * 2 ** (attempts - 1), longestPauseMillis)
      this.#put({ ...current, attempts, failure, notBefore: this.#options.now() + pause })
      return false
    }
  }

  /** A notice of a case with the case as it is now, where it is at hand and still its own. */
  #asItIs(notice: Notice): Notice {
    if (notice.kind !== 'case') return notice
    const now = this.#options.caseOf(notice.case.id)
    return now?.id === notice.case.id ? { ...notice, case: now } : notice
  }

  #count(id: string, { sent = 0, failed = 0 }: { readonly sent?: number; readonly failed?: number }): void {
    const budget = this.#budgetOf(id)
    this.#options.desk.saveBudget(id, { ...budget, sent: budget.sent + sent, failed: budget.failed + failed })
  }
}
