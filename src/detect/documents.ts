/**
 * Which language each document of a rules file is written in. Documents of a file are told apart by YAML's own markers,
 * so that one which is broken says so in its own language and leaves the others alone.
 */

export const documentKinds = ['sigma', 'falco', 'baseline'] as const
export type DocumentKind = (typeof documentKinds)[number]

/** A document and where it stands. Lines count from 1; `last` is the line before the next document's marker. */
export interface RuleDocument {
  readonly kind: DocumentKind
  readonly first: number
  readonly last: number
  /** As written, without the markers around it. */
  readonly text: string
}

/**
 * Splits a file. A list is Falco's, a map with the key `baseline` is ours, anything else is taken for Sigma's. Documents
 * of comments alone are left out. `---` and `...` at the start of a line end a document wherever they stand (YAML 1.2.2,
 * 9.1.2 Document Markers: not even a block scalar can hold them).
 */
export const splitDocuments = (text: string): readonly RuleDocument[] => {
  const lines = text.split('\n')
  const documents: RuleDocument[] = []
  let first = 0
  const close = (end: number): void => {
    const own = lines.slice(first, end)
    const kind = kindOf(own)
    if (kind !== undefined) documents.push({ kind, first: first + 1, last: end, text: own.join('\n') })
  }
  for (const [index, line] of lines.entries()) {
    if (!/^(?:---|\.\.\.)(?:\s|$)/.test(line)) continue
    close(index)
    // What stands behind `--- ` on the same line belongs to the document that begins.
    first = /^---\s+[^\s#]/.test(line) ? index : index + 1
  }
  close(lines.length)
  return documents
}

/** The file with the documents of other kinds made empty: what is left stands on its old lines. */
export const onlyKind = (text: string, documents: readonly RuleDocument[], kind: DocumentKind): string => {
  if (documents.every((one) => one.kind === kind)) return text
  const lines = text.split('\n')
  for (const document of documents) {
    if (document.kind === kind) continue
    // With its marker: a marker with nothing behind it is a document that holds null.
    const marker = document.first - 2
    const begin = /^---(?:\s|$)/.test(lines[marker] ?? '') ? marker : document.first - 1
    for (let index = begin; index < document.last; index += 1) lines[index] = ''
  }
  return lines.join('\n')
}

const kindOf = (lines: readonly string[]): DocumentKind | undefined => {
  let kind: DocumentKind | undefined
  for (const [index, line] of lines.entries()) {
    const content = index === 0 ? line.replace(/^---\s+/, '') : line
    if (!/^\s*[^\s#%]/.test(content)) continue
    if (kind === undefined && /^\s*(?:-(?:\s|$)|\[)/.test(content)) return 'falco'
    kind = 'sigma'
    if (/^(?:baseline|"baseline"|'baseline')\s*:/.test(content)) return 'baseline'
  }
  return kind
}
