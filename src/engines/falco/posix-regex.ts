/**
 * RE2 with its POSIX syntax, over the whole value, in linear time. The engine (re2js) reads Perl syntax, so patterns are
 * checked and rewritten: what only Perl has (`\d`, `\b`, `(?i)`) is refused, stacked repetitions are put in groups, and
 * `^` and `$` match at lines. Upstream: RE2::POSIX in sinsp_filtercheck.cpp; github.com/google/re2, re2/parse.cc.
 */
import { RE2JS } from 're2js'
import { ConditionFault } from './ast.ts'

/** Compiles a pattern; a ConditionFault says what RE2 would refuse. */
export const compilePosixRegex = (pattern: string): ((value: string) => boolean) => {
  const rewritten = rewrite(pattern)
  try {
    const regex = RE2JS.compile(rewritten)
    return (value) => regex.testExact(value)
  } catch (error) {
    throw refused(error instanceof Error ? error.message : String(error))
  }
}

const refused = (why: string): ConditionFault =>
  new ConditionFault(`the pattern cannot be used: ${why}`, 0, {
    mend: 'Patterns are POSIX extended: [0-9] instead of \\d, [[:space:]] instead of \\s, no (?…)',
  })

/** Where the last atom begins in the output, and whether it is repeated already. */
interface Atom {
  readonly start: number
  readonly repeated: boolean
}

const rewrite = (pattern: string): string => {
  const out: string[] = []
  const open: number[] = []
  let atom: Atom | undefined
  const add = (text: string): void => {
    atom = { start: out.length, repeated: false }
    out.push(text)
  }
  for (let i = 0; i < pattern.length; ) {
    const rest = pattern[i] ?? ''
    const repetition = repetitionAt(pattern, i)
    if (repetition !== undefined) {
      if (atom === undefined) throw refused(`no argument for repetition operator: ${repetition}`)
      if (atom.repeated) {
        out[atom.start] = `(?:${out[atom.start] ?? ''}`
        out.push(')')
      }
      out.push(repetition)
      atom = { start: atom.start, repeated: true }
      i += repetition.length
    } else if (rest === '(') {
      open.push(out.length)
      out.push('(')
      atom = undefined
      i += 1
    } else if (rest === ')') {
      const start = open.pop()
      if (start === undefined) throw refused('a ) without its (')
      out.push(')')
      atom = { start, repeated: false }
      i += 1
    } else if (rest === '|') {
      out.push('|')
      atom = undefined
      i += 1
    } else {
      const token = tokenAt(pattern, i)
      add(token.text)
      i += token.length
    }
  }
  if (open.length > 0) throw refused('a ( without its )')
  return out.join('')
}

const repetitionAt = (pattern: string, at: number): string | undefined =>
  at < pattern.length ? /^(?:[*+?]|\{[0-9]+(?:,[0-9]*)?\})/.exec(pattern.slice(at, at + 24))?.[0] : undefined

const tokenAt = (pattern: string, at: number): { readonly text: string; readonly length: number } => {
  const character = pattern[at] ?? ''
  switch (character) {
    case '^':
      return { text: '(?m:^)', length: 1 }
    case '$':
      return { text: '(?m:$)', length: 1 }
    case '{':
      return { text: '\\{', length: 1 }
    case '\\': {
      const text = escapeAt(pattern, at)
      return { text, length: text.length }
    }
    case '[': {
      const end = classEnd(pattern, at)
      return { text: pattern.slice(at, end), length: end - at }
    }
    default: {
      const whole = String.fromCodePoint(pattern.codePointAt(at) ?? 0)
      return { text: whole, length: whole.length }
    }
  }
}

/** ASCII's punctuation, control characters, octal and hexadecimal numbers: all else is an escape of Perl. */
const escapeAt = (pattern: string, at: number): string => {
  const known =
    /^\\(?:[ -/:-@[-`{-~]|(?![\u0080-\u009f])\p{Cc}|[aftnrv]|0[0-7]{0,2}|[1-7][0-7]{1,2}|x[0-9A-Fa-f]{2}|x\{[0-9A-Fa-f]{1,6}\})/su.exec(
      pattern.slice(at, at + 12),
    )
  if (known === null) throw refused(`invalid escape sequence: ${pattern.slice(at, at + 2)}`)
  return known[0]
}

/** The end of a character class. POSIX allows a dash only first, last or between the ends of a range. */
const classEnd = (pattern: string, start: number): number => {
  let at = start + 1
  if (pattern[at] === '^') at += 1
  for (let isFirst = true; ; isFirst = false) {
    if (pattern[at] === undefined) throw refused('a [ without its ]')
    if (pattern[at] === ']' && !isFirst) return at + 1
    if (pattern[at] === '-' && !isFirst && pattern[at + 1] !== ']') throw refused('a dash out of place in [ ]')
    const named = /^\[:\^?[a-z]+:\]/.exec(pattern.slice(at, at + 16))
    if (named !== null) {
      at += named[0].length
      continue
    }
    at = memberEnd(pattern, at)
    if (pattern[at] === '-' && pattern[at + 1] !== ']' && pattern[at + 1] !== undefined) at = memberEnd(pattern, at + 1)
  }
}

const memberEnd = (pattern: string, at: number): number =>
  pattern[at] === '\\' ? at + escapeAt(pattern, at).length : at + 1
