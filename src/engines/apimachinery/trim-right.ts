/**
 * The text without the run of `character` at its end: strings.TrimRight of Go for one character. In linear time, which a
 * regular expression with `+$` is not where long runs stand inside of the text.
 */
export const trimRight = (text: string, character: string): string => {
  let end = text.length
  while (end > 0 && text[end - 1] === character) end -= 1
  return text.slice(0, end)
}
