/** `fnmatch(3)` without flags in the C locale: `*` also matches `/` and a leading dot; matching goes byte by byte. */
import { toBytes } from './utf8.ts'

type Token = { readonly kind: 'any' } | { readonly kind: 'one'; readonly accepts: (byte: number) => boolean }

/** Compiles a glob; whole values match, in time of at most pattern × value. */
export const compileGlob = (pattern: string, ignoreCase: boolean): ((value: string) => boolean) => {
  const tokens = tokensOf(toBytes(pattern), ignoreCase ? lowerByte : (byte) => byte)
  if (tokens === undefined) return () => false
  return (value) => matches(tokens, toBytes(value))
}

type Fold = (byte: number) => number

const lowerByte: Fold = (byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte)

const matches = (tokens: readonly Token[], value: string): boolean => {
  let token = 0
  let at = 0
  let star = -1
  let starAt = 0
  while (at < value.length) {
    const now = tokens[token]
    if (now?.kind === 'any') {
      star = token
      starAt = at
      token += 1
    } else if (now?.accepts(value.charCodeAt(at))) {
      token += 1
      at += 1
    } else if (star >= 0) {
      token = star + 1
      starAt += 1
      at = starAt
    } else {
      return false
    }
  }
  while (tokens[token]?.kind === 'any') token += 1
  return token === tokens.length
}

/** Undefined: the pattern ends in a lone backslash, or names a collating symbol of several bytes, and matches nothing. */
const tokensOf = (pattern: string, fold: Fold): readonly Token[] | undefined => {
  const literal = (character: string): ((byte: number) => boolean) => {
    const code = fold(character.charCodeAt(0))
    return (byte) => fold(byte) === code
  }
  const tokens: Token[] = []
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i]
    if (character === '*') {
      if (tokens.at(-1)?.kind !== 'any') tokens.push({ kind: 'any' })
    } else if (character === '?') {
      tokens.push({ kind: 'one', accepts: () => true })
    } else if (character === '[') {
      const bracket = bracketAt(pattern, i, fold)
      if (bracket === 'nothing') return undefined
      tokens.push({ kind: 'one', accepts: bracket?.accepts ?? literal('[') })
      if (bracket !== undefined) i = bracket.end
    } else if (character === '\\') {
      i += 1
      const escaped = pattern[i]
      if (escaped === undefined) return undefined
      tokens.push({ kind: 'one', accepts: literal(escaped) })
    } else {
      tokens.push({ kind: 'one', accepts: literal(character ?? '') })
    }
  }
  return tokens
}

const classes: Readonly<Record<string, RegExp>> = {
  alpha: /[A-Za-z]/,
  digit: /[0-9]/,
  alnum: /[A-Za-z0-9]/,
  upper: /[A-Z]/,
  lower: /[a-z]/,
  space: /[ \t\n\v\f\r]/,
  blank: /[ \t]/,
  punct: /[!-/:-@[-`{-~]/,
  print: /[ -~]/,
  graph: /[!-~]/,
  cntrl: /[^ -\u007e\u0080-\u00ff]/,
  xdigit: /[0-9A-Fa-f]/,
}

/**
 * A bracket expression from its `[`; undefined where it has no end, so that the bracket stands for itself. Classes and
 * symbols (`[:alpha:]`, `[.a.]`, `[=a=]`) look at the byte as it is, also where case is ignored.
 */
const bracketAt = (
  pattern: string,
  start: number,
  fold: Fold,
): { readonly accepts: (byte: number) => boolean; readonly end: number } | 'nothing' | undefined => {
  const parts: ((byte: number) => boolean)[] = []
  let i = start + 1
  const negated = pattern[i] === '!' || pattern[i] === '^'
  if (negated) i += 1
  for (let isFirst = true; pattern[i] !== ']' || isFirst; isFirst = false) {
    if (pattern[i] === undefined) return undefined
    const named = /^\[:([a-z]+):\]/.exec(pattern.slice(i, i + 12))
    if (named !== null) {
      const known = classes[named[1] ?? '']
      parts.push((byte) => known?.test(String.fromCharCode(byte)) ?? false)
      i += named[0].length
      continue
    }
    const symbol = /^\[(?:=(.)=|\.(.{0,16}?)\.)\]/s.exec(pattern.slice(i, i + 24))
    if (symbol !== null) {
      const text = symbol[1] ?? symbol[2] ?? ''
      if (text.length !== 1) return 'nothing'
      const code = text.charCodeAt(0)
      parts.push((byte) => byte === code)
      i += symbol[0].length
      continue
    }
    if (pattern[i] === '\\') i += 1
    if (pattern[i] === undefined) return undefined
    const low = fold(pattern.charCodeAt(i))
    i += 1
    let high = low
    if (pattern[i] === '-' && pattern[i + 1] !== ']' && pattern[i + 1] !== undefined) {
      i += pattern[i + 1] === '\\' ? 2 : 1
      if (pattern[i] === undefined) return undefined
      high = fold(pattern.charCodeAt(i))
      i += 1
    }
    parts.push((byte) => fold(byte) >= low && fold(byte) <= high)
  }
  return { accepts: (byte) => parts.some((part) => part(byte)) !== negated, end: i }
}
