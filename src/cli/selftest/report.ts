import { countOf } from '../format/paint.ts'
import { tableLines } from '../table.ts'

/** What came of a rule. */
export type Outcome =
  | {
      readonly kind: 'fired'
      readonly rule: string
      readonly title: string
      readonly seconds: number
      /** A suppression hid it. */
      readonly suppressed: boolean
    }
  | {
      readonly kind: 'silent' | 'refused' | 'not-exercised'
      readonly rule: string
      readonly title: string
      readonly why: string
    }

export const outcomesJson = (outcomes: readonly Outcome[]): string => `${JSON.stringify(outcomes, null, 2)}\n`

/** A row for each rule that was acted out; with `all` also for the others, of which else only the number is told. */
export const outcomesText = (outcomes: readonly Outcome[], all: boolean): string => {
  const shown = outcomes.filter(({ kind }) => all || kind !== 'not-exercised')
  const count = (wanted: Outcome['kind']): number => outcomes.filter(({ kind }) => kind === wanted).length
  const sum = [
    `${countOf(count('fired'), 'rule')} fired`,
    `${count('silent')} did not`,
    `${count('refused')} could not be acted out`,
    `${count('not-exercised')} were not (--output json says why)`,
  ].join(', ')
  if (shown.length === 0) return `${sum}\n`
  const rows = shown.map((one) => [wordOf(one), one.title, one.kind === 'fired' ? '' : one.why])
  return `${[...tableLines([{ title: 'what came' }, { title: 'rule' }, { title: 'why' }], rows), '', sum].join('\n')}\n`
}

const wordOf = (one: Outcome): string => {
  switch (one.kind) {
    case 'fired':
      return `✔ fired after ${one.seconds} s${one.suppressed ? ', hidden by a suppression' : ''}`
    case 'silent':
      return '✖ did not fire'
    case 'refused':
      return '✖ refused by the cluster'
    case 'not-exercised':
      return '– not acted out'
  }
}
