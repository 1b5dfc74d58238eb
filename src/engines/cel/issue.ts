/** A fault found while an expression is parsed, checked or planned, and the text cel-go shows for it. */

/**
 * `line` and `column` are 1-based; `column` counts code points as cel-go does. `at` is an offset in UTF-16 units. Of what is
 * too deep or too large, cel-go tells no place (line -1); `at` is then where it was met.
 */
export interface Issue {
  readonly message: string
  readonly at: number
  readonly line: number
  readonly column: number
  /** For a name that is not there: the names that are. */
  readonly candidates?: readonly string[]
}

const maxSnippetLength = 16_384

/** Places a fault in its source. An offset of -1 means the fault has no place; cel-go shows it as line -1, column 0. */
export function issueAt(source: string, at: number, message: string, candidates?: readonly string[]): Issue {
  if (candidates !== undefined) return { ...issueAt(source, at, message), candidates }
  if (at < 0) return { message, at, line: -1, column: 0 }
  const before = source.slice(0, at)
  const lineStart = before.lastIndexOf('\n') + 1
  const line = before.split('\n').length
  const column = [...before.slice(lineStart)].length + 1
  return { message, at, line, column }
}

/** All faults as cel-go's `Errors.ToDisplayString` prints them: by place, each with its line and a mark below it. */
export function displayIssues(source: string, issues: readonly Issue[]): string {
  const lines = source.split('\n')
  return issues
    .toSorted((a, b) => a.line - b.line || a.column - b.column)
    .map((issue) => displayIssue(lines, issue))
    .join('\n')
}

function displayIssue(lines: readonly string[], issue: Issue): string {
  const head = `ERROR: <input>:${issue.line}:${issue.column}: ${issue.message}`
  const snippet = lines[issue.line - 1]
  if (snippet === undefined || snippet.length > maxSnippetLength) return head
  const characters = [...snippet.replaceAll('\t', ' ')]
  const dots = characters.slice(0, issue.column - 1).map((c) => (isWide(c) ? '\uff0e' : '.'))
  const under = characters[issue.column - 1]
  const mark = under !== undefined && isWide(under) ? '\uff3e' : '^'
  return `${head}\n | ${characters.join('')}\n | ${dots.join('')}${mark}`
}

const isWide = (character: string): boolean => (character.codePointAt(0) ?? 0) > 0x7f
