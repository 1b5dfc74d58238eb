import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ruleFiles } from '../rules/files.ts'
import { judgeOf } from '../rules/judge.ts'
import type { CaseResult } from './suite.ts'

/** A row of docs/techniques.md as a reader of the page sees it. */
interface PageRow {
  readonly id: string
  readonly rules: readonly { readonly name: string; readonly file: string }[]
  readonly reason: string
}

const rules = join(import.meta.dirname, '..', '..', 'rules')

/**
 * Holds a section of docs/techniques.md against what its upstream publishes: each technique stands there, with a rule of
 * ours that is where the page says, or a reason; and nothing stands there that upstream does not have.
 */
export function* onPage(section: string, published: readonly string[]): Iterable<CaseResult> {
  const rows = new Map(rowsOf(section).map((row) => [row.id, row]))
  const known = knownRules()
  for (const id of published) {
    const row = rows.get(id)
    const gone = row?.rules.filter(({ name, file }) => known.get(name) !== file).map(({ name }) => name) ?? []
    yield {
      name: `${id}: on the page`,
      ok: row !== undefined && gone.length === 0 && (row.rules.length > 0 || row.reason !== ''),
      expected: 'a row with rules of ours that exist, or a reason',
      got:
        row === undefined
          ? 'no row'
          : gone.length > 0
            ? `rules that are not there: ${gone.join(', ')}`
            : `${row.rules.length} rules, reason “${row.reason}”`,
    }
  }
  const odd = [...rows.keys()].filter((id) => !published.includes(id))
  yield { name: 'nothing else is on the page', ok: odd.length === 0, expected: [], got: odd }
}

const rowsOf = (section: string): readonly PageRow[] => {
  const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'techniques.md'), 'utf8')
  const text = page.split(/^## /m).find((part) => part.startsWith(`${section}\n`)) ?? ''
  return text.split('\n').flatMap((line) => {
    const [, id = '', , named = '', reason = ''] = line.split('|').map((cell) => cell.trim())
    if (id === '' || id === 'id' || /^-+$/.test(id)) return []
    const links = named.matchAll(/\[([^\]]+)\]\(\.\.\/rules\/([^)]+)\)/g)
    return [{ id, rules: Array.from(links, ([, name = '', file = '']) => ({ name, file })), reason }]
  })
}

/** The file of each rule of ours, below rules/. */
const knownRules = (): ReadonlyMap<string, string> => {
  const { documents } = judgeOf(ruleFiles('bulwark'), 'bulwark')
  // Read from the files themselves: a link on the page has to lead to the rule.
  return new Map(
    documents.flatMap(({ name = '', at }) =>
      readFileSync(join(rules, at.file), 'utf8').includes(`\nname: ${name}\n`) ? [[name, at.file] as const] : [],
    ),
  )
}
