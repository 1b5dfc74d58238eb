import type { Detection } from '../../model/detection.ts'
import type { RuleHour } from '../../store/desk/index.ts'

const hourMicros = 3_600_000_000

/** How often rules fired since it was last written, by rule and hour. */
export class Fired {
  readonly #hours = new Map<string, { -readonly [K in keyof RuleHour]: RuleHour[K] }>()

  get isEmpty(): boolean {
    return this.#hours.size === 0
  }

  add({ rule, time }: Detection, suppressed: boolean): void {
    const hour = Math.floor(time / hourMicros)
    const key = `${hour} ${rule}`
    let known = this.#hours.get(key)
    if (known === undefined) {
      known = { rule, hour, fired: 0, suppressed: 0, lastFired: time }
      this.#hours.set(key, known)
    }
    if (suppressed) known.suppressed += 1
    else known.fired += 1
    known.lastFired = Math.max(known.lastFired, time)
  }

  hours(): readonly RuleHour[] {
    return [...this.#hours.values()]
  }

  clear(): void {
    this.#hours.clear()
  }
}
