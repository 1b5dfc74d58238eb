const ascii = /^[\0-\x7f]*$/
const folded = new Map<string, string>()

/**
 * A text of which two are equal where they differ by case only. Unicode's simple case folding, character by character,
 * so that the length in characters stays; no locale, so the dotless ı is not i.
 */
export const fold = (text: string): string => {
  if (isAscii(text)) return text.toLowerCase()
  let result = ''
  for (const character of text) {
    let known = folded.get(character)
    if (known === undefined) {
      known = foldCharacter(character)
      // At most one entry for each of the cased characters there are, and those without case are not kept.
      if (known !== character) folded.set(character, known)
    }
    result += known
  }
  return result
}

/** Most texts are short: for these a loop takes less than to call the expression. */
const isAscii = (text: string): boolean => {
  if (text.length > 48) return ascii.test(text)
  for (let i = 0; i < text.length; i += 1) if (text.charCodeAt(i) > 0x7f) return false
  return true
}

/**
 * JavaScript has no folding of its own, but regular expressions with `iu` compare by it: they say which of the
 * candidates is the same letter. Lower case of upper case joins what has three forms (ſ, s, S).
 */
const foldCharacter = (character: string): string => {
  const candidates = [character.toUpperCase().toLowerCase(), character.toLowerCase()]
  return candidates.find((one) => one !== character && isSame(character, one)) ?? character
}

const isSame = (a: string, b: string): boolean =>
  [...b].length === 1 && /^[\p{L}\p{M}\p{N}\p{So}]$/u.test(a) && new RegExp(`^${a}$`, 'iu').test(b)
