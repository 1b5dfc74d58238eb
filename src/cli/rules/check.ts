import { countOf } from '../format/paint.ts'
import { exitCodes, visible } from '../terminal.ts'
import type { ReadRules } from './read-rules.ts'
import type { RuleFault } from './rule-files.ts'

export interface Told {
  readonly text: string
  readonly exitCode: number
}

/** What is wrong with the rules. `strict`: warnings count, too. */
export const checkRules = (read: ReadRules, options: { readonly json: boolean; readonly strict: boolean }): Told => {
  const faults = faultsOf(read)
  const errors = faults.filter(({ severity }) => severity === 'error').length
  const warnings = faults.length - errors
  const { rules } = read
  const isBad = errors > 0 || (options.strict && warnings > 0)
  const exitCode = read.unreadable.length > 0 ? exitCodes.failed : isBad ? exitCodes.found : exitCodes.ok
  if (options.json) {
    const report = { files: read.files, rules: rules.length, errors, warnings, problems: faults }
    return { text: `${JSON.stringify(report, null, 2)}\n`, exitCode }
  }
  const ready = rules.filter(({ state }) => state.startsWith('ready')).length
  const counts = `${countOf(read.files, 'file')}, ${countOf(rules.length, 'rule')} (${ready} ready)`
  const sum = `${counts}: ${countOf(errors, 'error')}, ${countOf(warnings, 'warning')}`
  return { text: `${[...faultLines(faults), sum].join('\n')}\n`, exitCode }
}

/** Everything that is wrong, what could not be read first. */
export const faultsOf = (read: ReadRules): readonly RuleFault[] => [...read.unreadable, ...read.faults]

/** A file that is wrong all over is not read line by line. */
const mostShown = 100

/** A line for each, errors first; of very many the first, and how many more there are. */
export const faultLines = (faults: readonly RuleFault[]): readonly string[] => {
  const sorted = faults.toSorted((a, b) => Number(a.severity === 'warning') - Number(b.severity === 'warning'))
  const more = faults.length - mostShown
  const rest = more > 0 ? [`… and ${countOf(more, 'more problem')} (all of them: --output json)`] : []
  return [...sorted.slice(0, mostShown).map(faultLine), ...rest]
}

/** `file:line:column error, rule "X": what. Mend` */
const faultLine = ({ severity, subject, what, mend, file, line, column }: RuleFault): string => {
  const place = line === 0 ? file : `${file}:${line}:${column}`
  return visible(
    `${place} ${severity}${subject === '' ? '' : `, ${subject}`}: ${what}${mend === '' ? '' : `. ${mend}`}`,
  )
}
