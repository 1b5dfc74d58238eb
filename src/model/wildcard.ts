/**
 * Whether a whole text is of a pattern that was split at its stars: the pieces in their order, with any text between them.
 * A single piece is the text itself. Without backtracking: each piece is looked for behind the one before it.
 */
export const wildcardHolds = (pieces: readonly string[], text: string): boolean => {
  const [first = '', ...rest] = pieces
  const last = rest.pop()
  if (last === undefined) return text === first
  if (!text.startsWith(first)) return false
  let at = first.length
  for (const piece of rest) {
    const found = text.indexOf(piece, at)
    if (found < 0) return false
    at = found + piece.length
  }
  return text.length - last.length >= at && text.endsWith(last)
}
