/**
 * Whether a whole text is of a pattern that was split at its stars: the pieces in their order, with any text between them.
 * A single piece is the text itself. Without backtracking: each piece is looked for behind the one before it.
 */
export const wildcardHolds = (pieces: readonly string[], text: string): boolean => {
  const end = pieces.length - 1
  const first = pieces[0] ?? ''
  const last = pieces[end] ?? ''
  if (end <= 0) return text === first
  if (!text.startsWith(first)) return false
  let at = first.length
  for (let place = 1; place < end; place++) {
    const piece = pieces[place] ?? ''
    const found = text.indexOf(piece, at)
    if (found < 0) return false
    at = found + piece.length
  }
  return text.length - last.length >= at && text.endsWith(last)
}

/** {@link wildcardHolds} for a pattern that many texts are asked for: the usual shapes in one step. */
export const wildcardTest = (pieces: readonly string[]): ((text: string) => boolean) => {
  const [first = '', ...rest] = pieces
  const last = rest.pop()
  if (last === undefined) return (text) => text === first
  const [piece, ...more] = rest.filter((one) => one !== '')
  if (piece === undefined) {
    if (last === '') return (text) => text.startsWith(first)
    if (first === '') return (text) => text.endsWith(last)
  } else if (more.length === 0 && first === '' && last === '') return (text) => text.includes(piece)
  return (text) => wildcardHolds(pieces, text)
}
