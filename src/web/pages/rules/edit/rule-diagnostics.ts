/** Where in a text the faults that the server names stand. Pure. */
import type { RuleProblemRow } from '../../../../api/contract/detection.ts'

export interface Mark {
  /** Offsets in the text. */
  readonly from: number
  readonly to: number
  readonly severity: RuleProblemRow['severity']
  readonly message: string
  readonly line: number
}

/** From the column to the end of the line; where the place is beyond the text, its last line. In order of the text. */
export const marksOf = (text: string, problems: readonly RuleProblemRow[]): readonly Mark[] => {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return problems
    .map(({ line, column, severity, what, mend }): Mark => {
      const index = Math.max(0, Math.min(starts.length - 1, line - 1))
      const start = starts[index] ?? 0
      const end = (starts[index + 1] ?? text.length + 1) - 1
      const content = text.slice(start, end)
      const indent = content.length - content.trimStart().length
      const from = start + Math.min(Math.max(column - 1, indent, 0), Math.max(0, content.length - 1))
      return {
        from,
        to: Math.max(from, start + content.trimEnd().length),
        severity,
        message: mend === '' ? what : `${what}\n${mend}`,
        line: index + 1,
      }
    })
    .toSorted((a, b) => a.from - b.from)
}
