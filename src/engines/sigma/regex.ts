import { RE2JS } from 're2js'

/** Longer expressions than any rule upstream has. */
const maxLength = 10_000

/** Why an expression is refused: also lookaround and backreferences, which linear time does not allow. */
export const regexProblem = (source: string): string | undefined => {
  if (source.length > maxLength) return `it is longer than ${maxLength} characters`
  try {
    RE2JS.compile(source)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/**
 * A search for an expression that {@link regexProblem} let pass; time grows with the length of the text only. Those of the
 * rules are asked for again whenever a set of rules is made ready, and take longer to compile than all else of it.
 */
export const searcher = (source: string): ((text: string) => boolean) => {
  const known = compiled.get(source)
  if (known !== undefined) return known
  const regex = RE2JS.compile(source)
  const search = (text: string): boolean => regex.test(text)
  if (compiled.size >= mostCompiled) compiled.clear()
  compiled.set(source, search)
  return search
}

const compiled = new Map<string, (text: string) => boolean>()
const mostCompiled = 2048
