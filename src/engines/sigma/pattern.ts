import type { PatternPart, TextTest } from '../../model/predicate.ts'

const any: PatternPart = { wildcard: 'any' }
const one: PatternPart = { wildcard: 'one' }

/**
 * Reads a text of a rule: `*` and `?` are wildcards, a backslash before one of them or before a backslash makes it
 * plain, any other backslash is itself. Upstream: SigmaString in sigma/types.py of pySigma.
 */
export const readPattern = (text: string): readonly PatternPart[] => {
  const parts: PatternPart[] = []
  let plain = ''
  for (let i = 0; i < text.length; i += 1) {
    const character = text.charAt(i)
    if (character === '\\' && i + 1 < text.length && '*?\\'.includes(text.charAt(i + 1))) {
      i += 1
      plain += text.charAt(i)
    } else if (character === '*' || character === '?') {
      if (plain !== '') parts.push({ text: plain })
      plain = ''
      parts.push(character === '*' ? any : one)
    } else plain += character
  }
  if (plain !== '') parts.push({ text: plain })
  return parts
}

/** A text as it is, without wildcards. */
export const plainPattern = (text: string): readonly PatternPart[] => (text === '' ? [] : [{ text }])

/** Puts `*` before (and after) a pattern, where it is not there already. */
export const widen = (
  parts: readonly PatternPart[],
  sides: { readonly before: boolean; readonly after: boolean },
): readonly PatternPart[] => {
  const isAny = (part: PatternPart | undefined): boolean =>
    part !== undefined && 'wildcard' in part && part.wildcard === 'any'
  const start = sides.before && !isAny(parts[0]) ? [any, ...parts] : parts
  return sides.after && !isAny(start.at(-1)) ? [...start, any] : start
}

export const hasWildcard = (parts: readonly PatternPart[]): boolean => parts.some((part) => 'wildcard' in part)

/** The text of a pattern without wildcards. */
export const textOf = (parts: readonly PatternPart[]): string =>
  parts.map((part) => ('text' in part ? part.text : '')).join('')

/** `*` alone, or several of them: fits any text, and by Sigma's use of it any value that is there. */
export const isBareAny = (test: TextTest): boolean =>
  test.kind === 'pattern' &&
  test.parts.length > 0 &&
  test.parts.every((part) => 'wildcard' in part && part.wildcard === 'any')
