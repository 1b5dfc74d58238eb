/** Which names the typed text means, best first. Pure. */

/** How well a text fits; undefined when it does not. Lower is better: start of the text, start of a word, inside, spread. */
export const fit = (typed: string, text: string): number | undefined => {
  const wanted = typed.trim().toLowerCase()
  const given = text.toLowerCase()
  if (wanted === '') return 0
  const at = given.indexOf(wanted)
  if (at === 0) return 0
  if (at > 0) return /[^a-z0-9]/.test(given[at - 1] ?? '') ? 1 : 2
  let from = 0
  for (const letter of wanted) {
    if (letter === ' ') continue
    const found = given.indexOf(letter, from)
    if (found < 0) return undefined
    from = found + 1
  }
  return 3
}

/** Those items that fit, best first, in their own order where they fit equally well. */
export const fitting = <T>(typed: string, items: readonly T[], textOf: (item: T) => string): readonly T[] =>
  items
    .flatMap((item, index) => {
      const how = fit(typed, textOf(item))
      return how === undefined ? [] : [{ item, how, index }]
    })
    .sort((a, b) => a.how - b.how || a.index - b.index)
    .map(({ item }) => item)
