/** RE2 regular expressions in linear time, with Go's rules for repeated matches. */
import { RE2JS } from 're2js'
import { CelError } from './values.ts'

/** A compiled pattern. */
export interface Regex {
  readonly test: (text: string) => boolean
  /** The first match, or the empty string. */
  readonly find: (text: string) => string
  /** Up to `limit` matches, all where it is negative. */
  readonly findAll: (text: string, limit: number) => readonly string[]
}

const compiled = new Map<string, Regex | CelError>()
const keptPatterns = 256

/** Compiles a pattern; the last few hundred are kept. A pattern that Go refuses gives its parser's message. */
export function compileRegex(pattern: string): Regex | CelError {
  const known = compiled.get(pattern)
  if (known !== undefined) return known
  const made = compile(pattern)
  if (compiled.size >= keptPatterns) compiled.clear()
  compiled.set(pattern, made)
  return made
}

function compile(pattern: string): Regex | CelError {
  try {
    const regex = RE2JS.compile(withDistinctNames(pattern))
    return {
      test: (text) => regex.test(text),
      find: (text) => firstMatch(regex, text),
      findAll: (text, limit) => allMatches(regex, text, limit),
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    // Go tells the part that it refuses, also where that is empty.
    return new CelError(message.endsWith('trailing backslash at end of expression') ? `${message}: \`\`` : message)
  }
}

/** What may stand before a named group; an escape, a quoted part and a class hold none. What does not end goes on to the end. */
const groupNames = /\\Q[\s\S]*?(?:\\E|$)|\\[\s\S]|\[\^?\]?(?:\[:\^?\w+:\]|\\[\s\S]|[^\]\\])*(?:\]|$)|(\(\?P?<)(\w+)>/g

/** Go takes a name twice (re2js does not), and no function of CEL tells names, so a name that comes again is left out. */
function withDistinctNames(pattern: string): string {
  const names = new Set<string>()
  return pattern.replace(groupNames, (part, open?: string, name?: string) => {
    if (open === undefined || name === undefined || !names.has(name)) {
      if (name !== undefined) names.add(name)
      return part
    }
    return '('
  })
}

function firstMatch(regex: RE2JS, text: string): string {
  const matcher = regex.matcher(text)
  return matcher.find() ? (matcher.group() ?? '') : ''
}

/** `regexp.FindAllString`: an empty match right after a match is dropped. */
function allMatches(regex: RE2JS, text: string, limit: number): readonly string[] {
  const found: string[] = []
  const matcher = regex.matcher(text)
  let lastEnd = -1
  while ((limit < 0 || found.length < limit) && matcher.find()) {
    const start = matcher.start()
    const end = matcher.end()
    if (start !== end || start !== lastEnd) found.push(text.slice(start, end))
    lastEnd = end
  }
  return found
}
