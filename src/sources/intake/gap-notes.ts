import type { Gap } from '../../model/record.ts'
import type { Append } from '../../model/source.ts'
import type { Micros } from '../../model/time.ts'

/** What a gap says, without what its entry says. */
export type GapNote = Pick<Gap, 'from' | 'to' | 'reason' | 'what' | 'estimate'>

/** Notes of the same text within this time become one gap, so that nobody can fill the record with gaps (milliseconds). */
const gatherMillis = 5000
const retryMillis = 1000

/** Hands gaps over to the recorder, a flood of equal ones as one, and again until the recorder took them. */
export class GapNotes {
  readonly #append: Append
  readonly #about: { readonly source: string; readonly cluster: string; readonly now: () => Micros }
  readonly #waiting = new Map<string, GapNote>()
  #timer: NodeJS.Timeout | undefined
  #sending: Promise<void> = Promise.resolve()

  constructor(
    append: Append,
    about: { readonly source: string; readonly cluster: string; readonly now: () => Micros },
  ) {
    this.#append = append
    this.#about = about
  }

  add(note: GapNote): void {
    const key = `${note.reason}/${note.what}`
    const known = this.#waiting.get(key)
    this.#waiting.set(key, known ? join(known, note) : note)
    this.#timer ??= setTimeout(() => this.#flushLater(), gatherMillis)
  }

  /** Hands over what waits now; a gap that the recorder refuses stays. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#sending = this.#sending.then(() => this.#send())
    await this.#sending
  }

  #flushLater(): void {
    void this.flush().then(() => {
      if (this.#waiting.size > 0) this.#timer ??= setTimeout(() => this.#flushLater(), retryMillis)
    })
  }

  async #send(): Promise<void> {
    const { source, cluster, now } = this.#about
    for (const [key, note] of [...this.#waiting]) {
      this.#waiting.delete(key)
      const payload = Buffer.from(`${JSON.stringify(note)}\n`)
      try {
        await this.#append({ stream: 'gaps', source, cluster, receivedAt: now(), payload })
      } catch {
        // The spool is full or broken, and says so itself.
        const newer = this.#waiting.get(key)
        this.#waiting.set(key, newer ? join(note, newer) : note)
      }
    }
  }
}

const join = (a: GapNote, b: GapNote): GapNote => ({
  ...a,
  from: Math.min(a.from, b.from),
  to: Math.max(a.to, b.to),
  estimate: a.estimate === undefined || b.estimate === undefined ? undefined : a.estimate + b.estimate,
})
