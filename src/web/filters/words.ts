/** Words that somebody types to find rows. Pure. */

/** Tells whether texts have every typed word somewhere, in letters of either case. Without a word all have. */
export const wordFilter = (typed: string | undefined): ((texts: readonly string[]) => boolean) => {
  const words = (typed ?? '').toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return () => true
  return (texts) => {
    const text = texts.join(' ').toLowerCase()
    return words.every((word) => text.includes(word))
  }
}
