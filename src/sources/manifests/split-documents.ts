/** A document of a stream: its text, with the offset of its first character in the file. */
export interface DocumentText {
  readonly text: string
  readonly offset: number
}

/**
 * Splits a YAML stream before each `---` that begins a line, so that a malformed document leaves the others whole. Such a
 * line can be nothing but a marker, in any kind of scalar (YAML 1.2.2 section 9.1.2). Directives stay with the document
 * that they are for. A stream of JSON objects without markers is split between the objects, as kubectl does.
 */
export const splitDocuments = (text: string): readonly DocumentText[] =>
  splitAtMarkers(text).flatMap((document) => (/^\s*\{/.test(document.text) ? splitJsonStream(document) : [document]))

const splitAtMarkers = (text: string): readonly DocumentText[] => {
  const documents: DocumentText[] = []
  let start = 0
  for (let at = text.indexOf('---'); at >= 0; at = text.indexOf('---', at + 3)) {
    if (!isMarker(text, at) || at === start) continue
    const before = text.slice(start, at)
    if (holdsOnlyDirectives(before)) continue
    documents.push({ text: before, offset: start })
    start = at
  }
  documents.push({ text: text.slice(start), offset: start })
  return documents
}

const isMarker = (text: string, at: number): boolean => {
  const before = at === 0 ? '\n' : text[at - 1]
  const after = text[at + 3] ?? '\n'
  return (before === '\n' || before === '\r') && (after === '\n' || after === '\r' || after === ' ' || after === '\t')
}

const holdsOnlyDirectives = (text: string): boolean =>
  text.includes('%') && text.split(/[\r\n]/).every((line) => /^\s*(#|$)|^%/.test(line))

/** `{…}{…}`: one document for each object. What follows the last whole object is a document of its own. */
const splitJsonStream = (document: DocumentText): readonly DocumentText[] => {
  const { text, offset } = document
  const documents: DocumentText[] = []
  let start = 0
  let depth = 0
  let quoted = false
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at)
    if (quoted) {
      if (char === backslash) at += 1
      else if (char === quote) quoted = false
    } else if (char === quote) quoted = true
    else if (char === openBrace) depth += 1
    else if (char === closeBrace) {
      depth -= 1
      if (depth < 0) return [document]
      if (depth === 0 && /^\s*\{/.test(text.slice(at + 1, at + 1000))) {
        documents.push({ text: text.slice(start, at + 1), offset: offset + start })
        start = at + 1
      }
    }
  }
  documents.push({ text: text.slice(start), offset: offset + start })
  return documents
}

const [quote, backslash, openBrace, closeBrace] = [0x22, 0x5c, 0x7b, 0x7d]
