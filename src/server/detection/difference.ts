import type { CaseChanges } from '../../detect/cases/index.ts'
import type { CaseDifference } from '../../store/desk/index.ts'

type Row<K extends keyof CaseDifference> = CaseDifference[K][number]

/** What cases differ in since the last time it was written: of each row the newest, so that it never grows with events. */
export class Difference {
  readonly #cases = new Map<string, Row<'cases'> | undefined>()
  readonly #steps = new Map<string, Row<'steps'> | Row<'goneSteps'>>()
  readonly #signals = new Map<string, Row<'signals'> | undefined>()
  readonly #changes = new Map<string, Row<'changes'>>()

  get isEmpty(): boolean {
    return this.#cases.size + this.#steps.size + this.#signals.size + this.#changes.size === 0
  }

  add({ cases, goneCases, steps, goneSteps, signals, goneSignals, changes }: CaseChanges): void {
    for (const id of goneCases) this.#cases.set(id, undefined)
    for (const row of cases) this.#cases.set(row.case.id, row)
    for (const gone of goneSteps) this.#steps.set(`${gone.home}/${gone.id}`, gone)
    for (const row of steps) this.#steps.set(`${row.home}/${row.step.id}`, row)
    for (const actor of goneSignals) this.#signals.set(actor, undefined)
    for (const row of signals) this.#signals.set(row.actor, row)
    for (const row of changes) this.#changes.set(row.id, row)
  }

  rows(): CaseDifference {
    const steps = [...this.#steps.values()]
    return {
      cases: [...this.#cases.values()].filter((row) => row !== undefined),
      goneCases: [...this.#cases].flatMap(([id, row]) => (row === undefined ? [id] : [])),
      steps: steps.filter((row) => 'step' in row),
      goneSteps: steps.flatMap((row) => ('step' in row ? [] : [row])),
      signals: [...this.#signals.values()].filter((row) => row !== undefined),
      goneSignals: [...this.#signals].flatMap(([actor, row]) => (row === undefined ? [actor] : [])),
      changes: [...this.#changes.values()],
    }
  }

  clear(): void {
    this.#cases.clear()
    this.#steps.clear()
    this.#signals.clear()
    this.#changes.clear()
  }
}
