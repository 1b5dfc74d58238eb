import type { RuleCoverage, RulesAnswer } from '../../api/contract/detection.ts'
import type { Client } from '../client.ts'
import { tableLines } from '../table.ts'
import { exitCodes } from '../terminal.ts'
import type { Told } from './check.ts'

/** The rules of a running server, with how each is doing. */
export const listRunningRules = async (client: Client, options: { readonly json: boolean }): Promise<Told> => {
  // The server's own tests hold its answers to the contract.
  const answer = (await client.get('/api/v1/rules')) as unknown as RulesAnswer
  const exitCode = answer.refused.length > 0 ? exitCodes.found : exitCodes.ok
  if (options.json) return { text: `${JSON.stringify(answer, null, 2)}\n`, exitCode }
  const columns = [
    { title: 'Severity' },
    { title: 'Rule' },
    { title: 'From' },
    { title: 'Fired', right: true },
    { title: 'Last' },
    { title: 'Coverage' },
  ]
  const rows = answer.items.map(({ rule, fired, lastFired = '', coverage }) => [
    rule.severity,
    rule.title,
    `${rule.origin} ${rule.language}`,
    String(fired),
    lastFired.slice(0, 19),
    coverageText(coverage),
  ])
  const refused = answer.refused.map(
    ({ file, line, column, what, mend }) =>
      `refused: ${file}:${line}:${column} ${what}${mend === '' ? '' : ` → ${mend}`}`,
  )
  return { text: `${[...tableLines(columns, rows), ...refused].join('\n')}\n`, exitCode }
}

const coverageText = (coverage: RuleCoverage): string => {
  switch (coverage.kind) {
    case 'fires':
      return 'fires'
    case 'could-fire':
      return 'could fire'
    case 'learning':
    case 'off':
      return `${coverage.kind}: ${coverage.why}`
    case 'cannot':
      return `cannot: ${coverage.why}`
  }
}
