import { tableLines } from '../table.ts'
import { exitCodes } from '../terminal.ts'
import { faultLine, type Told } from './check.ts'
import type { ReadRules } from './read-rules.ts'

/** The rules, in the order in which they are tried. */
export const listRules = (read: ReadRules, options: { readonly json: boolean }): Told => {
  const rules = read.sets.flatMap((set) => set.rules)
  const exitCode = read.unreadable.length > 0 ? exitCodes.failed : exitCodes.ok
  if (options.json) {
    return { text: `${JSON.stringify({ rules, unreadable: read.unreadable }, null, 2)}\n`, exitCode }
  }
  const columns = ['Rule', 'Severity', 'Source', 'State', 'Tags'].map((title) => ({ title }))
  const rows = rules.map(({ name, severity, source, state, tags }) => [name, severity, source, state, tags.join(' ')])
  const lines = [...tableLines(columns, rows), ...read.unreadable.map(faultLine)]
  return { text: `${lines.join('\n')}\n`, exitCode }
}
