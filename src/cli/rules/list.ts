import { tableLines } from '../table.ts'
import { exitCodes } from '../terminal.ts'
import { faultLines, type Told } from './check.ts'
import type { ReadRules } from './read-rules.ts'

/** The rules: Falco's in the order in which they are tried, then those of Sigma. */
export const listRules = (read: ReadRules, options: { readonly json: boolean }): Told => {
  const { rules } = read
  const exitCode = read.unreadable.length > 0 ? exitCodes.failed : exitCodes.ok
  if (options.json) {
    return { text: `${JSON.stringify({ rules, unreadable: read.unreadable }, null, 2)}\n`, exitCode }
  }
  const columns = ['Rule', 'Language', 'Severity', 'Source', 'State', 'Tags'].map((title) => ({ title }))
  const rows = rules.map(({ name, language, severity, source, state, tags }) => [
    name,
    language,
    severity,
    source,
    state,
    tags.join(' '),
  ])
  const lines = [...tableLines(columns, rows), ...faultLines(read.unreadable)]
  return { text: `${lines.join('\n')}\n`, exitCode }
}
